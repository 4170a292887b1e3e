// GET /v1/sync: the whole book, then what changed since, for clients that keep a copy (Y1).
#pragma once

#include "platform/http/router.hpp"
#include "projector/read_side.hpp"

#include <string_view>
#include <vector>

namespace daybook::projector {

[[nodiscard]] std::vector<platform::http::route> sync_routes(const read_side&);
[[nodiscard]] std::vector<std::string_view> sync_patterns();

}  // namespace daybook::projector
