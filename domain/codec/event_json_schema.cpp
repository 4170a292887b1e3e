#include "domain/codec/event_json_schema.hpp"

#include "domain/limits.hpp"

#include <boost/json/array.hpp>

#include <array>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace daybook::domain {
namespace {

namespace json = boost::json;
using names = std::initializer_list<std::string_view>;

constexpr std::string_view uuid_pattern = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
constexpr std::string_view instant_pattern =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$";
constexpr std::string_view date_pattern =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\[[^\\]]+\\]|(\\.[0-9]{3})?Z)?)?$";

json::array list(names values) {
    json::array out;
    for (const auto value : values) out.emplace_back(value);
    return out;
}

json::object text() { return {{"type", "string"}}; }
json::object pattern(std::string_view p) { return {{"type", "string"}, {"pattern", p}}; }
json::object uuid_text() { return pattern(uuid_pattern); }
json::object instant_text() { return pattern(instant_pattern); }
json::object words(names values) { return {{"enum", list(values)}}; }
json::object whole(std::int64_t least) { return {{"type", "integer"}, {"minimum", least}}; }
json::object flag() { return {{"type", "boolean"}}; }
json::object list_of(json::object items) { return {{"type", "array"}, {"items", std::move(items)}}; }
json::object null_or(json::object schema) {
    return {{"anyOf", json::array{json::object{{"type", "null"}}, std::move(schema)}}};
}
json::object object_of(json::object properties, names required) {
    return {{"type", "object"}, {"properties", std::move(properties)}, {"required", list(required)}};
}

json::object reminder_schema() {
    json::object schema = object_of({{"reminder_id", uuid_text()},
                                     {"when", text()},
                                     {"at", text()},
                                     {"cron", text()},
                                     {"zone", text()},
                                     {"state", text()},
                                     {"snooze_of", uuid_text()}},
                                    {"reminder_id", "state"});
    schema["oneOf"] =
        json::array{json::object{{"required", list({"when"})}}, json::object{{"required", list({"at"})}},
                    json::object{{"required", list({"cron"})}}};
    return schema;
}

json::object recurrence_schema() {
    return object_of({{"rule", text()},
                      {"anchor", words({"due", "completion"})},
                      {"catch_up", words({"next_future", "each"})}},
                     {"rule", "anchor", "catch_up"});
}

/// The members of a task (settled 6a) as a patch has them, and what stands beside them.
json::object task_members() {
    json::object members{
        {"title", text()},
        {"description", null_or(text())},
        {"priority", null_or(words({"P1", "P2", "P3", "P4"}))},
        {"tags", null_or(list_of(pattern("^#.")))},
        {"status", words({"open", "in_progress", "completed", "cancelled", "skipped", "deleted", "purged"})},
    };
    for (const auto* name : {"start", "due", "deadline"}) {
        members[name] = null_or(pattern(date_pattern));
        members[std::string(name) + "_at"] = null_or(instant_text());
    }
    for (const auto* name : {"parent_id", "project_id", "series_id", "recurrence_parent_id"})
        members[name] = null_or(uuid_text());
    members["depends_on"] = null_or(list_of(uuid_text()));
    members["assignee"] = null_or(text());
    for (const auto* name : {"duration", "estimate", "percent"}) members[name] = null_or(whole(0));
    members["recurrence"] = null_or(recurrence_schema());
    members["recurrence_depth"] = whole(0);
    members["reminders"] = null_or(list_of(reminder_schema()));
    members["nominal"] = text();
    members["engine_version"] = text();
    for (const auto* name : {"started_at", "completed_at", "deleted_at"})
        members[name] = null_or(instant_text());
    members["zone"] = text();
    members["tz_version"] = text();
    members["source_time"] = instant_text();
    return members;
}

json::object task_data(names required, json::object also = {}) {
    auto members = task_members();
    for (auto& member : also) members[member.key()] = std::move(member.value());
    auto data = object_of(std::move(members), required);
    data["patternProperties"] = json::object{
        {"^x_", json::object{{"type", list({"string", "boolean", "integer", "number", "null"})}}}};
    return data;
}

json::object with_status(std::string_view status, names required) {
    return task_data(required, {{"status", json::object{{"const", status}}}});
}

json::object at_least_one(json::object data, names members) {
    json::array any;
    for (const auto member : members) any.push_back(json::object{{"required", list({member})}});
    data["anyOf"] = std::move(any);
    return data;
}

json::object changed(json::object data) {
    data["minProperties"] = 1;
    return data;
}

/// Data of which only the subject is laid down.
json::object subject(std::string_view id) { return object_of({{id, uuid_text()}}, {id}); }

