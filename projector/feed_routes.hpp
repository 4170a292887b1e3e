// The live feed over HTTP: GET /v1/events (SSE), /v1/ws (WebSocket) and the tickets with which browsers open
// them. What is sent stands in docs/feed.md.
#pragma once

#include "platform/auth/ticket_table.hpp"
#include "platform/http/router.hpp"
#include "projector/feed.hpp"
#include "projector/read_side.hpp"

#include <string_view>
#include <vector>

namespace daybook::projector {

/// Lifetime: within that of the three.
[[nodiscard]] std::vector<platform::http::route> feed_routes(const read_side&, feed&,
                                                             platform::auth::ticket_table&);
/// For roles that do not have them.
[[nodiscard]] std::vector<std::string_view> feed_patterns();

}  // namespace daybook::projector
