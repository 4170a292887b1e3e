#include "domain/codec/event_json.hpp"

#include <utility>

#include "domain/codec/member_reader.hpp"
#include "domain/codec/upcast.hpp"
#include "domain/json_text.hpp"
#include "domain/limits.hpp"

namespace daybook::domain {
namespace {

namespace json = boost::json;

/// Everything but `data`.
result<event> decode_envelope(const json::object& value, const json::object*& data) {
    member_reader reader(value, "event");
    event e;
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
    data = reader.object("data");
    const auto* log = reader.object("log");
    if (reader.failed()) return reader.failure();
    auto proof = parse_log_proof(*log);
    if (!proof) return proof.error();
    e.log = std::move(*proof);
    return e;
}

result<event> with_data(result<event> decoded, json::object data) {
    if (!decoded) return decoded;
    decoded->data = std::move(data);
    if (!is_current(decoded->schema_version)) {
        if (auto current = upcast(decoded->schema_version, decoded->data); !current) return current.error();
    }
    return decoded;
}

/// A newer major may have other members and types, so it is asked for before anything else is judged.
result<void> check_major(const json::object& value) {
    const auto* version = value.if_contains("schema_version");
    if (version == nullptr || !version->is_string() || is_current(version->get_string())) return {};
    std::string text(version->get_string());
    json::object none;
    return upcast(text, none);
}

}  // namespace

std::string encode_event(const event& e) {
    std::string out;
    out.reserve(768);
    out += "{\"event_id\":\"";
    out += e.id.text();
    out += "\",\"event_type\":\"";
    out += to_text(e.type);
    out += "\",\"schema_version\":";
    append_json_string(out, e.schema_version);
    out += ",\"timestamp\":\"";
    out += to_text(e.timestamp);
    out += "\",\"user_id\":";
    append_json_string(out, e.user.text());
    if (e.task) {
        out += ",\"task_id\":\"";
        out += e.task->text();
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
    const json::object* data = nullptr;
    auto decoded = decode_envelope(value, data);
    if (!decoded) return decoded;
    return with_data(std::move(decoded), json::object(*data));
}

result<event> decode_event(json::object&& value) {
    if (auto major = check_major(value); !major) return major.error();
    const json::object* data = nullptr;
    auto decoded = decode_envelope(value, data);
    if (!decoded) return decoded;
    return with_data(std::move(decoded), std::move(value.at("data").as_object()));
}

result<event> decode_event(std::string_view value) {
    auto parsed = parse_json_object(value);
    if (!parsed) return make_problem(errc::log_damaged, parsed.error().detail);
    return decode_event(std::move(*parsed));
}

}  // namespace daybook::domain
