// LEB128 numbers of the view's values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::projector {

inline void append_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) out.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
    out.push_back(static_cast<char>(value));
}

/// Takes a number off the front; none if it is cut off or too long.
[[nodiscard]] inline std::optional<std::uint64_t> take_varint(std::string_view& from) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < from.size() && i < 10; ++i) {
        const auto byte = static_cast<unsigned char>(from[i]);
        value |= static_cast<std::uint64_t>(byte & 0x7FU) << (7 * i);
        if ((byte & 0x80U) != 0) continue;
        from.remove_prefix(i + 1);
        return value;
    }
    return std::nullopt;
}

}  // namespace daybook::projector
