#include "domain/ids.hpp"
#include "domain/utf8.hpp"

#include <boost/test/unit_test.hpp>

namespace dom = daybook::domain;

BOOST_AUTO_TEST_SUITE(domain_ids)

BOOST_AUTO_TEST_CASE(a_uuid_reads_in_either_case_and_writes_lower_case) {
    const auto id = dom::uuid::parse("0198C7A0-1234-7ABC-8DEF-00112233445f");
    BOOST_REQUIRE(id);
    BOOST_TEST(id->text() == "0198c7a0-1234-7abc-8def-00112233445f");
    BOOST_TEST((dom::uuid::parse(id->text()) == id));
}

BOOST_AUTO_TEST_CASE(anything_but_36_characters_of_hex_and_hyphens_is_no_uuid) {
    for (const auto* text :
         {"", "0198c7a0-1234-7abc-8def-00112233445", "0198c7a0-1234-7abc-8def-00112233445ff",
          "0198c7a012347abc8def00112233445f", "{198c7a0-1234-7abc-8def-00112233445}",
          "0198c7a0-1234-7abc-8def-00112233445g", "0198c7a0+1234-7abc-8def-00112233445f",
          "0198c7a-01234-7abc-8def-00112233445f", "0198c7a0-1234-7abc-8def--0112233445f"})
        BOOST_TEST(!dom::uuid::parse(text), text);
}

BOOST_AUTO_TEST_CASE(version_5_agrees_with_the_example_of_rfc_9562) {
    const auto dns = dom::uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    BOOST_TEST(dom::uuid::v5(*dns, "www.example.com").text() == "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

BOOST_AUTO_TEST_CASE(version_7_agrees_with_the_example_of_rfc_9562) {
    const auto at = dom::parse_instant("2022-02-22T19:22:22Z");
    // rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F
    const auto id = dom::uuid::v7(*at, {0xfc, 0xc3, 0xd8, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f});
    BOOST_TEST(id.text() == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

BOOST_AUTO_TEST_CASE(version_7_ids_sort_by_time) {
    const auto early = dom::uuid::v7(*dom::parse_instant("2026-08-22T08:00:00.123Z"), {0xff, 0xff, 0xff});
    const auto late = dom::uuid::v7(*dom::parse_instant("2026-08-22T08:00:00.124Z"), {});
    BOOST_TEST((early < late));
}

BOOST_AUTO_TEST_CASE(a_user_id_has_1_to_128_bytes_of_utf_8_without_controls) {
    BOOST_TEST(dom::parse_user_id("ana")->text() == "ana");
    BOOST_TEST(dom::parse_user_id("ünï 名").has_value());
    BOOST_TEST(dom::parse_user_id(std::string(128, 'a')).has_value());
    for (const std::string& bad :
         {std::string(), std::string(129, 'a'), std::string("a\nb"), std::string("a\0b", 3),
          std::string("\xc2\x85"), std::string("\xff"), std::string("\xc0\xaf"), std::string("\xed\xa0\x80"),
          std::string("\xe2\x82")}) {
        const auto parsed = dom::parse_user_id(bad);
        BOOST_REQUIRE(!parsed);
        BOOST_TEST((parsed.error().code == dom::errc::field_invalid));
    }
}

BOOST_AUTO_TEST_CASE(command_ids_of_reactions_are_reserved_for_the_service_scope) {
    BOOST_TEST(dom::parse_command_id("anything 1", false).has_value());
    BOOST_TEST(dom::parse_command_id("daybook:r1", true).has_value());
    BOOST_TEST((dom::parse_command_id("daybook:r1", false).error().code == dom::errc::command_id_bad));
    BOOST_TEST((dom::parse_command_id("", true).error().code == dom::errc::command_id_bad));
    BOOST_TEST((dom::parse_command_id("a\tb", true).error().code == dom::errc::command_id_bad));
}

BOOST_AUTO_TEST_CASE(a_position_has_one_text) {
    const auto text = "0198c7a0-1234-7abc-8def-00112233445f.7.9223372036854775807";
    const auto at = dom::position::parse(text);
    BOOST_REQUIRE(at);
    BOOST_TEST(at->partition == 7);
    BOOST_TEST(at->offset == 9223372036854775807);
    BOOST_TEST(at->text() == text);
    for (const auto* tail : {"", ".", ".1", ".1.", ".01.2", ".1.02", ".-1.2", ".1.-2", ".1.2 ", ".1.2.3",
                             ".+1.2", ".2147483648.0", ".0.9223372036854775808"})
        BOOST_TEST(!dom::position::parse(std::string("0198c7a0-1234-7abc-8def-00112233445f") + tail), tail);
}

BOOST_AUTO_TEST_CASE(code_points_are_counted_and_malformed_text_is_not) {
    BOOST_TEST(dom::count_code_points("aé名😀").value_or(0) == 4U);
    BOOST_TEST(!dom::count_code_points("\xf4\x90\x80\x80"));
    BOOST_TEST(!dom::count_code_points("a\x80"));
    BOOST_TEST(!dom::is_plain_text("a\x7f"));
}

BOOST_AUTO_TEST_SUITE_END()
