// The texts of a query answered by the full text index: which tasks hold them, found before any task is
// looked at.
#pragma once

#include "domain/filter/normal_form.hpp"
#include "projector/list_selector.hpp"
#include "projector/query_run.hpp"
#include "projector/rocks_text_reader.hpp"

#include <optional>
#include <span>
#include <vector>

namespace daybook::projector {

/// Lifetime: within that of the query and the rows. Threads: one.
class indexed_texts final : public text_answers {
 public:
    indexed_texts(const domain::user_id&, const domain::filter::normal_form&, const rocks_rows&);
    /// Reads the postings of every text of the query. Errors: those of rocks_text_reader.
    [[nodiscard]] domain::result<void> find(query_run&);
    // After find():
    [[nodiscard]] domain::result<std::int64_t> weight(std::size_t index, const list_row&) override;
    /// Who holds each text of the query.
    [[nodiscard]] std::span<const text_hits> hits() const noexcept { return hits_; }
    /// S3, of the task with that number.
    [[nodiscard]] std::int64_t rank(std::uint32_t ordinal) const;
    /// Tasks among which all answers are; none if the texts leave no task out.
    [[nodiscard]] std::optional<task_set> candidates() const;

 private:
    const domain::filter::normal_form& query_;
    rocks_text_reader reader_;
    std::vector<text_hits> hits_;  ///< one a text of the query
};

}  // namespace daybook::projector
