// JSON from outside: what settled 21 refuses, and that the rest comes through unchanged.
#include "platform/http/json_strict.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdio>
#include <limits>
#include <ostream>
#include <random>

namespace http = daybook::platform::http;
namespace dom = daybook::domain;
namespace json = boost::json;
using namespace std::string_literals;

namespace {

struct refused_text {
    std::string text;
    std::string field;
    std::string_view says;
};
std::ostream& operator<<(std::ostream& out, const refused_text& one) { return out << one.text.substr(0, 60); }

const std::vector<refused_text> refused = {
    {"", "", "ends too early"},
    {" ", "", "ends too early"},
    {"{", "", "ends too early"},
    {"[1,]", "", "byte 3"},
    {"{\"a\":1,}", "a", "byte 7"},
    {"[1] x", "", "something follows"},
    {"{} {}", "", "something follows"},
    {"nul", "", "ends too early"},
    {"True", "", "byte 0"},
    {"'a'", "", "byte 0"},
    {"[1 /* two */]", "", "byte 3"},
    {"\xEF\xBB\xBF{}", "", "byte 0"},
    {"01", "", "follows"},
    {"1.", "", "this is no JSON"},
    {"+1", "", "byte 0"},
    {"NaN", "", "byte 0"},
    {"Infinity", "", "byte 0"},
    {"\"\xff\"", "", "byte"},
    {"\"\xc0\x80\"", "", "byte"},
    {"\"\xed\xa0\x80\"", "", "byte"},
    {R"("\ud800")", "", "byte 7"},
    {R"("\udc00x")", "", "surrogate"},
    {"\"a\nb\"", "", "byte"},
    {R"("\x")", "", "byte"},
    {R"({"a":{"b":1,"c":2,"b":3}})", "a.b", "stands twice"},
    {R"({"a":1,"\u0061":2})", "a", "stands twice"},
    {R"([{"x":1},{"x":1,"x":1}])", "[1].x", "stands twice"},
    {R"({"commands":[{"args":{"title":"a\u0000b"}}]})", "commands[0].args.title", "U+0000"},
    {R"({"a\u0000":1})", "a\0"s, "U+0000"},
    {R"({"n":1e400})", "n", "finite"},
    {R"({"n":-1e400})", "n", "finite"},
    {R"([0,9223372036854775808])", "[1]", "2^63"},
    {R"([18446744073709551615])", "[0]", "2^63"},
    {R"([18446744073709551616])", "[0]", "2^63"},
    {R"([-9223372036854775809])", "[0]", "2^63"},
    {R"([1e19])", "[0]", "2^63"},
    {R"([9.3e18])", "[0]", "2^63"},
    {"[1e99999999999999999999]", "", "finite"},
    {std::string(33, '[') + std::string(33, ']'), "", "nested"},
    {std::string(100'000, '['), "", "nested"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(platform_json_strict)

BOOST_DATA_TEST_CASE(what_a_view_could_not_hold_is_refused_and_the_place_named, refused, row) {
    const auto parsed = http::parse_json_strict(row.text);
    BOOST_REQUIRE(!parsed);
    BOOST_TEST((parsed.error().code == dom::errc::json_malformed));
    BOOST_TEST(parsed.error().detail.find(row.says) != std::string::npos, parsed.error().detail);
    if (!row.field.empty()) BOOST_TEST(parsed.error().field == row.field);
}

BOOST_AUTO_TEST_CASE(depth_32_passes) {
    BOOST_TEST(http::parse_json_strict(std::string(32, '[') + std::string(32, ']')).has_value());
}

BOOST_AUTO_TEST_CASE(numbers_at_the_edge_keep_their_value) {
    BOOST_TEST(http::parse_json_strict("9223372036854775807")->as_int64() ==
               std::numeric_limits<std::int64_t>::max());
    BOOST_TEST(http::parse_json_strict("-9223372036854775808")->as_int64() ==
               std::numeric_limits<std::int64_t>::min());
    BOOST_TEST(http::parse_json_strict("-9.223372036854775808e18")->as_double() == -9223372036854775808.0);
    BOOST_TEST(http::parse_json_strict("-0")->to_number<double>() == 0.0);
    BOOST_TEST(http::parse_json_strict("-0.0")->as_double() == 0.0);
    BOOST_TEST(http::parse_json_strict("100000000000000000000.5e-10")->as_double() ==
               10000000000.00000000005);
    BOOST_TEST(http::parse_json_strict("1e-400")->as_double() == 0.0);
    BOOST_TEST(http::parse_json_strict("5e-324")->as_double() == 5e-324);
    BOOST_TEST(http::parse_json_strict(" [1] \n").has_value());
}

BOOST_AUTO_TEST_CASE(a_double_is_read_to_the_nearest_value) {
    std::mt19937_64 random(20'260'822);
    for (int i = 0; i < 20'000; ++i) {
        const double wanted =
            std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 200) - 150);
        if (wanted >= 9.2e18) continue;
        char text[64];
        std::snprintf(text, sizeof text, "%.17g", wanted);
        const auto parsed = http::parse_json_strict(text);
        BOOST_REQUIRE(parsed.has_value());
        BOOST_REQUIRE_MESSAGE(parsed->to_number<double>() == wanted, text);
    }
}

BOOST_AUTO_TEST_CASE(the_same_name_in_different_objects_is_no_repeat) {
    const std::string text = R"({"a":{"a":{"a":1},"b":[{"a":1},{"a":2}]},"b":"\u00e9\ud83d\ude00"})";
    const auto parsed = http::parse_json_strict(text);
    BOOST_REQUIRE(parsed.has_value());
    BOOST_TEST(json::serialize(*parsed) == R"({"a":{"a":{"a":1},"b":[{"a":1},{"a":2}]},"b":"é😀"})");
}

BOOST_AUTO_TEST_CASE(any_bytes_give_a_value_or_a_problem) {
    const std::string seed_text =
        R"({"mode":"independent","commands":[{"id":"x","args":{"n":-1.5e3,"t":["a",null,true]}}]})";
    std::mt19937_64 random(4711);
    int good = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string text = seed_text;
        for (auto changes = random() % 3 + 1; changes > 0; --changes) {
            const auto at = static_cast<std::size_t>(random() % text.size());
            if (random() % 2 == 0)
                text[at] = static_cast<char>(random());
            else
                text.erase(at, static_cast<std::size_t>(random() % 4));
            if (text.empty()) break;
        }
        const auto parsed = http::parse_json_strict(text);
        if (!parsed) {
            BOOST_REQUIRE((parsed.error().code == dom::errc::json_malformed));
            continue;
        }
        ++good;
        BOOST_REQUIRE(http::parse_json_strict(json::serialize(*parsed)).has_value());
    }
    BOOST_TEST(good > 0);
}

BOOST_AUTO_TEST_SUITE_END()
