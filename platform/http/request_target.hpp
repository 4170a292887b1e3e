// The request target, decoded. Source: RFC 9112 §3.2 (origin and absolute form), RFC 3986 §2.1.
#pragma once

#include "domain/errc.hpp"
#include "platform/http/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace daybook::platform::http {

struct request_target {
    std::string path;                   ///< decoded
    std::vector<std::string> segments;  ///< decoded one by one; "/" has none, "/a/" has an empty last one
    name_values query;                  ///< decoded, "+" is a space, in order
    std::string authority;              ///< host and port of the absolute form, else empty
};

/// Errors: request_malformed for anything that is not origin form or http(s) absolute form, and for names and
/// values that are not UTF-8 or contain U+0000 after decoding.
[[nodiscard]] domain::result<request_target> parse_target(std::string_view target);

}  // namespace daybook::platform::http
