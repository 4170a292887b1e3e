// The rows of one partition while a bulk load folds it: changed in place, given out once at the end.
#pragma once

#include "domain/book.hpp"
#include "domain/errc.hpp"
#include "domain/task.hpp"
#include "projector/view_fold.hpp"

#include <map>
#include <optional>
#include <unordered_map>

namespace daybook::projector {

/// The same fold as fold_events, without a copy of what was before. Threads: one.
class bulk_rows {
 public:
    struct book {
        domain::book_state state{};
        std::unordered_map<domain::task_id, domain::task> tasks{};
        std::map<domain::project_id, domain::project> projects{};
        std::map<domain::filter_id, domain::saved_filter> filters{};
    };

    /// `stored` answers for rows that are not here; null if there are none elsewhere. Returns the event's
    /// book. Errors: those of `stored`; then the rows have no meaning.
    [[nodiscard]] domain::result<book*> apply(const domain::event&, row_source* stored);

    [[nodiscard]] const std::map<domain::user_id, book>& books() const noexcept { return books_; }
    [[nodiscard]] std::size_t tasks() const noexcept { return tasks_; }
    void clear();

 private:
    [[nodiscard]] domain::result<book*> book_of(const domain::user_id&, row_source* stored);
    [[nodiscard]] domain::result<void> apply_task(book&, const domain::event&, row_source* stored);
    [[nodiscard]] domain::result<void> apply_project(book&, const domain::event&, row_source* stored);
    [[nodiscard]] domain::result<void> apply_filter(book&, const domain::event&, row_source* stored);

    std::map<domain::user_id, book> books_;  ///< in key order
    book* latest_ = nullptr;                 ///< of the last event: the next one is often of the same book
    std::size_t tasks_ = 0;
};

}  // namespace daybook::projector
