// Series: what sets, ends and continues them (R1, R2, R7, R9, R10). Private to domain/decide*.
#pragma once

#include "domain/decide/task_members.hpp"
#include "domain/recurrence/expand.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace daybook::domain::deciding {

/// Which arithmetic gave the nominal dates of an event (R11); it changes when the same input may give another
/// date.
inline constexpr std::string_view recurrence_engine = "1";

/// The wish for a rule in its one form: canonical RRULE, defaults filled in. Errors: recurrence_invalid,
/// recurrence_unsupported_part, without a field.
[[nodiscard]] result<recurrence> canonical_recurrence(const recurrence& said);

/// The date that a series counts from, and what its occurrences' dates are like.
struct series_ground {
    date_value start{};
    recurring::series how{};
};
/// The error of a rule at the member that named it: recurrence, or its shorthand recurrence_rule.
[[nodiscard]] problem at_rule(problem, const draft&);
/// Reads the stored form. Errors: recurrence_invalid (an older or newer program wrote what this one does not
/// know).
[[nodiscard]] result<series_ground> ground_of(const series&, const zone_table&);

/// What nominal_text() wrote.
[[nodiscard]] std::optional<local_time> parse_nominal(std::string_view);

/// What a command that sets or clears `recurrence` does to the series: completes the patch of the task
/// (series_id, nominal, depth; a first due date where it has neither due nor start) and says which series
/// begins and which ends.
class series_change {
 public:
    /// `patch` holds the wished members already. Errors: recurrence_invalid (no instance within 400 years,
    /// HOURLY by the day, an UNTIL of another type than the date).
    [[nodiscard]] static result<series_change> make(const draft&, const task& before, const wish<recurrence>&,
                                                    boost::json::object& patch);
    /// Adds the series' events; call it after the task's own event.
    void add_to(draft&) const;

 private:
    std::optional<series> ended_{};
    std::string reason_{};
    boost::json::object created_{};
};

/// The event of a closed occurrence says so: its place, by which a reaction knows that a next one is due
/// (settled 12).
void mark_occurrence(boost::json::object& data, const task&);
/// A task whose closing asks for a next occurrence.
[[nodiscard]] bool is_occurrence(const task&);

/// R9: what was made because `parent` was closed goes, if nobody has touched it; otherwise a warning says
/// that it stays.
void withdraw_next(draft&, const task& parent);

void add_series_ended(draft&, const series&, std::string_view reason);

}  // namespace daybook::domain::deciding
