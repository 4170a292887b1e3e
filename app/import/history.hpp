// A file's committed versions as change sets, one version a line:
//   {seq, commit, committed_at, file, changes: [{op: "add", id, task} | {op: "change", id, set, unset} | {op:
//   "remove", id}]}
#pragma once

#include "app/import/mapping.hpp"
#include "domain/errc.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace daybook::app::import {

/// Whether these records are versions and not tasks.
[[nodiscard]] bool is_history(const source_file&);

/// The file as it was after one version, and what that version touched.
class file_history {
 public:
    /// Errors: field_invalid for a line that is no version or changes a task that is not there.
    [[nodiscard]] domain::result<void> apply(const source_record& version);
    /// All tasks in order of their ids; the line is that of the version that touched one last.
    [[nodiscard]] source_file state() const;
    [[nodiscard]] const std::vector<std::string>& touched() const noexcept { return touched_; }
    /// Ids that were there once.
    [[nodiscard]] const std::map<std::string, std::int64_t>& ever() const noexcept { return ever_; }
    [[nodiscard]] std::optional<domain::instant> committed_at() const noexcept { return committed_at_; }

 private:
    std::map<std::string, source_record> tasks_;
    std::map<std::string, std::int64_t> ever_;
    std::vector<std::string> touched_;
    std::optional<domain::instant> committed_at_;
};

}  // namespace daybook::app::import
