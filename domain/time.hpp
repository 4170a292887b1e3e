// Instants in milliseconds and their one text form in the log and the API: `2026-08-22T08:00:00.123Z`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::domain {

using instant = std::chrono::sys_time<std::chrono::milliseconds>;

/// Always with milliseconds and `Z`. Years 0000–9999.
[[nodiscard]] std::string to_text(instant);
/// Appends to_text().
void append_text(std::string& out, instant);

/// RFC 3339: 0 to 9 fractional digits (cut to milliseconds), `Z` or a numeric offset. Nothing else.
[[nodiscard]] std::optional<instant> parse_instant(std::string_view) noexcept;

}  // namespace daybook::domain
