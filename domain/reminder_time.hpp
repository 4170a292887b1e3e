// When a relative reminder rings (M1, M2), and what a moved due date does to it (M4).
#pragma once

#include "domain/date.hpp"
#include "domain/errc.hpp"
#include "domain/zone.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace daybook::domain {

/// Days move the wall clock of the date, then R4; the rest is exact and comes after them (M2).
struct reminder_offset {
    bool from_start = false;       ///< else from due
    std::int64_t days = 0;         ///< negative: before
    std::chrono::seconds exact{};  ///< of the same sign as the days
    bool operator==(const reminder_offset&) const = default;
};

/// `15 minutes`, `1 day before start`, `2 weeks after due` (before, due where unsaid); ISO `-PT15M`,
/// `P1DT2H`,
/// `-P1W` (after where there is no sign, due where unsaid). Errors: reminder_invalid with `extra.part`.
[[nodiscard]] result<reminder_offset> parse_reminder_offset(std::string_view text);

/// The dates of a task and what resolves them. Lifetime: zones must outlive it.
struct reminder_dates {
    std::optional<date_value> due{};
    std::optional<date_value> start{};
    const zone& user_zone;                ///< the book's, for dates without a zone (M8)
    std::chrono::minutes all_day_time{};  ///< the time of day of an all-day date
    const zone_table& zones;
};

struct reminder_moment {
    local_time local{};  ///< in the zone of the date: its own, else the user's
    instant at{};
};

/// Errors: reminder_no_base, with `extra.part` due or start.
[[nodiscard]] result<reminder_moment> reminder_moment_of(const reminder_offset&, const reminder_dates&);

/// M4: an instant equal to now is past; an all-day date is past when it is overdue, at the next midnight.
[[nodiscard]] bool is_past(const date_value&, const reminder_dates&, instant now);

enum class move_action : std::uint8_t { schedule, fire_now, none };

/// What becomes of a pending reminder whose new instant is `at` (M4).
[[nodiscard]] move_action action_after_move(instant at, bool due_is_past, instant now);

}  // namespace daybook::domain
