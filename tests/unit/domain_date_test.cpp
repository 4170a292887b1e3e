#include "domain/date.hpp"
#include "platform/tz/zone_files.hpp"

#include <boost/test/unit_test.hpp>

namespace dom = daybook::domain;

namespace {

const dom::zone_table& zones() {
    static const dom::zone_table table = daybook::platform::load_zones().value();
    return table;
}

std::string canonical(std::string_view text) {
    const auto parsed = dom::parse_date(text, zones());
    return parsed ? parsed->text() : std::string(dom::row_of(parsed.error().code).code);
}

std::string resolved(std::string_view text, std::string_view book_zone) {
    return dom::to_text(dom::resolve(dom::parse_date(text, zones()).value(), *zones().find(book_zone),
                                     std::chrono::hours{9}, zones()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_date)

BOOST_AUTO_TEST_CASE(each_kind_has_one_canonical_text) {
    BOOST_TEST(canonical("2026-08-31") == "2026-08-31");
    BOOST_TEST(canonical("2026-08-31T17:00") == "2026-08-31T17:00:00");
    BOOST_TEST(canonical("2026-08-31T17:00:05") == "2026-08-31T17:00:05");
    BOOST_TEST(canonical("2026-08-31T17:00[Europe/Berlin]") == "2026-08-31T17:00:00[Europe/Berlin]");
    BOOST_TEST(canonical("2026-08-31T17:00[!Europe/Berlin]") == "2026-08-31T17:00:00[Europe/Berlin]");
    BOOST_TEST(canonical("2026-08-31T15:00Z") == "2026-08-31T15:00:00Z");
    BOOST_TEST(canonical("2026-08-31T17:00:00+02:00") == "2026-08-31T15:00:00Z");
    BOOST_TEST(canonical("2026-08-31T15:00:00.5Z") == "2026-08-31T15:00:00.500Z");
    BOOST_TEST(canonical("0001-01-01") == "0001-01-01");
    BOOST_TEST(canonical("9999-12-31T23:59:59") == "9999-12-31T23:59:59");
    BOOST_TEST(canonical("2028-02-29") == "2028-02-29");
}

BOOST_AUTO_TEST_CASE(a_canonical_text_is_its_own_canonical_text) {
    for (const auto* text : {"2026-08-31", "2026-08-31T17:00:00", "2026-08-31T17:00:00[Europe/Berlin]",
                             "2026-08-31T15:00:00Z", "2026-08-31T15:00:00.001Z"}) {
        BOOST_TEST(canonical(text) == text);
        BOOST_TEST((dom::parse_date(text, zones())->text() == text));
    }
}

BOOST_AUTO_TEST_CASE(the_kind_follows_from_the_text) {
    const auto kind = [](std::string_view text) { return dom::parse_date(text, zones()).value().kind; };
    BOOST_TEST((kind("2026-08-31") == dom::date_kind::all_day));
    BOOST_TEST((kind("2026-08-31T17:00") == dom::date_kind::floating));
    BOOST_TEST((kind("2026-08-31T17:00[Europe/Berlin]") == dom::date_kind::zoned));
    BOOST_TEST((kind("2026-08-31T17:00Z") == dom::date_kind::absolute));
    BOOST_TEST((kind("2026-08-31T17:00-02:30") == dom::date_kind::absolute));
}

BOOST_AUTO_TEST_CASE(the_wall_clock_stays_as_it_was_set_even_inside_of_a_gap) {
    BOOST_TEST(canonical("2026-03-29T02:30[Europe/Berlin]") == "2026-03-29T02:30:00[Europe/Berlin]");
    BOOST_TEST(resolved("2026-03-29T02:30[Europe/Berlin]", "UTC") == "2026-03-29T01:30:00.000Z");
}

BOOST_AUTO_TEST_CASE(an_offset_beside_a_zone_must_agree_with_it) {
    BOOST_TEST(canonical("2026-08-31T17:00+02:00[Europe/Berlin]") == "2026-08-31T17:00:00[Europe/Berlin]");
    BOOST_TEST(canonical("2026-08-31T15:00Z[Europe/Berlin]") == "2026-08-31T17:00:00[Europe/Berlin]");
    BOOST_TEST(canonical("2026-08-31T17:00+01:00[Europe/Berlin]") == "date.invalid");
    BOOST_TEST(canonical("2026-10-25T02:30+02:00[Europe/Berlin]") == "2026-10-25T02:30:00[Europe/Berlin]");
    BOOST_TEST(canonical("2026-10-25T02:30+01:00[Europe/Berlin]") == "date.invalid");
}

BOOST_AUTO_TEST_CASE(what_the_calendar_or_the_clock_does_not_have_is_refused) {
    for (const auto* text : {"",
                             "2026",
                             "2026-08",
                             "2026-8-31",
                             "2026-02-29",
                             "2026-02-30",
                             "2026-04-31",
                             "2026-13-01",
                             "2026-00-10",
                             "2026-01-00",
                             "2100-02-29",
                             "0000-01-01",
                             "10000-01-01",
                             "-2026-01-01",
                             "+2026-01-01",
                             "2026-08-31T",
                             "2026-08-31T24:00",
                             "2026-08-31T17",
                             "2026-08-31T17:60",
                             "2026-08-31T17:00:60",
                             "2026-08-31 17:00",
                             "2026-08-31t17:00",
                             "2026-08-31T17:00z",
                             "2026-08-31T17:00:00.5",
                             "2026-08-31T17:00:00.5[Europe/Berlin]",
                             "2026-08-31T17:00:00.Z",
                             "2026-08-31T17:00+2:00",
                             "2026-08-31T17:00+24:00",
                             "2026-08-31T17:00+02:60",
                             "2026-08-31T17:00[",
                             "2026-08-31T17:00[]",
                             "2026-08-31T17:00[Europe/Berlin",
                             "2026-08-31T17:00Z ",
                             "2026-08-31[Europe/Berlin]",
                             "2026-08-31Z",
                             "tomorrow",
                             "0001-01-01T00:00:00+01:00",
                             "9999-12-31T23:59:59-01:00",
                             "2026-08-31T17:00ZZ",
                             "20260831T170000Z",
                             "2026-08-31\n"})
        BOOST_TEST(canonical(text) == "date.invalid", text);
    BOOST_TEST(canonical(std::string(100'000, '9')) == "date.invalid");
}

BOOST_AUTO_TEST_CASE(years_are_judged_on_the_wall_clock_and_as_an_instant) {
    for (const auto* text : {"9999-12-31T23:59Z[Asia/Tokyo]", "0001-01-01T00:00Z[America/New_York]",
                             "9999-12-31T23:59[America/New_York]", "0001-01-01T00:00[Asia/Tokyo]"})
        BOOST_TEST(canonical(text) == "date.invalid", text);
    BOOST_TEST(canonical("9999-12-31T14:59Z[Asia/Tokyo]") == "9999-12-31T23:59:00[Asia/Tokyo]");
    BOOST_TEST(canonical("9999-12-31T18:59[America/New_York]") == "9999-12-31T18:59:00[America/New_York]");
    BOOST_TEST(canonical("0001-01-01T12:00[Asia/Tokyo]") == "0001-01-01T12:00:00[Asia/Tokyo]");
}

BOOST_AUTO_TEST_CASE(an_unknown_zone_is_named_with_near_ones) {
    const auto parsed = dom::parse_date("2026-08-31T17:00[Europe/Berln]", zones());
    BOOST_REQUIRE(!parsed);
    BOOST_TEST((parsed.error().code == dom::errc::zone_unknown));
    BOOST_TEST(parsed.error().detail.find("Europe/Berln") != std::string::npos);
    BOOST_TEST(parsed.error().hint.find("Europe/Berlin") != std::string::npos);
    BOOST_TEST(canonical("2026-08-31T17:00[u-ca=gregory]") == "zone.unknown");
}

BOOST_AUTO_TEST_CASE(the_instant_of_a_date_depends_on_the_book_only_where_the_date_names_no_zone) {
    BOOST_TEST(resolved("2026-08-31", "Europe/Berlin") == "2026-08-31T07:00:00.000Z");
    BOOST_TEST(resolved("2026-08-31", "UTC") == "2026-08-31T09:00:00.000Z");
    BOOST_TEST(resolved("2026-08-31T17:00", "Europe/Berlin") == "2026-08-31T15:00:00.000Z");
    BOOST_TEST(resolved("2026-08-31T17:00", "America/New_York") == "2026-08-31T21:00:00.000Z");
    BOOST_TEST(resolved("2026-08-31T17:00[Europe/Berlin]", "America/New_York") == "2026-08-31T15:00:00.000Z");
    BOOST_TEST(resolved("2026-08-31T17:00Z", "America/New_York") == "2026-08-31T17:00:00.000Z");
}

BOOST_AUTO_TEST_SUITE_END()
