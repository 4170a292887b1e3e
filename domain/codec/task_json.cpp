// The stored form is one line of JSON, members in the order of the renderer and then those that only decide
// needs; what a task is without is left out. Grammar: docs/formats/task.md.
#include "domain/codec/task_json.hpp"

#include "domain/book.hpp"
#include "domain/codec/member_reader.hpp"
#include "domain/codec/task_patch.hpp"
#include "domain/json_text.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <type_traits>
#include <utility>

namespace daybook::domain {
namespace {

namespace json = boost::json;

/// Appends the members of one object. `absent` says what becomes of members without a value.
class object_writer {
 public:
    enum class absent { as_null, left_out };

    object_writer(std::string& out, absent rule) : out_(out), rule_(rule) { out_ += '{'; }
    void close() { out_ += '}'; }

    /// `name` needs no escapes.
    std::string& member(std::string_view name) {
        if (!first_) out_ += ',';
        first_ = false;
        out_ += '"';
        out_ += name;
        out_ += "\":";
        return out_;
    }
    /// A name from outside, which may need escapes.
    std::string& custom_member(std::string_view name) {
        if (!first_) out_ += ',';
        first_ = false;
        append_json_string(out_, name);
        return out_ += ':';
    }
    void none(std::string_view name) {
        if (rule_ == absent::as_null) member(name) += "null";
    }
    /// Text without characters that need escapes.
    void plain(std::string_view name, std::string_view text) {
        member(name);
        out_ += '"';
        out_ += text;
        out_ += '"';
    }
    void text(std::string_view name, std::string_view value) { append_json_string(member(name), value); }
    void integer(std::string_view name, std::int64_t value) { append_json_integer(member(name), value); }
    void flag(std::string_view name, bool value) { member(name) += value ? "true" : "false"; }
    void time(std::string_view name, instant at) {
        member(name) += '"';
        append_text(out_, at);
        out_ += '"';
    }

    void text(std::string_view name, const std::optional<std::string>& value) {
        value ? text(name, std::string_view(*value)) : none(name);
    }
    void integer(std::string_view name, const std::optional<std::int64_t>& value) {
        value ? integer(name, *value) : none(name);
    }
    void time(std::string_view name, const std::optional<instant>& at) { at ? time(name, *at) : none(name); }
    template <class Id>
    void id(std::string_view name, const std::optional<Id>& value) {
        value ? plain(name, value->text()) : none(name);
    }
    void date(std::string_view name, std::string_view name_at, const std::optional<task_date>& date) {
        if (date) {
            text(name, std::string_view(date->text));
            time(name_at, date->at);
        } else {
            none(name);
            none(name_at);
        }
    }
    [[nodiscard]] bool leaves_out() const noexcept { return rule_ == absent::left_out; }

