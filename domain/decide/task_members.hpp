// The members of a task as a command asks for them, and what they change (settled 6b, N1). Private to
// domain/decide*.
#pragma once

#include "domain/date.hpp"
#include "domain/decide/draft.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace daybook::domain::deciding {

/// Outer level: the command names the member. Inner level: none clears it.
template <class T>
using wish = std::optional<std::optional<T>>;

enum date_member : std::size_t { start_date, due_date, deadline_date };
inline constexpr std::array<std::string_view, 3> date_names{"start", "due", "deadline"};

/// A reminder without its identity.
struct reminder_wish {
    reminder_kind kind = reminder_kind::relative;
    std::string value{};
    std::string zone{};
};

/// All members that create_task, update_task and reschedule_task share, in canonical form.
struct member_wishes {
    std::optional<std::string> title{};
    std::optional<std::string> description{};
    std::optional<domain::priority> priority{};
    std::optional<std::vector<std::string>> tags{};
    std::array<wish<date_value>, 3> dates{};
    wish<domain::recurrence> recurrence{};
    std::optional<std::vector<reminder_wish>> reminders{};
    std::optional<std::vector<task_id>> depends_on{};
    wish<std::string> assignee{};
    wish<std::int64_t> duration{};
    wish<std::int64_t> estimate{};
    wish<std::int64_t> percent{};
    std::vector<std::pair<std::string, std::optional<extra_value>>> extras{};
};

/// Reads what needs a zone table or the book's settings beyond the shape: dates, reminders, strict tags.
/// Errors: date_invalid, zone_unknown, reminder_invalid, cron_invalid, field_invalid (a tag without `#` where
/// the book is strict).
[[nodiscard]] result<member_wishes> read_wishes(const draft&);

/// Errors: field_invalid for a tag without `#` where the book is strict.
[[nodiscard]] result<void> check_strict_tags(const book_state&, const boost::json::array& tags,
                                             std::string_view field);

/// The book's zone and time of all-day dates, for resolving. Errors: zone_unknown.
struct book_clock {
    const zone* home = nullptr;
    std::chrono::minutes all_day_time{};
};
[[nodiscard]] result<book_clock> clock_of(const decide_context&, std::string_view zone_name,
                                          std::string_view all_day_time);

/// The dates of the task that follow the book (all-day, floating) and mean another instant now, as a patch;
/// empty if there are none.
[[nodiscard]] boost::json::object resolved_anew(const task&, const book_clock&, std::string_view book_zone,
                                                const zone_table&);

/// For a task that comes back to life: while it was closed, a zone change of the book passed it by (settled
/// 8).
void add_resolved_anew(boost::json::object& data, const draft&, const task&);

/// The patch (6b) from `before` to what is wished: only members that change, dates with their instant, zone
/// and tz version (settled 8). Errors: limit_exceeded (extras), field_invalid (start after due),
/// reminder_no_base, zone_unknown (the book's own zone left the database).
class patch_maker {
 public:
    patch_maker(const draft& d, const task& before) : draft_(d), before_(before) {}

    /// Members in the order of settled 6a.
    [[nodiscard]] result<boost::json::object> make(const member_wishes&);

 private:
    [[nodiscard]] result<void> add_dates(const member_wishes&);
    [[nodiscard]] result<void> check_start_before_due(const book_clock&) const;
    [[nodiscard]] result<void> check_reminder_bases() const;
    void add_reminders(const std::vector<reminder_wish>&);
    [[nodiscard]] result<void> add_extras(const member_wishes&);

    const draft& draft_;
    const task& before_;
    boost::json::object patch_;
    std::array<std::optional<task_date>, 3> dates_;  ///< as they are after the patch
    std::vector<reminder> reminders_;                ///< as they are after the patch
};

}  // namespace daybook::domain::deciding
