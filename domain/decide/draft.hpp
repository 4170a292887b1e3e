// The commit that a decision writes: what the parts of decide share. Private to domain/decide*.
#pragma once

#include "domain/decide.hpp"

#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::domain::deciding {

using task_ptr = std::shared_ptr<const task>;

struct alarm_clock;

/// Lifetime: within one call of decide; refers to its arguments.
class draft {
 public:
    draft(const book_reader& book, const command& cmd, const decide_context& context);

    const book_reader& reader;
    const command& cmd;
    const decide_context& context;
    std::string causation{};  ///< of the events to come; the context's unless a reaction names its cause

    /// Appends an event of the task. Events of one task stand side by side: its versions count on from there.
    void add(event_type, const task& subject, boost::json::object data);
    /// Appends an event of a subject that stands in `data` (settled 5).
    event_id add_book_event(event_type, std::int64_t version, boost::json::object data);
    /// Takes over the events of a decision on the same state, complete with what follows for reminders, as
    /// caused by an event of this one. Precondition: no task has events here.
    void absorb(std::vector<event>, const event_id& cause);
    void warn(warning);

    /// What follows for the reminders of every task that has events here, beside them (M4, M6): call it last,
    /// or let finish() do it. `settings`: the book as it will be.
    void add_alarm_changes(const book_state& settings);
    /// The tasks beside those that have events here whose reminders follow the book's clock (M8).
    void add_alarm_changes_of(const task& untouched, const book_state& settings);

    /// The timestamp of this command's events: never before the book's last one (settled 7).
    [[nodiscard]] instant timestamp() const noexcept { return timestamp_; }
    /// When it happened at the source; the timestamp unless an import came too late for that.
    [[nodiscard]] instant happened_at() const noexcept { return source_time_.value_or(timestamp_); }
    [[nodiscard]] std::size_t size() const noexcept { return events_.size(); }

    /// Accepted with what was added; a no-op if that is nothing. Errors: limit_commit.
    [[nodiscard]] decision finish(std::optional<task_id> subject);

 private:
    [[nodiscard]] event made(event_type, std::int64_t version, boost::json::object data) const;

    [[nodiscard]] task_ptr find_reminded(std::span<const event> group) const;
    void add_group_with_alarms(std::vector<event>& out, std::span<event> group, const task* before,
                               const alarm_clock&) const;
    void append_alarm_events(std::vector<event>& out, const task_id&, const task& after,
                             const std::vector<alarm>& wanted, bool snoozes_end) const;

    instant timestamp_;
    std::optional<instant> source_time_;
    std::vector<event> events_;
    std::vector<warning> warnings_;
    bool alarms_added_ = false;
};

/// The command's task by args.task_id. Errors: not_found (also for a purged one), version_mismatch.
[[nodiscard]] result<task_ptr> find_subject(const draft&);

/// if_version against the version of what the command changes; `what` for people, such as "The task".
/// Errors: version_mismatch.
[[nodiscard]] result<void> check_version(const draft&, std::string_view what, std::int64_t version);

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
[[nodiscard]] decision save_filter(draft&);
[[nodiscard]] decision delete_filter(draft&);
[[nodiscard]] decision create_reminder(draft&);
[[nodiscard]] decision update_reminder(draft&);
[[nodiscard]] decision cancel_reminder(draft&);
[[nodiscard]] decision snooze_reminder(draft&);
[[nodiscard]] decision ack_reminder(draft&);
[[nodiscard]] decision end_series(draft&);
[[nodiscard]] decision update_series(draft&);
[[nodiscard]] decision split_series(draft&);
[[nodiscard]] decision create_recurring_task(draft&);
[[nodiscard]] decision complete_recurring_task(draft&);
[[nodiscard]] decision create_schedule(draft&);
[[nodiscard]] decision update_schedule(draft&);
[[nodiscard]] decision pause_schedule(draft&);
[[nodiscard]] decision resume_schedule(draft&);
[[nodiscard]] decision run_schedule(draft&);
[[nodiscard]] decision backfill_schedule(draft&);
[[nodiscard]] decision delete_schedule(draft&);
[[nodiscard]] decision fire_schedule(draft&);
[[nodiscard]] decision recompute_book(draft&);
[[nodiscard]] decision create_occurrence(draft&);
[[nodiscard]] decision fire_reminder(draft&);

}  // namespace daybook::domain::deciding
