#include "domain/command_check.hpp"

#include "domain/canonical_input.hpp"
#include "domain/limits.hpp"
#include "domain/saved_filter.hpp"
#include "domain/text/languages.hpp"
#include "domain/utf8.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace daybook::domain {
namespace {

namespace json = boost::json;

constexpr std::size_t short_text_bytes_max = 200;  // dates, zones, rules of reminders
constexpr std::size_t rule_bytes_max = 1'000;      // a recurrence rule
constexpr std::size_t extra_name_length_max = 100;

problem invalid(std::string_view field, std::string detail) {
    return make_problem(errc::field_invalid, std::move(detail), std::string(field));
}

result<std::string_view> text_of(const json::value& value, std::string_view field) {
    if (!value.is_string()) return invalid(field, "A text is expected");
    return std::string_view(value.get_string());
}

result<void> check_one_of(const json::value& value, std::span<const std::string_view> words,
                          std::string_view field) {
    const auto text = text_of(value, field);
    if (!text) return text.error();
    if (std::find(words.begin(), words.end(), *text) != words.end()) return {};
    return make_problem(errc::field_invalid, fmt::format("`{}` is not possible here", *text),
                        std::string(field), fmt::format("One of {}.", fmt::join(words, ", ")));
}

result<void> check_text(const json::value& value, const text_rule& rule, std::string_view field) {
    const auto text = text_of(value, field);
    if (!text) return text.error();
    if (auto canonical = canonical_text(*text, rule, field); !canonical) return canonical.error();
    return {};
}

/// One line that a later reader takes apart: not empty, no control characters, bounded.
result<void> check_line(const json::value& value, std::string_view field, errc code,
                        std::size_t bytes_max = short_text_bytes_max) {
    if (!value.is_string()) return make_problem(code, "A text is expected", std::string(field));
    const std::string_view text = value.get_string();
    if (text.empty() || text.size() > bytes_max || !is_plain_text(text))
        return make_problem(code, fmt::format("A line of 1 to {} bytes is expected", bytes_max),
                            std::string(field));
    return {};
}

result<void> check_uuid(const json::value& value, std::string_view field) {
    const auto text = text_of(value, field);
    if (!text) return text.error();
    if (uuid::parse(*text)) return {};
    return invalid(field, fmt::format("`{}` is not a UUID", text->substr(0, 64)));
}

result<void> check_integer(const json::value& value, std::int64_t max, std::string_view field) {
    if (!value.is_int64() || value.get_int64() < 0 || value.get_int64() > max)
        return invalid(field, fmt::format("A whole number from 0 to {} is expected", max));
    return {};
}

result<void> check_task_refs(const json::value& value, std::string_view field) {
    if (!value.is_array()) return invalid(field, "A list of task ids is expected");
    const auto& list = value.get_array();
    if (list.size() > limits::depends_on_max)
        return make_problem(errc::limit_exceeded, fmt::format("At most {} tasks", limits::depends_on_max),
                            std::string(field));
    for (std::size_t i = 0; i < list.size(); ++i)
        if (auto fits = check_uuid(list[i], fmt::format("{}[{}]", field, i)); !fits) return fits;
    return {};
}

result<void> check_recurrence(const json::value& value, std::string_view field) {
    const auto refuse = [&](std::string detail) {
        return make_problem(errc::recurrence_invalid, std::move(detail), std::string(field),
                            "Use {rule, anchor: due|completion, catch_up: next_future|each}.");
    };
    if (!value.is_object()) return refuse("An object with a rule is expected");
    constexpr auto anchors = std::to_array<std::string_view>({"due", "completion"});
    constexpr auto catch_ups = std::to_array<std::string_view>({"next_future", "each"});
    const auto& said = value.get_object();
    if (!said.contains("rule")) return refuse("The rule is missing");
    for (const auto& member : said) {
        const auto place = fmt::format("{}.{}", field, std::string_view(member.key()));
        result<void> fits;
        if (member.key() == "rule")
            fits = check_line(member.value(), place, errc::recurrence_invalid, rule_bytes_max);
        else if (member.key() == "anchor")
            fits = check_one_of(member.value(), anchors, place);
        else if (member.key() == "catch_up")
            fits = check_one_of(member.value(), catch_ups, place);
        else
            return make_problem(errc::field_unknown, "A recurrence has no such member", place);
        if (!fits) return fits;
    }
    return {};
}

result<void> check_reminders(const json::value& value, std::string_view field) {
    if (!value.is_array())
        return make_problem(errc::reminder_invalid, "A list is expected", std::string(field));
    const auto& list = value.get_array();
    if (list.size() > limits::reminders_max)
        return make_problem(errc::limit_exceeded, fmt::format("At most {} reminders", limits::reminders_max),
                            std::string(field));
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto place = fmt::format("{}[{}]", field, i);
        if (!list[i].is_object())
            return make_problem(errc::reminder_invalid, "An object with when, at or cron is expected", place);
        for (const auto& member : list[i].get_object()) {
            const std::string_view name = member.key();
            const auto at = fmt::format("{}.{}", place, name);
            if (name != "when" && name != "at" && name != "cron" && name != "zone")
                return make_problem(errc::field_unknown, "A reminder has no such member", at);
            if (auto fits = check_line(member.value(), at, errc::reminder_invalid); !fits) return fits;
        }
        if (auto kind = check_reminder_kind(list[i].get_object(), place); !kind) return kind;
    }
    return {};
}

