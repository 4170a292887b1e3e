// What events change in a view's rows: the one fold behind both stores, so that they cannot differ.
#pragma once

#include "domain/book.hpp"
#include "domain/errc.hpp"
#include "domain/task.hpp"
#include "projector/view.hpp"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace daybook::projector {

/// What a store holds already. Asked at most once a row and fold. Errors: those of the store; they end the
/// fold.
class row_source {
 public:
    virtual ~row_source() = default;
    /// Null if there is none. Deleted and purged tasks are there.
    [[nodiscard]] virtual domain::result<std::shared_ptr<const domain::task>> task(
        const domain::user_id&, const domain::task_id&) = 0;
    [[nodiscard]] virtual domain::result<std::optional<domain::book_state>> book(const domain::user_id&) = 0;
    [[nodiscard]] virtual domain::result<std::optional<domain::project>> project(
        const domain::user_id&, const domain::project_id&) = 0;
    [[nodiscard]] virtual domain::result<std::optional<domain::saved_filter>> filter(
        const domain::user_id&, const domain::filter_id&) = 0;
};

struct changed_task {
    std::shared_ptr<const domain::task> before{};  ///< as the store has it; null for a new one
    std::shared_ptr<const domain::task> after{};
};

/// Every row that the events touch, once, as it is after the last of them; in the order of first touch.
/// History rows are the events themselves.
struct changed_rows {
    std::vector<changed_task> tasks{};
    std::vector<domain::book_state> books{};
    std::vector<domain::project> projects{};
    std::vector<domain::saved_filter> filters{};
};

/// An event with a task changes its task, a project event its project, a filter event its filter, and every
/// event its book. Pure but for the source. Errors: those of the source.
[[nodiscard]] domain::result<changed_rows> fold_events(std::span<const applied_event>, row_source&);

}  // namespace daybook::projector
