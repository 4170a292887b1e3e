// A recurrence rule (R1): the parts of RFC 5545 and SKIP of RFC 7529 that Daybook supports, and their one
// text.
#pragma once

#include "domain/errc.hpp"
#include "domain/zone.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::domain::recurring {

enum class frequency : std::uint8_t { hourly, daily, weekly, monthly, yearly };

/// Where a day goes that its month does not have (RFC 7529 SKIP): nowhere, back to the last day, on to the
/// first.
enum class month_end : std::uint8_t { omit, backward, forward };

/// `FR`, `2TU`, `-1MO`.
struct weekday_choice {
    int ordinal = 0;  ///< 0: every one; counted within the month, or within a YEARLY year without BYMONTH
    std::chrono::weekday day{};
    bool operator==(const weekday_choice&) const = default;
};

/// The inclusive end of a rule (R10): of the same type as the series' start.
struct until_value {
    enum class kind : std::uint8_t { date, wall_clock, instant };
    kind type = kind::date;
    local_time local{};  ///< date (at midnight) and wall clock
    instant at{};        ///< with `Z`: limits the instants of a zoned series
    bool operator==(const until_value&) const = default;
};

/// A rule that parse_rule() accepted. Lists are sorted, each value once.
struct rule {
    frequency freq = frequency::daily;
    int interval = 1;                        ///< 1–999
    std::vector<int> months{};               ///< 1–12
    std::vector<int> month_days{};           ///< ±1–31, positive ones first
    std::vector<weekday_choice> weekdays{};  ///< Monday first, those without ordinal before those with
    std::vector<int> positions{};            ///< BYSETPOS ±1–366
    std::chrono::weekday week_start = std::chrono::Monday;
    std::optional<month_end> skip{};      ///< none: as omit, but not written
    std::optional<std::int64_t> count{};  ///< 1–limits::recurrence_count_max
    std::optional<until_value> until{};

    /// With BYMONTH, BYMONTHDAY, BYDAY or BYSETPOS.
    [[nodiscard]] bool has_by_parts() const noexcept {
        return !months.empty() || !month_days.empty() || !weekdays.empty();
    }
    /// The canonical RRULE value: upper case, parts in one order, defaults left out, RSCALE=GREGORIAN where
    /// SKIP is. parse_rule(text()) is the same rule.
    [[nodiscard]] std::string text() const;
    bool operator==(const rule&) const = default;
};

/// An RRULE value (with or without `RRULE:` in front) or an alias: `daily`, `weekly`, `monthly`, `yearly`,
/// `weekdays`, `every 2 weeks on mon,fri`, `every 2nd tue`, `every last day`, `every last workday`.
/// Errors, with the part in `extra.part`: recurrence_unsupported_part, recurrence_invalid.
[[nodiscard]] result<rule> parse_rule(std::string_view text);

/// As parse_rule(), for aliases alone; none if the text is no alias. Aliases clamp at the end of a month
/// (R3).
[[nodiscard]] std::optional<rule> parse_alias(std::string_view text);

/// recurrence_invalid or recurrence_unsupported_part with the part named.
[[nodiscard]] problem part_problem(errc code, std::string_view part, std::string detail);

}  // namespace daybook::domain::recurring
