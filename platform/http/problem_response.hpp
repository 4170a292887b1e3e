// The one renderer of errors: application/problem+json (RFC 9457) from a problem and the table in
// domain/errc.
#pragma once

#include "domain/errc.hpp"
#include "platform/http/message.hpp"

#include <string>
#include <string_view>

namespace daybook::platform::http {

/// The members `type title status code detail field hint column request_id` and those of `extra` (`index
/// errors current children …`); those that do not apply are absent. Text that is not UTF-8 is repaired, so
/// the result is always valid JSON.
[[nodiscard]] std::string render_problem(const domain::problem& p, std::string_view request_id);

/// The whole answer, with Retry-After where the table says that a retry helps after a while.
[[nodiscard]] response problem_response(const domain::problem& p, std::string_view request_id);

}  // namespace daybook::platform::http
