// From what a file wants and what a book has to the commands between them: pure.
#pragma once

#include "app/import/wanted.hpp"
#include "domain/ids.hpp"
#include "domain/time.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace daybook::app::import {

/// What is known of the book; tasks as the API renders them (settled 6a), deleted ones included.
struct current_book {
    std::unordered_map<domain::task_id, boost::json::object> tasks{};
    std::unordered_map<std::string, std::string> projects{};  ///< name -> id
    std::unordered_set<std::string> comments{};               ///< command ids of the comments that are there
};

inline constexpr std::size_t no_task = static_cast<std::size_t>(-1);

struct planned_command {
    std::size_t task = no_task;  ///< index in wanted_book::tasks; no_task: a project, or a task that is gone
    boost::json::object command{};  ///< an element of `commands` of POST /v1/commands
    std::int64_t line = 0;
};

enum class task_plan : std::uint8_t { create, change, unchanged, skip };

struct import_plan {
    std::vector<planned_command> commands{};  ///< in the order in which they must be decided
    std::vector<task_plan> tasks{};           ///< beside wanted_book::tasks
    std::vector<note> notes{};
};

struct plan_options {
    domain::instant now{};  ///< no command says that it happened later
    std::optional<domain::instant>
        happened{};  ///< of changes; none: when the source says that the task changed
    /// The book becomes what the file says: tasks that were deleted come back, custom members that are gone
    /// are cleared, and `gone` are deleted. Otherwise a task that was deleted in the book is left alone.
    bool exact = false;
    std::vector<domain::task_id> gone{};
};

/// Precondition: link() was called. The same arguments give the same commands with the same ids. A task that
/// comes back has the status of before it was deleted: plan again afterwards (exact only).
[[nodiscard]] import_plan make_plan(const wanted_book&, const current_book&, const plan_options&);

/// The members in which a task of the book is not what is wanted; empty if it is. Order of depends_on does
/// not matter.
[[nodiscard]] std::vector<std::string> differences(const wanted_book&, const wanted_task&,
                                                   const boost::json::object& current, bool exact);

/// The id of the command that adds this comment.
[[nodiscard]] std::string comment_command_id(const std::string& source, const wanted_task&,
                                             const wanted_comment&);

}  // namespace daybook::app::import
