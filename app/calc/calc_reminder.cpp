#include "app/calc/calc.hpp"
#include "app/calc/members.hpp"
#include "domain/canonical_input.hpp"
#include "domain/derived_ids.hpp"
#include "domain/reminder_catch_up.hpp"
#include "domain/reminder_time.hpp"

#include <boost/json/array.hpp>

#include <deque>

namespace daybook::app::calc {
namespace {

namespace json = boost::json;
using domain::errc;

/// `{"type":"zoned","local","zone"}`, `{"type":"floating","local"}` or `{"type":"date","date"}`.
std::optional<domain::date_value> read_when(members& in, std::string_view name) {
    if (!in.has(name)) return std::nullopt;
    const auto& said = in.in().at(name);
    if (!said.is_object()) {
        in.fail(errc::field_invalid, name, "A date is {type, local, zone}");
        return std::nullopt;
    }
    members when(said.get_object(), in.zones());
    const auto type = when.text("type");
    domain::date_value value;
    if (type == "date" || type == "floating" || type == "zoned") {
        value = when.wall_clock(type == "date" ? "date" : "local");
        if (!when.failed() && (type == "date") != (value.kind == domain::date_kind::all_day))
            when.fail(errc::date_invalid, name, "The date is of another type than it says");
        if (type == "zoned") {
            value.kind = domain::date_kind::zoned;
            value.zone = when.text("zone");
            if (!when.failed()) static_cast<void>(when.zone_text(value.zone));
        }
    } else {
        when.fail(errc::field_invalid, name, "type is zoned, floating or date");
    }
    if (when.failed()) in.fail(when.error());
    return value;
}

json::object instant_json(std::string_view text, const domain::reminder_dates& dates) {
    const auto offset = domain::parse_reminder_offset(text);
    if (!offset) return error_json(offset.error());
    const auto moment = domain::reminder_moment_of(*offset, dates);
    if (!moment) return error_json(moment.error());
    json::object one;
    one["local"] = domain::nominal_text(moment->local, false);
    one["utc"] = utc_text(moment->at);
    return one;
}

json::object move_json(std::string_view text, const domain::reminder_dates& dates, domain::instant now) {
    const auto offset = domain::parse_reminder_offset(text);
    if (!offset) return error_json(offset.error());
    const auto moment = domain::reminder_moment_of(*offset, dates);
    if (!moment) return error_json(moment.error());
    const bool due_is_past = dates.due && domain::is_past(*dates.due, dates, now);
    json::object one;
    one["utc"] = utc_text(moment->at);
    switch (domain::action_after_move(moment->at, due_is_past, now)) {
        case domain::move_action::schedule: one["action"] = "schedule"; break;
        case domain::move_action::none: one["action"] = "none"; break;
        case domain::move_action::fire_now:
            one["action"] = "fire_now";
            one["late_ms"] = (now - moment->at).count();
            break;
    }
    return one;
}

domain::result<json::object> instants_or_move(members& in, bool move) {
    const auto due = read_when(in, "due");
    const auto start = read_when(in, "start");
    const auto* user_zone = in.zone("user_zone");
    const auto all_day_time = domain::parse_time_of_day(in.text("all_day_time"));
    if (!all_day_time) in.fail(errc::field_invalid, "all_day_time", "A time of day is HH:MM");
    const auto now = move ? in.utc("now") : domain::instant{};
    const auto& reminders = in.list("reminders");
    for (const auto& each : reminders)
        if (!each.is_string()) in.fail(errc::field_invalid, "reminders", "A reminder is a text");
    if (in.failed()) return in.error();
    const domain::reminder_dates dates{due, start, *user_zone, *all_day_time, in.zones()};
    json::array answers;
    for (const auto& each : reminders)
        answers.push_back(move ? move_json(each.get_string(), dates, now)
                               : instant_json(each.get_string(), dates));
    json::object out;
    out[move ? "reminders" : "instants"] = std::move(answers);
    return out;
}

json::array fires_json(const std::vector<domain::late_fire>& fires, std::optional<domain::instant> now) {
    json::array list;
    for (const auto& each : fires) {
        json::object one;
        one["id"] = each.id;
        one["at"] = utc_text(each.at);
        if (now) one["late_ms"] = (*now - each.at).count();
        if (each.missed_count) one["missed_count"] = *each.missed_count;
        list.push_back(std::move(one));
    }
    return list;
}

domain::result<json::object> recover(members& in) {
    const auto now = in.utc("now");
    const auto grace = in.number("grace_s", 0, 366LL * 86'400);
    std::vector<domain::waiting_fire> singles;
    for (const auto& each : in.list("scheduled")) {
        if (!each.is_object()) in.fail(errc::field_invalid, "scheduled", "An entry is {id, at}");
        if (in.failed()) return in.error();
        members one(each.get_object(), in.zones());
        singles.push_back({one.text("id"), one.utc("at")});
        if (one.failed()) return one.error();
    }
    std::deque<domain::cron_schedule> schedules;  // a deque: what the entries point at stays where it is
    std::vector<domain::waiting_cron> crons;
    for (const auto& each : in.list("cron")) {
        if (!each.is_object())
            in.fail(errc::field_invalid, "cron", "An entry is {id, expr, zone, last, until}");
        if (in.failed()) return in.error();
        members one(each.get_object(), in.zones());
        domain::waiting_cron cron;
        cron.id = one.text("id");
        cron.last = one.utc("last");
        if (one.has("until")) cron.until = one.utc("until");
        cron.where = one.zone("zone");
        const auto expression = one.text("expr");
        if (one.failed()) return one.error();
        auto schedule = domain::parse_cron(expression);
        if (!schedule) return schedule.error();
        cron.schedule = &schedules.emplace_back(*std::move(schedule));
        crons.push_back(std::move(cron));
    }
    if (in.failed()) return in.error();
    const auto plan = domain::plan_catch_up(now, std::chrono::seconds{grace}, singles, crons);
    json::object out;
    out["fire"] = fires_json(plan.fire, now);
    out["missed"] = fires_json(plan.missed, std::nullopt);
    return out;
}

}  // namespace

domain::result<json::object> reminder(const json::object& object, const domain::zone_table& zones) {
    members in(object, zones);
    const auto op = in.text("op");
    if (op == "instants" || op == "move") return instants_or_move(in, op == "move");
    if (op == "recover") return recover(in);
    in.fail(errc::field_invalid, "op", "op is instants, move or recover");
    return in.error();
}

}  // namespace daybook::app::calc
