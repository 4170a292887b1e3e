// daybook audit: GET /v1/audit, page after page, as text for people, JSON lines or CSV.
#include "app/tools/client_calls.hpp"
#include "app/tools/tools.hpp"
#include "domain/canonical_input.hpp"
#include "domain/utf8.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cstdio>

namespace daybook::app {
namespace {

using boost::json::object;

std::string actor_of(const object& entry) {
    const auto* actor = entry.if_contains("actor");
    return actor != nullptr && actor->is_object() ? text_of(actor->get_object(), "id") : std::string();
}

/// Control characters as escapes: what stands in a task must not steer the reader's terminal.
std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto before = text;
        const auto c = domain::take_code_point(text);
        if (!c) text.remove_prefix(1);
        if (!c || domain::is_control(*c))
            out += fmt::format("\\u{:04X}", c ? static_cast<std::uint32_t>(*c) : 0xFFFDU);
        else
            out.append(before.substr(0, before.size() - text.size()));
    }
    return out;
}

std::string shortened(std::string text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0) == 0x80) --bytes_max;
    return text.substr(0, bytes_max) + "…";
}

const boost::json::array& changes_of(const object& entry) {
    static const boost::json::array none;
    const auto* changes = entry.if_contains("changes");
    return changes != nullptr && changes->is_array() ? changes->get_array() : none;
}

void print_text(const object& entry) {
    fmt::print("{}  {}  {}  {} through {}\n", text_of(entry, "timestamp"), text_of(entry, "event_type"),
               text_of(entry, "task_id"), printable(actor_of(entry)), printable(text_of(entry, "source")));
    for (const auto& change : changes_of(entry)) {
        const auto& c = change.get_object();
        fmt::print("    {}: {} -> {}\n", printable(text_of(c, "field")),
                   printable(shortened(boost::json::serialize(c.at("old")), 120)),
                   printable(shortened(boost::json::serialize(c.at("new")), 120)));
    }
}

std::string csv(std::string text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

void print_csv(const object& entry) {
    const auto front =
        fmt::format("{},{},{},{},{},{},{}", text_of(entry, "position"), text_of(entry, "timestamp"),
                    csv(actor_of(entry)), csv(text_of(entry, "source")), text_of(entry, "event_type"),
                    text_of(entry, "task_id"), csv(text_of(entry, "command_id")));
    if (changes_of(entry).empty()) fmt::print("{},,,\n", front);
    for (const auto& change : changes_of(entry)) {
        const auto& c = change.get_object();
        fmt::print("{},{},{},{}\n", front, csv(text_of(c, "field")), csv(text_of(c, "old")),
                   csv(text_of(c, "new")));
    }
}

}  // namespace

int run_audit(const installation& where, const audit_options& o) {
    auto server = connect(where);
    if (!server) return report(server.error());
    const auto format = !o.format.empty() ? o.format : std::string(where.json ? "json" : "text");
    if (format == "csv")
        fmt::print("position,timestamp,actor,source,event_type,task_id,command_id,field,old,new\n");
    for (std::string cursor;;) {  // every page at the log's end: a part that looks whole would mislead
        std::string target = "/v1/audit?limit=200";
        add_parameter(target, "task", o.task);
        add_parameter(target, "actor", o.actor);
        add_parameter(target, "field", o.field);
        add_parameter(target, "since", o.since);
        add_parameter(target, "until", o.until);
        add_parameter(target, "cursor", cursor);
        const auto answer = get_at_end(**server, target);
        if (!answer) return report(answer.error());
        const auto page = object_of(*answer);
        if (!page) return report(page.error());
        for (const auto& item : page->at("items").as_array()) {
            const auto& entry = item.as_object();
            if (format == "json") fmt::print("{}\n", boost::json::serialize(entry));
            if (format == "text") print_text(entry);
            if (format == "csv") print_csv(entry);
        }
        cursor = text_of(*page, "next_cursor");
        if (cursor.empty()) return exit_done;
    }
}

}  // namespace daybook::app
