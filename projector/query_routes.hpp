// The reads of a book (api §3). Every one of them answers from a view, never from decision state.
#pragma once

#include "platform/http/router.hpp"
#include "projector/read_side.hpp"

#include <string_view>
#include <vector>

namespace daybook::projector {

/// `side` outlives the routes and has its runners before the first request.
[[nodiscard]] std::vector<platform::http::route> query_routes(const read_side& side);

/// The patterns of all routes of the projector, for roles that say who serves them.
[[nodiscard]] std::vector<std::string_view> query_patterns();

}  // namespace daybook::projector