json::object series_data(names required) {
    return object_of({{"series_id", uuid_text()},
                      {"task_id", uuid_text()},
                      {"recurrence", recurrence_schema()},
                      {"dtstart", pattern(date_pattern)},
                      {"exdate", text()},
                      {"nominal", text()},
                      {"successor_series", uuid_text()},
                      {"predecessor_series", uuid_text()},
                      {"tz_version", text()},
                      {"engine_version", text()}},
                     required);
}

json::object schedule_data(json::object also = {}) {
    const auto slots = [](bool with_instant) {
        json::object members{{"slot_id", uuid_text()}};
        if (with_instant) members["at"] = instant_text();
        return list_of(with_instant ? object_of(std::move(members), {"slot_id", "at"})
                                    : object_of(std::move(members), {"slot_id"}));
    };
    json::object members{{"schedule_id", uuid_text()},
                         {"name", text()},
                         {"cron", text()},
                         {"zone", null_or(text())},
                         {"misfire", words({"fire_once", "skip", "all"})},
                         {"catchup_window", whole(0)},
                         {"command", object_of({{"type", text()}}, {"type"})},
                         {"reminder", object_of({{"text", text()}, {"task_id", uuid_text()}}, {"text"})},
                         {"next_at", null_or(instant_text())},
                         {"cancelled", slots(false)},
                         {"scheduled", slots(true)},
                         {"backfill", whole(1)},
                         {"passed", instant_text()},
                         {"tz_version", text()}};
    for (auto& member : also) members[member.key()] = std::move(member.value());
    return object_of(std::move(members), {"schedule_id"});
}

json::object settings_data() {
    auto data = object_of({{"zone", text()},
                           {"all_day_time", pattern("^[0-2][0-9]:[0-5][0-9]$")},
                           {"week_start", text()},
                           {"language", text()},
                           {"tags_strict", flag()},
                           {"series_continue", flag()},
                           {"tz_version", text()}},
                          {});
    data.erase("required");
    return changed(std::move(data));
}

json::object data_schema(event_type type) {
    switch (type) {
        case event_type::task_created: return task_data({"title", "status", "priority"});
        case event_type::task_updated:
        case event_type::task_rescheduled: return changed(task_data({}));
        case event_type::task_started: return with_status("in_progress", {"status", "started_at"});
        case event_type::task_stopped: return with_status("open", {"status"});
        case event_type::task_completed: return with_status("completed", {"status", "completed_at"});
        case event_type::task_reopened: return with_status("open", {"status"});
        case event_type::task_skipped: return with_status("skipped", {"status"});
        case event_type::task_cancelled: return with_status("cancelled", {"status"});
        case event_type::task_deleted: {
            auto data = with_status("deleted", {"status", "deleted_at"});
            data["properties"].as_object()["withdrawn"] = flag();
            return data;
        }
        case event_type::task_restored: return task_data({"status"});
        case event_type::task_purged: return with_status("purged", {"status"});
        case event_type::task_tagged:
        case event_type::task_untagged: return task_data({"tags"});
        case event_type::task_moved: return at_least_one(task_data({}), {"parent_id", "project_id"});
        case event_type::task_commented: return task_data({"comment"}, {{"comment", text()}});
        case event_type::task_unblocked: return task_data({"unblocked_by"}, {{"unblocked_by", uuid_text()}});

        case event_type::series_created: return series_data({"series_id"});
        case event_type::series_updated:
        case event_type::series_split: return series_data({"series_id"});
        case event_type::series_ended:
            return object_of({{"series_id", uuid_text()}, {"reason", text()}}, {"series_id", "reason"});
        case event_type::occurrences_missed:
            return object_of({{"series_id", uuid_text()},
                              {"first", text()},
                              {"last", text()},
                              {"count", whole(1)},
                              {"nominal", list_of(text())}},
                             {"first", "last", "count", "nominal"});

        case event_type::reminder_fired:
            return object_of({{"fire_id", uuid_text()},
                              {"reminder_id", uuid_text()},
                              {"scheduled_at", instant_text()},
                              {"late_ms", whole(0)},
                              {"missed_count", whole(0)}},
                             {"fire_id", "reminder_id", "scheduled_at", "late_ms", "missed_count"});
        // Each carries a list (settled 6).
        case event_type::reminder_scheduled:
            return object_of(
                {{"scheduled",
                  list_of(object_of(
                      {{"reminder_id", uuid_text()}, {"fire_id", uuid_text()}, {"at", instant_text()}},
                      {"reminder_id", "fire_id", "at"}))},
                 {"tz_version", text()}},
                {});
        case event_type::reminder_cancelled:
            return object_of(
                {{"cancelled", list_of(object_of({{"reminder_id", uuid_text()}, {"fire_id", uuid_text()}},
                                                 {"reminder_id", "fire_id"}))},
                 {"reminder_id", uuid_text()},
                 {"reminders", list_of(reminder_schema())}},
                {});
        case event_type::command_undone: return {{"type", "object"}};
        case event_type::reminder_created:
        case event_type::reminder_updated:
            return object_of({{"reminder_id", uuid_text()}, {"reminders", list_of(reminder_schema())}},
                             {"reminder_id"});
        case event_type::reminder_snoozed:
            return object_of({{"reminder_id", uuid_text()},
                              {"reminders", list_of(reminder_schema())},
                              {"snooze_id", uuid_text()},
                              {"until", instant_text()}},
                             {"reminder_id"});
        case event_type::reminder_acked:
            return object_of({{"reminder_id", uuid_text()}, {"fire_id", uuid_text()}}, {"reminder_id"});
        case event_type::reminder_missed:
            return object_of({{"fire_id", uuid_text()},
                              {"reminder_id", uuid_text()},
                              {"scheduled_at", instant_text()},
                              {"missed_count", whole(0)}},
                             {"reminder_id"});

        case event_type::schedule_created:
        case event_type::schedule_updated:
        case event_type::schedule_paused:
        case event_type::schedule_resumed:
        case event_type::schedule_deleted: return schedule_data();
        case event_type::schedule_fired:
            return schedule_data(
                {{"slot_id", uuid_text()},
                 {"scheduled_at", instant_text()},
                 {"late_ms", whole(0)},
                 {"missed_count", whole(1)},
                 {"extra", flag()},
                 {"outcome", words({"applied", "no_op", "rejected"})},
                 {"task_id", uuid_text()},
                 {"error", object_of({{"code", text()}, {"detail", text()}}, {"code", "detail"})}});
        // Of a schedule, or of a task whose dates mean other instants.
        case event_type::schedule_recomputed: {
            auto data = task_data({}, schedule_data()["properties"].get_object());
            data.erase("required");
            return changed(std::move(data));
        }

        case event_type::book_configured: return settings_data();
        case event_type::project_created:
        case event_type::project_updated:
            return object_of({{"project_id", uuid_text()}, {"name", text()}}, {"project_id", "name"});
        case event_type::project_deleted: return subject("project_id");
        case event_type::filter_saved:
            return object_of({{"filter_id", uuid_text()}, {"name", text()}, {"query", text()}},
                             {"filter_id"});
        case event_type::filter_deleted: return subject("filter_id");
    }
    return {};
}

