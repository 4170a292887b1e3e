// How the embedded log stores a record (schema/rocks.md).
//
//   key    = 'r' partition:u32 offset:u64            big-endian, so a partition is one range in offset order
//   value  = timestamp_ms:i64 LE
//            key_length+1: varint (0 = no key), key
//            headers: varint, each: name, text
//              name = code:u8 (1..n = known_header_names), or 0 and length: varint, bytes
//              text = length: varint, bytes
//            the record's value, byte for byte, to the end
#pragma once

#include "eventlog/event_log.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace daybook::eventlog {

[[nodiscard]] std::string rocks_key(std::int32_t partition, std::int64_t offset);
void append_rocks_record(std::string& out, const new_record&);
/// None if the bytes are not of this form.
[[nodiscard]] std::optional<record> parse_rocks_record(std::int32_t partition, std::int64_t offset,
                                                       std::string_view);

}  // namespace daybook::eventlog
