// The status line and header of an answer as bytes. Written by hand: Beast's serializer builds a field list
// first, which costs more than everything else here, and the server must check outside text in header values
// anyway.
#pragma once

#include "platform/http/message.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::platform::http {

/// How the body is delimited.
struct body_framing {
    std::optional<std::size_t> length;  ///< Content-Length
    bool chunked = false;
};

struct connection_facts {
    std::string_view request_id;
    int minor_version = 1;  ///< of the request
    bool keep_alive = true;
};

/// Headers that every answer carries unless the handler sets the same name: nosniff, no framing, no referrer,
/// a policy that lets an answer load nothing, and a Cache-Control that asks again. Returns false, with `into`
/// unspecified, if a header of the handler has a malformed name or value.
[[nodiscard]] bool write_response_head(std::string& into, const response& r, const body_framing& framing,
                                       const connection_facts& facts);

/// "Sun, 06 Nov 1994 08:49:37 GMT" of now; computed once a second for each thread.
[[nodiscard]] std::string_view http_date_now();

[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

}  // namespace daybook::platform::http
