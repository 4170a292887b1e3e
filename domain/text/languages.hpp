// The languages that a book may say its texts are in.
#pragma once

#include <span>
#include <string_view>

namespace daybook::domain {

/// `simple`, then the names of Snowball's languages. A log may hold others, from before they were checked:
/// their words are their own stems. Complexity: constant.
[[nodiscard]] std::span<const std::string_view> book_languages() noexcept;

}  // namespace daybook::domain
