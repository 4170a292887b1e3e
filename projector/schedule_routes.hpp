// What is read of schedules: all of a book, one, and its next slots (C5).
#pragma once

#include "platform/http/router.hpp"
#include "projector/read_side.hpp"

#include <string_view>
#include <vector>

namespace daybook::projector {

/// Lifetime of the handlers: within that of the read side.
[[nodiscard]] std::vector<platform::http::route> schedule_routes(const read_side&);
[[nodiscard]] std::vector<std::string_view> schedule_patterns();

}  // namespace daybook::projector
