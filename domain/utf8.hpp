// Code points of UTF-8 text, for checks that need no Unicode tables.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace daybook::domain {

/// Takes the first code point off `rest`. None (and `rest` unchanged) where the bytes are not well-formed
/// UTF-8: overlong forms, surrogates and anything beyond U+10FFFF are refused. Precondition: `rest` is not
/// empty.
[[nodiscard]] std::optional<char32_t> take_code_point(std::string_view& rest) noexcept;

/// Number of code points; none if the text is not well-formed.
[[nodiscard]] std::optional<std::size_t> count_code_points(std::string_view text) noexcept;

/// C0, DEL and C1 (general category Cc).
[[nodiscard]] constexpr bool is_control(char32_t c) noexcept { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

/// Well-formed and without control characters.
[[nodiscard]] bool is_plain_text(std::string_view text) noexcept;

}  // namespace daybook::domain
