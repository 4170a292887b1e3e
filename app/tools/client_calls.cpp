#include "app/tools/client_calls.hpp"

#include "domain/limits.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <thread>

namespace daybook::app {
namespace {

constexpr auto stuck_after = std::chrono::seconds(30);
constexpr auto ask_again_after = std::chrono::milliseconds(200);

}  // namespace

domain::problem problem_of(const platform::http::client_response& answer) {
    domain::problem p =
        domain::make_problem(domain::errc::internal, fmt::format("the server answered {}", answer.status));
    const auto body = answer.json();
    if (!body || !body->is_object()) return p;
    const auto text = [&](std::string_view name) {
        const auto* member = body->get_object().if_contains(name);
        return member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string();
    };
    for (const auto& row : domain::errc_table())
        if (row.code == text("code")) p.code = row.value;
    if (!text("detail").empty()) p.detail = text("detail");
    p.field = text("field");
    p.hint = text("hint");
    const auto* column = body->get_object().if_contains("column");
    if (column != nullptr && column->is_int64()) p.column = column->get_int64();
    return p;
}

domain::result<boost::json::object> get_object(platform::http::client& server, std::string target) {
    auto answer = server.get(std::move(target));
    if (!answer) return answer.error();
    return object_of(*answer);
}

domain::result<boost::json::object> object_of(const platform::http::client_response& answer) {
    if (answer.status != 200) return problem_of(answer);
    auto body = answer.json();
    if (!body) return body.error();
    if (!body->is_object())
        return domain::make_problem(domain::errc::internal, "the answer is no JSON object");
    return std::move(body->get_object());
}

domain::result<platform::http::client_response> get_at_end(platform::http::client& server,
                                                           std::string target) {
    using clock = std::chrono::steady_clock;
    using domain::errc;
    add_parameter(target, "min_position", "end");
    add_parameter(target, "wait_ms", std::to_string(domain::limits::wait_max.count()));
    std::string last;
    auto moved = clock::now();
    for (;;) {
        auto answer = server.get(target);
        if (!answer || answer->status == 200) return answer;
        auto why = problem_of(*answer);
        if (why.code != errc::position_not_reached && why.code != errc::view_unavailable) return why;
        if (last.empty()) fmt::print(stderr, "daybook: waiting for the read model: {}\n", why.detail);
        // The detail says where the view stands.
        if (why.detail != last) moved = clock::now();
        if (clock::now() - moved > stuck_after)
            return why.prefixed("the read model is behind and does not move");
        last = why.detail;
        if (why.code == errc::view_unavailable) std::this_thread::sleep_for(ask_again_after);
    }
}

std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || c == '.' || c == '~';
        out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

void add_parameter(std::string& target, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    target += target.find('?') == std::string::npos ? '?' : '&';
    target += fmt::format("{}={}", name, encoded(value));
}

std::string text_of(const boost::json::object& from, std::string_view member) {
    const auto* value = from.if_contains(member);
    if (value == nullptr || value->is_null()) return {};
    if (value->is_string()) return std::string(value->get_string());
    return boost::json::serialize(*value);
}

}  // namespace daybook::app
