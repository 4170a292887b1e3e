// The commit that a decision writes: what the parts of decide share. Private to domain/decide*.
#pragma once

#include "domain/decide.hpp"

#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace daybook::domain::deciding {

using task_ptr = std::shared_ptr<const task>;

/// Lifetime: within one call of decide; refers to its arguments.
class draft {
 public:
    draft(const book_reader& book, const command& cmd, const decide_context& context);

    const book_reader& reader;
    const command& cmd;
    const decide_context& context;

    /// Appends an event of the task. Events of one task stand side by side: its versions count on from there.
    void add(event_type, const task& subject, boost::json::object data);
    /// Appends an event of a subject that stands in `data` (settled 5).
    void add_book_event(event_type, std::int64_t version, boost::json::object data);
    void warn(warning);

    /// The timestamp of this command's events: never before the book's last one (settled 7).
    [[nodiscard]] instant timestamp() const noexcept { return timestamp_; }
    /// When it happened at the source; the timestamp unless an import came too late for that.
    [[nodiscard]] instant happened_at() const noexcept { return source_time_.value_or(timestamp_); }
    [[nodiscard]] std::size_t size() const noexcept { return events_.size(); }

    /// Accepted with what was added; a no-op if that is nothing. Errors: limit_commit.
    [[nodiscard]] decision finish(std::optional<task_id> subject);

 private:
    event& append(event_type, std::int64_t version, boost::json::object data);

    instant timestamp_;
    std::optional<instant> source_time_;
    std::vector<event> events_;
    std::vector<warning> warnings_;
};

/// The command's task by args.task_id. Errors: not_found (also for a purged one), version_mismatch.
[[nodiscard]] result<task_ptr> find_subject(const draft&);

/// The 409 for a task whose status does not allow the command (ST1): task_deleted or status_conflict.
[[nodiscard]] problem status_refusal(const task&, std::string_view intention);

/// Precondition: check_schema accepted the command.
[[nodiscard]] std::optional<task_id> task_argument(const boost::json::object& args, std::string_view name);
[[nodiscard]] std::optional<project_id> project_argument(const boost::json::object& args,
                                                         std::string_view name);
/// The text of an argument, or empty if it is absent or null.
[[nodiscard]] std::string_view text_argument(const boost::json::object& args, std::string_view name);

[[nodiscard]] boost::json::array ids_json(const std::vector<task_id>&);
/// `a -> b -> a`, shortened in the middle of a long one.
[[nodiscard]] std::string path_text(const std::vector<task_id>&);

// One function a command; each in the file that its group is named after.
[[nodiscard]] decision create_task(draft&);
[[nodiscard]] decision update_task(draft&);
[[nodiscard]] decision reschedule_task(draft&);
[[nodiscard]] decision start_task(draft&);
[[nodiscard]] decision stop_task(draft&);
[[nodiscard]] decision reopen_task(draft&);
[[nodiscard]] decision complete_task(draft&);
[[nodiscard]] decision cancel_task(draft&);
[[nodiscard]] decision skip_task(draft&);
[[nodiscard]] decision delete_task(draft&);
[[nodiscard]] decision restore_task(draft&);
[[nodiscard]] decision purge_task(draft&);
[[nodiscard]] decision change_tags(draft&);
[[nodiscard]] decision move_task(draft&);
[[nodiscard]] decision add_comment(draft&);
[[nodiscard]] decision configure_book(draft&);
[[nodiscard]] decision create_project(draft&);
[[nodiscard]] decision update_project(draft&);
[[nodiscard]] decision delete_project(draft&);

}  // namespace daybook::domain::deciding
