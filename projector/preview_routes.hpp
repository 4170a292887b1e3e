// What a rule or a schedule would do, for any client's date picker: nothing is stored, nothing is decided.
#pragma once

#include "platform/http/router.hpp"
#include "projector/read_context.hpp"
#include "projector/read_side.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace daybook::projector {

/// GET /v1/preview/occurrences and /v1/preview/cron. `side` outlives the routes and has its runners before
/// the first request. Zones that a request leaves out are those of the caller's book.
[[nodiscard]] std::vector<platform::http::route> preview_routes(const read_side& side);
/// `n`: how many are wanted, 1 to limits::preview_max. Errors: field_invalid.
[[nodiscard]] domain::result<std::size_t> preview_count(const read_context&);
/// Their patterns, for roles that say who serves them.
[[nodiscard]] std::vector<std::string_view> preview_patterns();

}  // namespace daybook::projector
