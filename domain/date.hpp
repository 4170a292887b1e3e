// The four kinds of dates (semantics §0) and their canonical text.
#pragma once

#include "domain/errc.hpp"
#include "domain/task.hpp"
#include "domain/zone.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace daybook::domain {

enum class date_kind : std::uint8_t { all_day, floating, zoned, absolute };

struct date_value {
    date_kind kind = date_kind::all_day;
    local_time local{};  ///< all kinds but absolute; midnight where all-day
    instant at{};        ///< kind absolute only
    std::string zone{};  ///< kind zoned only

    /// `2026-08-31`, `2026-08-31T17:00:00`, `2026-08-31T17:00:00[Europe/Berlin]`, `2026-08-31T15:00:00Z`.
    [[nodiscard]] std::string text() const;
};

/// Whether an instant lies in the years 0001 to 9999 of UTC: no other can be stored.
[[nodiscard]] bool is_within_years(instant);

/// Errors: date_invalid, zone_unknown (with the nearest names). A real calendar day, of the years 0001–9999
/// on the wall clock and, where the text alone says it, as an instant.
[[nodiscard]] result<date_value> parse_date(std::string_view text, const zone_table&);

/// The instant by which views sort (settled 8, 25a): all-day at `all_day_time` in the book's zone.
/// Precondition: a zoned value was parsed with these zones; otherwise the book's zone stands in.
[[nodiscard]] instant resolve(const date_value&, const zone& book_zone, std::chrono::minutes all_day_time,
                              const zone_table&);

}  // namespace daybook::domain