/// Events of a task name it; book, project and filter events have their subject in `data` (settled 5).
json::object task_id_schema(event_type type) {
    const auto text_of_type = to_text(type);
    if (text_of_type.starts_with("task.")) return uuid_text();
    if (text_of_type.starts_with("schedule.") && type != event_type::schedule_recomputed)
        return {{"type", "null"}};
    for (const auto* group : {"book.", "project.", "filter.", "series.", "occurrences."})
        if (text_of_type.starts_with(group)) return {{"type", "null"}};
    return null_or(uuid_text());
}

}  // namespace

json::object event_json_schema(event_type type) {
    const auto id_text = [](std::size_t least, std::size_t most) {
        return json::object{{"type", "string"},
                            {"minLength", static_cast<std::int64_t>(least)},
                            {"maxLength", static_cast<std::int64_t>(most)}};
    };
    json::object properties{
        {"event_id", uuid_text()},
        {"event_type", json::object{{"const", to_text(type)}}},
        {"schema_version", pattern("^1\\.[0-9]+$")},
        {"timestamp", instant_text()},
        {"user_id", id_text(1, limits::user_id_bytes_max)},
        {"task_id", task_id_schema(type)},
        {"version", whole(1)},
        {"command_id", id_text(1, limits::command_id_bytes_max)},
        {"correlation_id", text()},
        {"causation_id", text()},
        {"actor",
         object_of({{"type", words({"user", "service", "system"})}, {"id", text()}}, {"type", "id"})},
        {"source", id_text(1, 32)},
        {"data", data_schema(type)},
        {"log", object_of({{"epoch", whole(1)},
                           {"claim", id_text(1, 64)},
                           {"seq", whole(1)},
                           {"part", pattern("^[1-9][0-9]*/[1-9][0-9]*$")},
                           {"hash", pattern("^[0-9a-f]{32}$")},
                           {"at", instant_text()}},
                          {"epoch", "claim", "seq", "part", "hash", "at"})},
    };
    json::array required;
    for (const auto& member : properties) required.emplace_back(member.key());
    return {{"$schema", "http://json-schema.org/draft-07/schema#"},
            {"title", to_text(type)},
            {"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)}};
}

}  // namespace daybook::domain
