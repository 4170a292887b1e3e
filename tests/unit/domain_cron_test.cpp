// C1–C5: cron expressions, their slots around clock changes, misfires; and the ids that the same cause gives
// again.
#include "domain/cron.hpp"
#include "domain/wall_clock.hpp"
#include "tests/support/time_cases.hpp"

using namespace daybook::tests;
namespace dom = daybook::domain;
using namespace std::chrono_literals;

namespace {

std::string read(std::string_view text) { return refusal(dom::parse_cron(text)); }

std::string slots(std::string_view expression, std::string_view zone_name, std::string_view after,
                  std::size_t n, std::string_view anchor = "2026-01-01T00:00:00Z") {
    const auto schedule = require_ok(dom::parse_cron(expression));
    const auto* where = require_ok(dom::cron_zone(schedule, zone_name, zones(), zone("UTC")));
    dom::cron_slots all(schedule, *where, at(after), at(anchor));
    std::string out;
    for (std::size_t i = 0; i < n; ++i) {
        const auto slot = all.next();
        out += (i == 0 ? "" : " ") + (slot ? utc(*slot) : "none");
    }
    return out;
}

std::string misfire(std::string_view expression, std::string_view last, std::string_view now,
                    dom::misfire_policy policy, std::chrono::seconds window = 24h) {
    const auto answer = dom::after_misfire(require_ok(dom::parse_cron(expression)), zone("UTC"), at(last),
                                           at(now), policy, window);
    std::string out;
    for (const auto& each : answer.fires)
        out += utc(each.slot) + 'x' + std::to_string(each.missed_count) + ' ';
    return out + "next " + utc(answer.next.value());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_cron)

BOOST_AUTO_TEST_CASE(c1_what_is_no_expression_is_refused_by_its_field) {
    const std::pair<const char*, const char*> cases[] = {{"60 * * * *", "minute"},
                                                         {"*/0 * * * *", "minute"},
                                                         {"5/15 * * * *", "minute"},
                                                         {"30-10 * * * *", "minute"},
                                                         {"1,,2 * * * *", "minute"},
                                                         {"-5 * * * *", "minute"},
                                                         {"+5 * * * *", "minute"},
                                                         {"0 24 * * *", "hour"},
                                                         {"0 L * * *", "hour"},
                                                         {"0 0 0 * *", "day-of-month"},
                                                         {"0 0 32 * *", "day-of-month"},
                                                         {"0 0 L-3 * *", "day-of-month"},
                                                         {"0 0 ? * *", "day-of-month"},
                                                         {"0 0 * 13 *", "month"},
                                                         {"0 0 * FOO *", "month"},
                                                         {"0 0 * MON *", "month"},
                                                         {"0 0 * * 8", "day-of-week"},
                                                         {"0 0 * * FRI-MON", "day-of-week"},
                                                         {"0 0 * * 5L", "day-of-week"},
                                                         {"* * * *", "expression"},
                                                         {"", "expression"},
                                                         {"@often", "expression"},
                                                         {"@every", "expression"},
                                                         {"@every 5", "expression"},
                                                         {"@every 1m1h", "expression"},
                                                         {"CRON_TZ= 0 0 * * *", "expression"},
                                                         {"1 2 3 4 5 6 7", "expression"}};
    for (const auto& [text, part] : cases)
        BOOST_TEST(read(text) == "cron.invalid " + std::string(part), text);
    for (const auto* text : {"0 0 * * 0-7", "0 0 * * mon-fri/2", "*/90 * * * *", "0 0 1,L * *", "@Daily",
                             "@every 90s", "0\t0 * * *"})
        BOOST_TEST(read(text) == "ok", text);
}

BOOST_AUTO_TEST_CASE(c1_six_fields_are_refused_with_the_five_field_spelling) {
    const auto refused = dom::parse_cron("0 0 9 * * MON");
    BOOST_TEST(refusal(refused) == "cron.six_fields");
    BOOST_TEST(refused.error().hint.find("`0 9 * * MON`") != std::string::npos, refused.error().hint);
}

BOOST_AUTO_TEST_CASE(c1_what_never_matches_is_refused_and_what_does_rarely_is_found) {
    BOOST_TEST(read("0 0 31 2 *") == "cron.never_matches");
    BOOST_TEST(read("0 0 30,31 2 */2") == "cron.never_matches");
    BOOST_TEST(read("0 0 31 4,6,9,11 *") == "cron.never_matches");
    BOOST_TEST(read("0 0 31 2 MON") == "ok");  // or on Mondays
    BOOST_TEST(read("@every 59s") == "cron.every_too_short");
    BOOST_TEST(slots("0 0 29 2 */6", "UTC", "2026-01-01T00:00:00Z", 3) ==
               "2032-02-29T00:00:00Z 2048-02-29T00:00:00Z 2060-02-29T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(c1_the_zone_comes_from_one_place) {
    BOOST_TEST(slots("CRON_TZ=Asia/Tehran 0 9 * * *", "", "2026-08-01T00:00:00Z", 1) ==
               "2026-08-01T05:30:00Z");
    const auto schedule = require_ok(dom::parse_cron("CRON_TZ=Asia/Tehran 0 9 * * *"));
    BOOST_TEST(refusal(dom::cron_zone(schedule, "UTC", zones(), zone("UTC"))) == "cron.zone_twice");
    BOOST_TEST(refusal(dom::cron_zone(require_ok(dom::parse_cron("CRON_TZ=Asia/Teheran 0 9 * * *")), "",
                                      zones(), zone("UTC"))) == "zone.unknown");
}

BOOST_AUTO_TEST_CASE(c1_aliases_and_intervals) {
    BOOST_TEST(slots("@hourly", "UTC", "2026-08-01T00:00:00Z", 2) ==
               "2026-08-01T01:00:00Z 2026-08-01T02:00:00Z");
    BOOST_TEST(slots("@weekly", "UTC", "2026-08-01T00:00:00Z", 1) == "2026-08-02T00:00:00Z");
    BOOST_TEST(slots("@monthly", "UTC", "2026-08-01T00:00:00Z", 1) == "2026-09-01T00:00:00Z");
    BOOST_TEST(slots("@yearly", "UTC", "2026-08-01T00:00:00Z", 1) == "2027-01-01T00:00:00Z");
    BOOST_TEST(slots("@every 1h30m", "UTC", "2026-01-01T03:00:00Z", 2) ==
               "2026-01-01T04:30:00Z 2026-01-01T06:00:00Z");
    BOOST_TEST(slots("@every 1h", "UTC", "2026-01-01T00:00:00Z", 1, "2026-01-02T00:00:00Z") ==
               "2026-01-02T01:00:00Z");
    BOOST_TEST(slots("0 0 L * *", "UTC", "2028-02-01T00:00:00Z", 2) ==
               "2028-02-29T00:00:00Z 2028-03-31T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(c2_two_restricted_day_fields_are_an_or_and_a_star_makes_both_required) {
    BOOST_TEST(slots("0 9 13 * FRI", "UTC", "2026-08-01T00:00:00Z", 5) ==
               "2026-08-07T09:00:00Z 2026-08-13T09:00:00Z 2026-08-14T09:00:00Z 2026-08-21T09:00:00Z "
               "2026-08-28T09:00:00Z");
    BOOST_TEST(slots("0 9 13 * */2", "UTC", "2026-08-01T00:00:00Z", 2) ==
               "2026-08-13T09:00:00Z 2026-09-13T09:00:00Z");
    BOOST_TEST(slots("0 9 */10 * FRI", "UTC", "2026-08-01T00:00:00Z", 2) ==
               "2026-08-21T09:00:00Z 2026-09-11T09:00:00Z");
}

BOOST_AUTO_TEST_CASE(c3_fixed_hours_fire_once_through_gap_and_overlap) {
    BOOST_TEST(slots("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2) ==
               "2026-03-29T01:30:00Z 2026-03-30T00:30:00Z");
    BOOST_TEST(slots("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2) ==
               "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z");
    BOOST_TEST(slots("0,30 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 3) ==
               "2026-03-29T01:00:00Z 2026-03-29T01:30:00Z 2026-03-30T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(c3_wildcard_hours_run_in_real_time) {
    BOOST_TEST(slots("0 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", 3) ==
               "2026-10-25T00:00:00Z 2026-10-25T01:00:00Z 2026-10-25T02:00:00Z");
    BOOST_TEST(slots("30 */2 * * *", "Europe/Berlin", "2026-03-28T23:00:00Z", 2) ==
               "2026-03-28T23:30:00Z 2026-03-29T02:30:00Z");
}

BOOST_AUTO_TEST_CASE(c3_slots_stay_in_order_and_single_where_a_gap_turns_wall_clocks_around) {
    // Lord Howe goes from 02:00 to 02:30: 02:20 shows as 02:50, after 02:40.
    BOOST_TEST(slots("20,40 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", 3) ==
               "2026-10-03T15:40:00Z 2026-10-03T15:50:00Z 2026-10-04T15:20:00Z");
    // Scoresbysund went from 23:00 to the next midnight: both hours name the same instants.
    BOOST_TEST(slots("15,45 0,23 * * *", "America/Scoresbysund", "2025-03-29T20:00:00Z", 3) ==
               "2025-03-30T01:15:00Z 2025-03-30T01:45:00Z 2025-03-31T00:15:00Z");
    // The day that Apia left out: its slots are those of the day after, once.
    BOOST_TEST(slots("0 9 30,31 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", 2) ==
               "2011-12-30T19:00:00Z 2012-12-29T19:00:00Z");
}

BOOST_AUTO_TEST_CASE(r4_a_wall_clock_that_is_not_shown_or_shown_twice_is_noted) {
    const auto note = [](std::string_view zone_name, std::string_view local) {
        return std::string(dom::name_of(dom::note_of(zone(zone_name), wall(local))));
    };
    BOOST_TEST(note("Europe/Berlin", "2026-03-29T01:59:59") == "");
    BOOST_TEST(note("Europe/Berlin", "2026-03-29T02:00") == "gap");
    BOOST_TEST(note("Europe/Berlin", "2026-03-29T02:59:59") == "gap");
    BOOST_TEST(note("Europe/Berlin", "2026-03-29T03:00") == "");
    BOOST_TEST(note("Europe/Berlin", "2026-10-25T01:59:59") == "");
    BOOST_TEST(note("Europe/Berlin", "2026-10-25T02:00") == "overlap");
    BOOST_TEST(note("Europe/Berlin", "2026-10-25T02:59:59") == "overlap");
    BOOST_TEST(note("Europe/Berlin", "2026-10-25T03:00") == "");
    BOOST_TEST(note("Pacific/Apia", "2011-12-30T12:00") == "gap");
    BOOST_TEST(note("Australia/Lord_Howe", "2026-04-05T01:45") == "overlap");
    BOOST_TEST(note("UTC", "2026-04-05T01:45") == "");
    BOOST_TEST(note("Europe/Berlin", "2100-10-31T02:30") == "overlap");
}

BOOST_AUTO_TEST_CASE(c4_after_an_outage_one_fire_none_or_all_of_them) {
    using enum dom::misfire_policy;
    BOOST_TEST(misfire("0 * * * *", "2026-08-01T00:00:00Z", "2026-08-01T03:30:00Z", fire_once) ==
               "2026-08-01T03:00:00Zx3 next 2026-08-01T04:00:00Z");
    BOOST_TEST(misfire("0 * * * *", "2026-08-01T00:00:00Z", "2026-08-01T03:30:00Z", skip) ==
               "next 2026-08-01T04:00:00Z");
    BOOST_TEST(misfire("0 * * * *", "2026-08-01T00:00:00Z", "2026-08-01T02:00:00Z", all) ==
               "2026-08-01T01:00:00Zx1 2026-08-01T02:00:00Zx1 next 2026-08-01T03:00:00Z");
    // The window: exactly its age still counts, older does not.
    BOOST_TEST(misfire("0 * * * *", "2026-08-01T00:00:00Z", "2026-08-01T09:00:00Z", all, 1h) ==
               "2026-08-01T08:00:00Zx1 2026-08-01T09:00:00Zx1 next 2026-08-01T10:00:00Z");
    BOOST_TEST(misfire("0 0 1 * *", "2026-08-01T00:00:00Z", "2026-09-05T00:00:00Z", fire_once) ==
               "next 2026-10-01T00:00:00Z");
    const auto capped = dom::after_misfire(require_ok(dom::parse_cron("* * * * *")), zone("UTC"),
                                           at("2026-08-01T00:00:00Z"), at("2026-08-01T03:00:00Z"), all, 24h);
    BOOST_TEST(capped.fires.size() == 100U);
    BOOST_TEST(utc(capped.fires.back().slot) == "2026-08-01T03:00:00Z");
}

BOOST_AUTO_TEST_CASE(c5_r8_m3_the_same_cause_gives_the_same_id) {
    const dom::series_id series_one(dom::uuid::parse("0198c7a0-5bff-7ccc-8000-000000000001").value());
    const dom::task_id task_one(series_one.value());
    const auto v5 = [](std::string_view text) { return dom::uuid::v5(dom::daybook_namespace, text); };
    BOOST_TEST((dom::occurrence_task_id(series_one, wall("2026-08-31T09:00"), false).value() ==
                v5("occurrence\n0198c7a0-5bff-7ccc-8000-000000000001\n2026-08-31T09:00:00")));
    BOOST_TEST((dom::occurrence_task_id(series_one, wall("2026-08-31"), true).value() ==
                v5("occurrence\n0198c7a0-5bff-7ccc-8000-000000000001\n2026-08-31")));
    BOOST_TEST((dom::repeated_occurrence_task_id(series_one, wall("2026-08-31"), true, 7).value() ==
                v5("occurrence\n0198c7a0-5bff-7ccc-8000-000000000001\n2026-08-31\n7")));
    BOOST_TEST(
        (dom::reminder_fire_id(dom::reminder_id(series_one.value()), at("2026-08-31T09:00:00Z")).value() ==
         v5("fire\n0198c7a0-5bff-7ccc-8000-000000000001\n2026-08-31T09:00:00.000Z")));
    BOOST_TEST(
        (dom::schedule_slot_id(dom::schedule_id(series_one.value()), at("2026-08-31T09:00:00Z")).value() ==
         v5("slot\n0198c7a0-5bff-7ccc-8000-000000000001\n2026-08-31T09:00:00.000Z")));
    BOOST_TEST(dom::reaction_command_id("next_occurrence", series_one.value()).text() ==
               "daybook:" + v5("reaction\nnext_occurrence\n0198c7a0-5bff-7ccc-8000-000000000001").text());
    BOOST_TEST((dom::copied_task_id(task_one, task_one).value() !=
                dom::copied_reminder_id(task_one, dom::reminder_id(series_one.value())).value()));
    BOOST_TEST((dom::successor_series_id(series_one).value() ==
                v5("successor\n0198c7a0-5bff-7ccc-8000-000000000001")));
}

BOOST_AUTO_TEST_SUITE_END()
