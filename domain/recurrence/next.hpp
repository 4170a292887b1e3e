// Which occurrence follows the one that was completed or skipped (R5, R6, R9, R10). Pure: the moment is an
// argument.
#pragma once

#include "domain/recurrence/expand.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace daybook::domain::recurring {

enum class anchor : std::uint8_t { due, completion };
enum class catch_up : std::uint8_t { next_future, each };

/// The occurrence that was closed.
struct closed_occurrence {
    local_time nominal{};
    instant closed_at{};
    std::int64_t depth = 0;  ///< recurrence_depth of it
};

struct next_occurrence {
    local_time nominal{};
    /// Timed: its instant, floating ones in the user's zone. All-day: when it becomes overdue, the next
    /// midnight there.
    instant at{};
};

/// Instances that were passed over, as occurrences.missed says it (settled 11).
struct missed_run {
    std::int64_t count = 0;
    std::optional<local_time> first{};
    std::deque<local_time> newest{};  ///< ascending; the last one is the newest of all
};

struct next_answer {
    std::optional<next_occurrence> next{};
    missed_run missed{};
    std::optional<series_end> ended{};  ///< set exactly where next is not
};

/// anchor=due. The depth is looked at first: at limits::recurrence_depth_max the answer is series_end::depth.
/// `missed_max`: how many of the newest missed ones are listed. Precondition: check_series() accepted the
/// series.
[[nodiscard]] next_answer next_after_due(const series&, const closed_occurrence&, catch_up,
                                         const zone& user_zone, std::size_t missed_max);

/// anchor=completion: nothing is ever missed, and COUNT counts the occurrences that were created, depth + 1
/// so far.
[[nodiscard]] next_answer next_after_completion(const series&, const closed_occurrence&,
                                                const zone& user_zone);

/// What a due date of this kind resolves to; see next_occurrence::at.
[[nodiscard]] instant moment_of(const series&, local_time nominal, const zone& user_zone);

}  // namespace daybook::domain::recurring
