#include "domain/command.hpp"
#include "domain/json_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <cstring>
#include <limits>
#include <random>

namespace dom = daybook::domain;
namespace json = boost::json;

namespace {
std::string canonical(std::string_view text) { return dom::canonical_json(dom::parse_json(text).value()); }

std::string number(double value) {
    std::string out;
    dom::append_ecmascript_number(out, value);
    return out;
}

double from_bits(std::uint64_t bits) {
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(domain_canonical_json)

BOOST_AUTO_TEST_CASE(the_example_of_rfc_8785_has_its_canonical_form) {
    BOOST_TEST(canonical(R"({"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
        "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]})") ==
               "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
               "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

BOOST_AUTO_TEST_CASE(members_stand_in_the_order_of_utf_16_code_units) {
    BOOST_TEST(canonical(R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7})") ==
               "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\xef\xac\xb3\":3}");
    BOOST_TEST(canonical(R"({"aa":1,"a":2,"":3})") == R"({"":3,"a":2,"aa":1})");
}

BOOST_AUTO_TEST_CASE(numbers_look_as_in_the_samples_of_rfc_8785) {
    BOOST_TEST(number(0.0) == "0");
    BOOST_TEST(number(-0.0) == "0");
    BOOST_TEST(number(from_bits(0x0000000000000001)) == "5e-324");
    BOOST_TEST(number(from_bits(0x8000000000000001)) == "-5e-324");
    BOOST_TEST(number(from_bits(0x7fefffffffffffff)) == "1.7976931348623157e+308");
    BOOST_TEST(number(from_bits(0x4340000000000000)) == "9007199254740992");
    BOOST_TEST(number(from_bits(0x4430000000000000)) == "295147905179352830000");
    BOOST_TEST(number(from_bits(0x44b52d02c7e14af5)) == "9.999999999999997e+22");
    BOOST_TEST(number(from_bits(0x44b52d02c7e14af6)) == "1e+23");
    BOOST_TEST(number(from_bits(0x444b1ae4d6e2ef4e)) == "999999999999999700000");
    BOOST_TEST(number(from_bits(0x444b1ae4d6e2ef50)) == "1e+21");
    BOOST_TEST(number(from_bits(0x3eb0c6f7a0b5ed8c)) == "9.999999999999997e-7");
    BOOST_TEST(number(from_bits(0x3eb0c6f7a0b5ed8d)) == "0.000001");
    BOOST_TEST(number(from_bits(0x41b3de4355555553)) == "333333333.3333332");
    BOOST_TEST(number(from_bits(0xbecbf647612f3696)) == "-0.0000033333333333333333");
    BOOST_TEST(number(from_bits(0x43143ff3c1cb0959)) == "1424953923781206.2");
    BOOST_TEST(number(123456.75) == "123456.75");
}

BOOST_AUTO_TEST_CASE(integers_are_exact) {
    BOOST_TEST(canonical("[9007199254740993,-9223372036854775808,18446744073709551615]") ==
               "[9007199254740993,-9223372036854775808,18446744073709551615]");
    BOOST_TEST(canonical("[1.0,1,100e-2]") == "[1,1,1]");
}

BOOST_AUTO_TEST_CASE(every_double_reads_back_as_itself) {
    const std::uint64_t seed = std::random_device{}();
    BOOST_TEST_INFO_SCOPE("seed " << seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 100'000; ++i) {
        const double value = from_bits(random());
        if (!(value - value == 0)) continue;
        std::string text;
        dom::append_json_double(text, value);
        const auto read = dom::parse_json(text);
        BOOST_REQUIRE_MESSAGE(read.has_value(), text);
        BOOST_REQUIRE_MESSAGE(read->is_double(), text);
        BOOST_REQUIRE_MESSAGE(read->get_double() == value, text);
    }
}

BOOST_AUTO_TEST_CASE(text_that_is_no_json_or_too_large_or_too_deep_is_refused_with_its_place) {
    for (const auto* text : {"", " ", "{", "[1,]", "{\"a\":1}x", "1e999", "-1e999", "nul", "\"\xff\"", "01",
                             "[1 2]", "{\"a\" 1}", "'a'", "\"\\ud800\"", "\"\n\""})
        BOOST_TEST((dom::parse_json(text).error().code == dom::errc::json_malformed), text);
    const std::string deep(dom::json_text_depth_max + 1, '[');
    BOOST_TEST((dom::parse_json(deep).error().code == dom::errc::json_malformed));
    BOOST_TEST(dom::parse_json("1e-999")->get_double() == 0.0);
    BOOST_TEST((dom::parse_json_object("[]").error().code == dom::errc::json_malformed));
}

BOOST_AUTO_TEST_CASE(strings_of_any_length_and_content_read_back) {
    std::string every;
    for (int c = 0; c < 0x80; ++c) every += static_cast<char>(c);
    every += "é€😀";
    for (int doubling = 0; doubling < 8; ++doubling) {
        json::object value{{every, every}};
        std::string text;
        dom::append_json(text, value);
        BOOST_TEST((dom::parse_json_object(text).value() == value));
        every += every;
    }
}

BOOST_AUTO_TEST_CASE(a_command_hash_is_of_the_canonical_text_and_nothing_else) {
    dom::command c;
    c.id = dom::command_id("one");
    c.type = dom::command_type::create_task;
    c.args = dom::parse_json_object(R"({"title":"Pay rent","priority":"P1"})").value();
    const auto hash = dom::command_hash(c, dom::user_id("ana"));
    // printf '%s' '{"args":{"priority":"P1","title":"Pay
    // rent"},"if_version":null,"type":"create_task","user":"ana"}' | sha256sum
    BOOST_TEST(hash == "01073e2037e712f8bab7ea9de8d503c3");

    auto same = c;
    same.id = dom::command_id("two");
    same.temp_id = "t1";
    same.occurred_at = dom::instant{};
    same.args = dom::parse_json_object(R"({"priority":"P1","title":"Pay rent"})").value();
    BOOST_TEST(dom::command_hash(same, dom::user_id("ana")) == hash);

    auto other = c;
    other.if_version = 1;
    BOOST_TEST(dom::command_hash(other, dom::user_id("ana")) != hash);
    BOOST_TEST(dom::command_hash(c, dom::user_id("bob")) != hash);
    other = c;
    other.type = dom::command_type::update_task;
    BOOST_TEST(dom::command_hash(other, dom::user_id("ana")) != hash);
    other = c;
    other.args["title"] = "Pay rent ";
    BOOST_TEST(dom::command_hash(other, dom::user_id("ana")) != hash);
}

BOOST_AUTO_TEST_SUITE_END()
