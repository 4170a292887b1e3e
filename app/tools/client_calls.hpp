// What the tools that reach a running server share: typed answers, query strings, rows for people.
#pragma once

#include "domain/errc.hpp"
#include "platform/http/http_client.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace daybook::app {

/// The problem+json of a refusal, with its code where this version knows it.
[[nodiscard]] domain::problem problem_of(const platform::http::client_response&);

/// GET of a JSON object; anything but 200 is the server's own problem.
[[nodiscard]] domain::result<boost::json::object> get_object(platform::http::client&, std::string target);

/// The answer's JSON object; anything but 200 is the server's own problem.
[[nodiscard]] domain::result<boost::json::object> object_of(const platform::http::client_response&);

/// GET with `min_position=end`: never an answer of a read model that is behind. Asks again while it gains on
/// the log, says so on standard error, and gives up when nothing has moved for half a minute. Any answer but
/// a 503 or 504 about that is returned. Errors: the server's problem, unreachable.
[[nodiscard]] domain::result<platform::http::client_response> get_at_end(platform::http::client&,
                                                                         std::string target);

/// Percent-encoded for a query value.
[[nodiscard]] std::string encoded(std::string_view);

/// `?a=b` or `&a=b` appended where the value is not empty.
void add_parameter(std::string& target, std::string_view name, std::string_view value);

/// The member as text: strings as they are, other values as JSON, absent as empty.
[[nodiscard]] std::string text_of(const boost::json::object&, std::string_view member);

}  // namespace daybook::app
