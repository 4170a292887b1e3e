// What a rule or a schedule would do, for any client's date picker: nothing is stored, nothing is decided.
#pragma once

#include "platform/http/router.hpp"
#include "projector/read_side.hpp"

#include <string_view>
#include <vector>

namespace daybook::projector {

/// GET /v1/preview/occurrences and /v1/preview/cron. `side` outlives the routes and has its runners before
/// the first request. Zones that a request leaves out are those of the caller's book.
[[nodiscard]] std::vector<platform::http::route> preview_routes(const read_side& side);
/// Their patterns, for roles that say who serves them.
[[nodiscard]] std::vector<std::string_view> preview_patterns();

}  // namespace daybook::projector
