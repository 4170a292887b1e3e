#include "app/calc/calc.hpp"
#include "app/calc/members.hpp"
#include "domain/cron.hpp"

#include <boost/json/array.hpp>

namespace daybook::app::calc {
namespace {

namespace json = boost::json;
using domain::errc;

constexpr std::int64_t slots_max = 10'000;

struct zoned_schedule {
    domain::cron_schedule schedule;
    const domain::zone* where;
};

/// `expr` and `zone`; without any zone it is UTC.
domain::result<zoned_schedule> read_schedule(members& in) {
    const auto expression = in.text("expr");
    const auto zone = in.has("zone") ? in.text("zone") : std::string();
    const auto* utc = in.zone_text("UTC");
    if (in.failed()) return in.error();
    auto schedule = domain::parse_cron(expression);
    if (!schedule) return schedule.error();
    const auto where = domain::cron_zone(*schedule, zone, in.zones(), *utc);
    if (!where) return where.error();
    return zoned_schedule{*std::move(schedule), *where};
}

domain::result<json::object> next_slots(members& in) {
    const auto read = read_schedule(in);
    if (!read) return read.error();
    const auto after = in.utc("after");
    const auto anchor = in.has("anchor") ? in.utc("anchor") : after;
    const auto n = in.number("n", 0, slots_max);
    if (in.failed()) return in.error();
    domain::cron_slots slots(read->schedule, *read->where, after, anchor);
    json::array list;
    for (std::int64_t i = 0; i < n; ++i) {
        const auto slot = slots.next();
        if (!slot) break;
        list.emplace_back(utc_text(*slot));
    }
    json::object out;
    out["slots"] = std::move(list);
    return out;
}

domain::result<json::object> misfire(members& in) {
    const auto read = read_schedule(in);
    if (!read) return read.error();
    const auto last = in.utc("last");
    const auto now = in.utc("now");
    const auto window = in.number("window_s", 0, 366LL * 86'400);
    const auto said = in.text("policy");
    auto policy = domain::misfire_policy::fire_once;
    if (said == "skip")
        policy = domain::misfire_policy::skip;
    else if (said == "all")
        policy = domain::misfire_policy::all;
    else if (said != "fire_once")
        in.fail(errc::field_invalid, "policy", "policy is fire_once, skip or all");
    if (in.failed()) return in.error();
    const auto answer =
        domain::after_misfire(read->schedule, *read->where, last, now, policy, std::chrono::seconds{window});
    json::array fires;
    for (const auto& each : answer.fires) {
        json::object one;
        one["slot"] = utc_text(each.slot);
        one["missed_count"] = each.missed_count;
        fires.push_back(std::move(one));
    }
    json::object out;
    out["fire"] = std::move(fires);
    out["next"] = nullptr;
    if (answer.next) out["next"] = utc_text(*answer.next);
    return out;
}

}  // namespace

domain::result<json::object> cron(const json::object& object, const domain::zone_table& zones) {
    members in(object, zones);
    const auto op = in.text("op");
    if (op == "next") return next_slots(in);
    if (op == "misfire") return misfire(in);
    in.fail(errc::field_invalid, "op", "op is next or misfire");
    return in.error();
}

}  // namespace daybook::app::calc
