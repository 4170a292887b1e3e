#include "app/proxy_routes.hpp"

#include "platform/http/http_client.hpp"

#include <array>
#include <mutex>
#include <utility>

namespace daybook::app {
namespace {

namespace http = platform::http;
using answer = boost::asio::awaitable<domain::result<http::response>>;

constexpr auto request_headers = std::to_array<std::string_view>(
    {"Authorization", "Daybook-User", "Idempotency-Key", "If-Match", "If-None-Match", "Request-Id"});
constexpr auto answer_headers =
    std::to_array<std::string_view>({"ETag", "Location", "Daybook-Position", "Retry-After"});

/// Kept connections to the command-api; one is lent to one request at a time.
class connections {
 public:
    explicit connections(std::string url) : url_(std::move(url)) {}

    domain::result<std::unique_ptr<http::client>> take() {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                auto last = std::move(idle_.back());
                idle_.pop_back();
                return last;
            }
        }
        http::client_options options;
        options.url = url_;
        return http::create_client(std::move(options));
    }

    void give_back(std::unique_ptr<http::client> c) {
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(c));
    }

 private:
    std::string url_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<http::client>> idle_;  // at most one for each worker of the pool
};

domain::result<http::response> pass_on(connections& to, const http::request& r) {
    auto connection = to.take();
    if (!connection) return connection.error();
    http::client_request there;
    there.method = r.method;
    there.target = r.target;
    there.body = r.body;
    for (const auto name : request_headers)
        if (const auto value = r.header(name)) there.headers.emplace_back(name, *value);
    if (const auto type = r.header("Content-Type")) there.content_type = *type;
    auto got = (*connection)->send(std::move(there));
    if (!got) {
        if (got.error().code == domain::errc::unreachable)
            return domain::make_problem(domain::errc::log_unavailable,
                                        "the command-api cannot be reached: " + got.error().detail);
        return got.error();
    }
    http::response back;
    back.status = got->status;
    back.content_type = got->status >= 400 ? http::media_problem : http::media_json;
    back.body = std::move(got->body);
    for (const auto name : answer_headers)
        if (const auto value = got->header(name); !value.empty()) back.headers.emplace_back(name, value);
    to.give_back(std::move(*connection));
    return back;
}

}  // namespace

domain::result<std::vector<http::route>> proxy_routes(std::string url,
                                                      const std::vector<http::route>& served_there,
                                                      platform::runtime::worker_pool& pool) {
    http::client_options options;
    options.url = url;
    if (auto valid = http::create_client(std::move(options)); !valid) return valid.error();
    const auto to = std::make_shared<connections>(std::move(url));  // outlives requests that wait in the pool
    const http::handler handler = [to, &pool](http::request r) -> answer {
        auto work = [to, request = std::move(r)] { return pass_on(*to, request); };
        co_return co_await pool.run(std::move(work));
    };
    std::vector<http::route> routes;
    for (const auto& there : served_there)
        routes.push_back({there.method, there.pattern, there.needs, handler});
    return routes;
}

}  // namespace daybook::app
