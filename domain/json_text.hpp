// JSON text in both directions, the same everywhere: what is written here reads back as the same value, bit
// for bit. (Boost.JSON before 1.85 reads one double in four a last bit off, which would make equal folds
// differ.)
#pragma once

#include "domain/errc.hpp"

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace daybook::domain {

/// Levels of nesting of a record: those of a body, and the record around them.
inline constexpr std::size_t json_text_depth_max = 40;

/// One JSON text, with nothing but white space around it. Numbers: integers that fit are integers, all others
/// the nearest double. Doubled keys: the last counts (the door refuses them earlier). Errors: json_malformed
/// with the reason and the byte, also for a number beyond the range of a double.
[[nodiscard]] result<boost::json::value> parse_json(std::string_view text,
                                                    boost::json::storage_ptr storage = {});

/// As parse_json, and the text must be an object.
[[nodiscard]] result<boost::json::object> parse_json_object(std::string_view text,
                                                            boost::json::storage_ptr storage = {});

/// Appends without white space, members in their order. A double keeps a fraction or an exponent, so it reads
/// back as a double; one that is not finite becomes null.
void append_json(std::string& out, const boost::json::value&);
void append_json(std::string& out, const boost::json::object&);
/// In quotes, with the escapes that RFC 8785 asks for and no others. Precondition: well-formed UTF-8.
void append_json_string(std::string& out, std::string_view text);
void append_json_integer(std::string& out, std::int64_t value);
void append_json_double(std::string& out, double value);
/// As ECMAScript writes a number (RFC 8785 §3.2.2.3). Precondition: finite.
void append_ecmascript_number(std::string& out, double value);

}  // namespace daybook::domain
