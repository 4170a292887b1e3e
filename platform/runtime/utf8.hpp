// UTF-8 as far as adapters need it: is it valid, and how to show it if it is not.
#pragma once

#include <string>
#include <string_view>

namespace daybook::platform::runtime {

/// Valid as of RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// The text with every byte that is not part of a valid sequence replaced by U+FFFD.
[[nodiscard]] std::string repaired_utf8(std::string_view text);

}  // namespace daybook::platform::runtime
