// recompute_book: the reaction to another version of the zone database (R11). Dates that are still to come,
// their reminders and the slots of schedules are resolved anew; what has passed stays as it was decided.
#include "domain/codec/task_patch.hpp"
#include "domain/decide/schedules.hpp"
#include "domain/decide/task_members.hpp"
#include "domain/limits.hpp"

#include <algorithm>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;

/// What of the task's dates means another instant now; empty if nothing does.
json::object resolved_by_new_zones(const task& t, const book_clock& clock, const draft& d) {
    const auto& zones = *d.context.zones;
    json::object patch;
    const std::array<const std::optional<task_date>*, 3> dates{&t.start, &t.due, &t.deadline};
    for (std::size_t i = 0; i < dates.size(); ++i) {
        const auto& date = *dates[i];
        if (!date) continue;
        const auto value = parse_date(date->text, zones);
        if (!value || value->kind == date_kind::absolute) continue;
        const auto at = resolve(*value, *clock.home, clock.all_day_time, zones);
        if (at == date->at || (at <= d.context.now && date->at <= d.context.now)) continue;
        put_date(patch, date_names[i], task_date{date->text, at});
    }
    if (!patch.empty()) put_date_zone(patch, d.reader.book().zone, zones.version());
    return patch;
}

}  // namespace

decision recompute_book(draft& d) {
    const auto& book = d.reader.book();
    if (d.context.zones == nullptr || text_argument(d.cmd.args, "tz_version") != d.context.zones->version())
        return make_problem(errc::not_ready, "The writer has another version of the zone database");
    const auto clock = clock_of(d.context, book.zone, book.all_day_time);
    if (!clock) return clock.error();
    for (const auto& s : book.schedules) add_recomputed(d, s, book.zone);
    std::vector<task_ptr> open;
    d.reader.for_each_task([&](const task_ptr& t) {
        if (is_open(t->status) && (t->start || t->due || t->deadline || !t->reminders.empty()))
            open.push_back(t);
    });
    std::sort(open.begin(), open.end(), [](const task_ptr& a, const task_ptr& b) { return a->id < b->id; });
    // Each task takes at most three events; what finds no room comes with the next commit of the reaction.
    constexpr std::size_t parts_of_a_task = 3;
    std::vector<task_ptr> unchanged;
    for (const auto& t : open) {
        auto patch = resolved_by_new_zones(*t, *clock, d);
        if (patch.empty()) {
            unchanged.push_back(t);
            continue;
        }
        if ((d.size() + 1) * parts_of_a_task > limits::commit_parts_max) break;
        d.add(event_type::schedule_recomputed, *t, std::move(patch));
    }
    d.add_alarm_changes(book);
    for (const auto& t : unchanged) {
        if (d.size() + parts_of_a_task > limits::commit_parts_max) break;
        if (!t->reminders.empty()) d.add_alarm_changes_of(*t, book);
    }
    return d.finish(std::nullopt);
}

}  // namespace daybook::domain::deciding
