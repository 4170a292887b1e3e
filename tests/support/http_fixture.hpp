// A server in this process with a few routes that show what a handler sees.
#pragma once

#include "platform/auth/authenticator.hpp"
#include "platform/http/router.hpp"
#include "platform/http/server.hpp"
#include "platform/obs/metrics.hpp"
#include "tests/support/raw_connection.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace daybook::tests {

/// What the request looked like to its handler, as JSON.
inline boost::asio::awaitable<domain::result<platform::http::response>> show_request(
    platform::http::request r) {
    boost::json::object seen;
    seen["method"] = platform::http::to_string(r.method);
    seen["path"] = r.path;
    seen["id"] = r.path_parameter("id");
    boost::json::array query;
    for (const auto& [name, value] : r.query) query.push_back({name, value});
    seen["query"] = std::move(query);
    seen["body"] = r.body;
    seen["user"] = r.caller.user;
    seen["book"] = r.caller.book;
    seen["loopback"] = r.peer_is_loopback;
    seen["x_trailer"] = r.header("X-Trailer").has_value();
    co_return platform::http::json_response(200, seen);
}

inline boost::asio::awaitable<domain::result<platform::http::response>> parse_body(
    platform::http::request r) {
    auto parsed = r.json();
    if (!parsed) co_return std::move(parsed.error());
    co_return platform::http::json_response(200, *parsed);
}

inline boost::asio::awaitable<domain::result<platform::http::response>> throw_an_error(
    platform::http::request) {
    throw std::runtime_error("a secret of the inside");
    co_return platform::http::empty_response(204);
}

inline boost::asio::awaitable<domain::result<platform::http::response>> throw_a_problem(
    platform::http::request) {
    throw domain::problem_error(
        domain::make_problem(domain::errc::status_conflict, "thrown from deep below"));
    co_return platform::http::empty_response(204);
}

/// Waits until the test opens the gate.
struct gate {
    std::atomic<bool> open{false};
    std::atomic<int> waiting{0};
};

class http_fixture {
 public:
    explicit http_fixture(
        platform::http::server_options options = {},
        std::unique_ptr<platform::auth::authenticator> who = platform::auth::create_trusting_authenticator())
        : who_(std::move(who)) {
        using platform::auth::scope;
        using platform::http::method;
        routes_.add({method::get, "/tasks/{id}", scope::read, show_request});
        routes_.add({method::get, "/tasks", scope::read, show_request});
        routes_.add({method::post, "/tasks", scope::write, show_request});
        routes_.add({method::patch, "/tasks/{id}", scope::write, show_request});
        routes_.add({method::post, "/json", scope::write, parse_body});
        routes_.add({method::get, "/throws", {}, throw_an_error});
        routes_.add({method::get, "/problem", {}, throw_a_problem});
        routes_.add({method::get, "/admin", scope::admin, show_request});
        routes_.add({method::get, "/figures", scope::admin, show_request, platform::http::media_text, true});
        routes_.add({method::get, "/open", {}, show_request});
        routes_.add(
            {method::get, "/stream", {}, [this](platform::http::request r) { return stream(std::move(r)); }});
        routes_.add({method::get, "/endless", {}, [this](platform::http::request r) {
                         return endless(std::move(r));
                     }});
        routes_.add(
            {method::get, "/slow", {}, [this](platform::http::request r) { return slow(std::move(r)); }});
        routes_.add({method::get, "/bad-header", {}, [this](platform::http::request r) {
                         return bad_header(std::move(r));
                     }});
        routes_.add_elsewhere("/elsewhere/{id}", "projector");
        options.listen.port = 0;
        if (options.threads == 0) options.threads = 2;
        server_ = platform::http::create_server(std::move(options), routes_, *who_, &figures_);
        server_->start().value();
    }

    [[nodiscard]] std::uint16_t port() const { return server_->port(); }
    [[nodiscard]] raw_connection connect() const { return raw_connection(port()); }
    [[nodiscard]] platform::http::server& server() { return *server_; }
    [[nodiscard]] platform::obs::metrics& figures() { return figures_; }
    [[nodiscard]] gate& slow_gate() { return slow_gate_; }
    [[nodiscard]] platform::auth::authenticator& who() { return *who_; }
    std::atomic<int> streams_destroyed{0};

 private:
    using answer = boost::asio::awaitable<domain::result<platform::http::response>>;

    static boost::asio::awaitable<std::optional<std::string>> next_line(std::shared_ptr<int> count) {
        if (*count == 3) co_return std::nullopt;
        std::string line = "line " + std::to_string((*count)++) + "\n";
        co_return line;
    }
    static boost::asio::awaitable<std::optional<std::string>> never(
        [[maybe_unused]] std::shared_ptr<void> alive) {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, std::chrono::hours(1));
        co_await timer.async_wait(boost::asio::use_awaitable);
        co_return std::nullopt;
    }
    answer stream(platform::http::request) {
        platform::http::response r;
        r.content_type = platform::http::media_ndjson;
        auto count = std::make_shared<int>(0);
        r.stream = [count] { return next_line(count); };
        co_return r;
    }
    answer endless(platform::http::request) {
        platform::http::response r;
        std::shared_ptr<void> alive(nullptr, [this](void*) { ++streams_destroyed; });
        r.stream = [alive] { return never(alive); };
        co_return r;
    }
    answer slow(platform::http::request) {
        ++slow_gate_.waiting;
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
        while (!slow_gate_.open) {
            timer.expires_after(std::chrono::milliseconds(2));
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        co_return platform::http::text_response(200, "finished");
    }
    answer bad_header(platform::http::request) {
        auto r = platform::http::empty_response(204);
        r.headers.emplace_back("X-Split", "a\r\nInjected: yes");
        co_return r;
    }

    platform::obs::metrics figures_;
    platform::http::router routes_;
    std::unique_ptr<platform::auth::authenticator> who_;
    gate slow_gate_;
    std::unique_ptr<platform::http::server> server_;
};

}  // namespace daybook::tests
