#include "domain/codec/delta_json.hpp"

#include "domain/json_text.hpp"

namespace daybook::domain {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
    out += ",\"";
    out += name;
    out += "\":";
    append_json_string(out, text);
}

}  // namespace

void append_delta(std::string& out, const event& e, const position& at) {
    out += "{\"position\":";
    append_json_string(out, at.text());
    append_member(out, "event_id", e.id.text());
    append_member(out, "event_type", to_text(e.type));
    append_member(out, "timestamp", to_text(e.timestamp));
    if (e.task)
        append_member(out, "task_id", e.task->text());
    else
        out += ",\"task_id\":null";
    out += ",\"version\":";
    append_json_integer(out, e.version);
    append_member(out, "command_id", e.command.text());
    out += ",\"actor\":{\"type\":";
    append_json_string(out, e.actor.type);
    append_member(out, "id", e.actor.id);
    out += '}';
    append_member(out, "source", e.source);
    out += ",\"data\":";
    append_json(out, e.data);
    out += '}';
}

}  // namespace daybook::domain
