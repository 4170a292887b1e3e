// GET /v1/search and GET /v1/query/complete: the query language for people who type.
#pragma once

#include "platform/http/router.hpp"
#include "projector/read_side.hpp"

#include <string_view>
#include <vector>

namespace daybook::projector {

/// `side` outlives the routes and has its runners before the first request.
[[nodiscard]] std::vector<platform::http::route> search_routes(const read_side& side);
[[nodiscard]] std::vector<std::string_view> search_patterns();

}  // namespace daybook::projector
