// Short spellings for tests about time: zones of the machine, wall clocks, instants, series.
#pragma once

#include "domain/date.hpp"
#include "domain/derived_ids.hpp"
#include "domain/recurrence/next.hpp"
#include "platform/tz/zone_files.hpp"
#include "tests/support/require_ok.hpp"
#include "tests/support/source_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::tests {

inline const domain::zone_table& zones() {
    static const domain::zone_table table = platform::load_zones().value();
    return table;
}

inline const domain::zone& zone(std::string_view name) {
    const auto* found = zones().find(name);
    BOOST_REQUIRE_MESSAGE(found != nullptr, name);
    return *found;
}

/// `2026-08-31` or `2026-08-31T09:00`.
inline domain::local_time wall(std::string_view text) {
    return require_ok(domain::parse_date(text, zones())).local;
}

inline domain::instant at(std::string_view text) {
    const auto parsed = domain::parse_instant(text);
    BOOST_REQUIRE_MESSAGE(parsed, text);
    return *parsed;
}

/// `2026-03-29T01:30:00Z`: the one text of whole seconds.
inline std::string utc(domain::instant when) {
    domain::date_value value;
    value.kind = domain::date_kind::absolute;
    value.at = when;
    return value.text();
}

/// `start` as people write dates: all-day, floating, or zoned with `[Zone]`.
inline domain::recurring::series series(std::string_view rule, std::string_view start,
                                        std::vector<domain::local_time> exdates = {}) {
    const auto date = require_ok(domain::parse_date(start, zones()));
    return require_ok(domain::recurring::make_series(rule, date, zones(), std::move(exdates)));
}

/// The nominals of the first n, separated by spaces; all-day ones as dates.
inline std::string nominals_of(const domain::recurring::series& s, std::size_t n) {
    std::string out;
    for (const auto& each : domain::recurring::expand(s, n).instances) {
        if (!out.empty()) out += ' ';
        out += domain::nominal_text(each.nominal, s.kind == domain::recurring::series_kind::all_day);
    }
    return out;
}

/// The instants of the first n of a zoned series.
inline std::string instants_of(const domain::recurring::series& s, std::size_t n) {
    std::string out;
    for (const auto& each : domain::recurring::expand(s, n).instances) {
        if (!out.empty()) out += ' ';
        out += each.at ? utc(*each.at) : "none";
    }
    return out;
}

/// `code part` of a failure, `ok` of anything else.
template <class T>
std::string refusal(const domain::result<T>& r) {
    if (r) return "ok";
    std::string out(domain::row_of(r.error().code).code);
    if (const auto* part = r.error().extra.if_contains("part"))
        out += ' ' + std::string(std::string_view(part->as_string()));
    return out;
}

/// A folder of DAYBOOK_SHARED, else of ../shared beside the project.
inline std::filesystem::path shared_folder(std::string_view name) {
    if (const char* shared = std::getenv("DAYBOOK_SHARED")) return std::filesystem::path(shared) / name;
    return daybook::tests::source_folder() / ".." / "shared" / name;
}

}  // namespace daybook::tests
