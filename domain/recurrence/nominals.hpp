// The wall clocks that a rule names, without zone, COUNT, UNTIL or EXDATE: the innermost step of an expansion
// (R2, R3).
#pragma once

#include "domain/recurrence/rule.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace daybook::domain::recurring {

/// Ascending, each once, none before the start. Everything is counted from the start (R2), so no clamped date
/// moves the ones after it. A period (day, week by WKST, month, year) is expanded as a whole: BYMONTH,
/// BYMONTHDAY, SKIP, BYDAY, BYSETPOS. Lifetime: the rule must outlive it. Complexity: constant a step; a step
/// that finds nothing passes over a day or more, so no search takes longer than the days up to the horizon.
class nominals {
 public:
    /// `horizon`: the last day that is looked at.
    nominals(const rule&, local_time start, std::chrono::local_days horizon);

    /// Afterwards next() gives the first one that is not before `at`. Never goes back.
    void seek(local_time at);
    /// None: there is no further one up to the horizon.
    [[nodiscard]] std::optional<local_time> next();

 private:
    [[nodiscard]] std::optional<local_time> next_hour();
    [[nodiscard]] bool fill();
    void fill_day(std::chrono::local_days day);
    void fill_week(std::chrono::local_days first);
    void fill_month(std::chrono::year_month month);
    void fill_year(std::chrono::year year);
    void add_month_days(std::chrono::year_month month, int day);
    void keep_positions();

    const rule& rule_;
    local_time start_;
    std::chrono::local_days start_day_;
    std::chrono::year_month_day start_date_;
    std::chrono::seconds time_of_day_;
    std::chrono::local_days horizon_;
    local_time least_;         ///< nothing before it is given
    std::int64_t period_ = 0;  ///< periods since the one of the start, not yet multiplied by INTERVAL
    std::vector<std::chrono::local_days> days_{};  ///< what the last filled period gives
    std::size_t taken_ = 0;
};

/// The last day that any expansion looks at.
inline constexpr std::chrono::local_days last_day{std::chrono::year{9999} / 12 / 31};

}  // namespace daybook::domain::recurring
