#include "projector/history_matcher.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include <array>

namespace daybook::projector {
namespace {

namespace json = boost::json;

std::string_view text_of(const json::object& o, std::string_view name) {
    const auto* v = o.if_contains(name);
    return v != nullptr && v->is_string() ? std::string_view(v->get_string()) : std::string_view();
}

}  // namespace

history_matcher::history_matcher(const history_query& query) : query_(query) {
    // Values are written by encode_event without spaces, so a type can be looked for before parsing.
    if (query.type && domain::parse_event_type(*query.type))
        needle_ = "\"event_type\":\"" + *query.type + '"';
}

bool history_matcher::matches(std::string_view value, std::optional<domain::task_id>& task) const {
    task.reset();
    if (!needle_.empty() && value.find(needle_) == std::string_view::npos) return false;
    std::array<unsigned char, 8192> buffer;  // NOLINT(*-member-init): scratch
    json::monotonic_resource memory(buffer.data(), buffer.size());
    boost::system::error_code failed;
    const auto parsed = json::parse(value, failed, &memory);
    if (failed || !parsed.is_object()) return false;
    const auto& e = parsed.get_object();
    task = domain::task_id::parse(text_of(e, "task_id"));
    if (query_.task && task != query_.task) return false;
    if (query_.type && text_of(e, "event_type") != *query_.type) return false;
    if (query_.actor) {
        const auto* actor = e.if_contains("actor");
        if (actor == nullptr || !actor->is_object() || text_of(actor->get_object(), "id") != *query_.actor)
            return false;
    }
    if (query_.field) {
        const auto* data = e.if_contains("data");
        if (data == nullptr || !data->is_object() || !data->get_object().contains(*query_.field))
            return false;
    }
    if (query_.since || query_.until) {
        const auto at = domain::parse_instant(text_of(e, "timestamp"));
        if (!at || (query_.since && *at < *query_.since) || (query_.until && *at >= *query_.until))
            return false;
    }
    return true;
}

}  // namespace daybook::projector
