// Ids that the same cause always gives again (R8, M3, C5): UUIDs of version 5. The joined texts stand in
// docs/formats/ids.md and never change.
#pragma once

#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "domain/zone.hpp"

#include <cstdint>
#include <string_view>

namespace daybook::domain {

/// The next occurrence of a series (R8), whatever reaction, replay or repeated completion makes it.
[[nodiscard]] task_id occurrence_task_id(series_id, local_time nominal, bool all_day);
/// For anchor=completion, where a date can come back: done a week early, a weekly task is due on its own date
/// again (R6), and the id above is that of the task just done. So where a task of the series that is not the
/// child of the closed one has the id above, the child gets this one. `depth`: that of the child.
[[nodiscard]] task_id repeated_occurrence_task_id(series_id, local_time nominal, bool all_day,
                                                  std::int64_t depth);
/// A task or reminder that an occurrence gets as a copy of one of its predecessor's.
[[nodiscard]] task_id copied_task_id(task_id occurrence, task_id original);
[[nodiscard]] reminder_id copied_reminder_id(task_id occurrence, reminder_id original);
/// The series that goes on after one that ended by depth (settled 10).
[[nodiscard]] series_id successor_series_id(series_id ended);
/// One fire of a reminder (M3).
[[nodiscard]] fire_id reminder_fire_id(reminder_id, instant scheduled);
/// One slot of a schedule (C5).
[[nodiscard]] slot_id schedule_slot_id(schedule_id, instant slot);
/// A slot that fires once more because a backfill asks for it; `version`: that of the schedule with the
/// backfill. An id of its own, or the reaction would be taken for a repeat of the first fire.
[[nodiscard]] slot_id backfilled_slot_id(schedule_id, instant slot, std::int64_t version);
/// What stands for a version of the zone database in reactions; `round` counts the commits that it takes.
[[nodiscard]] uuid recompute_cause(std::string_view tz_version, std::int64_t round);
/// The command of a reaction; `cause` is the event, the fire or the slot.
[[nodiscard]] command_id reaction_command_id(std::string_view reaction, const uuid& cause);

/// `2026-08-31`, or `2026-08-31T09:00:00`: how a nominal is written in ids, events and answers.
[[nodiscard]] std::string nominal_text(local_time nominal, bool all_day);

}  // namespace daybook::domain
