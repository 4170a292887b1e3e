// Keys that sort as their parts do: numbers big-endian, texts closed by a zero byte, prefixes with their end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::platform::rocks {

inline void append_u32(std::string& key, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) key.push_back(static_cast<char>((value >> shift) & 0xFFU));
}

inline void append_u64(std::string& key, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>((value >> shift) & 0xFFU));
}

/// Negative numbers sort before positive ones.
inline void append_i64(std::string& key, std::int64_t value) {
    append_u64(key, static_cast<std::uint64_t>(value) ^ (1ULL << 63U));
}

/// Precondition: `text` holds no zero byte (ids and names cannot, settled 22).
inline void append_text(std::string& key, std::string_view text) {
    key.append(text);
    key.push_back('\0');
}

/// Each take_… removes its part from the front of `key`; none if it is too short, and `key` is unchanged.
[[nodiscard]] inline std::optional<std::uint32_t> take_u32(std::string_view& key) {
    if (key.size() < 4) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = (value << 8U) | static_cast<unsigned char>(key[i]);
    key.remove_prefix(4);
    return value;
}

[[nodiscard]] inline std::optional<std::uint64_t> take_u64(std::string_view& key) {
    if (key.size() < 8) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value = (value << 8U) | static_cast<unsigned char>(key[i]);
    key.remove_prefix(8);
    return value;
}

[[nodiscard]] inline std::optional<std::int64_t> take_i64(std::string_view& key) {
    const auto value = take_u64(key);
    if (!value) return std::nullopt;
    return static_cast<std::int64_t>(*value ^ (1ULL << 63U));
}

[[nodiscard]] inline std::optional<std::string_view> take_text(std::string_view& key) {
    const auto end = key.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    const auto text = key.substr(0, end);
    key.remove_prefix(end + 1);
    return text;
}

/// The first key behind all keys that start with `prefix`; none if there is no such key (empty or all 0xFF).
[[nodiscard]] inline std::optional<std::string> prefix_end(std::string_view prefix) {
    std::string end(prefix);
    while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xFFU) end.pop_back();
    if (end.empty()) return std::nullopt;
    end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1U);
    return end;
}

}  // namespace daybook::platform::rocks