result<void> check_tags(const json::value& value, std::string_view field) {
    if (!value.is_array()) return invalid(field, "A list of tags is expected");
    if (auto tags = canonical_tags(value.get_array(), field); !tags) return tags.error();
    return {};
}

result<void> check_priority(const json::value& value, std::string_view field) {
    const auto text = text_of(value, field);
    if (!text) return text.error();
    if (priority_from_habit(*text)) return {};
    return make_problem(errc::field_invalid, "This is no priority", std::string(field),
                        "One of P1, P2, P3, P4, urgent, high, medium, low.");
}

result<void> check_time_of_day(const json::value& value, std::string_view field) {
    const auto text = text_of(value, field);
    if (!text) return text.error();
    if (parse_time_of_day(*text)) return {};
    return invalid(field, "A time of day as 09:00 is expected");
}

result<void> check_query(const json::value& value, std::string_view field) {
    const auto text = text_of(value, field);
    if (!text) return text.error();
    return check_saved_query(*text, field);
}

// What a schedule may do (settled 36): create or change tasks of its own book.
constexpr auto template_types = std::to_array<command_type>(
    {command_type::create_task, command_type::create_recurring_task, command_type::update_task,
     command_type::change_tags, command_type::add_tags, command_type::remove_tags, command_type::add_comment,
     command_type::create_reminder});

result<void> check_size(const json::value& value, std::string_view field) {
    if (json::serialize(value).size() <= limits::schedule_action_bytes_max) return {};
    return make_problem(errc::field_too_long,
                        fmt::format("At most {} bytes as JSON", limits::schedule_action_bytes_max),
                        std::string(field));
}

result<void> check_only(const json::object& object, std::initializer_list<std::string_view> names,
                        std::string_view field) {
    for (const auto& member : object)
        if (std::find(names.begin(), names.end(), std::string_view(member.key())) == names.end())
            return make_problem(errc::field_unknown,
                                fmt::format("`{}` is not known here", std::string_view(member.key())),
                                fmt::format("{}.{}", field, std::string_view(member.key())),
                                fmt::format("It has {}.", fmt::join(names, ", ")));
    return {};
}

result<void> check_schedule_command(const json::value& value, std::string_view field) {
    if (!value.is_object()) return invalid(field, "An object {type, args} is expected");
    const auto& said = value.get_object();
    if (auto known = check_only(said, {"type", "args"}, field); !known) return known;
    const auto* type = said.if_contains("type");
    const auto* args = said.if_contains("args");
    const auto name = type != nullptr && type->is_string() ? std::string_view(type->get_string()) : "";
    const auto parsed = parse_command_type(name);
    if (!parsed || std::find(template_types.begin(), template_types.end(), *parsed) == template_types.end()) {
        std::string names;
        for (const auto each : template_types)
            names += (names.empty() ? "" : ", ") + std::string(to_text(each));
        return make_problem(errc::field_invalid, "A schedule may only create or change a task",
                            fmt::format("{}.type", field), fmt::format("One of {}.", names));
    }
    if (args == nullptr || !args->is_object())
        return invalid(fmt::format("{}.args", field), "An object is expected");
    const bool creates =
        *parsed == command_type::create_task || *parsed == command_type::create_recurring_task;
    if (creates && args->get_object().contains("task_id"))
        return invalid(fmt::format("{}.args.task_id", field), "Each slot makes a task with an id of its own");
    command inner;
    inner.type = *parsed;
    inner.args = args->get_object();
    if (auto fits = check_schema(inner); !fits) {
        auto why = fits.error();
        why.field = fmt::format("{}.{}", field, why.field);
        return why;
    }
    return check_size(value, field);
}

result<void> check_schedule_reminder(const json::value& value, std::string_view field) {
    if (!value.is_object()) return invalid(field, "An object {text, task_id} is expected");
    const auto& said = value.get_object();
    if (auto known = check_only(said, {"text", "task_id"}, field); !known) return known;
    const auto* text = said.if_contains("text");
    if (text == nullptr)
        return make_problem(errc::field_required, "A reminder has a text", fmt::format("{}.text", field));
    if (auto fits = check_text(*text, title_rule, fmt::format("{}.text", field)); !fits) return fits;
    const auto* task = said.if_contains("task_id");
    if (task == nullptr) return {};
    return check_uuid(*task, fmt::format("{}.task_id", field));
}

}  // namespace

