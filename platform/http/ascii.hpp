// Comparing the ASCII text of protocols: no locale, no allocation.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace daybook::platform::http {

[[nodiscard]] constexpr char ascii_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr bool ascii_iequals(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return ascii_lower(x) == ascii_lower(y);
           });
}

[[nodiscard]] inline std::string ascii_lowered(std::string_view text) {
    std::string lowered(text);
    for (char& c : lowered) c = ascii_lower(c);
    return lowered;
}

/// Without spaces and tabs around it.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view blank = " \t";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// Cuts what stands before `separator` off the front of `rest`; all of it if there is no separator.
[[nodiscard]] constexpr std::string_view cut_front(std::string_view& rest, char separator) noexcept {
    const auto at = rest.find(separator);
    const auto front = rest.substr(0, at);
    rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
    return front;
}

}  // namespace daybook::platform::http
