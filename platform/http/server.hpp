// The HTTP/1.1 server: sockets, limits and every check that has nothing to do with tasks. Handlers get
// requests that passed api.md §5 and settled 33.
#pragma once

#include "domain/errc.hpp"
#include "domain/limits.hpp"
#include "platform/auth/authenticator.hpp"
#include "platform/auth/ticket_table.hpp"
#include "platform/http/router.hpp"
#include "platform/obs/metrics.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::platform::http {

/// "127.0.0.1:8080", "[::1]:8080", "localhost:8080" (the IPv4 loopback). Port 0 lets the system choose.
struct listen_address {
    std::string host = "127.0.0.1";  ///< an IP address without brackets
    std::uint16_t port = 8080;

    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] std::string to_string() const;  ///< with brackets for IPv6
    [[nodiscard]] static domain::result<listen_address> parse(std::string_view text);
};

/// The defaults are the product's limits; tests lower them.
struct server_options {
    listen_address listen;
    std::vector<std::string> allowed_hosts;  ///< names without port, besides the listen address and localhost
    unsigned threads = 0;                    ///< 0 = one for each core
    std::size_t head_bytes_max = domain::limits::header_bytes_max;    ///< then 431
    std::size_t target_bytes_max = domain::limits::target_bytes_max;  ///< then 414
    std::size_t body_bytes_max = domain::limits::body_bytes_max;      ///< then 413
    std::size_t bodies_bytes_max =
        domain::limits::bodies_bytes_max;  ///< of all connections; then 503, closed
    std::size_t connections_per_address_max =
        domain::limits::connections_per_address_max;  ///< then 503, closed
    std::chrono::milliseconds read_deadline =
        domain::limits::read_deadline;  ///< first to last byte of a request: 408
    std::chrono::milliseconds idle_deadline = domain::limits::idle_deadline;  ///< between requests: closed
    std::chrono::milliseconds write_deadline{30'000};  ///< a write that makes no progress: closed
    auth::ticket_table* tickets = nullptr;             ///< for routes that take them; none: no ticket is good
    /// A WebSocket peer that says nothing for so long, asked by a ping in between, is gone.
    std::chrono::milliseconds websocket_silence = 2 * domain::limits::feed_heartbeat;
    std::size_t message_bytes_max = domain::limits::feed_message_bytes_max;  ///< of a WebSocket; closed, 1009
};

/// Threads: start and stop from one thread; the rest from any.
class server {
 public:
    virtual ~server() = default;

    /// Binds, listens and starts the threads; returns when connections are accepted. Errors: the address is
    /// taken or not ours, or the authenticator does not check anybody (`--auth none`) and the address is not
    /// loopback.
    [[nodiscard]] virtual domain::result<void> start() = 0;
    /// The port in use after start (for port 0).
    [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
    /// Stops accepting, closes idle connections, lets requests in flight finish (their answers say
    /// `Connection: close`), cancels streams, and after the deadline closes what is left. Returns when all
    /// threads ended. True if nothing had to be cut off. A second call returns at once.
    virtual bool stop(std::chrono::milliseconds deadline) = 0;
    [[nodiscard]] virtual std::size_t open_connections() const noexcept = 0;
};

/// `routes`, `who` and `figures` must outlive the server. figures may be null: no metrics.
[[nodiscard]] std::unique_ptr<server> create_server(server_options options, const router& routes,
                                                    const auth::authenticator& who, obs::metrics* figures);

}  // namespace daybook::platform::http
