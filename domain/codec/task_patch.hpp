// The data of events: a merge patch of a task's members (settled 6b). All shapes stand here once; `decide`
// writes them with the functions below, `evolve` reads them with apply_patch.
//
//   title description assignee status priority(P1…P4)   string
//   tags depends_on                                     list of strings, the whole list
//   start due deadline                                  canonical text, each beside its start_at due_at
//   deadline_at parent_id project_id series_id recurrence_parent_id UUID duration estimate percent
//   recurrence_depth          integer recurrence                                          {rule, anchor,
//   catch_up} reminders                                           list of {reminder_id, when|at|cron, zone?,
//   state, snooze_of?},
//                                                       the whole list
//   nominal                                             text: the place in the series (never shown as a
//   member) created_at started_at completed_at deleted_at       instant x_* string, boolean, integer, double
//   zone tz_version                                     beside any date: what it was resolved with (settled
//   8)
//
// Null clears a member where the task can be without it.
#pragma once

#include "domain/task.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace daybook::domain {

/// Total: members that are no task's are passed over, a known member of another type leaves the task's as it
/// is (so does a date whose `_at` is missing). What the envelope says (version, updated_at, status_event, …)
/// is not touched.
void apply_patch(task&, const boost::json::object& data);

/// `name` and `name_at`; null for both where there is none.
void put_date(boost::json::object& data, std::string_view name, const std::optional<task_date>&);
/// `zone` and `tz_version`: the book's zone, by which dates that name none were resolved.
void put_date_zone(boost::json::object& data, std::string_view zone, std::string_view tz_version);
[[nodiscard]] boost::json::value recurrence_json(const std::optional<recurrence>&);
[[nodiscard]] boost::json::array reminders_json(const std::vector<reminder>&);
[[nodiscard]] boost::json::value extra_json(const extra_value&);

/// None where the value is of another shape. Doubles without a fraction that are exact integers become
/// integers, so that 1.0 and 1 are one value.
[[nodiscard]] std::optional<recurrence> read_recurrence(const boost::json::value&);
[[nodiscard]] std::optional<std::vector<reminder>> read_reminders(const boost::json::value&);
[[nodiscard]] std::optional<extra_value> read_extra(const boost::json::value&);

}  // namespace daybook::domain
