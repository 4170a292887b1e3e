// Which handler answers a method and path. A role is a list of routes; roles on one port are lists added
// together.
#pragma once

#include "platform/auth/caller.hpp"
#include "platform/http/message.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace daybook::platform::http {

struct route {
    http::method method = http::method::get;
    /// "/v1/tasks/{id}/complete": a segment in braces matches any one non-empty segment and names it. A
    /// literal segment goes before a named one. Patterns are literals: they must outlive the router.
    std::string_view pattern;
    auth::scope_set needs;  ///< any one of these is enough; empty = open to everybody
    http::handler handler;
    /// What GET answers with when it succeeds; an Accept that excludes it is 406.
    std::string_view produces = media_json;
    /// Also open to a caller without a token if the listener is loopback (settled 35: /health and /metrics).
    bool open_on_loopback = false;
    /// A one-time ticket in the query (`ticket`) stands for the caller's token: for browsers, which cannot
    /// send a header here (settled 35).
    bool takes_ticket = false;
    /// A request that asks for no WebSocket is refused; the handler's answer has `talk`.
    bool is_websocket = false;
};

/// Built once, then read by all threads at the same time.
class router {
 public:
    router();
    ~router();
    router(router&&) noexcept;
    router& operator=(router&&) noexcept;

    /// Adds a route. A second route of the same method and shape, or a malformed pattern, throws
    /// std::logic_error.
    void add(route r);
    void add(std::vector<route> routes);
    /// Says that a pattern is served by another role: found here it is a 404 that names the role (settled
    /// 31).
    void add_elsewhere(std::string_view pattern, std::string_view role);

    struct match {
        const http::route* found = nullptr;  ///< owned by the router
        name_values path_parameters;
        std::size_t index = 0;  ///< of the route in routes(), for per-route metrics
    };
    /// 404, or 405 if the path is known (then `allow` is the Allow header). HEAD finds the GET route.
    struct miss {
        bool path_known = false;
        std::string allow;                ///< "GET, HEAD, POST", only if path_known
        std::string_view elsewhere_role;  ///< empty if no other role has it
    };
    [[nodiscard]] std::variant<match, miss> find(http::method m, std::span<const std::string> segments) const;
    [[nodiscard]] std::span<const std::unique_ptr<route>> routes() const noexcept;

 private:
    struct node;
    std::unique_ptr<node> root_;
    std::vector<std::unique_ptr<route>> routes_;
};

}  // namespace daybook::platform::http
