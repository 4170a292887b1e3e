#include "platform/http/upgrade.hpp"

#include "platform/http/ascii.hpp"

#include <algorithm>

namespace daybook::platform::http {
namespace {

using domain::errc;
using domain::make_problem;

bool lists(const header_fields& fields, std::string_view name, std::string_view wanted) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        auto [each, value] = fields.at(i);
        if (!ascii_iequals(each, name)) continue;
        while (!value.empty())
            if (ascii_iequals(trimmed(cut_front(value, ',')), wanted)) return true;
    }
    return false;
}

/// 16 bytes in base64: 22 characters, of which the last has four bits, and the filling.
bool is_key(std::string_view text) {
    const auto is_digit = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
               c == '/';
    };
    return text.size() == 24 && text.ends_with("==") &&
           std::all_of(text.begin(), text.begin() + 22, is_digit) &&
           std::string_view("AQgw").find(text[21]) != std::string_view::npos;
}

}  // namespace

domain::result<std::string> check_upgrade(const request_head& head) {
    const auto& fields = head.fields;
    const bool asks = head.method == method::get && head.minor_version == 1 &&
                      lists(fields, "Connection", "upgrade") && lists(fields, "Upgrade", "websocket");
    if (!asks) return make_problem(errc::upgrade_required, "the request does not ask for a WebSocket");
    if (fields.count("Sec-WebSocket-Version") != 1 || fields.find("Sec-WebSocket-Version") != "13")
        return make_problem(errc::upgrade_required, "the version of the protocol is not 13");
    const auto key = fields.find("Sec-WebSocket-Key");
    if (fields.count("Sec-WebSocket-Key") != 1 || !is_key(*key))
        return make_problem(errc::request_malformed, "Sec-WebSocket-Key is not 16 bytes in base64");
    if (head.has_body) return make_problem(errc::request_malformed, "a WebSocket's request has no body");
    return std::string(*key);
}

}  // namespace daybook::platform::http
