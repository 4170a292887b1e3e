#include "domain/utf8.hpp"

namespace daybook::domain {

std::optional<char32_t> take_code_point(std::string_view& rest) noexcept {
    const auto byte = [&](std::size_t i) {
        return static_cast<char32_t>(static_cast<unsigned char>(rest[i]));
    };
    const char32_t first = byte(0);
    if (first < 0x80) {
        rest.remove_prefix(1);
        return first;
    }
    std::size_t length = 0;
    char32_t value = 0;
    char32_t least = 0;
    if (first >= 0xc2 && first < 0xe0) {
        length = 2, value = first & 0x1f, least = 0x80;
    } else if (first >= 0xe0 && first < 0xf0) {
        length = 3, value = first & 0x0f, least = 0x800;
    } else if (first >= 0xf0 && first < 0xf5) {
        length = 4, value = first & 0x07, least = 0x10000;
    } else {
        return std::nullopt;
    }
    if (rest.size() < length) return std::nullopt;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
        value = (value << 6) | (byte(i) & 0x3f);
    }
    if (value < least || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return std::nullopt;
    rest.remove_prefix(length);
    return value;
}

std::optional<std::size_t> count_code_points(std::string_view text) noexcept {
    std::size_t count = 0;
    while (!text.empty()) {
        if (!take_code_point(text)) return std::nullopt;
        ++count;
    }
    return count;
}

bool is_plain_text(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto c = take_code_point(text);
        if (!c || is_control(*c)) return false;
    }
    return true;
}

}  // namespace daybook::domain
