// The texts of a query answered by the full text index: which tasks hold them, found before any task is
// looked at.
#pragma once

#include "domain/filter/normal_form.hpp"
#include "projector/list_selector.hpp"
#include "projector/rocks_text_reader.hpp"

#include <optional>
#include <string>
#include <vector>

namespace daybook::projector {

/// Lifetime: within that of the query and the rows. Threads: one.
class indexed_texts final : public text_answers {
 public:
    indexed_texts(const domain::user_id&, const domain::filter::normal_form&, const rocks_rows&);
    /// Reads the postings of every text of the query. Errors: those of rocks_text_reader.
    [[nodiscard]] domain::result<void> find();
    /// After find().
    [[nodiscard]] domain::result<std::int64_t> weight(std::size_t index, const list_row&) override;
    /// After find(): tasks among which all answers are; none if the texts leave no task out.
    [[nodiscard]] std::optional<task_set> candidates() const;
    /// After find(): what was read, a line a step.
    [[nodiscard]] std::vector<std::string> steps() const;

 private:
    const domain::filter::normal_form& query_;
    rocks_text_reader reader_;
    std::vector<text_hits> hits_;  ///< one a text of the query
};

}  // namespace daybook::projector
