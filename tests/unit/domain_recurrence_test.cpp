// R2–R6, R9, R10: the worked examples of the semantics, and what they leave out.
#include "tests/support/time_cases.hpp"

using namespace daybook::tests;
namespace dom = daybook::domain;
namespace rec = daybook::domain::recurring;

namespace {

struct closing {
    std::string_view nominal;
    std::string_view at;
    std::int64_t depth = 0;
};

std::string shown(const rec::series& s, const rec::next_answer& answer) {
    const bool all_day = s.kind == rec::series_kind::all_day;
    std::string out = answer.next ? dom::nominal_text(answer.next->nominal, all_day) : "none";
    if (answer.ended) out += " ended:" + std::string(rec::name_of(*answer.ended));
    if (answer.missed.count > 0) {
        out += " missed";
        for (const auto& each : answer.missed.newest) out += ' ' + dom::nominal_text(each, all_day);
    }
    return out;
}

std::string after_due(const rec::series& s, closing c, rec::catch_up how = rec::catch_up::next_future,
                      std::string_view user_zone = "Europe/Berlin") {
    return shown(s, rec::next_after_due(s, {wall(c.nominal), at(c.at), c.depth}, how, zone(user_zone), 100));
}

std::string after_completion(const rec::series& s, closing c, std::string_view user_zone = "Europe/Berlin") {
    return shown(s, rec::next_after_completion(s, {wall(c.nominal), at(c.at), c.depth}, zone(user_zone)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_recurrence)

BOOST_AUTO_TEST_CASE(r2_every_instance_is_counted_from_the_start_so_clamping_does_not_drift) {
    BOOST_TEST(nominals_of(series("monthly", "2026-01-31"), 4) ==
               "2026-01-31 2026-02-28 2026-03-31 2026-04-30");
    BOOST_TEST(nominals_of(series("every 3 months", "2025-11-30"), 4) ==
               "2025-11-30 2026-02-28 2026-05-30 2026-08-30");
    BOOST_TEST(nominals_of(series("FREQ=MONTHLY;BYDAY=2TU", "2026-01-31"), 3) ==
               "2026-02-10 2026-03-10 2026-04-14");
    BOOST_TEST(nominals_of(series("every last workday", "2026-01-31"), 3) ==
               "2026-02-27 2026-03-31 2026-04-30");
    BOOST_TEST(nominals_of(series("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=MO", "2026-01-31"), 3) ==
               "2026-02-09 2026-02-13 2026-02-23");
}

BOOST_AUTO_TEST_CASE(r3_a_raw_rule_without_skip_leaves_out_the_months_without_its_day) {
    BOOST_TEST(nominals_of(series("FREQ=MONTHLY;BYMONTHDAY=31", "2026-01-31"), 3) ==
               "2026-01-31 2026-03-31 2026-05-31");
    BOOST_TEST(nominals_of(series("FREQ=MONTHLY;BYMONTHDAY=31;SKIP=FORWARD", "2026-01-31"), 3) ==
               "2026-01-31 2026-03-01 2026-03-31");
    BOOST_TEST(nominals_of(series("yearly", "2028-02-29"), 5) ==
               "2028-02-29 2029-02-28 2030-02-28 2031-02-28 2032-02-29");
}

BOOST_AUTO_TEST_CASE(r4_the_wall_clock_stays_and_the_instant_follows_the_zone) {
    BOOST_TEST(instants_of(series("daily", "2026-03-28T09:00[Europe/Berlin]"), 2) ==
               "2026-03-28T08:00:00Z 2026-03-29T07:00:00Z");
}

BOOST_AUTO_TEST_CASE(r4_in_a_gap_the_offset_before_it_counts_and_nothing_is_lost) {
    const auto s = series("daily", "2026-03-28T02:30[Europe/Berlin]");
    BOOST_TEST(instants_of(s, 3) == "2026-03-28T01:30:00Z 2026-03-29T01:30:00Z 2026-03-30T00:30:00Z");
    BOOST_TEST(nominals_of(s, 3) == "2026-03-28T02:30:00 2026-03-29T02:30:00 2026-03-30T02:30:00");
}

BOOST_AUTO_TEST_CASE(r4_in_an_overlap_the_first_pass_counts) {
    BOOST_TEST(instants_of(series("daily", "2026-10-25T02:30[Europe/Berlin]"), 2) ==
               "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z");
}

BOOST_AUTO_TEST_CASE(r4_hourly_follows_the_wall_clock_too_and_two_nominals_never_share_an_instant) {
    BOOST_TEST(nominals_of(series("hourly", "2026-03-29T01:00[Europe/Berlin]"), 3) ==
               "2026-03-29T01:00:00 2026-03-29T02:00:00 2026-03-29T04:00:00");
    BOOST_TEST(instants_of(series("hourly", "2026-10-25T01:30[Europe/Berlin]"), 3) ==
               "2026-10-24T23:30:00Z 2026-10-25T00:30:00Z 2026-10-25T02:30:00Z");
    // Lord Howe moves by half an hour: 02:00 is 02:30 there, and no other wall clock of the hour is.
    BOOST_TEST(instants_of(series("hourly", "2026-10-04T01:00[Australia/Lord_Howe]"), 3) ==
               "2026-10-03T14:30:00Z 2026-10-03T15:30:00Z 2026-10-03T16:00:00Z");
}

BOOST_AUTO_TEST_CASE(r4_the_day_that_apia_left_out_is_one_occurrence_not_two) {
    const auto s = series("daily", "2011-12-29T09:00[Pacific/Apia]");
    BOOST_TEST(nominals_of(s, 3) == "2011-12-29T09:00:00 2011-12-30T09:00:00 2012-01-01T09:00:00");
    BOOST_TEST(instants_of(s, 3) == "2011-12-29T19:00:00Z 2011-12-30T19:00:00Z 2011-12-31T19:00:00Z");
    // Found from the middle as well: what was before the place sought still counts.
    const auto from = rec::expand(s, 1, wall("2011-12-30T09:00"));
    BOOST_TEST(dom::nominal_text(from.instances.at(0).nominal, false) == "2012-01-01T09:00:00");
}

BOOST_AUTO_TEST_CASE(r4_count_comes_before_the_meeting_of_instants_and_exceptions_come_last) {
    BOOST_TEST(nominals_of(series("FREQ=DAILY;COUNT=3", "2011-12-30T09:00[Pacific/Apia]"), 9) ==
               "2011-12-30T09:00:00 2012-01-01T09:00:00");
    BOOST_TEST(nominals_of(series("FREQ=DAILY;COUNT=3", "2026-08-01", {wall("2026-08-02")}), 9) ==
               "2026-08-01 2026-08-03");
}

BOOST_AUTO_TEST_CASE(r5_the_next_one_is_the_first_in_the_future) {
    const auto daily = series("daily", "2026-08-01");
    BOOST_TEST(
        after_due(daily, {"2026-08-01", "2026-08-09T10:00:00Z"}).starts_with("2026-08-09 missed 2026-08-02"));
    BOOST_TEST(after_due(daily, {"2026-08-01", "2026-08-09T10:00:00Z"}, rec::catch_up::each) == "2026-08-02");
    const auto at_eight = series("daily", "2026-08-01T08:00[Europe/Berlin]");
    BOOST_TEST(after_due(at_eight, {"2026-08-07T08:00", "2026-08-09T05:45:00Z"}) ==
               "2026-08-09T08:00:00 missed 2026-08-08T08:00:00");
    BOOST_TEST(after_due(at_eight, {"2026-08-07T08:00", "2026-08-09T06:15:00Z"}) ==
               "2026-08-10T08:00:00 missed 2026-08-08T08:00:00 2026-08-09T08:00:00");
    BOOST_TEST(after_due(series("weekdays", "2026-08-03"), {"2026-08-04", "2026-08-05T10:00:00Z"}) ==
               "2026-08-05");
    const auto mondays = series("every mon", "2026-08-03");
    BOOST_TEST(after_due(mondays, {"2026-08-03", "2026-08-12T10:00:00Z"}) == "2026-08-17 missed 2026-08-10");
    BOOST_TEST(after_due(mondays, {"2026-08-10", "2026-08-08T10:00:00Z"}) == "2026-08-17");
}

BOOST_AUTO_TEST_CASE(r5_today_is_the_users_day_and_now_is_not_the_future) {
    const auto daily = series("daily", "2026-08-01");
    // 23:30 UTC is already the 10th in Berlin.
    BOOST_TEST(after_due(daily, {"2026-08-08", "2026-08-09T23:30:00Z"}) == "2026-08-10 missed 2026-08-09");
    BOOST_TEST(after_due(daily, {"2026-08-08", "2026-08-09T23:30:00Z"}, rec::catch_up::next_future, "UTC") ==
               "2026-08-09");
    const auto floating = series("daily", "2026-08-01T08:00");
    BOOST_TEST(after_due(floating, {"2026-08-01T08:00", "2026-08-02T05:59:59.999Z"}) ==
               "2026-08-02T08:00:00");
    BOOST_TEST(after_due(floating, {"2026-08-01T08:00", "2026-08-02T06:00:00Z"}) ==
               "2026-08-03T08:00:00 missed 2026-08-02T08:00:00");
}

BOOST_AUTO_TEST_CASE(r5_a_long_absence_is_counted_in_full_and_listed_in_part) {
    const auto s = series("hourly", "2016-01-01T00:00[Europe/Berlin]");
    const auto answer = rec::next_after_due(s, {wall("2016-01-01T00:00"), at("2026-01-01T00:00:00Z"), 0},
                                            rec::catch_up::next_future, zone("Europe/Berlin"), 100);
    // Ten years of hours, each spring one fewer (two wall clocks meet) and each autumn one pass only.
    BOOST_TEST(answer.missed.count == (10 * 365 + 3) * 24 + 1 - 10);
    BOOST_TEST(answer.missed.newest.size() == 100U);
    BOOST_TEST(dom::nominal_text(*answer.missed.first, false) == "2016-01-01T01:00:00");
    BOOST_TEST(dom::nominal_text(answer.next->nominal, false) == "2026-01-01T02:00:00");
}

BOOST_AUTO_TEST_CASE(r6_anchored_at_the_completion_the_interval_is_added_to_its_day) {
    BOOST_TEST(after_completion(series("every 14 days", "2026-03-01"),
                                {"2026-03-01", "2026-03-05T10:00:00Z"}) == "2026-03-19");
    BOOST_TEST(after_completion(series("monthly", "2026-01-31"), {"2026-01-31", "2026-01-31T10:00:00Z"}) ==
               "2026-02-28");
    BOOST_TEST(after_completion(series("monthly", "2026-01-31"), {"2026-02-28", "2026-02-28T10:00:00Z"}) ==
               "2026-03-28");
    BOOST_TEST(after_completion(series("FREQ=MONTHLY", "2026-01-31"),
                                {"2026-01-31", "2026-01-31T10:00:00Z"}) == "2026-02-28");
    BOOST_TEST(after_completion(series("every mon", "2026-08-03T09:00"),
                                {"2026-08-03T09:00", "2026-08-12T10:00:00Z"}) == "2026-08-17T09:00:00");
    BOOST_TEST(after_completion(series("hourly", "2026-08-03T09:00[Europe/Berlin]"),
                                {"2026-08-03T09:00", "2026-08-12T10:11:12Z"}) == "2026-08-12T13:11:00");
    BOOST_TEST(after_completion(series("yearly", "2028-02-29"), {"2028-02-29", "2028-02-29T12:00:00Z"}) ==
               "2029-02-28");
}

BOOST_AUTO_TEST_CASE(r6_the_day_is_that_of_the_series_zone_or_of_the_user) {
    BOOST_TEST(after_completion(series("daily", "2026-03-01T09:00[Pacific/Apia]"),
                                {"2026-03-01T09:00", "2026-03-05T12:00:00Z"}) == "2026-03-07T09:00:00");
    BOOST_TEST(after_completion(series("daily", "2026-03-01"), {"2026-03-01", "2026-03-05T12:00:00Z"},
                                "Pacific/Apia") == "2026-03-07");
}

BOOST_AUTO_TEST_CASE(r9_an_excluded_occurrence_is_passed_over_without_being_missed) {
    const auto s = series("every mon", "2026-08-03", {wall("2026-08-10")});
    BOOST_TEST(after_due(s, {"2026-08-03", "2026-08-04T10:00:00Z"}) == "2026-08-17");
    BOOST_TEST(after_due(s, {"2026-08-03", "2026-08-18T10:00:00Z"}) == "2026-08-24 missed 2026-08-17");
    BOOST_TEST(after_completion(series("every 7 days", "2026-08-03", {wall("2026-08-11")}),
                                {"2026-08-03", "2026-08-04T10:00:00Z"}) == "2026-08-18");
}

BOOST_AUTO_TEST_CASE(r10_until_is_inclusive_by_wall_clock_or_by_instant) {
    BOOST_TEST(nominals_of(series("FREQ=DAILY;UNTIL=20260803", "2026-08-01"), 9) ==
               "2026-08-01 2026-08-02 2026-08-03");
    BOOST_TEST(nominals_of(series("FREQ=DAILY;UNTIL=20260802T090000", "2026-08-01T09:00[Europe/Berlin]"),
                           9) == "2026-08-01T09:00:00 2026-08-02T09:00:00");
    BOOST_TEST(nominals_of(series("FREQ=DAILY;UNTIL=20260802T065959Z", "2026-08-01T09:00[Europe/Berlin]"),
                           9) == "2026-08-01T09:00:00");
    BOOST_TEST(after_due(series("FREQ=DAILY;UNTIL=20260803", "2026-08-01"),
                         {"2026-08-02", "2026-08-09T10:00:00Z"}) == "none ended:until missed 2026-08-03");
}

BOOST_AUTO_TEST_CASE(r10_count_includes_the_missed_with_due_and_only_the_created_with_completion) {
    const auto s = series("FREQ=DAILY;COUNT=3", "2026-08-01");
    BOOST_TEST(after_due(s, {"2026-08-01", "2026-08-09T10:00:00Z"}) ==
               "none ended:count missed 2026-08-02 2026-08-03");
    BOOST_TEST(after_completion(s, {"2026-08-01", "2026-08-09T10:00:00Z", 1}) == "2026-08-10");
    BOOST_TEST(after_completion(s, {"2026-08-01", "2026-08-09T10:00:00Z", 2}) == "none ended:count");
}

BOOST_AUTO_TEST_CASE(r10_depth_999_has_a_next_one_and_depth_1000_has_none) {
    const auto s = series("daily", "2026-08-01");
    BOOST_TEST(after_due(s, {"2026-08-01", "2026-08-01T10:00:00Z", 999}) == "2026-08-02");
    BOOST_TEST(after_due(s, {"2026-08-01", "2026-08-09T10:00:00Z", 1000}) == "none ended:depth");
    BOOST_TEST(after_completion(s, {"2026-08-01", "2026-08-09T10:00:00Z", 1000}) == "none ended:depth");
}

BOOST_AUTO_TEST_CASE(skip_moves_negative_days_too_and_two_days_moved_together_are_one) {
    BOOST_TEST(nominals_of(series("FREQ=MONTHLY;BYMONTHDAY=-31;SKIP=BACKWARD", "2026-01-01"), 4) ==
               "2026-01-01 2026-01-31 2026-03-01 2026-03-31");
    BOOST_TEST(nominals_of(series("FREQ=MONTHLY;BYMONTHDAY=30,31;SKIP=BACKWARD", "2026-01-30"), 4) ==
               "2026-01-30 2026-01-31 2026-02-28 2026-03-30");
    BOOST_TEST(nominals_of(series("FREQ=MONTHLY;BYMONTHDAY=1,31;SKIP=FORWARD", "2026-04-01"), 4) ==
               "2026-04-01 2026-05-01 2026-05-31 2026-06-01");
}

BOOST_AUTO_TEST_CASE(expansion_ends_at_the_last_year_of_the_calendar) {
    const auto found = rec::expand(series("FREQ=YEARLY;INTERVAL=999", "9000-06-01"), 9);
    BOOST_TEST(found.instances.size() == 2U);
    BOOST_TEST(found.ended);
    BOOST_TEST(after_due(series("FREQ=YEARLY;INTERVAL=999", "9000-06-01"),
                         {"9999-06-01", "9999-06-02T00:00:00Z"}) == "none ended:exhausted");
}

BOOST_AUTO_TEST_SUITE_END()
