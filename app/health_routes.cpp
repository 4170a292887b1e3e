#include "app/health_routes.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <utility>

namespace daybook::app {
namespace {

namespace http = platform::http;
using answer = boost::asio::awaitable<domain::result<http::response>>;

bool all_ready(const std::vector<health>& parts) {
    return std::all_of(parts.begin(), parts.end(), [](const health& part) { return part.ready; });
}

http::response readiness(const std::vector<health>& parts) {
    boost::json::object body;
    const bool ready = all_ready(parts);
    body["status"] = ready ? "ready" : "not_ready";
    boost::json::array waiting;
    for (const auto& part : parts)
        if (!part.ready) waiting.push_back(boost::json::object{{"part", part.part}, {"why", part.why}});
    if (!ready) body["waiting_for"] = std::move(waiting);
    return http::json_response(ready ? 200 : 503, body);
}

http::response details(std::vector<health> parts) {
    boost::json::object body;
    body["status"] = all_ready(parts) ? "ready" : "not_ready";
    body["version"] = DAYBOOK_VERSION;
    boost::json::array listed;
    for (auto& part : parts) {
        auto shown = std::move(part.details);
        shown["part"] = part.part;
        shown["ready"] = part.ready;
        if (!part.ready) shown["why"] = part.why;
        listed.push_back(std::move(shown));
    }
    body["parts"] = std::move(listed);
    return http::json_response(200, body);
}

}  // namespace

std::vector<http::route> health_routes(health_check check, const platform::obs::metrics& figures) {
    const http::handler live = [](http::request) -> answer {
        co_return http::json_text_response(200, R"({"status":"live"})");
    };
    const http::handler ready = [check](http::request) -> answer { co_return readiness(check()); };
    const http::handler whole = [check](http::request) -> answer { co_return details(check()); };
    const http::handler metrics = [&figures](http::request) -> answer {
        http::response text = http::text_response(200, figures.render());
        text.content_type = platform::obs::metrics::content_type;
        co_return text;
    };
    using platform::auth::scope;
    std::vector<http::route> routes;
    routes.push_back({http::method::get, "/health/live", {}, live});
    routes.push_back({http::method::get, "/health/ready", {}, ready});
    routes.push_back({http::method::get, "/healthz", {}, ready});
    routes.push_back({http::method::get, "/health", scope::admin, whole, http::media_json, true});
    routes.push_back({http::method::get, "/metrics", scope::admin, metrics, http::media_text, true});
    return routes;
}

}  // namespace daybook::app
