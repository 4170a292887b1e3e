// Dates of a query: as they are written, and the stretch of time that they mean at a moment.
#pragma once

#include "domain/filter/ast.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::domain::filter {

/// What a query takes from the caller and the moment.
struct query_context {
    instant now{};
    const zone* caller_zone = nullptr;  ///< null: UTC
    std::chrono::weekday week_start{std::chrono::Monday};
};

/// `monday` to `sunday`, as books name the start of their week.
[[nodiscard]] std::optional<std::chrono::weekday> parse_weekday(std::string_view) noexcept;

/// `2026-08-31`, `2026-08-31T17:00`, `2026-08-31T15:00:00Z`, `today tomorrow yesterday eow eom`, `+7d -2w +1m
/// -1y`.
[[nodiscard]] std::optional<date_point> parse_date_point(std::string_view text);
[[nodiscard]] std::string to_text(const date_point&);

/// From `from` up to but not including `until`: a whole local day, or one millisecond.
struct stretch {
    instant from{};
    instant until{};
};
/// Months and years are clamped to the last day. Years beyond 0001–9999 are cut to these.
[[nodiscard]] stretch resolve(const date_point&, const query_context&);

/// The local day of now in the caller's zone.
[[nodiscard]] stretch today(const query_context&);

}  // namespace daybook::domain::filter
