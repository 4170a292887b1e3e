// The live feed over WebSocket (docs/feed.md): one subscription a connection.
#pragma once

#include "platform/http/websocket.hpp"
#include "projector/feed.hpp"
#include "projector/read_side.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace daybook::projector {

/// Reads what the client subscribes to, then tells it until either side ends it.
[[nodiscard]] boost::asio::awaitable<void> talk_of_feed(const read_side&, feed&, domain::user_id,
                                                        std::shared_ptr<platform::http::websocket>);

}  // namespace daybook::projector
