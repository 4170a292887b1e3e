// What a handler sees of HTTP: plain values, no Beast. A request is owned by its handler; nothing in it
// points into a connection's buffers, so a handler may keep it across any await.
#pragma once

#include "domain/errc.hpp"
#include "platform/auth/caller.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook::platform::http {

enum class method : std::uint8_t { get, head, post, put, patch, delete_, options, other };

[[nodiscard]] std::string_view to_string(method m) noexcept;
[[nodiscard]] method parse_method(std::string_view token) noexcept;

/// Ordered name-value pairs as they stood in the message; repeated names stay visible.
using name_values = std::vector<std::pair<std::string, std::string>>;

/// The field lines of a request head: one copy of the head's bytes and offsets into it, so that a move is
/// cheap and looking up needs no allocation.
class header_fields {
 public:
    header_fields() = default;

    /// Adds a field. Precondition: all heads are at most 64 KiB together (the server's limit is far below).
    void add(std::string_view name, std::string_view value);
    void clear() noexcept;

    /// The first field of that name, ASCII case ignored; nullopt if there is none.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
    /// How many fields have that name.
    [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return spans_.size(); }
    [[nodiscard]] std::pair<std::string_view, std::string_view> at(std::size_t index) const noexcept;

 private:
    struct span {
        std::uint32_t name_begin;
        std::uint32_t name_size;
        std::uint32_t value_size;  ///< the value follows the name at once
    };
    std::string text_;
    std::vector<span> spans_;
};

/// One request that passed every check of the server: head, Host, Origin, route, caller, media types, size.
struct request {
    http::method method = http::method::get;
    std::string target;                 ///< as sent
    std::string path;                   ///< decoded, "/v1/tasks/x y"
    std::vector<std::string> segments;  ///< decoded one by one, so "%2F" stays inside its segment
    name_values query;                  ///< decoded ("+" is a space), in order, duplicates visible
    name_values path_parameters;        ///< {"id","…"} for "/v1/tasks/{id}"
    header_fields headers;
    std::string body;          ///< at most limits::body_bytes_max
    std::string request_id;    ///< stands in every log line and in the answer's Request-Id
    auth::caller caller;       ///< who asks, for which book, with which scopes
    std::string peer_address;  ///< "127.0.0.1"
    bool peer_is_loopback = false;

    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept {
        return headers.find(name);
    }
    /// The parameter that the route's pattern names; empty if the pattern does not name it.
    [[nodiscard]] std::string_view path_parameter(std::string_view name) const noexcept;
    /// The query parameter: nullopt if absent, 400 if it stands twice.
    [[nodiscard]] domain::result<std::optional<std::string_view>> query_parameter(
        std::string_view name) const;
    /// The body as strict JSON (json_strict.hpp). An empty body is 400 like any other text that is not JSON.
    [[nodiscard]] domain::result<boost::json::value> json() const;
};

/// The next piece of a streamed body, nullopt at its end. It is asked for the next piece only when the peer
/// has taken the last one. It runs on the connection's executor; when the peer or the server goes away the
/// pending await is cancelled (boost::asio::operation_aborted) and the function object destroyed.
using body_stream = std::function<boost::asio::awaitable<std::optional<std::string>>()>;

class websocket;
/// What is said over the WebSocket that a connection becomes (websocket.hpp). Runs on the connection's
/// executor; when it returns the connection is closed.
using conversation = std::function<boost::asio::awaitable<void>(std::shared_ptr<websocket>)>;

inline constexpr std::string_view media_json = "application/json";
inline constexpr std::string_view media_problem = "application/problem+json";
inline constexpr std::string_view media_ndjson = "application/x-ndjson";
inline constexpr std::string_view media_event_stream = "text/event-stream";
inline constexpr std::string_view media_text = "text/plain; charset=utf-8";

/// An answer. Exactly one of body, shared_body and stream is sent: stream if set, else shared_body if set,
/// else body. The server adds Content-Length or chunking, Date, Request-Id, security headers and the default
/// Cache-Control.
struct response {
    int status = 200;
    std::string_view content_type = media_json;  ///< a literal: it must outlive the answer; empty = no header
    std::string body;
    std::shared_ptr<const std::string> shared_body;  ///< for bytes that many answers share
    body_stream stream;
    /// The stream waits for things to happen and has no end of its own: it counts as answered when its head
    /// is, and the socket holds little, so that a peer that does not read is noticed.
    bool live = false;
    /// Of a route that is a WebSocket: instead of everything above, the connection is switched over.
    conversation talk{};
    name_values headers;  ///< further headers; a name or value with a control character becomes a 500
};

/// The usual answers.
[[nodiscard]] response json_response(int status, const boost::json::value& body);
[[nodiscard]] response json_text_response(int status, std::string body);
[[nodiscard]] response text_response(int status, std::string body);
/// 204 or 304: no body, no content type.
[[nodiscard]] response empty_response(int status);

/// A handler runs on the connection's executor (one thread); it must not block it: use runtime::worker_pool.
/// Expected failures are returned as a problem and rendered by problem_response; a thrown
/// domain::problem_error is treated the same; any other exception is a 500, logged with the request id.
using handler = std::function<boost::asio::awaitable<domain::result<response>>(request)>;

}  // namespace daybook::platform::http
