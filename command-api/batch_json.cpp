#include "command-api/batch_json.hpp"

#include "domain/json_text.hpp"
#include "domain/limits.hpp"
#include "platform/http/problem_response.hpp"

#include <algorithm>
#include <array>

namespace daybook::command_api {
namespace {

namespace json = boost::json;
using domain::append_json;
using domain::append_json_integer;
using domain::append_json_string;
using domain::errc;
using domain::make_problem;
using domain::problem;

constexpr auto batch_members = std::to_array<std::string_view>({"mode", "commands"});
constexpr auto command_members =
    std::to_array<std::string_view>({"id", "type", "args", "temp_id", "if_version", "occurred_at"});

template <std::size_t N>
std::optional<std::string> unknown_member(const json::object& o,
                                          const std::array<std::string_view, N>& known) {
    for (const auto& [name, value] : o)
        if (std::ranges::find(known, std::string_view(name)) == known.end()) return std::string(name);
    return std::nullopt;
}

std::string element(std::size_t i) { return "commands[" + std::to_string(i) + "]"; }

std::optional<problem> read_optional_members(domain::command& made, const json::object& from,
                                             domain::instant now) {
    if (const auto* name = from.if_contains("temp_id")) {
        if (!name->is_string() || name->as_string().empty() ||
            name->as_string().size() > domain::limits::command_id_bytes_max)
            return make_problem(errc::field_invalid, "temp_id is a text of 1 to 128 bytes", "temp_id");
        // Where a later command says it, nobody could tell it from the id of a task that exists.
        if (domain::uuid::parse(std::string_view(name->as_string())))
            return make_problem(errc::field_invalid, "temp_id is no UUID: that would name a task", "temp_id");
        made.temp_id = std::string(name->as_string());
    }
    if (const auto* version = from.if_contains("if_version"); version != nullptr && !version->is_null()) {
        if (!version->is_int64() || version->as_int64() < 0)
            return make_problem(errc::field_invalid, "if_version is a version number", "if_version");
        made.if_version = version->as_int64();
    }
    if (const auto* at = from.if_contains("occurred_at"); at != nullptr && !at->is_null()) {
        if (at->is_string()) made.occurred_at = domain::parse_instant(std::string_view(at->as_string()));
        if (!made.occurred_at)
            return make_problem(errc::date_invalid, "occurred_at is an instant such as 2026-08-22T08:00:00Z",
                                "occurred_at");
        if (auto past = domain::check_occurred_at(made, now); !past) return past.error();
    }
    return std::nullopt;
}

std::optional<problem> read_command(domain::command& made, const json::object& from, domain::instant now) {
    if (const auto name = unknown_member(from, command_members))
        return make_problem(errc::field_unknown, "\"" + *name + "\" is not a member of a command", *name);
    const auto* type = from.if_contains("type");
    if (type == nullptr) return make_problem(errc::field_required, "a command needs a type", "type");
    const auto known =
        type->is_string() ? domain::parse_command_type(std::string_view(type->as_string())) : std::nullopt;
    if (!known) return make_problem(errc::command_unknown, "there is no such command", "type");
    made.type = *known;
    if (const auto* args = from.if_contains("args")) {
        if (!args->is_object()) return make_problem(errc::field_invalid, "args is an object", "args");
        made.args = args->as_object();
    }
    return read_optional_members(made, from, now);
}

void write_result(std::string& out, const command_answer& one) {
    out += "{\"id\":";
    append_json_string(out, one.id.text());
    out += ",\"status\":\"";
    out += to_text(one.status);
    out += "\",\"task_id\":";
    if (one.task)
        append_json_string(out, one.task->text());
    else
        out += "null";
    if (one.project) {
        out += ",\"project_id\":";
        append_json_string(out, one.project->text());
    }
    if (one.schedule) {
        out += ",\"schedule_id\":";
        append_json_string(out, one.schedule->text());
    }
    if (one.filter) {
        out += ",\"filter_id\":";
        append_json_string(out, one.filter->text());
    }
    if (!one.error) {
        out += ",\"version\":";
        append_json_integer(out, one.version);
    }
    out += ",\"event_ids\":[";
    for (std::size_t i = 0; i < one.events.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, one.events[i].text());
    }
    out += ']';
    if (one.position) {
        out += ",\"position\":";
        append_json_string(out, one.position->text());
    }
    if (!one.warnings.empty()) {
        out += ",\"warnings\":";
        write_warnings(out, one.warnings);
    }
    if (one.error) {
        out += ",\"error\":";
        out += platform::http::render_problem(*one.error, {});
    }
    out += '}';
}

}  // namespace

