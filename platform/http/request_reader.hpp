// Reads one HTTP/1.1 request from bytes, without a socket: our own checks of the head first, then Beast's
// parser, and both must agree. Beast accepts some requests that RFC 9112 forbids and that proxies read in
// another way (request smuggling); the checks of api.md §5 close that.
#pragma once

#include "domain/errc.hpp"
#include "platform/http/message.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace daybook::platform::http {

struct request_head {
    http::method method = http::method::get;
    std::string target;  ///< as sent
    int minor_version = 1;
    header_fields fields;
    bool keep_alive = true;
    bool has_body = false;           ///< chunked or a Content-Length above 0
    std::size_t body_bytes_max = 0;  ///< the Content-Length; of a chunked body the most that is taken
    bool expects_continue = false;
};

/// Each error ends the connection: where the next request begins is unknown.
/// Errors: request_malformed (400), target_too_long (414), headers_too_large (431), body_too_large (413).
class request_reader {
 public:
    struct limits {
        std::size_t head_bytes_max;
        std::size_t target_bytes_max;
        std::size_t body_bytes_max;
    };
    enum class stage : std::uint8_t { head, body, done };

    explicit request_reader(limits l);
    ~request_reader();

    /// Takes what it can use from `unread`, all bytes that arrived and were not used yet, and returns how
    /// many it used. In the head stage that is nothing until the head is complete. 0 without `done` means:
    /// read more. Precondition: stage() is not done.
    [[nodiscard]] domain::result<std::size_t> put(std::string_view unread);

    [[nodiscard]] stage current_stage() const noexcept;
    /// Valid after the head stage.
    [[nodiscard]] request_head& head() noexcept;
    [[nodiscard]] std::string& body() noexcept;
    /// Begins the next request of the connection.
    void reset();

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// The checks that need no parser: framing and obs-fold, on a complete head (which ends with an empty line).
/// Source: RFC 9112 §3.2, §5.2, §6; api.md §5.
[[nodiscard]] domain::result<void> check_framing(std::string_view head);

}  // namespace daybook::platform::http
