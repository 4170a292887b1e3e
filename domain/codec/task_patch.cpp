#include "domain/codec/task_patch.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cmath>
#include <type_traits>
#include <utility>

namespace daybook::domain {
namespace {

namespace json = boost::json;

constexpr auto reminder_names = std::to_array<std::string_view>({"when", "at", "cron"});  // by reminder_kind

std::optional<std::string_view> text_of(const json::value& value) {
    if (const auto* text = value.if_string()) return std::string_view(*text);
    return std::nullopt;
}

void set_text(std::string& member, const json::value& value) {
    if (const auto text = text_of(value)) member = *text;
    if (value.is_null()) member.clear();
}

void set_text(std::optional<std::string>& member, const json::value& value) {
    if (const auto text = text_of(value)) member = std::string(*text);
    if (value.is_null()) member.reset();
}

template <class Id>
void set_id(std::optional<Id>& member, const json::value& value) {
    if (value.is_null()) member.reset();
    if (const auto text = text_of(value)) {
        if (const auto id = Id::parse(*text)) member = *id;
    }
}

void set_integer(std::optional<std::int64_t>& member, const json::value& value) {
    if (value.is_null()) member.reset();
    if (const auto* number = value.if_int64()) member = *number;
}

void set_instant(std::optional<instant>& member, const json::value& value) {
    if (value.is_null()) member.reset();
    if (const auto text = text_of(value)) {
        if (const auto at = parse_instant(*text)) member = *at;
    }
}

void set_date(std::optional<task_date>& member, const json::value& value, const json::value* at) {
    if (value.is_null()) member.reset();
    const auto text = text_of(value);
    const auto at_text = at != nullptr ? text_of(*at) : std::nullopt;
    if (!text || !at_text) return;
    if (const auto resolved = parse_instant(*at_text)) member = task_date{std::string(*text), *resolved};
}

template <class Element, class Parse>
void set_list(std::vector<Element>& member, const json::value& value, Parse parse) {
    if (value.is_null()) member.clear();
    const auto* array = value.if_array();
    if (array == nullptr) return;
    std::vector<Element> elements;
    elements.reserve(array->size());
    for (const auto& element : *array) {
        const auto text = text_of(element);
        if (!text) return;
        auto parsed = parse(*text);
        if (!parsed) return;
        elements.push_back(std::move(*parsed));
    }
    member = std::move(elements);
}

void apply_member(task& t, std::string_view name, const json::value& value, const json::object& data) {
    const auto as_text = [](std::string_view text) { return std::optional(std::string(text)); };
    switch (name.empty() ? '\0' : name.front()) {
        case 'a':
            if (name == "assignee") set_text(t.assignee, value);
            break;
        case 'c':
            if (name == "completed_at") set_instant(t.completed_at, value);
            if (name == "created_at") {
                std::optional<instant> at(t.created_at);
                set_instant(at, value);
                t.created_at = at.value_or(t.created_at);
            }
            break;
        case 'd':
            if (name == "description") set_text(t.description, value);
            if (name == "due") set_date(t.due, value, data.if_contains("due_at"));
            if (name == "deadline") set_date(t.deadline, value, data.if_contains("deadline_at"));
            if (name == "duration") set_integer(t.duration, value);
            if (name == "depends_on") set_list(t.depends_on, value, task_id::parse);
            if (name == "deleted_at") set_instant(t.deleted_at, value);
            break;
        case 'e':
            if (name == "estimate") set_integer(t.estimate, value);
            break;
        case 'n':
            if (name == "nominal") set_text(t.nominal, value);
            break;
        case 'p':
            if (name == "parent_id") set_id(t.parent, value);
            if (name == "project_id") set_id(t.project, value);
            if (name == "percent") set_integer(t.percent, value);
            if (name == "priority") {
                if (value.is_null()) t.priority = priority::p3;
                if (const auto text = text_of(value)) t.priority = parse_priority(*text).value_or(t.priority);
            }
            break;
        case 'r':
            if (name == "recurrence") {
                if (value.is_null()) t.recurrence.reset();
                if (auto parsed = read_recurrence(value)) t.recurrence = std::move(*parsed);
            }
            if (name == "recurrence_parent_id") set_id(t.recurrence_parent, value);
            if (name == "recurrence_depth") {
                if (const auto* depth = value.if_int64()) t.recurrence_depth = *depth;
            }
            if (name == "reminders") {
                if (value.is_null()) t.reminders.clear();
                if (auto parsed = read_reminders(value)) t.reminders = std::move(*parsed);
            }
            break;
        case 's':
            if (name == "start") set_date(t.start, value, data.if_contains("start_at"));
            if (name == "started_at") set_instant(t.started_at, value);
            if (name == "series_id") set_id(t.series, value);
            if (name == "status") {
                if (const auto text = text_of(value)) t.status = parse_status(*text).value_or(t.status);
            }
            break;
        case 't':
            if (name == "title") {
                if (const auto text = text_of(value)) t.title = *text;
            }
            if (name == "tags") set_list(t.tags, value, as_text);
            break;
        case 'x':
            if (!name.starts_with("x_")) break;
            if (value.is_null()) t.extras.erase(std::string(name));
            if (auto extra = read_extra(value))
                t.extras.insert_or_assign(std::string(name), std::move(*extra));
            break;
        default: break;
    }
}

}  // namespace

void apply_patch(task& t, const json::object& data) {
    for (const auto& member : data) apply_member(t, member.key(), member.value(), data);
}

void put_date(json::object& data, std::string_view name, const std::optional<task_date>& date) {
    const std::string at = std::string(name) + "_at";
    if (date) {
        data[name] = date->text;
        data[at] = to_text(date->at);
    } else {
        data[name] = nullptr;
        data[at] = nullptr;
    }
}

void put_date_zone(json::object& data, std::string_view zone, std::string_view tz_version) {
    data["zone"] = zone;
    data["tz_version"] = tz_version;
}

json::value recurrence_json(const std::optional<recurrence>& r) {
    if (!r) return nullptr;
    return json::object{{"rule", r->rule}, {"anchor", r->anchor}, {"catch_up", r->catch_up}};
}

json::array reminders_json(const std::vector<reminder>& reminders) {
    json::array out;
    out.reserve(reminders.size());
    for (const auto& r : reminders) {
        json::object one{{"reminder_id", r.id.text()},
                         {reminder_names[static_cast<std::size_t>(r.kind)], r.value}};
        if (!r.zone.empty()) one["zone"] = r.zone;
        one["state"] = r.state;
        if (r.snooze_of) one["snooze_of"] = r.snooze_of->text();
        out.push_back(std::move(one));
    }
    return out;
}

json::value extra_json(const extra_value& extra) {
    return std::visit([](const auto& value) { return json::value(value); }, extra);
}

std::optional<recurrence> read_recurrence(const json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr) return std::nullopt;
    recurrence r;
    const auto read = [&](std::string_view name, std::string& member) {
        const auto* found = object->if_contains(name);
        if (found == nullptr) return false;
        const auto text = text_of(*found);
        if (!text) return false;
        member = *text;
        return true;
    };
    if (!read("rule", r.rule) || !read("anchor", r.anchor) || !read("catch_up", r.catch_up))
        return std::nullopt;
    return r;
}

