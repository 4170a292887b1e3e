// depends_on: cycles, blockers and who is unblocked (D1). Private to domain/decide*.
#pragma once

#include "domain/decide/draft.hpp"

#include <span>
#include <vector>

namespace daybook::domain::deciding {

/// Errors: dependency_cycle with the path from the task to itself.
[[nodiscard]] result<void> check_no_dependency_cycle(const book_reader&, const task_id& task,
                                                     std::span<const task_id> targets);

/// Every target that `before` does not name already exists and is not deleted. Errors: reference_unknown.
[[nodiscard]] result<void> check_targets(const book_reader&, std::span<const task_id> before,
                                         std::span<const task_id> targets);

/// The targets of depends_on that are open.
[[nodiscard]] std::vector<task_id> open_blockers(const book_reader&, const task&);

/// Appends task.unblocked for each open dependent whose last open blocker is among `closed`, the tasks that
/// this command closes or deletes.
void add_unblocked(draft&, std::span<const task_ptr> closed);

}  // namespace daybook::domain::deciding
