#include "domain/zone.hpp"
#include "platform/tz/zone_files.hpp"
#include "tests/support/source_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>

namespace dom = daybook::domain;

namespace {

const dom::zone_table& zones() {
    static const dom::zone_table table = daybook::platform::load_zones().value();
    return table;
}

const dom::zone& zone(std::string_view name) {
    const auto* found = zones().find(name);
    BOOST_REQUIRE_MESSAGE(found != nullptr, name);
    return *found;
}

dom::local_time wall(std::string_view text) {
    return dom::local_time{std::chrono::floor<std::chrono::seconds>(
        dom::parse_instant(std::string(text) + "Z").value().time_since_epoch())};
}

std::string instant_of(std::string_view name, std::string_view text) {
    auto out = dom::to_text(zone(name).to_instant(wall(text)));
    return out.substr(0, 19) + "Z";
}

std::string local_of(std::string_view name, std::string_view instant) {
    const auto local = zone(name).to_local(dom::parse_instant(instant).value());
    return dom::to_text(dom::instant{local.time_since_epoch()}).substr(0, 19);
}

std::vector<std::uint8_t> file_bytes(const std::string& name) {
    std::ifstream in(std::filesystem::path(daybook::platform::zone_folder_default) / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_zone)

BOOST_AUTO_TEST_CASE(every_zone_of_the_machine_is_read_and_the_release_is_known) {
    BOOST_TEST(zones().version().size() >= 5U);
    BOOST_TEST(zones().version().starts_with("20"));
    std::size_t count = 0;
    for (const auto* name :
         {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+12", "Asia/Kathmandu"})
        count += zones().find(name) != nullptr;
    BOOST_TEST(count == 5U);
    BOOST_TEST((zones().find("europe/berlin") == nullptr));
    BOOST_TEST((zones().find("right/UTC") == nullptr));
    BOOST_TEST((zones().find("") == nullptr));
}

BOOST_AUTO_TEST_CASE(nine_in_berlin_is_another_instant_in_summer) {
    BOOST_TEST(instant_of("Europe/Berlin", "2026-03-28T09:00:00") == "2026-03-28T08:00:00Z");
    BOOST_TEST(instant_of("Europe/Berlin", "2026-03-29T09:00:00") == "2026-03-29T07:00:00Z");
    BOOST_TEST(local_of("Europe/Berlin", "2026-03-29T07:00:00Z") == "2026-03-29T09:00:00");
}

BOOST_AUTO_TEST_CASE(in_a_gap_the_offset_before_it_counts) {
    BOOST_TEST(instant_of("Europe/Berlin", "2026-03-29T01:59:59") == "2026-03-29T00:59:59Z");
    BOOST_TEST(instant_of("Europe/Berlin", "2026-03-29T02:00:00") == "2026-03-29T01:00:00Z");
    BOOST_TEST(instant_of("Europe/Berlin", "2026-03-29T02:30:00") == "2026-03-29T01:30:00Z");
    BOOST_TEST(instant_of("Europe/Berlin", "2026-03-29T02:59:59") == "2026-03-29T01:59:59Z");
    BOOST_TEST(instant_of("Europe/Berlin", "2026-03-29T03:00:00") == "2026-03-29T01:00:00Z");
}

BOOST_AUTO_TEST_CASE(in_an_overlap_the_first_pass_counts) {
    BOOST_TEST(instant_of("Europe/Berlin", "2026-10-25T02:30:00") == "2026-10-25T00:30:00Z");
    BOOST_TEST(instant_of("Europe/Berlin", "2026-10-25T03:00:00") == "2026-10-25T02:00:00Z");
    BOOST_TEST(local_of("Europe/Berlin", "2026-10-25T00:30:00Z") == "2026-10-25T02:30:00");
    BOOST_TEST(local_of("Europe/Berlin", "2026-10-25T01:30:00Z") == "2026-10-25T02:30:00");
}

BOOST_AUTO_TEST_CASE(summer_time_goes_on_behind_the_table_of_32_bit_times) {
    BOOST_TEST(instant_of("Europe/Berlin", "2038-07-01T12:00:00") == "2038-07-01T10:00:00Z");
    BOOST_TEST(instant_of("Europe/Berlin", "2038-12-01T12:00:00") == "2038-12-01T11:00:00Z");
    BOOST_TEST(instant_of("Europe/Berlin", "2040-03-25T02:30:00") == "2040-03-25T01:30:00Z");
    BOOST_TEST(instant_of("Europe/Berlin", "2100-03-28T02:30:00") == "2100-03-28T01:30:00Z");
    BOOST_TEST(instant_of("Europe/Berlin", "2100-10-31T02:30:00") == "2100-10-31T00:30:00Z");
    BOOST_TEST(instant_of("America/New_York", "2100-03-14T02:30:00") == "2100-03-14T07:30:00Z");
    BOOST_TEST(instant_of("America/New_York", "2100-11-07T01:30:00") == "2100-11-07T05:30:00Z");
    BOOST_TEST(instant_of("Europe/Berlin", "9999-07-01T00:00:00") == "9999-06-30T22:00:00Z");
}

BOOST_AUTO_TEST_CASE(a_day_that_never_was_is_the_next_one) {
    BOOST_TEST(instant_of("Pacific/Apia", "2011-12-29T12:00:00") == "2011-12-29T22:00:00Z");
    BOOST_TEST(instant_of("Pacific/Apia", "2011-12-30T12:00:00") == "2011-12-30T22:00:00Z");
    BOOST_TEST(instant_of("Pacific/Apia", "2011-12-31T12:00:00") == "2011-12-30T22:00:00Z");
}

BOOST_AUTO_TEST_CASE(a_shift_of_half_an_hour_is_followed) {
    BOOST_TEST(instant_of("Australia/Lord_Howe", "2026-10-04T02:15:00") == "2026-10-03T15:45:00Z");
    BOOST_TEST(instant_of("Australia/Lord_Howe", "2026-10-04T02:30:00") == "2026-10-03T15:30:00Z");
    BOOST_TEST(instant_of("Australia/Lord_Howe", "2026-04-05T01:45:00") == "2026-04-04T14:45:00Z");
    BOOST_TEST(instant_of("Australia/Lord_Howe", "2040-01-01T00:00:00") == "2039-12-31T13:00:00Z");
}

BOOST_AUTO_TEST_CASE(winter_may_be_the_special_time) {
    BOOST_TEST(instant_of("Europe/Dublin", "2026-07-01T12:00:00") == "2026-07-01T11:00:00Z");
    BOOST_TEST(instant_of("Europe/Dublin", "2026-12-01T12:00:00") == "2026-12-01T12:00:00Z");
    BOOST_TEST(instant_of("Europe/Dublin", "2100-07-01T12:00:00") == "2100-07-01T11:00:00Z");
    BOOST_TEST(instant_of("Europe/Dublin", "2100-12-01T12:00:00") == "2100-12-01T12:00:00Z");
    BOOST_TEST(instant_of("Africa/Casablanca", "2025-03-15T12:00:00") == "2025-03-15T12:00:00Z");
    BOOST_TEST(instant_of("Africa/Casablanca", "2025-05-15T12:00:00") == "2025-05-15T11:00:00Z");
}

BOOST_AUTO_TEST_CASE(before_the_table_begins_local_mean_time_holds) {
    BOOST_TEST(instant_of("Europe/Berlin", "1800-01-01T00:53:28") == "1800-01-01T00:00:00Z");
    BOOST_TEST(local_of("Europe/Berlin", "0001-01-01T00:00:00Z") == "0001-01-01T00:53:28");
}

BOOST_AUTO_TEST_CASE(milliseconds_before_the_epoch_belong_to_the_second_that_they_are_in) {
    BOOST_TEST(local_of("Europe/Berlin", "1969-12-31T23:59:59.999Z") == "1970-01-01T00:59:59");
}

BOOST_AUTO_TEST_CASE(pythons_zoneinfo_says_the_same_near_every_change_and_anywhere) {
    const auto seed = std::random_device{}() % 1'000'000;
    const char* count = std::getenv("DAYBOOK_TEST_ZONES");
    const auto command = "python3 '" + daybook::tests::source_folder().string() +
                         "/tests/support/zone_cases.py' " + std::to_string(seed) + ' ' +
                         (count != nullptr ? count : "15");
    BOOST_TEST_INFO_SCOPE("seed " << seed);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
    BOOST_REQUIRE(pipe);
    char line[256];
    std::size_t cases = 0;
    while (std::fgets(line, sizeof line, pipe.get()) != nullptr) {
        std::istringstream fields(line);
        std::string name;
        std::int64_t local = 0, instant = 0, offset = 0;
        fields >> name >> local >> instant >> offset;
        const dom::zone& z = zone(name);
        const auto got = z.to_instant(dom::local_time{std::chrono::seconds{local}});
        const dom::instant wanted{std::chrono::seconds{instant}};
        if (got != wanted || z.offset_at(wanted).count() != offset) BOOST_ERROR("differs: " << line);
        ++cases;
    }
    BOOST_TEST(cases > 1'000U);
}

BOOST_AUTO_TEST_CASE(unknown_names_get_near_ones) {
    const auto first = [](std::string_view name) {
        const auto near = zones().nearest(name);
        BOOST_TEST(near.size() <= 3U);
        return near.empty() ? std::string() : near.front();
    };
    BOOST_TEST(first("Europe/Berln") == "Europe/Berlin");
    BOOST_TEST(first("berlin") == "Europe/Berlin");
    BOOST_TEST(first("utc") == "Etc/UTC");
    BOOST_TEST(first("America/New York") == "America/New_York");
    BOOST_TEST(first("") == "");
    BOOST_TEST(first(std::string(10'000, 'x')) == "");
    BOOST_TEST(first("qqqqqqqqqqqqqqqq") == "");
}

BOOST_AUTO_TEST_CASE(damaged_files_are_refused_and_never_crash) {
    const auto good = file_bytes("Europe/Berlin");
    BOOST_REQUIRE(dom::zone::parse("x", good).has_value());
    for (std::size_t size = 0; size < good.size(); ++size)
        BOOST_REQUIRE(!dom::zone::parse("x", std::span(good).first(size)).has_value());
    const auto seed = std::random_device{}();
    BOOST_TEST_INFO_SCOPE("seed " << seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 20'000; ++round) {
        auto bytes = good;
        for (int change = 0; change < 3; ++change) {
            // The headers and the footer are where damage does most.
            const std::size_t at = random() % 3 == 0   ? random() % 44
                                   : random() % 2 == 0 ? bytes.size() - 1 - random() % 40
                                                       : random() % bytes.size();
            bytes[at] = static_cast<std::uint8_t>(random());
        }
        const auto parsed = dom::zone::parse("x", bytes);
        if (!parsed) continue;
        static_cast<void>(parsed->to_instant(wall("2040-03-25T02:30:00")));
        static_cast<void>(parsed->offset_at(dom::instant::max()));
        static_cast<void>(parsed->offset_at(dom::instant::min()));
    }
}

BOOST_AUTO_TEST_CASE(footers_of_every_kind_are_understood) {
    // A version 2 file with no transitions, one type of offset 0 and the footer under test.
    const auto with_footer = [](std::string_view footer) {
        std::vector<std::uint8_t> bytes;
        const auto header = [&](std::uint8_t types) {
            for (const char c : std::string_view("TZif2")) bytes.push_back(static_cast<std::uint8_t>(c));
            bytes.insert(bytes.end(), 15, 0);
            for (const std::uint8_t count :
                 {std::uint8_t{0}, std::uint8_t{0}, std::uint8_t{0}, std::uint8_t{0}, types, types})
                bytes.insert(bytes.end(), {0, 0, 0, count});
        };
        header(0);
        header(1);
        bytes.insert(bytes.end(), {0, 0, 0, 0, 0, 0, 0});
        bytes.push_back('\n');
        for (const char c : footer) bytes.push_back(static_cast<std::uint8_t>(c));
        bytes.push_back('\n');
        return dom::zone::parse("x", bytes);
    };
    const auto offset = [&](std::string_view footer, std::string_view at) {
        return with_footer(footer).value().offset_at(dom::parse_instant(at).value()).count();
    };
    BOOST_TEST(offset("", "2026-01-01T00:00:00Z") == 0);
    BOOST_TEST(offset("ZZZ-1:30:15", "2026-01-01T00:00:00Z") == 5415);
    BOOST_TEST(offset("<+0330>-3:30", "2026-01-01T00:00:00Z") == 12600);
    // Permanent daylight time, as RFC 8536 §3.3.1 writes it.
    BOOST_TEST(offset("ZZZ3EDT4,0/0,J365/23", "2026-12-31T23:30:00Z") == -14400);
    BOOST_TEST(offset("ZZZ3EDT4,0/0,J365/23", "2026-06-30T23:30:00Z") == -14400);
    // Jn leaves 29 February out, n counts it.
    BOOST_TEST(offset("AAA0BBB,J60/0,J300", "2028-02-29T12:00:00Z") == 0);
    BOOST_TEST(offset("AAA0BBB,J60/0,J300", "2028-03-01T00:00:00Z") == 3600);
    BOOST_TEST(offset("AAA0BBB,59/0,300", "2028-02-29T00:00:00Z") == 3600);
    BOOST_TEST(offset("AAA0BBB,59/0,300", "2026-03-01T00:00:00Z") == 3600);
    BOOST_TEST(offset("AAA0BBB,59/0,300", "2026-02-28T23:59:59Z") == 0);
    for (const auto* bad :
         {"Z", "ZZ0", "ZZZ", "ZZZ0YYY", "ZZZ0YYY,M1.1.1", "ZZZ0YYY,M13.1.1,M2.1.1", "ZZZ0YYY,M1.6.1,M2.1.1",
          "ZZZ0YYY,M1.1.7,M2.1.1", "ZZZ0YYY,J0,J1", "ZZZ0YYY,366,1", "ZZZ99999", "ZZZ27", "<ZZZ0", "ZZZ0 ",
          "ZZZ0YYY,J1,J2,J3", "ZZZ0YYY,J1/168,J2"})
        BOOST_TEST(!with_footer(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_no_database_is_refused) {
    const auto none = daybook::platform::load_zones("/nonexistent");
    BOOST_REQUIRE(!none);
    BOOST_TEST((none.error().code == dom::errc::config_invalid));
}

BOOST_AUTO_TEST_SUITE_END()