 private:
    std::string& out_;
    absent rule_;
    bool first_ = true;
};

template <class List, class Append>
void append_list(std::string& out, const List& list, Append append) {
    out += '[';
    bool first = true;
    for (const auto& element : list) {
        if (!first) out += ',';
        first = false;
        append(element);
    }
    out += ']';
}

void append_reminder(std::string& out, const reminder& r) {
    object_writer w(out, object_writer::absent::left_out);
    w.plain("reminder_id", r.id.text());
    static constexpr std::string_view names[] = {"when", "at", "cron"};
    w.text(names[static_cast<std::size_t>(r.kind)], std::string_view(r.value));
    if (!r.zone.empty()) w.text("zone", std::string_view(r.zone));
    w.text("state", std::string_view(r.state));
    if (r.snooze_of) w.plain("snooze_of", r.snooze_of->text());
    w.close();
}

void append_alarm(std::string& out, const alarm& a) {
    object_writer w(out, object_writer::absent::left_out);
    w.plain("fire_id", a.id.text());
    w.plain("reminder_id", a.reminder.text());
    w.time("at", a.at);
    w.time("set_at", a.set_at);
    w.plain("state", to_text(a.state));
    w.time("fired_at", a.fired_at);
    if (a.late_ms != 0) w.integer("late_ms", a.late_ms);
    if (a.missed_count != 0) w.integer("missed_count", a.missed_count);
    w.close();
}

alarm read_alarm(const json::value& stored, member_reader& outer) {
    alarm a;
    const auto* object = stored.if_object();
    if (object == nullptr) {
        outer.fail("alarms", "holds something else than objects");
        return a;
    }
    member_reader reader(*object, "alarm");
    a.id = reader.id<fire_id>("fire_id");
    a.reminder = reader.id<reminder_id>("reminder_id");
    a.at = reader.time("at");
    a.set_at = reader.time("set_at");
    const auto state = parse_alarm_state(reader.text("state"));
    if (!state) reader.fail("state", "is no state of an alarm");
    a.state = state.value_or(alarm_state::pending);
    if (reader.find("fired_at") != nullptr) a.fired_at = reader.time("fired_at");
    if (reader.find("late_ms") != nullptr) a.late_ms = reader.integer("late_ms", 0);
    if (reader.find("missed_count") != nullptr) a.missed_count = reader.integer("missed_count", 0);
    if (reader.failed()) outer.fail("alarms", reader.failure().detail);
    return a;
}

void append_recurrence(std::string& out, const recurrence& r) {
    object_writer w(out, object_writer::absent::left_out);
    w.text("rule", std::string_view(r.rule));
    w.text("anchor", std::string_view(r.anchor));
    w.text("catch_up", std::string_view(r.catch_up));
    w.close();
}

void append_extras(std::string& out, object_writer& w, const std::map<std::string, extra_value>& extras) {
    for (const auto& [name, value] : extras) {
        w.custom_member(name);
        std::visit(
            [&out](const auto& v) {
                using value_type = std::decay_t<decltype(v)>;
                if constexpr (std::is_same_v<value_type, bool>) {
                    out += v ? "true" : "false";
                } else if constexpr (std::is_same_v<value_type, std::int64_t>) {
                    append_json_integer(out, v);
                } else if constexpr (std::is_same_v<value_type, double>) {
                    append_json_double(out, v);
                } else {
                    append_json_string(out, v);
                }
            },
            value);
    }
}

/// Both forms share the members of settled 6a; `around` is there in an answer only.
void append_task(std::string& out, const task& t, const task_surroundings* around) {
    object_writer w(out,
                    around != nullptr ? object_writer::absent::as_null : object_writer::absent::left_out);
    const bool stored = w.leaves_out();
    const auto plain_list = [&](const auto& list) {
        append_list(out, list, [&](const auto& element) { append_json_string(out, element.text()); });
    };
    w.plain("task_id", t.id.text());
    w.text("user_id", std::string_view(t.user.text()));
    w.integer("version", t.version);
    w.text("title", std::string_view(t.title));
    if (!stored || !t.description.empty()) w.text("description", std::string_view(t.description));
    w.plain("priority", to_text(t.priority));
    if (!stored || !t.tags.empty()) {
        w.member("tags");
        append_list(out, t.tags, [&](const std::string& tag) { append_json_string(out, tag); });
    }
    w.plain("status", to_text(t.status));
    w.date("start", "start_at", t.start);
    w.date("due", "due_at", t.due);
    w.date("deadline", "deadline_at", t.deadline);
    w.id("parent_id", t.parent);
    w.id("project_id", t.project);
    if (around != nullptr) w.text("project", around->project_name);
    if (!stored || !t.depends_on.empty()) {
        w.member("depends_on");
        plain_list(t.depends_on);
    }
    if (around != nullptr) w.flag("blocked", around->blocked);
    w.text("assignee", t.assignee);
    w.integer("duration", t.duration);
    w.integer("estimate", t.estimate);
    w.integer("percent", t.percent);
    w.id("series_id", t.series);
    if (t.recurrence) {
        append_recurrence(w.member("recurrence"), *t.recurrence);
        if (!stored) w.text("recurrence_rule", std::string_view(t.recurrence->rule));
    } else {
        w.none("recurrence");
        w.none("recurrence_rule");
    }
    w.id("recurrence_parent_id", t.recurrence_parent);
    if (!stored || t.recurrence_depth != 0) w.integer("recurrence_depth", t.recurrence_depth);
    if (!stored || !t.reminders.empty()) {
        w.member("reminders");
        append_list(out, t.reminders, [&](const reminder& r) { append_reminder(out, r); });
    }
    w.time("created_at", t.created_at);
    w.time("updated_at", t.updated_at);
    w.time("started_at", t.started_at);
    w.time("completed_at", t.completed_at);
    w.time("deleted_at", t.deleted_at);
    if (stored) {
        if (t.status_before != status::open) w.plain("status_before", to_text(t.status_before));
        if (!t.deleted_by.empty()) w.text("deleted_by", std::string_view(t.deleted_by.text()));
        w.plain("status_event", t.status_event.text());
        if (t.comments != 0) w.integer("comments", t.comments);
        if (!t.nominal.empty()) w.text("nominal", std::string_view(t.nominal));
        if (t.untouched) w.flag("untouched", true);
        if (!t.alarms.empty()) {
            w.member("alarms");
            append_list(out, t.alarms, [&](const alarm& a) { append_alarm(out, a); });
        }
    }
    append_extras(out, w, t.extras);
    w.close();
}

constexpr std::size_t scratch_bytes = 8 * 1024;

/// Parses into stack memory first, so that reading a usual row allocates for the task alone.
template <class Read>
auto read_stored(std::string_view stored, Read read) -> decltype(read(std::declval<const json::object&>())) {
    unsigned char scratch[scratch_bytes];
    json::monotonic_resource memory(scratch, sizeof scratch);
    const auto parsed = parse_json_object(stored, &memory);
    if (!parsed) return make_problem(errc::internal, "stored row: " + parsed.error().detail);
    return read(*parsed);
}

problem bad_row(const member_reader& reader) {
    return make_problem(errc::internal, "stored " + reader.failure().detail);
}

}  // namespace

void render_task(std::string& out, const task& t, const task_surroundings& around) {
    append_task(out, t, &around);
}

std::string version_etag(std::int64_t version) { return '"' + std::to_string(version) + '"'; }

std::string task_etag(const task& t, const task_surroundings& around) {
    if (!around.blocked && !around.project_name) return version_etag(t.version);
    std::string shown = around.blocked ? "blocked" : "free";
    if (around.project_name) shown += '/' + *around.project_name;
    return fmt::format("\"{}-{}\"", t.version, uuid::v5(daybook_namespace, shown).text().substr(24));
}

std::string render_task(const task& t, const task_surroundings& around) {
    std::string out;
    out.reserve(1024);
    append_task(out, t, &around);
    return out;
}

std::string encode_task(const task& t) {
    std::string out;
    out.reserve(512);
    append_task(out, t, nullptr);
    return out;
}

result<task> decode_task(std::string_view stored) {
    return read_stored(stored, [](const json::object& row) -> result<task> {
        member_reader reader(row, "task");
        task t;
        t.id = reader.id<task_id>("task_id");
        t.user = user_id(std::string(reader.text("user_id")));
        t.version = reader.integer("version", 0);
        t.created_at = reader.time("created_at");
        t.updated_at = reader.time("updated_at");
        if (reader.find("status_before") != nullptr) {
            const auto before = parse_status(reader.text("status_before"));
            if (!before) reader.fail("status_before", "is no status");
            t.status_before = before.value_or(status::open);
        }
        if (reader.find("deleted_by") != nullptr)
            t.deleted_by = command_id(std::string(reader.text("deleted_by")));
        t.status_event = reader.id<event_id>("status_event");
        if (reader.find("comments") != nullptr) t.comments = reader.integer("comments", 1);
        if (reader.find("untouched") != nullptr) t.untouched = reader.flag("untouched");
        if (const auto* alarms = reader.find("alarms"); alarms != nullptr && alarms->is_array())
            for (const auto& one : alarms->get_array()) t.alarms.push_back(read_alarm(one, reader));
        if (reader.failed()) return bad_row(reader);
        apply_patch(t, row);
        return t;
    });
}

std::string encode_book(const book_state& b) {
    std::string out;
    object_writer w(out, object_writer::absent::left_out);
    w.text("user_id", std::string_view(b.user.text()));
    w.text("zone", std::string_view(b.zone));
    w.text("all_day_time", std::string_view(b.all_day_time));
    w.text("week_start", std::string_view(b.week_start));
    w.text("language", std::string_view(b.language));
    w.flag("tags_strict", b.tags_strict);
    if (!b.series_continue) w.flag("series_continue", false);
    w.integer("version", b.version);
    w.integer("events", b.events);
    w.flag("imported_only", b.imported_only);
    w.time("last_timestamp", b.last_timestamp);
    if (!b.schedules.empty()) {
        w.member("schedules");
        append_list(out, b.schedules,
                    [&](const schedule& s) { out += json::serialize(schedule_json(s, true)); });
    }
    w.close();
    return out;
}

result<book_state> decode_book(std::string_view stored) {
    return read_stored(stored, [](const json::object& row) -> result<book_state> {
        member_reader reader(row, "book");
        book_state b;
        b.user = user_id(std::string(reader.text("user_id")));
        b.zone = reader.text("zone");
        b.all_day_time = reader.text("all_day_time");
        b.week_start = reader.text("week_start");
        b.language = reader.text("language");
        b.tags_strict = reader.flag("tags_strict");
        if (reader.find("series_continue") != nullptr) b.series_continue = reader.flag("series_continue");
        b.version = reader.integer("version", 0);
        b.events = reader.integer("events", 0);
        b.imported_only = reader.flag("imported_only");
        b.last_timestamp = reader.time("last_timestamp");
        if (const auto* schedules = reader.find("schedules"); schedules != nullptr && schedules->is_array())
            for (const auto& one : schedules->get_array()) {
                auto read = read_schedule(one);
                if (read)
                    b.schedules.push_back(*std::move(read));
                else
                    reader.fail("schedules", read.error().detail);
            }
        if (reader.failed()) return bad_row(reader);
        return b;
    });
}

std::string encode_project(const project& p) {
    std::string out;
    object_writer w(out, object_writer::absent::left_out);
    w.plain("project_id", p.id.text());
    w.text("user_id", std::string_view(p.user.text()));
    w.text("name", std::string_view(p.name));
    w.integer("version", p.version);
    w.flag("deleted", p.deleted);
    w.close();
    return out;
}

result<project> decode_project(std::string_view stored) {
    return read_stored(stored, [](const json::object& row) -> result<project> {
        member_reader reader(row, "project");
        project p;
        p.id = reader.id<project_id>("project_id");
        p.user = user_id(std::string(reader.text("user_id")));
        p.name = reader.text("name");
        p.version = reader.integer("version", 0);
        p.deleted = reader.flag("deleted");
        if (reader.failed()) return bad_row(reader);
        return p;
    });
}

std::string encode_filter(const saved_filter& f) {
    std::string out;
    object_writer w(out, object_writer::absent::left_out);
    w.plain("filter_id", f.id.text());
    w.text("user_id", std::string_view(f.user.text()));
    w.text("name", std::string_view(f.name));
    w.text("query", std::string_view(f.query));
    w.integer("version", f.version);
    w.flag("deleted", f.deleted);
    w.close();
    return out;
}

result<saved_filter> decode_filter(std::string_view stored) {
    return read_stored(stored, [](const json::object& row) -> result<saved_filter> {
        member_reader reader(row, "filter");
        saved_filter f;
        f.id = reader.id<filter_id>("filter_id");
        f.user = user_id(std::string(reader.text("user_id")));
        f.name = reader.text("name");
        f.query = reader.text("query");
        f.version = reader.integer("version", 0);
        f.deleted = reader.flag("deleted");
        if (reader.failed()) return bad_row(reader);
        return f;
    });
}

std::string encode_series(const series& s) {
    std::string out;
    object_writer w(out, object_writer::absent::left_out);
    w.plain("series_id", s.id.text());
    w.text("user_id", std::string_view(s.user.text()));
    w.integer("version", s.version);
    append_recurrence(w.member("recurrence"), s.recurrence);
    w.text("dtstart", std::string_view(s.dtstart));
    w.member("exdates");
    append_list(out, s.exdates, [&](const std::string& date) { append_json_string(out, date); });
    w.id("predecessor_series", s.predecessor);
    w.text("ended", std::string_view(s.ended));
    w.close();
    return out;
}

result<series> decode_series(std::string_view stored) {
    return read_stored(stored, [](const json::object& row) -> result<series> {
        member_reader reader(row, "series");
        series s;
        s.id = reader.id<series_id>("series_id");
        s.user = user_id(std::string(reader.text("user_id")));
        s.version = reader.integer("version", 0);
        if (const auto* said = reader.require("recurrence")) {
            auto recurrence = read_recurrence(*said);
            if (!recurrence) reader.fail("recurrence", "cannot be read");
            s.recurrence = recurrence.value_or(domain::recurrence{});
        }
        s.dtstart = reader.text("dtstart");
        if (const auto* dates = reader.require("exdates"); dates != nullptr && dates->is_array())
            for (const auto& date : dates->get_array())
                if (date.is_string()) s.exdates.emplace_back(std::string_view(date.get_string()));
        if (reader.find("predecessor_series") != nullptr)
            s.predecessor = reader.id<series_id>("predecessor_series");
        s.ended = reader.text("ended");
        if (reader.failed()) return bad_row(reader);
        return s;
    });
}

}  // namespace daybook::domain
