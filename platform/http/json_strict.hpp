// JSON from outside, with the refusals of settled 21: what passes here can be stored, hashed and shown by
// every view.
#pragma once

#include "domain/errc.hpp"
#include "domain/limits.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::platform::http {

/// Parses exactly one JSON text. Refuses, as a 400 with the byte offset in the detail: anything that RFC 8259
/// refuses, invalid UTF-8, lone surrogates, U+0000 (raw or escaped, also in names), a name that stands twice
/// in one object
/// (`field` is its JSON pointer), a number that is not finite or outside [-2^63, 2^63), nesting deeper than
/// depth_max. Integers come out as int64, everything else as the nearest double (exact, also on Boost 1.81
/// whose own reading may be one unit off). Complexity: linear but for sorting the names of an object.
[[nodiscard]] domain::result<boost::json::value> parse_json_strict(
    std::string_view text, std::size_t depth_max = domain::limits::json_depth_max);

/// As parse_json_strict, for the files of other programs: U+0000 passes, and a number that is refused there
/// becomes its text; `numbers` gets the path of each.
[[nodiscard]] domain::result<boost::json::value> parse_json_foreign(std::string_view text,
                                                                    std::size_t depth_max,
                                                                    std::vector<std::string>& numbers);

}  // namespace daybook::platform::http
