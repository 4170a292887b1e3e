// R1: the grammar of rules, their aliases, their one canonical text and what is refused.
#include "tests/support/time_cases.hpp"

using namespace daybook::tests;
namespace rec = daybook::domain::recurring;

namespace {

std::string canonical(std::string_view text) {
    const auto parsed = rec::parse_rule(text);
    return parsed ? parsed->text() : refusal(parsed);
}

std::string refused_start(std::string_view rule, std::string_view start) {
    return refusal(rec::make_series(rule, require_ok(daybook::domain::parse_date(start, zones())), zones()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_recurrence_rule)

BOOST_AUTO_TEST_CASE(r1_aliases_become_canonical_rules) {
    BOOST_TEST(canonical("daily") == "FREQ=DAILY");
    BOOST_TEST(canonical("Weekly") == "FREQ=WEEKLY");
    BOOST_TEST(canonical("weekdays") == "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR");
    BOOST_TEST(canonical("every weekday") == "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR");
    BOOST_TEST(canonical("every day") == "FREQ=DAILY");
    BOOST_TEST(canonical("every 2 weeks on mon,fri") == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR");
    BOOST_TEST(canonical("every 2 weeks on fri, mon") == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR");
    BOOST_TEST(canonical("every other monday") == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO");
    BOOST_TEST(canonical("every 2nd tue") == "FREQ=MONTHLY;BYDAY=2TU");
    BOOST_TEST(canonical("every last fri") == "FREQ=MONTHLY;BYDAY=-1FR");
    BOOST_TEST(canonical("every last day") == "FREQ=MONTHLY;BYMONTHDAY=-1");
    BOOST_TEST(canonical("every last workday") == "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1");
    BOOST_TEST(canonical("every first workday") == "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1");
    BOOST_TEST(canonical("every 36 hours") == "FREQ=HOURLY;INTERVAL=36");
}

BOOST_AUTO_TEST_CASE(r3_aliases_clamp_at_the_end_of_a_month) {
    BOOST_TEST(canonical("monthly") == "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD");
    BOOST_TEST(canonical("every 3 months") == "RSCALE=GREGORIAN;FREQ=MONTHLY;INTERVAL=3;SKIP=BACKWARD");
    BOOST_TEST(canonical("yearly") == "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD");
}

BOOST_AUTO_TEST_CASE(r1_a_rule_has_one_text) {
    BOOST_TEST(canonical("freq=daily;interval=1;wkst=mo") == "FREQ=DAILY");
    BOOST_TEST(canonical("RRULE:FREQ=DAILY") == "FREQ=DAILY");
    BOOST_TEST(canonical("BYDAY=+2TU,MO,-1FR,MO;FREQ=MONTHLY") == "FREQ=MONTHLY;BYDAY=MO,2TU,-1FR");
    BOOST_TEST(canonical("FREQ=MONTHLY;BYMONTHDAY=-1,31,1") == "FREQ=MONTHLY;BYMONTHDAY=1,31,-1");
    BOOST_TEST(canonical("FREQ=YEARLY;BYMONTH=12,2;SKIP=FORWARD") ==
               "RSCALE=GREGORIAN;FREQ=YEARLY;BYMONTH=2,12;SKIP=FORWARD");
    BOOST_TEST(canonical("RSCALE=GREGORIAN;FREQ=MONTHLY") == "FREQ=MONTHLY");
    BOOST_TEST(canonical("FREQ=WEEKLY;WKST=SU;COUNT=3") == "FREQ=WEEKLY;WKST=SU;COUNT=3");
    BOOST_TEST(canonical("FREQ=DAILY;UNTIL=20300101T235959Z") == "FREQ=DAILY;UNTIL=20300101T235959Z");
    for (const auto* text :
         {"every last workday", "monthly", "FREQ=DAILY;UNTIL=20300101T235959Z", "FREQ=DAILY;UNTIL=20300101",
          "FREQ=YEARLY;BYMONTH=2,5;BYMONTHDAY=-1,15;BYDAY=MO;BYSETPOS=-2,1;WKST=SA;SKIP=OMIT;COUNT=7"}) {
        const auto parsed = require_ok(rec::parse_rule(text));
        BOOST_TEST((require_ok(rec::parse_rule(parsed.text())) == parsed), text);
    }
}

BOOST_AUTO_TEST_CASE(r1_parts_that_are_not_supported_are_named) {
    for (const auto* part :
         {"BYSECOND=5", "BYMINUTE=5", "BYHOUR=9", "BYWEEKNO=3", "BYYEARDAY=7", "BYEASTER=0"}) {
        const auto name = std::string(part).substr(0, std::string_view(part).find('='));
        BOOST_TEST(canonical("FREQ=YEARLY;" + std::string(part)) == "recurrence.unsupported_part " + name);
    }
    BOOST_TEST(canonical("FREQ=MINUTELY") == "recurrence.unsupported_part FREQ");
    BOOST_TEST(canonical("FREQ=SECONDLY;INTERVAL=5") == "recurrence.unsupported_part FREQ");
    BOOST_TEST(canonical("RSCALE=HEBREW;FREQ=YEARLY") == "recurrence.unsupported_part RSCALE");
    BOOST_TEST(canonical("FREQ=DAILY;INTERVAL=0;BYHOUR=9") == "recurrence.unsupported_part BYHOUR");
}

BOOST_AUTO_TEST_CASE(r1_values_that_a_part_cannot_have_are_refused_by_its_name) {
    const std::pair<const char*, const char*> cases[] = {{"FREQ=DAILY;INTERVAL=0", "INTERVAL"},
                                                         {"FREQ=DAILY;INTERVAL=1000", "INTERVAL"},
                                                         {"FREQ=DAILY;INTERVAL=+2", "INTERVAL"},
                                                         {"FREQ=DAILY;COUNT=0", "COUNT"},
                                                         {"FREQ=DAILY;COUNT=2;UNTIL=20300101", "COUNT"},
                                                         {"FREQ=DAILY;UNTIL=20300230", "UNTIL"},
                                                         {"FREQ=DAILY;UNTIL=tomorrow", "UNTIL"},
                                                         {"FREQ=YEARLY;BYDAY=20MO", "BYDAY"},
                                                         {"FREQ=MONTHLY;BYDAY=0MO", "BYDAY"},
                                                         {"FREQ=WEEKLY;BYDAY=2MO", "BYDAY"},
                                                         {"FREQ=DAILY;BYDAY=1MO", "BYDAY"},
                                                         {"FREQ=DAILY;BYDAY=", "BYDAY"},
                                                         {"FREQ=WEEKLY;BYMONTHDAY=3", "BYMONTHDAY"},
                                                         {"FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"},
                                                         {"FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"},
                                                         {"FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"},
                                                         {"FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "BYSETPOS"},
                                                         {"FREQ=YEARLY;BYMONTH=13", "BYMONTH"},
                                                         {"FREQ=YEARLY;BYMONTH=-1", "BYMONTH"},
                                                         {"FREQ=DAILY;WKST=XX", "WKST"},
                                                         {"FREQ=MONTHLY;SKIP=SIDEWAYS", "SKIP"},
                                                         {"FREQ=DAILY;FREQ=DAILY", "FREQ"},
                                                         {"FREQ=FORTNIGHTLY", "FREQ"},
                                                         {"INTERVAL=2", "FREQ"},
                                                         {"", "rule"},
                                                         {"FREQ=DAILY;", "rule"},
                                                         {"sometimes", "rule"},
                                                         {"every 2nd day", "rule"},
                                                         {"every 1000 days", "rule"},
                                                         {"every 2 months on mon", "rule"}};
    for (const auto& [text, part] : cases)
        BOOST_TEST(canonical(text) == "recurrence.invalid " + std::string(part), text);
}

BOOST_AUTO_TEST_CASE(r1_a_rule_that_names_no_day_is_refused_when_it_is_set) {
    BOOST_TEST(refused_start("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-01-01") ==
               "recurrence.invalid rule");
    BOOST_TEST(refused_start("FREQ=HOURLY;BYMONTH=4;BYMONTHDAY=31", "2026-01-01T09:00") ==
               "recurrence.invalid rule");
    BOOST_TEST(refused_start("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "2026-01-05") == "recurrence.invalid rule");
    BOOST_TEST(refused_start("FREQ=YEARLY;INTERVAL=999;BYMONTH=2;BYMONTHDAY=29", "2026-01-01") ==
               "recurrence.invalid rule");
    BOOST_TEST(refused_start("FREQ=HOURLY;BYMONTHDAY=-2,-1", "2026-01-01T09:00") == "ok");  // hangs libical
    BOOST_TEST(refused_start("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2097-01-01") == "ok");
}

BOOST_AUTO_TEST_CASE(r10_until_must_be_of_the_type_of_the_start) {
    BOOST_TEST(refused_start("FREQ=DAILY;UNTIL=20300101T000000", "2026-01-05") == "recurrence.invalid UNTIL");
    BOOST_TEST(refused_start("FREQ=DAILY;UNTIL=20300101", "2026-01-05T09:00") == "recurrence.invalid UNTIL");
    BOOST_TEST(refused_start("FREQ=DAILY;UNTIL=20300101T000000Z", "2026-01-05T09:00") ==
               "recurrence.invalid UNTIL");
    BOOST_TEST(refused_start("FREQ=DAILY;UNTIL=20300101T000000Z", "2026-01-05T09:00[Europe/Berlin]") == "ok");
    BOOST_TEST(refused_start("FREQ=DAILY;UNTIL=20300101T000000", "2026-01-05T09:00[Europe/Berlin]") == "ok");
    BOOST_TEST(refused_start("FREQ=HOURLY", "2026-01-05") == "recurrence.invalid FREQ");
}

BOOST_AUTO_TEST_CASE(a_rule_that_ends_before_it_begins_gives_nothing_and_can_be_told) {
    const auto s = series("FREQ=WEEKLY;BYDAY=MO;UNTIL=20260105", "2026-01-06");
    BOOST_TEST(nominals_of(s, 3) == "");
    BOOST_TEST(refusal(rec::check_yields(s)) == "recurrence.invalid UNTIL");
    BOOST_TEST(refusal(rec::check_yields(series("daily", "2026-01-06"))) == "ok");
}

BOOST_AUTO_TEST_SUITE_END()
