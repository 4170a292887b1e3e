// Saved filters as they are read: with live counts, one by its name, and what one finds.
#pragma once

#include "platform/http/router.hpp"
#include "projector/read_side.hpp"

#include <string_view>
#include <vector>

namespace daybook::projector {

/// `side` outlives the routes and has its runners before the first request.
[[nodiscard]] std::vector<platform::http::route> filter_routes(const read_side& side);
[[nodiscard]] std::vector<std::string_view> filter_patterns();

}  // namespace daybook::projector
