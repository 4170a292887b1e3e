// A WebSocket (RFC 6455) as a conversation sees it: whole text messages. Pings, fragments, masks, UTF-8 and
// the closing handshake are seen to underneath.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::platform::http {

/// Close codes that a conversation may send (RFC 6455 §7.4, registry of IANA).
enum class close_code : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    unsupported_data = 1003,
    policy_violation = 1008,
    internal_error = 1011,
    try_again_later = 1013,
};

/// Threads: the connection's executor. One read and one write may be under way at the same time. A read must
/// always be: it is what answers pings and sees the peer close.
class websocket {
 public:
    virtual ~websocket() = default;
    /// The next text message; nothing once the conversation is over, for whatever reason: the peer closed or
    /// broke the protocol, was silent, sent a binary or too large message, or end() or cut_off() was called.
    [[nodiscard]] virtual boost::asio::awaitable<std::optional<std::string>> read() = 0;
    /// One text message; the bytes must stay until it returns. False once the conversation is over.
    [[nodiscard]] virtual boost::asio::awaitable<bool> write(std::string_view text) = 0;
    /// Says why and waits for the peer to close too, at most a moment. `reason`: up to 123 bytes.
    [[nodiscard]] virtual boost::asio::awaitable<void> close(close_code, std::string reason) = 0;
    /// The same without waiting. A second call does nothing.
    virtual void end(close_code, std::string reason) = 0;
    /// Ends it without a word.
    virtual void cut_off() = 0;
};

}  // namespace daybook::platform::http
