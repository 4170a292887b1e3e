#include "domain/decide/reminder_shape.hpp"

#include "domain/cron.hpp"
#include "domain/reminder_time.hpp"

#include <fmt/format.h>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;

problem refuse(std::string detail, std::string_view field) {
    return make_problem(
        errc::reminder_invalid, std::move(detail), std::string(field),
        "Use when (`15 minutes`, `1 day before start`, `-PT15M`), at (a date with a time) or cron.");
}

}  // namespace

std::optional<date_member> base_of_relative(std::string_view text) {
    const auto offset = parse_reminder_offset(text);
    if (!offset) return std::nullopt;
    return offset->from_start ? start_date : due_date;
}

result<void> check_cron(std::string_view text, std::string_view zone, const zone_table& zones,
                        std::string_view field) {
    const auto schedule = parse_cron(text);
    if (!schedule) {
        auto refused = schedule.error();
        refused.field = field;
        return refused;
    }
    const auto* utc = zones.find("UTC");
    if (utc == nullptr) return make_problem(errc::zone_unknown, "No time zones are loaded");
    if (const auto where = cron_zone(*schedule, zone, zones, *utc); !where) {
        auto refused = where.error();
        refused.field = field;
        return refused;
    }
    return {};
}

result<reminder_wish> read_reminder(const json::object& said, const zone_table& zones,
                                    std::string_view field) {
    reminder_wish wish;
    wish.zone = text_argument(said, "zone");
    if (!wish.zone.empty() && zones.find(wish.zone) == nullptr)
        return make_problem(errc::zone_unknown, fmt::format("The zone `{}` is not known", wish.zone),
                            fmt::format("{}.zone", field));
    if (const auto when = text_argument(said, "when"); !when.empty()) {
        if (!wish.zone.empty()) return refuse("A relative reminder has no zone of its own", field);
        if (!base_of_relative(when))
            return refuse(fmt::format("`{}` cannot be read", when), fmt::format("{}.when", field));
        wish.kind = reminder_kind::relative;
        wish.value = when;
        return wish;
    }
    if (const auto at = text_argument(said, "at"); !at.empty()) {
        auto date = parse_date(at, zones);
        if (!date) {
            auto bad = date.error();
            bad.field = fmt::format("{}.at", field);
            return bad;
        }
        if (date->kind == date_kind::all_day)
            return refuse("It needs a time of day", fmt::format("{}.at", field));
        if (!wish.zone.empty() && date->kind != date_kind::floating)
            return refuse("The time names its zone already", fmt::format("{}.zone", field));
        wish.kind = reminder_kind::absolute;
        wish.value = date->text();
        return wish;
    }
    const auto cron = text_argument(said, "cron");
    const auto place = fmt::format("{}.cron", field);
    if (auto fits = check_cron(cron, wish.zone, zones, place); !fits) return fits.error();
    wish.kind = reminder_kind::cron;
    wish.value = cron;
    return wish;
}

}  // namespace daybook::domain::deciding
