// M1, M2, M4, M5, M8: what reminders say, when they ring, what a moved date and an outage do to them.
#include "domain/reminder_catch_up.hpp"
#include "domain/reminder_time.hpp"
#include "tests/support/time_cases.hpp"

using namespace daybook::tests;
namespace dom = daybook::domain;
using namespace std::chrono_literals;

namespace {

std::string read(std::string_view text) {
    const auto offset = dom::parse_reminder_offset(text);
    if (!offset) return refusal(offset);
    return std::to_string(offset->days) + "d " + std::to_string(offset->exact.count()) + "s" +
           (offset->from_start ? " start" : "");
}

std::optional<dom::date_value> date(std::string_view text) {
    if (text.empty()) return std::nullopt;
    return require_ok(dom::parse_date(text, zones()));
}

dom::reminder_dates dates(std::string_view due, std::string_view start = {},
                          std::string_view user_zone = "Europe/Berlin") {
    return {date(due), date(start), zone(user_zone), 9h, zones()};
}

std::string rings(std::string_view text, const dom::reminder_dates& on) {
    const auto moment = dom::reminder_moment_of(require_ok(dom::parse_reminder_offset(text)), on);
    return moment ? dom::nominal_text(moment->local, false) + ' ' + utc(moment->at) : refusal(moment);
}

std::string moved(std::string_view text, const dom::reminder_dates& on, std::string_view now) {
    const auto moment = require_ok(dom::reminder_moment_of(require_ok(dom::parse_reminder_offset(text)), on));
    switch (dom::action_after_move(moment.at, dom::is_past(*on.due, on, at(now)), at(now))) {
        case dom::move_action::schedule: return "schedule " + utc(moment.at);
        case dom::move_action::fire_now:
            return "fire_now late " + std::to_string((at(now) - moment.at).count());
        case dom::move_action::none: break;
    }
    return "none";
}

std::string listed(const std::vector<dom::late_fire>& fires) {
    std::string out;
    for (const auto& each : fires) {
        out += (out.empty() ? "" : " ") + each.id + '@' + utc(each.at);
        if (each.missed_count) out += 'x' + std::to_string(*each.missed_count);
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_reminder_time)

BOOST_AUTO_TEST_CASE(m1_phrases_mean_before_and_due_unless_they_say_otherwise) {
    BOOST_TEST(read("15 minutes") == "0d -900s");
    BOOST_TEST(read("1 hour before") == "0d -3600s");
    BOOST_TEST(read("1 day after due") == "1d 0s");
    BOOST_TEST(read("2 Weeks before start") == "-14d 0s start");
    BOOST_TEST(read("0 minutes") == "0d 0s");
}

BOOST_AUTO_TEST_CASE(m1_iso_durations_mean_after_unless_they_have_a_sign) {
    BOOST_TEST(read("-PT15M") == "0d -900s");
    BOOST_TEST(read("-P1D") == "-1d 0s");
    BOOST_TEST(read("-P1W") == "-7d 0s");
    BOOST_TEST(read("P1DT2H") == "1d 7200s");
    BOOST_TEST(read("PT1H30M before start") == "0d -5400s start");
}

BOOST_AUTO_TEST_CASE(m1_anything_else_is_refused) {
    for (const auto* text : {"", "tomorrow", "soon before due", "-15M", "P", "PT", "-P1", "PT1H2H", "P1H",
                             "PT1D", "1 fortnight", "-1 day", "1 day before before", "-P1D before",
                             "1 day before lunch", "9999999 minutes", "999999 weeks", "1 day due start"})
        BOOST_TEST(read(text) == "reminder.invalid offset", text);
}

BOOST_AUTO_TEST_CASE(m2_days_are_calendar_and_hours_are_exact) {
    const auto on = dates("2026-03-29T09:00[Europe/Berlin]");
    BOOST_TEST(rings("-P1D", on) == "2026-03-28T09:00:00 2026-03-28T08:00:00Z");
    BOOST_TEST(rings("-PT24H", on) == "2026-03-28T08:00:00 2026-03-28T07:00:00Z");
    BOOST_TEST(rings("1 day before", dates("2026-03-29")) == "2026-03-28T09:00:00 2026-03-28T08:00:00Z");
}

BOOST_AUTO_TEST_CASE(m2_days_come_first_and_a_gap_is_resolved_before_the_hours) {
    // One day before is 02:30, which is not shown on that day: 01:30Z, and two hours earlier 23:30Z.
    const auto on = dates("2026-03-30T02:30[Europe/Berlin]");
    BOOST_TEST(rings("-P1D", on) == "2026-03-29T03:30:00 2026-03-29T01:30:00Z");
    BOOST_TEST(rings("-P1DT2H", on) == "2026-03-29T00:30:00 2026-03-28T23:30:00Z");
}

BOOST_AUTO_TEST_CASE(m1_a_relative_reminder_needs_its_date) {
    BOOST_TEST(rings("1 day before start", dates("2026-03-29")) == "reminder.no_base start");
    BOOST_TEST(rings("1 day", dates("", "2026-03-29")) == "reminder.no_base due");
}

BOOST_AUTO_TEST_CASE(m8_floating_dates_follow_the_user_and_zoned_ones_do_not) {
    BOOST_TEST(rings("1 hour", dates("2026-08-01T12:00", "", "Asia/Tehran")) ==
               "2026-08-01T11:00:00 2026-08-01T07:30:00Z");
    BOOST_TEST(rings("1 hour", dates("2026-08-01T12:00[Europe/Berlin]", "", "Asia/Tehran")) ==
               "2026-08-01T11:00:00 2026-08-01T09:00:00Z");
    // An instant may be in the second pass of an overlap.
    BOOST_TEST(rings("10 minutes", dates("2026-10-25T01:30:00Z")) ==
               "2026-10-25T02:20:00 2026-10-25T01:20:00Z");
}

BOOST_AUTO_TEST_CASE(m4_a_moved_date_reschedules_fires_now_or_does_nothing) {
    const auto on = dates("2026-08-10T12:00[Europe/Berlin]");
    BOOST_TEST(moved("1 hour", on, "2026-08-10T08:00:00Z") == "schedule 2026-08-10T09:00:00Z");
    BOOST_TEST(moved("1 hour", on, "2026-08-10T09:00:00Z") == "fire_now late 0");
    BOOST_TEST(moved("1 day", on, "2026-08-10T09:59:59.999Z") == "fire_now late 86399999");
    BOOST_TEST(moved("1 hour", on, "2026-08-10T10:00:00Z") == "none");
    BOOST_TEST(moved("1 hour after", on, "2026-08-10T10:30:00Z") == "schedule 2026-08-10T11:00:00Z");
}

BOOST_AUTO_TEST_CASE(m4_an_all_day_date_is_past_when_it_is_overdue) {
    const auto on = dates("2026-08-10");
    BOOST_TEST(moved("1 hour", on, "2026-08-10T21:59:59Z").starts_with("fire_now"));
    BOOST_TEST(moved("1 hour", on, "2026-08-10T22:00:00Z") == "none");
}

BOOST_AUTO_TEST_CASE(m5_after_three_hours_down_five_fire_in_order_and_the_future_waits) {
    const auto now = at("2026-08-10T12:00:00Z");
    std::vector<dom::waiting_fire> waiting;
    for (int i = 5; i >= 1; --i) waiting.push_back({"r" + std::to_string(i), now - i * 30min});
    waiting.push_back({"later", now + 1ms});
    const auto plan = dom::plan_catch_up(now, 24h, waiting, {});
    BOOST_TEST(listed(plan.fire) ==
               "r5@2026-08-10T09:30:00Z r4@2026-08-10T10:00:00Z r3@2026-08-10T10:30:00Z "
               "r2@2026-08-10T11:00:00Z r1@2026-08-10T11:30:00Z");
    BOOST_TEST(plan.missed.empty());
}

BOOST_AUTO_TEST_CASE(m5_grace_is_inclusive_and_what_is_older_is_missed) {
    const auto now = at("2026-08-10T12:00:00Z");
    const std::vector<dom::waiting_fire> waiting{
        {"b", now - 24h}, {"a", now - 24h}, {"old", now - 24h - 1ms}};
    const auto plan = dom::plan_catch_up(now, 24h, waiting, {});
    BOOST_TEST(listed(plan.fire) == "a@2026-08-09T12:00:00Z b@2026-08-09T12:00:00Z");
    BOOST_TEST(plan.missed.size() == 1U);
    BOOST_TEST(plan.missed[0].id == "old");
}

BOOST_AUTO_TEST_CASE(m5_the_slots_of_one_cron_reminder_become_one_fire) {
    const auto now = at("2026-08-10T12:00:00Z");
    const auto schedule = require_ok(dom::parse_cron("*/10 * * * *"));
    dom::waiting_cron cron{"c", &schedule, &zone("UTC"), now - 3h, std::nullopt};
    const auto plan = dom::plan_catch_up(now, 24h, {}, std::span(&cron, 1));
    BOOST_TEST(listed(plan.fire) == "c@2026-08-10T12:00:00Zx18");
    cron.until = now - 1h;
    BOOST_TEST(listed(dom::plan_catch_up(now, 24h, {}, std::span(&cron, 1)).fire) ==
               "c@2026-08-10T11:00:00Zx12");
    cron.last = now - 26h;
    const auto with_older = dom::plan_catch_up(now, 24h, {}, std::span(&cron, 1));
    BOOST_TEST(listed(with_older.fire) == "c@2026-08-10T11:00:00Zx139");
    BOOST_TEST(listed(with_older.missed) == "c@2026-08-09T11:50:00Zx11");
}

BOOST_AUTO_TEST_SUITE_END()
