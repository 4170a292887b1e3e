// May this request become a WebSocket? And the switch-over itself. Internal to the server.
#pragma once

#include "platform/http/request_reader.hpp"
#include "platform/http/websocket.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace daybook::platform::http {

/// The client's half of the opening handshake (RFC 6455 §4.2.1). Errors: upgrade_required where something
/// else than a WebSocket of version 13 is asked for, request_malformed where the key is none.
[[nodiscard]] domain::result<std::string> check_upgrade(const request_head&);

struct websocket_options {
    std::chrono::milliseconds silence{};  ///< a peer that is asked by a ping and says nothing is gone
    std::size_t message_bytes_max = 0;
    std::string key;         ///< of the client
    std::string request_id;  ///< stands in the answer
};

/// Answers 101 on the socket, which it owns from then on. Null if the peer is gone.
[[nodiscard]] boost::asio::awaitable<std::shared_ptr<websocket>> accept_websocket(
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>,
    websocket_options);

}  // namespace daybook::platform::http