std::optional<std::vector<reminder>> read_reminders(const json::value& value) {
    const auto* array = value.if_array();
    if (array == nullptr) return std::nullopt;
    std::vector<reminder> reminders;
    reminders.reserve(array->size());
    for (const auto& element : *array) {
        const auto* object = element.if_object();
        if (object == nullptr) return std::nullopt;
        const auto text = [&](std::string_view name) -> std::optional<std::string_view> {
            const auto* found = object->if_contains(name);
            return found != nullptr ? text_of(*found) : std::nullopt;
        };
        const auto id_text = text("reminder_id");
        const auto id = id_text ? reminder_id::parse(*id_text) : std::nullopt;
        const auto state = text("state");
        if (!id || !state) return std::nullopt;
        reminder r;
        r.id = *id;
        r.state = *state;
        r.zone = text("zone").value_or("");
        if (const auto of = text("snooze_of")) r.snooze_of = reminder_id::parse(*of);
        std::size_t kinds = 0;
        for (std::size_t kind = 0; kind < reminder_names.size(); ++kind) {
            const auto said = text(reminder_names[kind]);
            if (!said) continue;
            r.kind = static_cast<reminder_kind>(kind);
            r.value = *said;
            ++kinds;
        }
        if (kinds != 1) return std::nullopt;
        reminders.push_back(std::move(r));
    }
    return reminders;
}

std::optional<extra_value> read_extra(const json::value& value) {
    if (const auto* flag = value.if_bool()) return extra_value(*flag);
    if (const auto* number = value.if_int64()) return extra_value(*number);
    if (const auto text = text_of(value)) return extra_value(std::string(*text));
    if (const auto* number = value.if_double(); number != nullptr && std::isfinite(*number)) {
        constexpr double exact_max = 9007199254740992.0;  // 2^53
        if (std::trunc(*number) == *number && std::fabs(*number) <= exact_max)
            return extra_value(static_cast<std::int64_t>(*number));
        return extra_value(*number);
    }
    return std::nullopt;
}

}  // namespace daybook::domain
