#include "eventlog/rocks_record.hpp"

#include "platform/rocks/key.hpp"

#include <array>
#include <cstdint>

namespace daybook::eventlog {
namespace {

// Codes are stored: only ever append.
constexpr auto known_header_names =
    std::to_array<std::string_view>({"content-type", "ce_specversion", "ce_id", "ce_type", "ce_source"});

void append_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) out.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
    out.push_back(static_cast<char>(value));
}

std::optional<std::uint64_t> take_varint(std::string_view& from) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !from.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(from.front());
        from.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7FU} << shift;
        if ((byte & 0x80U) == 0) return value;
    }
    return std::nullopt;
}

void append_bytes(std::string& out, std::string_view bytes) {
    append_varint(out, bytes.size());
    out.append(bytes);
}

std::optional<std::string> take_exactly(std::string_view& from, std::uint64_t length) {
    if (length > from.size()) return std::nullopt;
    std::string bytes(from.substr(0, static_cast<std::size_t>(length)));
    from.remove_prefix(static_cast<std::size_t>(length));
    return bytes;
}

std::optional<std::string> take_bytes(std::string_view& from) {
    const auto length = take_varint(from);
    return length ? take_exactly(from, *length) : std::nullopt;
}

std::optional<std::string> take_header_name(std::string_view& from) {
    if (from.empty()) return std::nullopt;
    const auto code = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    if (code == 0) return take_bytes(from);
    if (code > known_header_names.size()) return std::nullopt;
    return std::string(known_header_names.at(code - 1U));
}

}  // namespace

std::string rocks_key(std::int32_t partition, std::int64_t offset) {
    std::string key(1, 'r');
    platform::rocks::append_u32(key, static_cast<std::uint32_t>(partition));
    platform::rocks::append_u64(key, static_cast<std::uint64_t>(offset));
    return key;
}

void append_rocks_record(std::string& out, const new_record& from) {
    const auto timestamp = static_cast<std::uint64_t>(from.timestamp_ms);
    for (unsigned shift = 0; shift < 64; shift += 8)
        out.push_back(static_cast<char>((timestamp >> shift) & 0xFFU));
    append_varint(out, from.key ? from.key->size() + 1 : 0);
    if (from.key) out.append(*from.key);
    append_varint(out, from.headers.size());
    for (const auto& [name, text] : from.headers) {
        std::size_t code = 0;
        while (code < known_header_names.size() && known_header_names.at(code) != name) ++code;
        if (code < known_header_names.size()) {
            out.push_back(static_cast<char>(code + 1));
        } else {
            out.push_back('\0');
            append_bytes(out, name);
        }
        append_bytes(out, text);
    }
    out.append(from.value);
}

std::optional<record> parse_rocks_record(std::int32_t partition, std::int64_t offset, std::string_view from) {
    if (from.size() < 8) return std::nullopt;
    std::uint64_t timestamp = 0;
    for (std::size_t i = 8; i-- > 0;) timestamp = (timestamp << 8U) | static_cast<unsigned char>(from[i]);
    from.remove_prefix(8);
    record parsed{partition, offset, static_cast<std::int64_t>(timestamp), std::nullopt, {}, {}};
    const auto key_length = take_varint(from);
    if (!key_length) return std::nullopt;
    if (*key_length > 0) {
        parsed.key = take_exactly(from, *key_length - 1);
        if (!parsed.key) return std::nullopt;
    }
    const auto headers = take_varint(from);
    if (!headers || *headers > from.size()) return std::nullopt;
    parsed.headers.reserve(static_cast<std::size_t>(*headers));
    for (std::uint64_t i = 0; i < *headers; ++i) {
        auto name = take_header_name(from);
        auto text = name ? take_bytes(from) : std::nullopt;
        if (!text) return std::nullopt;
        parsed.headers.emplace_back(std::move(*name), std::move(*text));
    }
    parsed.value = from;
    return parsed;
}

}  // namespace daybook::eventlog
