// One connection: reads requests, admits them, calls handlers, writes answers, one after another. Internal to
// the server. Everything here runs on the one thread of the connection's io_context, so nothing is locked.
#pragma once

#include "platform/auth/authenticator.hpp"
#include "platform/http/admission.hpp"
#include "platform/http/byte_budget.hpp"
#include "platform/http/input_buffer.hpp"
#include "platform/http/request_reader.hpp"
#include "platform/http/router.hpp"
#include "platform/http/server.hpp"
#include "platform/http/websocket.hpp"
#include "platform/obs/metrics.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::platform::http {

using io_socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
using steady_instant = std::chrono::steady_clock::time_point;

/// Rate, errors and duration of one route. Handles are taken when the server is made.
struct route_figures {
    std::array<obs::counter, 6> answers;  ///< by status / 100
    obs::histogram seconds;
};

/// What all connections share; but for the budget constant while the server runs.
struct session_context {
    const server_options& options;
    const router& routes;
    const auth::authenticator& who;
    known_hosts hosts;
    bool listens_on_loopback = false;
    std::vector<route_figures> figures;  ///< one for each route, then one for requests without a route
    std::string id_prefix;               ///< of request ids: random, so ids of two starts differ
    byte_budget& bodies;                 ///< of all requests that are being read or handled
};

/// The connections of one thread.
struct session_group {
    std::list<class session*> open;
    bool stopping = false;
    std::uint64_t requests = 0;
    std::string id_prefix;
};

class session : public std::enable_shared_from_this<session> {
 public:
    session(io_socket socket, const session_context& context, session_group& group);
    ~session();
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    /// Serves until either side ends it. `self` keeps the session alive as long as its coroutine.
    static boost::asio::awaitable<void> run(std::shared_ptr<session> self);

    /// Ends what waits too long; called a few times a second.
    void check_deadline(steady_instant now);
    /// Ends the connection when nothing is in flight; streams are cancelled.
    void begin_stop();
    /// Ends the connection now.
    void cut_off();
    [[nodiscard]] boost::asio::cancellation_slot stop_slot() noexcept { return stop_signal_.slot(); }

 private:
    enum class phase : std::uint8_t { idle, reading, handling, writing, streaming, talking, lingering };
    enum class arrival : std::uint8_t { complete, gone, refused };
    struct admitted {
        const http::route* to = nullptr;
        http::request request;
    };

    boost::asio::awaitable<bool> serve_one();
    boost::asio::awaitable<arrival> read_head();
    boost::asio::awaitable<arrival> read_body();
    boost::asio::awaitable<std::size_t> read_some();
    arrival feed_reader(bool& starved);
    domain::result<admitted> admit(std::size_t& route_index);
    domain::result<void> resolve_caller(const http::route& to, http::request& into);
    domain::result<void> redeem_ticket(http::request& into) const;
    boost::asio::awaitable<response> call(const http::route& to, http::request r);
    boost::asio::awaitable<bool> send(response r, bool keep_alive, bool is_head, int minor_version);
    boost::asio::awaitable<bool> send_stream(body_stream next, bool chunked);
    boost::asio::awaitable<bool> write_all(std::string_view first,
                                           std::string_view second = std::string_view());
    boost::asio::awaitable<void> converse(conversation talk);
    boost::asio::awaitable<void> linger();
    void enter(phase p, std::chrono::milliseconds allowed);
    void enter(phase p);
    void record(std::size_t route_index, int status, steady_instant began);
    std::string next_request_id();

    io_socket socket_;
    const session_context& context_;
    session_group& group_;
    std::list<session*>::iterator place_;
    boost::asio::cancellation_signal stop_signal_;
    request_reader reader_;
    input_buffer arrived_;
    std::string head_text_;  // reused by every answer
    std::string request_id_;
    std::string websocket_key_;             // of a request that asks for one
    std::shared_ptr<websocket> websocket_;  // has the socket then
    std::string peer_address_;
    std::string local_address_;
    bool peer_is_loopback_ = false;
    bool timed_out_ = false;
    phase phase_ = phase::idle;
    steady_instant deadline_ = steady_instant::max();
    steady_instant peer_seen_{};              // when a stream's peer was last looked at
    std::optional<domain::problem> refusal_;  // of the reader
};

}  // namespace daybook::platform::http
