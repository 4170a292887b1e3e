// The alarms of a task: what reminders mean as instants (M2, M4, M5, M8). Private to domain/decide*.
#pragma once

#include "domain/decide/task_members.hpp"

#include <chrono>
#include <optional>

namespace daybook::domain::deciding {

/// Whose clock reminders without a zone ring by. Lifetime: that of the zones.
struct alarm_clock {
    const zone* home = nullptr;  ///< null where the book's zone has left the database: then nothing rings
    std::chrono::minutes all_day_time{};
    const zone_table* zones = nullptr;
};
[[nodiscard]] alarm_clock alarm_clock_of(const decide_context&, const book_state& settings);

/// Cron reminders ring until the task is due: a slot at that instant still does; an all-day date ends with
/// its day.
[[nodiscard]] std::optional<instant> slot_limit(const task&, const alarm_clock&);

/// The first slot of a cron reminder after an instant, if it is still within the limit.
[[nodiscard]] std::optional<instant> next_slot(const task&, const reminder&, const alarm_clock&,
                                               instant after);

}  // namespace daybook::domain::deciding
