#include "domain/codec/event_json.hpp"

#include "domain/codec/member_reader.hpp"
#include "domain/codec/upcast.hpp"
#include "domain/json_text.hpp"
#include "domain/limits.hpp"
#include "domain/project.hpp"
#include "domain/record_layout.hpp"
#include "domain/saved_filter.hpp"

#include <utility>

namespace daybook::domain {
namespace {

namespace json = boost::json;

/// Everything but `data`, whose place is returned; events are large, so they are filled where they stand.
result<const json::object*> read_envelope(const json::object& value, event& e) {
    member_reader reader(value, "event");
    e.id = reader.id<event_id>("event_id");
    const auto type_text = reader.text("event_type");
    const auto type = parse_event_type(type_text);
    if (type) {
        e.type = *type;
    } else {
        reader.fail("event_type", "is not known here: " + std::string(type_text));
    }
    e.schema_version = reader.text("schema_version");
    e.timestamp = reader.time("timestamp");
    e.user = user_id(std::string(reader.text("user_id")));
    if (const auto* task = reader.require("task_id"); task != nullptr && !task->is_null()) {
        if (const auto* text = task->if_string()) e.task = task_id::parse(*text);
        if (!e.task) reader.fail("task_id", "is neither null nor a UUID");
    }
    e.version = reader.integer("version", 1);
    e.command = command_id(std::string(reader.text("command_id")));
    e.correlation_id = reader.text("correlation_id");
    e.causation_id = reader.text("causation_id");
    if (const auto* who = reader.object("actor")) {
        member_reader actor_reader(*who, "actor");
        e.actor.type = actor_reader.text("type");
        e.actor.id = actor_reader.text("id");
        if (actor_reader.failed()) reader.fail("actor", "has no text `" + actor_reader.failure().field + "`");
    }
    e.source = reader.text("source");
    const auto* data = reader.object("data");
    const auto* log = reader.object("log");
    if (reader.failed()) return reader.failure();
    auto proof = parse_log_proof(*log);
    if (!proof) return proof.error();
    e.log = std::move(*proof);
    return data;
}

/// A newer major may have other members and types, so it is asked for before anything else is judged.
result<void> check_major(const json::object& value) {
    const auto* version = value.if_contains("schema_version");
    if (version == nullptr || !version->is_string() || is_current(version->get_string())) return {};
    std::string text(version->get_string());
    json::object none;
    return upcast(text, none);
}

result<void> upcast_if_old(event& e) {
    if (is_current(e.schema_version)) return {};
    return upcast(e.schema_version, e.data);
}

/// Without its project a project event has no meaning, and readers would differ in what they make of it;
/// likewise a filter event without its filter.
result<void> check_subject(const event& e) {
    if (is_about_project(e.type) && !project_of(e))
        return make_problem(errc::log_damaged, "event `data.project_id` is no UUID");
    if (is_about_filter(e.type) && !filter_of(e))
        return make_problem(errc::log_damaged, "event `data.filter_id` is no UUID");
    return {};
}

result<void> finish(event& e) {
    if (auto current = upcast_if_old(e); !current) return current;
    return check_subject(e);
}

/// The short way: none where a member is not as it should be, so that there is one place that says what is
/// wrong.
std::optional<event> read_laid_out(std::string_view value, json::storage_ptr storage) {
    std::optional<event> read(event{.data = json::object(std::move(storage))});
    auto& e = *read;
    const auto layout = read_layout(value, e.data);
    if (!layout || !is_current(layout->schema_version) || layout->version < 1) return std::nullopt;
    const auto id = event_id::parse(layout->event_id);
    const auto type = parse_event_type(layout->event_type);
    const auto timestamp = parse_instant(layout->timestamp);
    if (!id || !type || !timestamp) return std::nullopt;
    if (layout->task_id && !(e.task = task_id::parse(*layout->task_id))) return std::nullopt;
    auto proof = proof_of(*layout);
    if (!proof) return std::nullopt;
    e.id = *id;
    e.type = *type;
    if (!check_subject(e)) return std::nullopt;
    e.schema_version = layout->schema_version;
    e.timestamp = *timestamp;
    e.user = user_id(std::string(layout->user_id));
    e.version = layout->version;
    e.command = command_id(std::string(layout->command_id));
    e.correlation_id = layout->correlation_id;
    e.causation_id = layout->causation_id;
    e.actor.type = layout->actor_type;
    e.actor.id = layout->actor_id;
    e.source = layout->source;
    e.log = std::move(*proof);
    return read;
}

}  // namespace

std::string encode_event(const event& e) {
    std::string out;
    out.reserve(768);
    out += "{\"event_id\":\"";
    e.id.value().append_to(out);
    out += "\",\"event_type\":\"";
    out += to_text(e.type);
    out += "\",\"schema_version\":";
    append_json_string(out, e.schema_version);
    out += ",\"timestamp\":\"";
    append_text(out, e.timestamp);
    out += "\",\"user_id\":";
    append_json_string(out, e.user.text());
    if (e.task) {
        out += ",\"task_id\":\"";
        e.task->value().append_to(out);
        out += "\",\"version\":";
    } else {
        out += ",\"task_id\":null,\"version\":";
    }
    append_json_integer(out, e.version);
    out += ",\"command_id\":";
    append_json_string(out, e.command.text());
    out += ",\"correlation_id\":";
    append_json_string(out, e.correlation_id);
    out += ",\"causation_id\":";
    append_json_string(out, e.causation_id);
    out += ",\"actor\":{\"type\":";
    append_json_string(out, e.actor.type);
    out += ",\"id\":";
    append_json_string(out, e.actor.id);
    out += "},\"source\":";
    append_json_string(out, e.source);
    out += ",\"data\":";
    append_json(out, e.data);
    out += ",\"log\":";
    append_log_proof(out, e.log);
    out += '}';
    return out;
}

result<event> decode_event(const json::object& value) {
    if (auto major = check_major(value); !major) return major.error();
    result<event> decoded{event{}};
    const auto data = read_envelope(value, *decoded);
    if (!data) return data.error();
    decoded->data = **data;
    if (auto done = finish(*decoded); !done) return done.error();
    return decoded;
}

result<event> decode_event(json::object&& value) {
    if (auto major = check_major(value); !major) return major.error();
    result<event> decoded{event{}};
    if (const auto data = read_envelope(value, *decoded); !data) return data.error();
    decoded->data = std::move(value.at("data").as_object());
    if (auto done = finish(*decoded); !done) return done.error();
    return decoded;
}

result<event> decode_event(std::string_view value, json::storage_ptr storage) {
    if (auto read = read_laid_out(value, std::move(storage))) return std::move(*read);
    auto parsed = parse_json_object(value);
    if (!parsed) return make_problem(errc::log_damaged, parsed.error().detail);
    return decode_event(std::move(*parsed));
}

}  // namespace daybook::domain
