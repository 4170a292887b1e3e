#include "domain/evolve.hpp"

#include "domain/codec/task_patch.hpp"
#include "domain/limits.hpp"
#include "domain/saved_filter.hpp"

#include <boost/json/value.hpp>

#include <algorithm>

namespace daybook::domain {
namespace {

namespace json = boost::json;

/// The status that an event of this type gives a task; none if the type does not decide about it.
/// `restored_to` is what a restore leads back to.
std::optional<status> status_given_by(event_type type, status restored_to) {
    switch (type) {
        case event_type::task_created:
        case event_type::task_stopped:
        case event_type::task_reopened: return status::open;
        case event_type::task_started: return status::in_progress;
        case event_type::task_completed: return status::completed;
        case event_type::task_cancelled: return status::cancelled;
        case event_type::task_skipped: return status::skipped;
        case event_type::task_deleted: return status::deleted;
        case event_type::task_restored: return restored_to;
        case event_type::task_purged: return status::purged;
        default: return std::nullopt;
    }
}

/// When it happened at the source: an import into a book with a life of its own keeps that beside (settled
/// 7).
instant happened_at(const event& e) {
    const auto* source_time = e.data.if_contains("source_time");
    if (source_time == nullptr || !source_time->is_string()) return e.timestamp;
    return parse_instant(source_time->get_string()).value_or(e.timestamp);
}

/// What purge leaves: the id and the version, so that the id is never given out again and versions go on.
task remains_of(const task& purged) {
    task left;
    left.id = purged.id;
    left.user = purged.user;
    left.version = purged.version;
    left.status = status::purged;
    left.created_at = purged.created_at;
    left.updated_at = purged.updated_at;
    left.status_event = purged.status_event;
    // An occurrence that was purged had its place: the reaction to the one before must not fill it again.
    left.recurrence_parent = purged.recurrence_parent;
    return left;
}

std::optional<std::string> text_member(const json::object& data, std::string_view name) {
    const auto* value = data.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

std::vector<alarm>::iterator find_alarm(task& t, const fire_id& id) {
    return std::find_if(t.alarms.begin(), t.alarms.end(), [&](const alarm& a) { return a.id == id; });
}

template <class Id>
Id id_member(const json::object& data, std::string_view name) {
    const auto text = text_member(data, name);
    return text ? Id::parse(*text).value_or(Id{}) : Id{};
}

instant time_member(const json::object& data, std::string_view name, instant otherwise) {
    const auto text = text_member(data, name);
    return text ? parse_instant(*text).value_or(otherwise) : otherwise;
}

std::int64_t count_member(const json::object& data, std::string_view name) {
    const auto* value = data.if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

void for_each_object(const json::object& data, std::string_view name, const auto& visit) {
    const auto* list = data.if_contains(name);
    if (list == nullptr || !list->is_array()) return;
    for (const auto& element : list->get_array())
        if (element.is_object()) visit(element.get_object());
}

/// What became of an alarm: the pending ones of its reminder up to that instant are dealt with, the latest
/// that are done are kept.
void settle_alarm(task& t, alarm done) {
    std::erase_if(t.alarms, [&](const alarm& a) {
        return a.id == done.id ||
               (a.reminder == done.reminder && a.state == alarm_state::pending && a.at <= done.at);
    });
    const auto reminder = done.reminder;
    t.alarms.push_back(std::move(done));
    const auto is_done = [&](const alarm& a) {
        return a.reminder == reminder && a.state != alarm_state::pending;
    };
    if (static_cast<std::size_t>(std::count_if(t.alarms.begin(), t.alarms.end(), is_done)) >
        limits::alarms_done_max)
        t.alarms.erase(std::find_if(t.alarms.begin(), t.alarms.end(), is_done));
}

/// What a reminder shows follows from its alarms: what is to come, else what happened last.
void name_reminder_states(task& t) {
    for (auto& r : t.reminders) {
        const alarm* last = nullptr;
        bool pending = false;
        for (const auto& a : t.alarms) {
            if (a.reminder != r.id) continue;
            pending = pending || a.state == alarm_state::pending;
            if (a.state != alarm_state::pending) last = &a;
        }
        const bool snoozed = std::any_of(t.reminders.begin(), t.reminders.end(), [&](const reminder& other) {
            return other.snooze_of == r.id &&
                   std::any_of(t.alarms.begin(), t.alarms.end(), [&](const alarm& a) {
                       return a.reminder == other.id && a.state == alarm_state::pending;
                   });
        });
        if (snoozed)
            r.state = "snoozed";
        else if (pending)
            r.state = "scheduled";
        else
            r.state = last != nullptr ? std::string(to_text(last->state)) : "cancelled";
    }
}

void apply_reminder_event(task& t, const event& e) {
    const auto happened = [&](alarm_state state) {
        alarm a;
        a.id = id_member<fire_id>(e.data, "fire_id");
        if (a.id == fire_id{}) return;
        a.reminder = id_member<reminder_id>(e.data, "reminder_id");
        a.at = time_member(e.data, "scheduled_at", e.timestamp);
        a.set_at = a.at;
        if (const auto known = find_alarm(t, a.id); known != t.alarms.end()) a.set_at = known->set_at;
        a.state = state;
        a.fired_at = e.timestamp;
        a.late_ms = count_member(e.data, "late_ms");
        a.missed_count = count_member(e.data, "missed_count");
        settle_alarm(t, std::move(a));
    };
    switch (e.type) {
        case event_type::reminder_fired: happened(alarm_state::fired); break;
        case event_type::reminder_missed: happened(alarm_state::missed); break;
        case event_type::reminder_acked:
            if (const auto known = find_alarm(t, id_member<fire_id>(e.data, "fire_id"));
                known != t.alarms.end())
                known->state = alarm_state::acked;
            break;
        default: break;
    }
    for_each_object(e.data, "cancelled", [&](const json::object& one) {
        const auto id = id_member<fire_id>(one, "fire_id");
        std::erase_if(t.alarms,
                      [&](const alarm& a) { return a.id == id && a.state == alarm_state::pending; });
    });
    for_each_object(e.data, "scheduled", [&](const json::object& one) {
        alarm a;
        a.id = id_member<fire_id>(one, "fire_id");
        a.reminder = id_member<reminder_id>(one, "reminder_id");
        a.at = time_member(one, "at", e.timestamp);
        a.set_at = e.timestamp;
        if (find_alarm(t, a.id) != t.alarms.end()) return;
        const auto behind = std::find_if(t.alarms.begin(), t.alarms.end(), [](const alarm& other) {
            return other.state != alarm_state::pending;
        });
        t.alarms.insert(behind, std::move(a));
    });
    // Of a reminder that is gone nothing is kept but what may still be acknowledged or told: its past.
    name_reminder_states(t);
}

bool is_reminder_event(event_type type) {
    return type >= event_type::reminder_created && type <= event_type::reminder_missed;
}

/// A setting: absent keeps, null leads back to what a new book has.
void apply_setting(std::string& setting, const json::object& data, std::string_view name,
                   const std::string& initial) {
    if (auto text = text_member(data, name))
        setting = *std::move(text);
    else if (const auto* value = data.if_contains(name); value != nullptr && value->is_null())
        setting = initial;
}

}  // namespace

task evolve(const task* before, const event& e) {
    task after = before != nullptr ? *before : task{};
    if (before == nullptr) {
        after.id = e.task.value_or(task_id{});
        after.user = e.user;
        after.created_at = happened_at(e);
        after.untouched = e.source == "reactor";
    }
    advance(after, e);
    return after;
}

void advance(task& after, const event& e) {
    const auto earlier = after.status;
    apply_patch(after, e.data);
    after.version = e.version;
    after.updated_at = e.timestamp;
    after.status = earlier;
    // R9: what only reactions made may go without a trace; a withdrawn occurrence may come back as it was.
    after.untouched = after.untouched && (e.source == "reactor" || e.data.contains("withdrawn"));
    if (is_reminder_event(e.type)) apply_reminder_event(after, e);

    if (const auto given = status_given_by(e.type, after.status_before)) {
        after.status = *given;
        after.status_event = e.id;
    }
    switch (e.type) {
        case event_type::task_started:
            if (!e.data.contains("started_at")) after.started_at = happened_at(e);
            break;
        case event_type::task_stopped: after.started_at.reset(); break;
        case event_type::task_completed:
            if (!e.data.contains("completed_at")) after.completed_at = happened_at(e);
            break;
        case event_type::task_reopened:
            after.started_at.reset();
            after.completed_at.reset();
            break;
        case event_type::task_deleted:
            after.status_before = earlier;
            if (!e.data.contains("deleted_at")) after.deleted_at = happened_at(e);
            after.deleted_by = e.command;
            break;
        case event_type::task_restored:
            after.status_before = status::open;
            after.deleted_at.reset();
            after.deleted_by = command_id{};
            break;
        case event_type::task_purged: after = remains_of(after); break;
        case event_type::task_commented: ++after.comments; break;
        default: break;
    }
}

book_state evolve(const book_state& before, const event& e) {
    book_state after = before;
    advance(after, e);
    return after;
}

void advance(book_state& after, const event& e) {
    if (after.user != e.user) after.user = e.user;
    ++after.events;
    after.imported_only = after.imported_only && e.source == "import";
    after.last_timestamp = std::max(after.last_timestamp, e.timestamp);
    advance(after.schedules, e);
    if (e.type != event_type::book_configured) return;

    const book_state initial;
    apply_setting(after.zone, e.data, "zone", initial.zone);
    apply_setting(after.all_day_time, e.data, "all_day_time", initial.all_day_time);
    apply_setting(after.week_start, e.data, "week_start", initial.week_start);
    apply_setting(after.language, e.data, "language", initial.language);
    if (const auto* strict = e.data.if_contains("tags_strict"))
        after.tags_strict = strict->is_bool() && strict->get_bool();
    if (const auto* go_on = e.data.if_contains("series_continue"))
        after.series_continue = !go_on->is_bool() || go_on->get_bool();
    after.version = e.version;
}

project evolve(const std::optional<project>& before, const event& e) {
    project after = before.value_or(project{});
    if (!before) {
        after.user = e.user;
        if (const auto text = text_member(e.data, "project_id"))
            after.id = project_id::parse(*text).value_or(project_id{});
    }
    if (auto name = text_member(e.data, "name")) after.name = *std::move(name);
    if (e.type == event_type::project_deleted) after.deleted = true;
    after.version = e.version;
    return after;
}

saved_filter evolve(const std::optional<saved_filter>& before, const event& e) {
    saved_filter after = before.value_or(saved_filter{});
    if (!before) {
        after.user = e.user;
        after.id = filter_of(e).value_or(filter_id{});
    }
    if (auto name = text_member(e.data, "name")) after.name = *std::move(name);
    if (auto query = text_member(e.data, "query")) after.query = *std::move(query);
    if (e.type == event_type::filter_deleted) after.deleted = true;
    after.version = e.version;
    return after;
}

std::optional<series_id> series_of(const event& e) {
    if (e.type < event_type::series_created || e.type > event_type::occurrences_missed) return std::nullopt;
    const auto text = text_member(e.data, "series_id");
    return text ? series_id::parse(*text) : std::nullopt;
}

series evolve(const std::optional<series>& before, const event& e) {
    series after = before.value_or(series{});
    if (!before) {
        after.user = e.user;
        after.id = series_of(e).value_or(series_id{});
    }
    if (const auto* said = e.data.if_contains("recurrence"))
        if (auto recurrence = read_recurrence(*said)) after.recurrence = *std::move(recurrence);
    if (auto dtstart = text_member(e.data, "dtstart")) after.dtstart = *std::move(dtstart);
    if (auto exdate = text_member(e.data, "exdate")) {
        after.exdates.push_back(*std::move(exdate));
        if (after.exdates.size() > limits::exdates_max) after.exdates.erase(after.exdates.begin());
    }
    if (const auto text = text_member(e.data, "predecessor_series"))
        after.predecessor = series_id::parse(*text);
    if (e.type == event_type::series_split) after.ended = "split";
    if (e.type == event_type::series_ended) after.ended = text_member(e.data, "reason").value_or("ended");
    if (e.type == event_type::series_updated && e.data.contains("ended")) after.ended.clear();
    after.version = e.version;
    return after;
}

}  // namespace daybook::domain
