#include "domain/time.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace dom = daybook::domain;

namespace {
std::string round_trip(std::string_view text) {
    const auto at = dom::parse_instant(text);
    return at ? dom::to_text(*at) : "none";
}
}  // namespace

BOOST_AUTO_TEST_SUITE(domain_time)

BOOST_AUTO_TEST_CASE(every_form_of_rfc_3339_reads_as_the_same_instant_in_utc) {
    BOOST_TEST(round_trip("2026-08-22T08:00:00.123Z") == "2026-08-22T08:00:00.123Z");
    BOOST_TEST(round_trip("2026-08-22T08:00:00Z") == "2026-08-22T08:00:00.000Z");
    BOOST_TEST(round_trip("2026-08-22T08:00:00.1Z") == "2026-08-22T08:00:00.100Z");
    BOOST_TEST(round_trip("2026-08-22T08:00:00.123999999Z") == "2026-08-22T08:00:00.123Z");
    BOOST_TEST(round_trip("2026-08-22T08:00:00+02:00") == "2026-08-22T06:00:00.000Z");
    BOOST_TEST(round_trip("2026-12-31T23:30:00-09:30") == "2027-01-01T09:00:00.000Z");
    BOOST_TEST(round_trip("2024-02-29T00:00:00Z") == "2024-02-29T00:00:00.000Z");
    BOOST_TEST(round_trip("1969-12-31T23:59:59.999Z") == "1969-12-31T23:59:59.999Z");
    BOOST_TEST(round_trip("0000-01-01T00:00:00Z") == "0000-01-01T00:00:00.000Z");
    BOOST_TEST(round_trip("9999-12-31T23:59:59.999Z") == "9999-12-31T23:59:59.999Z");
}

BOOST_AUTO_TEST_CASE(nothing_else_is_an_instant) {
    for (const auto* text : {"",
                             "2026-08-22",
                             "2026-08-22T08:00:00",
                             "2026-08-22T08:00Z",
                             "2026-08-22 08:00:00Z",
                             "2026-08-22t08:00:00z",
                             "2026-02-29T00:00:00Z",
                             "2026-13-01T00:00:00Z",
                             "2026-00-01T00:00:00Z",
                             "2026-01-00T00:00:00Z",
                             "2026-01-01T24:00:00Z",
                             "2026-01-01T00:60:00Z",
                             "2026-01-01T00:00:60Z",
                             "2026-01-01T00:00:00.Z",
                             "2026-01-01T00:00:00.1234567890Z",
                             "2026-01-01T00:00:00+24:00",
                             "2026-01-01T00:00:00+0200",
                             "2026-01-01T00:00:00+02:60",
                             "2026-01-01T00:00:00ZZ",
                             "+2026-01-01T00:00:00Z",
                             "20260101T000000Z",
                             "0000-01-01T00:00:00+01:00",
                             "9999-12-31T23:59:59-01:00"})
        BOOST_TEST(round_trip(text) == "none", text);
}

BOOST_AUTO_TEST_CASE(every_instant_of_the_years_0000_to_9999_reads_back) {
    const std::uint64_t seed = std::random_device{}();
    BOOST_TEST_INFO_SCOPE("seed " << seed);
    std::mt19937_64 random(seed);
    std::uniform_int_distribution<std::int64_t> any(-62167219200000, 253402300799999);
    for (int i = 0; i < 20'000; ++i) {
        const dom::instant at{std::chrono::milliseconds{any(random)}};
        BOOST_REQUIRE((dom::parse_instant(dom::to_text(at)) == at));
    }
}

BOOST_AUTO_TEST_CASE(instants_outside_of_the_four_digit_years_are_written_as_the_nearest_one) {
    BOOST_TEST(dom::to_text(dom::instant{std::chrono::milliseconds{253402300800000}}) ==
               "9999-12-31T23:59:59.999Z");
    BOOST_TEST(dom::to_text(dom::instant{std::chrono::milliseconds{-62167219200001}}) ==
               "0000-01-01T00:00:00.000Z");
}

BOOST_AUTO_TEST_SUITE_END()
