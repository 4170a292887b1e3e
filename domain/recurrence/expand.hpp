// A series: a rule with its start, its zone and its exceptions; and its occurrences in order (R4, R10).
#pragma once

#include "domain/date.hpp"
#include "domain/recurrence/nominals.hpp"
#include "domain/recurrence/rule.hpp"
#include "domain/zone.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace daybook::domain::recurring {

enum class series_kind : std::uint8_t { all_day, floating, zoned };

/// Lifetime: the zone must outlive it.
struct series {
    rule how{};
    series_kind kind = series_kind::all_day;
    local_time start{};                 ///< dtstart; midnight where all-day
    const zone* home = nullptr;         ///< zoned only
    std::vector<local_time> exdates{};  ///< nominal wall clocks, in any order
};

/// What R1 and R10 refuse: HOURLY where all-day, an UNTIL of another type than the start, a rule that names
/// no day within 400 years of its start, whatever UNTIL says. Errors: recurrence_invalid with `extra.part`.
[[nodiscard]] result<void> check_series(const series&);
/// For a series that is being set with anchor=due: UNTIL must leave it an occurrence (with anchor=completion
/// the first one depends on a completion). Errors: recurrence_invalid, part UNTIL. Precondition:
/// check_series() accepted it.
[[nodiscard]] result<void> check_yields(const series&);

/// The series of a task: rule text and the date that it was set on. An instant as start is a series in UTC.
/// Lifetime: the zone is one of `zones`. Errors: those of parse_rule() and check_series(), zone_unknown.
[[nodiscard]] result<series> make_series(std::string_view rule_text, const date_value& start,
                                         const zone_table& zones, std::vector<local_time> exdates = {});

struct occurrence {
    local_time nominal{};         ///< the wall clock that the rule names, also inside a gap
    std::optional<instant> at{};  ///< zoned only: the instant that R4 gives
    bool operator==(const occurrence&) const = default;
};

/// Why a series has no further occurrence. `exhausted`: the rule names no day before the year 10000.
enum class series_end : std::uint8_t { count, until, depth, exhausted };
[[nodiscard]] std::string_view name_of(series_end) noexcept;

/// Order of work: rule, COUNT or UNTIL, one occurrence per instant (the earlier nominal stays), EXDATE.
/// Ascending by nominal. Lifetime: the series must outlive it. Complexity: constant a step; with COUNT,
/// seek_after() counts from the start.
class occurrences {
 public:
    explicit occurrences(const series&);

    /// Afterwards next() gives the first one after `nominal`. Precondition: next() has not been called.
    void seek_after(local_time nominal);
    [[nodiscard]] std::optional<occurrence> next();
    /// Precondition: next() gave none.
    [[nodiscard]] series_end end() const noexcept { return end_; }

 private:
    [[nodiscard]] instant resolve(local_time nominal);
    [[nodiscard]] bool is_repeated(instant at);

    const series& series_;
    nominals wall_clocks_;
    std::vector<local_time> exdates_;
    std::optional<local_time> after_{};
    std::int64_t counted_ = 0;
    series_end end_ = series_end::exhausted;
    std::deque<instant> recent_{};  ///< of the last three days of wall clocks
    std::optional<instant> latest_{};
    // No change of offset comes near the wall clocks from the one resolved last up to here.
    std::optional<local_time> same_offset_until_{};
    std::chrono::seconds same_offset_{};
};

struct expansion {
    std::vector<occurrence> instances{};
    bool ended = false;  ///< nothing follows the last one listed
};

/// The first n after `after`, or from the start.
[[nodiscard]] expansion expand(const series&, std::size_t n, std::optional<local_time> after = std::nullopt);

}  // namespace daybook::domain::recurring
