#include "app/calc/calc.hpp"
#include "app/calc/members.hpp"
#include "domain/derived_ids.hpp"
#include "domain/limits.hpp"
#include "domain/recurrence/next.hpp"

#include <boost/json/array.hpp>

#include <limits>

namespace daybook::app::calc {
namespace {

namespace json = boost::json;
namespace recurring = domain::recurring;
using domain::errc;

constexpr std::int64_t instances_max = 10'000;

/// `rule`, `dtstart`, `zone`, `exdate`.
domain::result<recurring::series> read_series(members& in) {
    const auto rule = in.text("rule");
    auto start = in.wall_clock("dtstart");
    const bool floating = !in.has("zone");
    const auto zone = floating ? std::string() : in.text("zone");
    const bool all_day = zone == "date";
    std::vector<domain::local_time> exdates;
    if (in.has("exdate"))
        for (const auto& each : in.list("exdate")) {
            if (!each.is_string())
                in.fail(errc::field_invalid, "exdate", "An exception is a date or a wall clock");
            if (in.failed()) return in.error();
            exdates.push_back(in.wall_clock_text(each.get_string(), "exdate").local);
        }
    if (in.failed()) return in.error();
    if ((start.kind == domain::date_kind::all_day) != all_day) {
        in.fail(errc::field_invalid, "dtstart", "dtstart is a date where zone is `date`, else a wall clock");
        return in.error();
    }
    if (!floating && !all_day) {
        start.kind = domain::date_kind::zoned;
        start.zone = zone;
    }
    return recurring::make_series(rule, start, in.zones(), std::move(exdates));
}

std::string text_of(const recurring::series& s, domain::local_time nominal) {
    return domain::nominal_text(nominal, s.kind == recurring::series_kind::all_day);
}

}  // namespace

domain::result<json::object> recurrence(const json::object& object, const domain::zone_table& zones) {
    members in(object, zones);
    const auto series = read_series(in);
    if (!series) return series.error();
    const auto n = in.number("n", 0, instances_max);
    if (in.failed()) return in.error();
    const auto found = recurring::expand(*series, static_cast<std::size_t>(n));
    json::array instances;
    for (const auto& each : found.instances) {
        json::object one;
        one["nominal"] = text_of(*series, each.nominal);
        if (each.at) one["utc"] = utc_text(*each.at);
        instances.push_back(std::move(one));
    }
    json::object out;
    out["instances"] = std::move(instances);
    out["ended"] = found.ended;
    return out;
}

domain::result<json::object> next(const json::object& object, const domain::zone_table& zones) {
    members in(object, zones);
    const auto series = read_series(in);
    if (!series) return series.error();
    const auto anchor = in.text("anchor");
    const auto catch_up = in.has("catch_up") ? in.text("catch_up") : std::string("next_future");
    recurring::closed_occurrence closed;
    closed.nominal = in.wall_clock("nominal").local;
    closed.closed_at = in.utc("completed_at");
    closed.depth = in.number("depth", 0, std::numeric_limits<std::int32_t>::max());
    const auto* user_zone = in.zone("user_zone");
    if (anchor != "due" && anchor != "completion")
        in.fail(errc::field_invalid, "anchor", "due or completion");
    if (catch_up != "next_future" && catch_up != "each")
        in.fail(errc::field_invalid, "catch_up", "next_future or each");
    if (in.failed()) return in.error();

    const auto answer = anchor == "completion"
                            ? recurring::next_after_completion(*series, closed, *user_zone)
                            : recurring::next_after_due(*series, closed,
                                                        catch_up == "each" ? recurring::catch_up::each
                                                                           : recurring::catch_up::next_future,
                                                        *user_zone, std::numeric_limits<std::size_t>::max());
    json::object out;
    out["next"] = nullptr;
    if (answer.next) {
        json::object one;
        one["nominal"] = text_of(*series, answer.next->nominal);
        one[series->kind == recurring::series_kind::all_day ? "overdue_at" : "utc"] =
            utc_text(answer.next->at);
        out["next"] = std::move(one);
    }
    json::array missed;
    for (const auto& each : answer.missed.newest) missed.emplace_back(text_of(*series, each));
    out["missed"] = std::move(missed);
    out["ended"] = nullptr;
    if (answer.ended) out["ended"] = recurring::name_of(*answer.ended);
    return out;
}

}  // namespace daybook::app::calc
