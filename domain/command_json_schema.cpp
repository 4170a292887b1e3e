#include "domain/command_schema.hpp"
#include "domain/limits.hpp"
#include "domain/text/languages.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace daybook::domain {
namespace {

namespace json = boost::json;

constexpr std::string_view uuid_pattern =
    "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";

// Signed, as JSON readers give small numbers: a schema that is read back is equal.
std::int64_t number(std::size_t value) { return static_cast<std::int64_t>(value); }

json::object text(std::size_t length_min, std::size_t length_max, std::string_view description = {}) {
    json::object schema{
        {"type", "string"}, {"minLength", number(length_min)}, {"maxLength", number(length_max)}};
    if (!description.empty()) schema["description"] = description;
    return schema;
}

json::object words(std::initializer_list<std::string_view> list) {
    json::array values;
    for (const auto word : list) values.emplace_back(word);
    return {{"type", "string"}, {"enum", std::move(values)}};
}

json::object uuid_text() { return {{"type", "string"}, {"pattern", uuid_pattern}}; }

json::object task_reference() {
    return text(1, limits::command_id_bytes_max,
                "A task_id (UUID), or the temp_id of an earlier command of the batch.");
}

json::object closed_object(json::object properties, std::initializer_list<std::string_view> required) {
    json::object schema{
        {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (required.size() != 0) {
        json::array names;
        for (const auto name : required) names.emplace_back(name);
        schema["required"] = std::move(names);
    }
    return schema;
}

json::object recurrence_schema() {
    return closed_object({{"rule", text(1, 1'000)},
                          {"anchor", words({"due", "completion"})},
                          {"catch_up", words({"next_future", "each"})}},
                         {"rule"});
}

json::object reminders_schema() {
    const auto line = text(1, 200);
    json::object item{
        {"oneOf", json::array{closed_object({{"when", line}, {"zone", line}}, {"when"}),
                              closed_object({{"at", line}, {"zone", line}}, {"at"}),
                              closed_object({{"cron", line}, {"zone", line}}, {"cron"})}},
        {"description",
         "when: `15 minutes`, `1 day before start`, `-PT15M`; at: a date with a time; cron: five fields."}};
    return {{"type", "array"}, {"items", std::move(item)}, {"maxItems", number(limits::reminders_max)}};
}

json::object whole_number(std::int64_t max) {
    return {{"type", "integer"}, {"minimum", 0}, {"maximum", max}};
}

json::object schedule_command_schema() {
    return closed_object(
        {{"type", words({"create_task", "create_recurring_task", "update_task", "change_tags", "add_tags",
                         "remove_tags", "add_comment", "create_reminder"})},
         {"args",
          json::object{{"type", "object"},
                       {"description", "As the command takes them; a text may hold {date} and {slot}."}}}},
        {"type", "args"});
}

json::object not_both(std::string_view one, std::string_view other) {
    return {{"not", json::object{{"required", json::array{json::string(one), json::string(other)}}}}};
}

json::object schema_of(member_shape shape) {
    switch (shape) {
        case member_shape::new_task_id:
        case member_shape::new_project_id:
        case member_shape::project_ref:
        case member_shape::id: return uuid_text();
        case member_shape::line: return text(1, 200);
        case member_shape::task_ref: return task_reference();
        case member_shape::title:
            return text(1, limits::title_length_max, "One line, NFC, no control characters.");
        case member_shape::description:
            return text(0, limits::description_bytes_max,
                        "At most 64 KiB of UTF-8; newline and tab are allowed.");
        case member_shape::comment:
            return text(1, limits::comment_bytes_max,
                        "At most 64 KiB of UTF-8; newline and tab are allowed.");
        case member_shape::name:
            return text(1, limits::name_length_max, "One line, NFC, no control characters.");
        case member_shape::priority:
            return {{"type", "string"},
                    {"pattern",
                     "^([pP][1-4]|[lL][oO][wW]|[mM][eE][dD][iI][uU][mM]|[hH][iI][gG][hH]|"
                     "[uU][rR][gG][eE][nN][tT])$"},
                    {"description", "P1 to P4; urgent is P1, high P2, medium P3, low P4."}};
        case member_shape::tags:
            return {{"type", "array"},
                    {"items", text(1, limits::tag_length_max + 1,
                                   "With or without #; letters, digits and _ - / . : after it.")},
                    {"description", "Each counts once without case."}};
        case member_shape::date:
            return text(1, 200,
                        "2026-08-31, 2026-08-31T17:00 (the book's zone), 2026-08-31T17:00[Europe/Berlin], or "
                        "an instant.");
        case member_shape::recurrence: return recurrence_schema();
        case member_shape::reminders: return reminders_schema();
        case member_shape::minutes: return whole_number(limits::duration_minutes_max);
        case member_shape::percent: return whole_number(100);
        case member_shape::task_refs:
            return {
                {"type", "array"}, {"items", task_reference()}, {"maxItems", number(limits::depends_on_max)}};
        case member_shape::children: return words({"cascade", "keep", "refuse"});
        case member_shape::occurrences: return words({"this", "all"});
        case member_shape::zone: return text(1, 200, "A name of the IANA time zone database.");
        case member_shape::time_of_day:
            return {{"type", "string"}, {"pattern", "^([01][0-9]|2[0-3]):[0-5][0-9]$"}};
        case member_shape::weekday:
            return words({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"});
        case member_shape::language: {
            json::array names;
            for (const auto name : book_languages()) names.emplace_back(name);
            return {{"type", "string"}, {"enum", std::move(names)}};
        }
        case member_shape::flag: return {{"type", "boolean"}};
        case member_shape::misfire: return words({"fire_once", "skip", "all"});
        case member_shape::schedule_command: return schedule_command_schema();
        case member_shape::schedule_reminder:
            return closed_object({{"text", text(1, limits::title_length_max)}, {"task_id", uuid_text()}},
                                 {"text"});
        case member_shape::query:
            return text(1, limits::query_length_max,
                        "A query as GET /v1/tasks?q= takes it; docs/query-language.md.");
    }
    return {};
}

json::object or_null(json::object schema) {
    return {{"anyOf", json::array{std::move(schema), json::object{{"type", "null"}}}}};
}

json::object any_required(std::initializer_list<std::string_view> names) {
    json::array ways;
    for (const auto name : names) ways.push_back(json::object{{"required", json::array{json::string(name)}}});
    return {{"anyOf", std::move(ways)}};
}

json::object args_schema(const command_rule& rule) {
    json::object properties;
    json::array required;
    for (const auto& member : rule.members) {
        auto schema = schema_of(member.shape);
        properties[member.name] = member.nullable ? or_null(std::move(schema)) : std::move(schema);
        if (member.required) required.emplace_back(member.name);
    }
    json::object args{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) args["required"] = std::move(required);
    if (rule.extras)
        args["patternProperties"] = json::object{
            {"^x_.", json::object{{"type", json::array{"string", "boolean", "number", "null"}}}}};
    args["additionalProperties"] = false;
    json::array also;
    if (rule.type == command_type::reschedule_task)
        also.push_back(any_required({"start", "due", "deadline"}));
    if (rule.type == command_type::save_filter)
        also.push_back(
            json::object{{"anyOf", json::array{json::object{{"required", json::array{"filter_id", "name"}}},
                                               json::object{{"required", json::array{"filter_id", "query"}}},
                                               json::object{{"required", json::array{"name", "query"}}}}}});
    if (rule.type == command_type::move_task) also.push_back(any_required({"parent_id", "project_id"}));
    if (rule.type == command_type::change_tags) also.push_back(any_required({"add", "remove"}));
    const auto one_kind = [] {
        json::array ways;
        for (const auto* name : {"when", "at", "cron"})
            ways.push_back(json::object{{"required", json::array{json::string(name)}}});
        return json::object{{"oneOf", std::move(ways)}};
    };
    if (rule.type == command_type::create_reminder || rule.type == command_type::update_reminder)
        also.push_back(one_kind());
    if (rule.type == command_type::snooze_reminder)
        also.push_back(
            json::object{{"oneOf", json::array{json::object{{"required", json::array{"for"}}},
                                               json::object{{"required", json::array{"until"}}}}}});
    if (rule.extras) {
        also.push_back(not_both("reminders", "reminder_minutes"));
        also.push_back(not_both("recurrence", "recurrence_rule"));
    }
    if (rule.type == command_type::create_recurring_task) {
        also.push_back(any_required({"recurrence", "recurrence_rule"}));
        for (const auto* name : {"recurrence", "recurrence_rule"}) {
            const json::object set{{"not", json::object{{"type", "null"}}}};
            also.push_back(json::object{{"properties", json::object{{name, set}}}});
        }
    }
    if (rule.type == command_type::update_series) args["minProperties"] = 2;
    if (rule.type == command_type::create_schedule || rule.type == command_type::update_schedule)
        also.push_back(not_both("command", "reminder"));
    if (rule.type == command_type::create_schedule) also.push_back(any_required({"command", "reminder"}));
    if (!also.empty()) args["allOf"] = std::move(also);
    return args;
}

}  // namespace

json::object command_json_schema(command_type type) {
    const auto& rule = rule_of(type);
    json::object properties{
        {"id", text(1, limits::command_id_bytes_max, "The command id: the same id is applied once (B2).")},
        {"type", json::object{{"const", to_text(type)}}},
        {"args", args_schema(rule)},
        {"if_version", json::object{{"type", "integer"}, {"minimum", 0}}},
        {"occurred_at", text(1, 64, "Import only: when it happened, not in the future.")},
        {"temp_id",
         text(1, limits::command_id_bytes_max, "Names this command's task for later commands of the batch.")},
    };
    return {{"$schema", "http://json-schema.org/draft-07/schema#"},
            {"title", to_text(type)},
            {"description", rule.summary},
            {"type", "object"},
            {"properties", std::move(properties)},
            {"required", json::array{"type", "args"}},
            {"additionalProperties", false}};
}

}  // namespace daybook::domain