result<void> check_member(const member_rule& rule, const json::value& value) {
    constexpr auto modes = std::to_array<std::string_view>({"cascade", "keep", "refuse"});
    constexpr auto misfires = std::to_array<std::string_view>({"fire_once", "skip", "all"});
    constexpr auto scopes = std::to_array<std::string_view>({"this", "all"});
    constexpr auto weekdays = std::to_array<std::string_view>(
        {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"});
    const auto field = fmt::format("args.{}", rule.name);
    if (value.is_null()) {
        if (rule.nullable) return {};
        return invalid(field, fmt::format("`{}` cannot be null", rule.name));
    }
    switch (rule.shape) {
        case member_shape::new_task_id:
        case member_shape::task_ref:
        case member_shape::new_project_id:
        case member_shape::project_ref:
        case member_shape::id: return check_uuid(value, field);
        case member_shape::line: return check_line(value, field, errc::field_invalid);
        case member_shape::title: return check_text(value, title_rule, field);
        case member_shape::description: return check_text(value, description_rule, field);
        case member_shape::comment: return check_text(value, comment_rule, field);
        case member_shape::name: return check_text(value, name_rule, field);
        case member_shape::priority: return check_priority(value, field);
        case member_shape::tags: return check_tags(value, field);
        case member_shape::date: return check_line(value, field, errc::date_invalid);
        case member_shape::recurrence: return check_recurrence(value, field);
        case member_shape::reminders: return check_reminders(value, field);
        case member_shape::minutes: return check_integer(value, limits::duration_minutes_max, field);
        case member_shape::percent: return check_integer(value, 100, field);
        case member_shape::task_refs: return check_task_refs(value, field);
        case member_shape::children: return check_one_of(value, modes, field);
        case member_shape::occurrences: return check_one_of(value, scopes, field);
        case member_shape::zone: return check_line(value, field, errc::zone_unknown);
        case member_shape::time_of_day: return check_time_of_day(value, field);
        case member_shape::weekday: return check_one_of(value, weekdays, field);
        case member_shape::misfire: return check_one_of(value, misfires, field);
        case member_shape::schedule_command: return check_schedule_command(value, field);
        case member_shape::schedule_reminder: return check_schedule_reminder(value, field);
        case member_shape::language: return check_one_of(value, book_languages(), field);
        case member_shape::query: return check_query(value, field);
        case member_shape::flag:
            if (value.is_bool()) return {};
            return invalid(field, "true or false is expected");
    }
    return invalid(field, "The member has no shape");
}

result<void> check_extra(std::string_view name, const json::value& value) {
    constexpr double beyond_int64 = 9223372036854775808.0;
    const auto field = fmt::format("args.{}", name);
    if (name.size() == 2 || !is_plain_text(name))
        return invalid(field, "The name of a custom member is x_ and a text");
    if (name.size() > 4 * extra_name_length_max ||
        count_code_points(name).value_or(0) > extra_name_length_max)
        return make_problem(
            errc::field_too_long,
            fmt::format("The name of a custom member has at most {} characters", extra_name_length_max),
            field);
    if (value.is_object() || value.is_array())
        return invalid(field, "Custom members are flat: no lists, no objects");
    if (value.is_uint64() && value.get_uint64() > INT64_MAX)
        return invalid(field, "The number is beyond 2^63");
    if (value.is_double() && !(std::fabs(value.get_double()) < beyond_int64))
        return invalid(field, "The number is not finite or beyond 2^63");
    if (!value.is_string()) return {};
    const std::string_view text = value.get_string();
    if (!count_code_points(text) || text.find('\0') != std::string_view::npos)
        return invalid(field, "The text is not UTF-8, or holds U+0000");
    return {};
}

result<void> check_extras_together(const json::object& args) {
    std::size_t count = 0;
    std::size_t bytes = 0;
    for (const auto& member : args) {
        if (!member.key().starts_with("x_") || member.value().is_null()) continue;
        ++count;
        bytes += member.key().size();
        bytes += member.value().is_string() ? member.value().get_string().size() : sizeof(std::int64_t);
    }
    if (count > limits::extras_max)
        return make_problem(errc::limit_exceeded,
                            fmt::format("A task has at most {} x_ members", limits::extras_max), "args");
    if (bytes > limits::extras_bytes_max)
        return make_problem(
            errc::limit_exceeded,
            fmt::format("x_ members take at most {} bytes together", limits::extras_bytes_max), "args");
    return {};
}

result<void> check_reminder_kind(const json::object& reminder, std::string_view field) {
    const int kinds =
        int(reminder.contains("when")) + int(reminder.contains("at")) + int(reminder.contains("cron"));
    if (kinds == 1) return {};
    return make_problem(errc::reminder_invalid, "A reminder has exactly one of when, at and cron",
                        std::string(field));
}

result<void> check_tag_sides(const json::object& args) {
    const auto list = [&](std::string_view name) {
        const auto* value = args.if_contains(name);
        return value != nullptr && value->is_array()
                   ? canonical_tags(value->get_array(), fmt::format("args.{}", name))
                   : result<std::vector<std::string>>(std::vector<std::string>{});
    };
    const auto added = list("add");
    if (!added) return added.error();
    const auto removed = list("remove");
    if (!removed) return removed.error();
    for (const auto& tag : *added)
        for (const auto& other : *removed)
            if (same_tag(tag, other))
                return invalid("args.remove", fmt::format("The tag `{}` is added and removed", tag));
    return {};
}

}  // namespace daybook::domain
