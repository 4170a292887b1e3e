// configure_book: settings, and the dates of open tasks that follow them (settled 8).
#include "domain/decide/schedules.hpp"
#include "domain/decide/task_members.hpp"
#include "domain/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;

/// The settings as they would be; `patch` gets what changes. Null leads back to what a new book has.
book_state wished_settings(const draft& d, json::object& patch) {
    const book_state initial;
    auto after = d.reader.book();
    const auto set = [&](std::string_view name, std::string& setting, const std::string& default_value) {
        const auto* value = d.cmd.args.if_contains(name);
        if (value == nullptr) return;
        auto wanted = value->is_string() ? std::string(value->get_string()) : default_value;
        if (wanted == setting) return;
        setting = std::move(wanted);
        patch[name] = setting;
    };
    set("zone", after.zone, initial.zone);
    set("all_day_time", after.all_day_time, initial.all_day_time);
    set("week_start", after.week_start, initial.week_start);
    set("language", after.language, initial.language);
    if (const auto* strict = d.cmd.args.if_contains("tags_strict")) {
        const bool wanted = strict->is_bool() && strict->get_bool();
        if (wanted != after.tags_strict) patch["tags_strict"] = wanted;
    }
    if (const auto* go_on = d.cmd.args.if_contains("series_continue")) {
        const bool wanted = !go_on->is_bool() || go_on->get_bool();
        if (wanted != after.series_continue) patch["series_continue"] = wanted;
    }
    return after;
}

struct stale_task {
    task_ptr subject;
    json::object patch;
};

/// All open tasks whose dates follow the book and no longer say so, the soonest due first: a total order, so
/// that the same book gives the same events.
std::vector<stale_task> stale_tasks(const draft& d, const book_clock& clock, std::string_view zone) {
    std::vector<stale_task> stale;
    d.reader.for_each_task([&](const task_ptr& t) {
        if (!is_open(t->status) || (!t->start && !t->due && !t->deadline)) return;
        if (auto patch = resolved_anew(*t, clock, zone, *d.context.zones); !patch.empty())
            stale.push_back({t, std::move(patch)});
    });
    std::sort(stale.begin(), stale.end(), [](const stale_task& a, const stale_task& b) {
        const auto key = [](const task& t) {
            return std::tuple(!t.due, t.due ? t.due->at : instant{}, t.id);
        };
        return key(*a.subject) < key(*b.subject);
    });
    return stale;
}

/// Reminders that ring by the book's clock, of tasks whose dates do not follow it (M8). The tasks that found
/// no room.
std::size_t add_other_alarms(draft& d, const std::vector<stale_task>& stale, const book_state& after) {
    std::vector<task_ptr> others;
    d.reader.for_each_task([&](const task_ptr& t) {
        if (!is_open(t->status) || t->reminders.empty()) return;
        const bool is_stale = std::any_of(stale.begin(), stale.end(),
                                          [&](const stale_task& s) { return s.subject->id == t->id; });
        if (!is_stale) others.push_back(t);
    });
    std::sort(others.begin(), others.end(),
              [](const task_ptr& a, const task_ptr& b) { return a->id < b->id; });
    std::size_t left = 0;
    for (const auto& t : others) {
        if (d.size() + 2 <= limits::commit_parts_max)
            d.add_alarm_changes_of(*t, after);
        else
            ++left;
    }
    return left;
}

}  // namespace

decision configure_book(draft& d) {
    const auto& book = d.reader.book();
    if (auto expected = check_version(d, "The book", book.version); !expected) return expected.error();
    json::object patch;
    const auto after = wished_settings(d, patch);
    const bool clock_named = d.cmd.args.contains("zone") || d.cmd.args.contains("all_day_time");
    if (!clock_named) {
        if (!patch.empty()) d.add_book_event(event_type::book_configured, book.version + 1, std::move(patch));
        return d.finish(std::nullopt);
    }

    const auto clock = clock_of(d.context, after.zone, after.all_day_time);
    if (!clock) return clock.error();
    if (!patch.empty()) {
        patch["tz_version"] = d.context.zones->version();
        d.add_book_event(event_type::book_configured, book.version + 1, std::move(patch));
    }
    auto stale = stale_tasks(d, *clock, after.zone);
    std::size_t taken = 0;
    for (auto room = limits::commit_parts_max - d.size(); taken < stale.size(); ++taken) {
        // Its alarms are cancelled and scheduled anew beside it.
        const std::size_t parts = stale[taken].subject->reminders.empty() ? 1 : 3;
        if (parts > room) break;
        room -= parts;
        d.add(event_type::task_rescheduled, *stale[taken].subject, std::move(stale[taken].patch));
    }
    d.add_alarm_changes(after);
    for (const auto& s : book.schedules) add_recomputed(d, s, after.zone);
    const auto left = stale.size() - taken + add_other_alarms(d, stale, after);
    if (left > 0)
        d.warn({"limit.commit",
                fmt::format(
                    "{} open tasks still stand at the instants of the old setting; send configure_book with "
                    "the same settings and a new id until it is a no-op",
                    left),
                {{"tasks_left", left}}});
    return d.finish(std::nullopt);
}

}  // namespace daybook::domain::deciding