domain::result<void> read_batch(command_batch& batch, const json::value& body, domain::instant now) {
    if (!body.is_object()) return make_problem(errc::field_invalid, "the body is an object with commands");
    const auto& from = body.as_object();
    if (const auto name = unknown_member(from, batch_members))
        return make_problem(errc::field_unknown, "\"" + *name + "\" is not a member of a batch", *name);
    if (const auto* mode = from.if_contains("mode")) {
        const std::string_view text =
            mode->is_string() ? std::string_view(mode->as_string()) : std::string_view();
        if (text == "atomic")
            batch.mode = batch_mode::atomic;
        else if (text != "independent")
            return make_problem(errc::field_invalid, "mode is independent or atomic", "mode");
    }
    const auto* commands = from.if_contains("commands");
    if (commands == nullptr) return make_problem(errc::field_required, "a batch needs commands", "commands");
    if (!commands->is_array() || commands->as_array().empty())
        return make_problem(errc::field_invalid, "commands is a list of at least one command", "commands");
    const auto& list = commands->as_array();
    if (list.size() > domain::limits::batch_commands_max)
        return make_problem(
            errc::limit_exceeded,
            "a batch has at most " + std::to_string(domain::limits::batch_commands_max) + " commands",
            "commands");
    batch.items.resize(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!list[i].is_object())
            return make_problem(errc::field_invalid, "a command is an object", element(i));
        const auto& one = list[i].as_object();
        const auto* id = one.if_contains("id");
        if (id == nullptr)
            return make_problem(
                errc::field_required, "a command needs an id", element(i) + ".id",
                "Give each command an id of your own, and the same id when you send it again.");
        if (!id->is_string())
            return make_problem(errc::field_invalid, "the id is a text", element(i) + ".id");
        auto checked = domain::parse_command_id(std::string_view(id->as_string()), batch.service_scope);
        if (!checked) {
            auto why = checked.error();
            why.field = element(i) + ".id";
            return why;
        }
        batch.items[i].command.id = std::move(*checked);
        batch.items[i].refused = read_command(batch.items[i].command, one, now);
    }
    return {};
}

void write_warnings(std::string& out, const std::vector<domain::warning>& warnings) {
    out += '[';
    for (std::size_t i = 0; i < warnings.size(); ++i) {
        if (i > 0) out += ',';
        json::object one{{"code", warnings[i].code}, {"detail", warnings[i].detail}};
        for (const auto& [name, value] : warnings[i].extra) one.insert_or_assign(name, value);
        append_json(out, one);
    }
    out += ']';
}

std::string write_answer(const batch_answer& answer) {
    std::string out;
    out.reserve(answer.results.size() * 256 + 256);
    out += "{\"results\":[";
    for (std::size_t i = 0; i < answer.results.size(); ++i) {
        if (i > 0) out += ',';
        write_result(out, answer.results[i]);
    }
    out += "],\"temp_ids\":{";
    for (std::size_t i = 0; i < answer.temp_ids.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, answer.temp_ids[i].first);
        out += ':';
        append_json_string(out, answer.temp_ids[i].second);
    }
    out += "},\"position\":";
    if (answer.position)
        append_json_string(out, answer.position->text());
    else
        out += "null";
    out += '}';
    return out;
}

}  // namespace daybook::command_api
