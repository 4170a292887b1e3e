// A blocking HTTP/1.1 client for tools (import, rebuild, health) and between roles. One connection, kept
// alive.
#pragma once

#include "domain/errc.hpp"
#include "platform/http/message.hpp"

#include <boost/json/value.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace daybook::platform::http {

struct client_options {
    std::string url = "http://127.0.0.1:8080";  ///< scheme http only; a path is refused
    std::string token;                          ///< sent as a bearer token if not empty
    std::string user;                           ///< sent as Daybook-User if not empty
    std::chrono::milliseconds connect_deadline{2'000};
    std::chrono::milliseconds request_deadline{30'000};  ///< from sending to the last byte of the answer
    std::size_t answer_bytes_max = 256 * 1024 * 1024;
};

struct client_request {
    http::method method = http::method::get;
    std::string target;  ///< encoded, starts with '/'
    name_values headers;
    std::string body;
    std::string_view content_type = media_json;  ///< sent only with a body
};

struct client_response {
    int status = 0;
    name_values headers;
    std::string body;

    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;  ///< empty if absent
    [[nodiscard]] domain::result<boost::json::value> json() const;
};

/// Threads: one at a time.
class client {
 public:
    virtual ~client() = default;

    /// Sends and waits. Any status is a success here. A connection that the server closed while it was idle
    /// is opened again once, and the request repeated only if none of its answer had arrived and it is a GET,
    /// HEAD, PUT or DELETE or carries an Idempotency-Key. Errors: `unreachable` (nothing was sent, or a read
    /// got no whole answer), `outcome_unknown` (a write was sent and no whole answer came).
    [[nodiscard]] virtual domain::result<client_response> send(client_request r) = 0;

    [[nodiscard]] domain::result<client_response> get(std::string target);
    [[nodiscard]] domain::result<client_response> post(std::string target, const boost::json::value& body);
};

/// Errors: the url is malformed or not http.
[[nodiscard]] domain::result<std::unique_ptr<client>> create_client(client_options options);

}  // namespace daybook::platform::http
