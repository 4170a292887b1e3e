// Parents and children: walks and limits (V1, settled 6d, 6e). Private to domain/decide*.
#pragma once

#include "domain/decide/draft.hpp"

#include <functional>
#include <vector>

namespace daybook::domain::deciding {

/// All tasks below this one that `wanted` accepts, parents before their children. Purged tasks end a branch,
/// others do not: an open task below a deleted one is found.
[[nodiscard]] std::vector<task_ptr> descendants(const book_reader&, const task_id& top,
                                                const std::function<bool(const task&)>& wanted);

/// May `child` (new or existing) stand below `parent`? Errors: dependency_cycle with the path.
[[nodiscard]] result<void> check_no_tree_cycle(const book_reader&, const task_id& child,
                                               const task_id& parent);

/// References and limits of a new place: the parent exists and is not deleted (reference_unknown), has room
/// (limit_exceeded), and the tree stays within limits::depth_max with all that stands below `child`.
[[nodiscard]] result<void> check_place(const book_reader&, const task_id& child, const task_id& parent);

/// A parent has room for one more child that is not deleted. Errors: limit_exceeded.
[[nodiscard]] result<void> check_room(const book_reader&, const task_id& parent);

/// The project exists and is not deleted. Errors: reference_unknown.
[[nodiscard]] result<void> check_project(const book_reader&, const project_id&);

}  // namespace daybook::domain::deciding
