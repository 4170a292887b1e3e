// The short way of reading a record says what the parser says, or says nothing: for golden lines, for every
// event that can be made, and for bytes that somebody changed.
#include "domain/codec/event_json.hpp"
#include "domain/json_text.hpp"
#include "domain/record_layout.hpp"
#include "tests/support/generators.hpp"
#include "tests/support/property.hpp"
#include "tests/support/source_folder.hpp"

#include <boost/json/static_resource.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <random>

namespace dom = daybook::domain;
namespace json = boost::json;

namespace {

std::vector<std::string> golden(const char* name) {
    std::ifstream in(daybook::tests::source_folder() / "tests" / "golden" / name, std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
    BOOST_REQUIRE_MESSAGE(!lines.empty(), name);
    return lines;
}

/// Through the parser alone.
dom::result<dom::event> by_parser(std::string_view text) {
    auto parsed = dom::parse_json_object(text);
    if (!parsed) return dom::make_problem(dom::errc::log_damaged, parsed.error().detail);
    return dom::decode_event(*parsed);
}

/// Empty if both ways agree about the text, member by member.
std::string difference(std::string_view text) {
    const auto expected = by_parser(text);
    const auto read = dom::decode_event(text);
    if (expected.has_value() != read.has_value())
        return expected ? "refused" : "accepted: " + expected.error().detail;
    if (expected && !(*expected == *read)) return "another event: " + dom::encode_event(*read);
    if (!expected &&
        (expected.error().code != read.error().code || expected.error().detail != read.error().detail))
        return "another problem: " + read.error().detail;

    const auto parsed = dom::parse_json_object(text);
    const auto layout = dom::read_layout(text);
    json::object data;
    const auto with_data = dom::read_layout(text, data);
    if (with_data && !layout) return "a layout only where data is filled";
    if (!layout) return {};
    if (!parsed) return "a layout of what is no JSON object";
    const auto& o = *parsed;
    const auto& log = o.at("log").as_object();
    const auto is = [](const json::value& value, std::string_view read_text) {
        return value == json::value(read_text);
    };
    if (!is(o.at("event_type"), layout->event_type) || !is(o.at("source"), layout->source) ||
        !is(o.at("user_id"), layout->user_id) || !is(log.at("claim"), layout->claim) ||
        log.at("epoch") != json::value(layout->epoch) || log.at("seq") != json::value(layout->seq))
        return "another envelope";
    if (with_data && o.at("data") != json::value(data)) return "other data";
    const auto proof = dom::proof_of(*layout);
    const auto expected_proof = dom::parse_log_proof(log);
    if (proof && (!expected_proof || *proof != *expected_proof)) return "another proof";
    if (!proof && expected_proof && expected_proof->seq != 0) return "no proof";
    return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_record_layout)

BOOST_AUTO_TEST_CASE(every_golden_record_is_laid_out_and_reads_as_the_parser_reads_it) {
    for (const auto* file : {"events-1.0.jsonl", "events-0.9.jsonl", "events-0.9-as-1.0.jsonl"}) {
        for (const auto& line : golden(file)) {
            BOOST_TEST(difference(line) == "", line);
            // Only fractions, signs and rare escapes are left to the parser.
            if (line.find("\\u") == std::string::npos && line.find("\"x_") == std::string::npos)
                BOOST_TEST(dom::read_layout(line).has_value(), line);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_event_reads_as_the_parser_reads_it) {
    DAYBOOK_PROPERTY("short(encode(e)) == general(encode(e))", [] {
        const auto text = dom::encode_event(daybook::tests::some_event());
        RC_ASSERT(difference(text).empty());
    });
}

BOOST_AUTO_TEST_CASE(data_lies_in_the_storage_that_was_given) {
    const auto line = golden("events-1.0.jsonl").front();
    unsigned char memory[4096];
    json::static_resource storage(memory, sizeof memory);
    const auto e = dom::decode_event(line, &storage).value();
    BOOST_TEST((e.data.storage().get() == &storage));
    BOOST_TEST((e == by_parser(line).value()));
}

BOOST_AUTO_TEST_CASE(values_of_every_shape_in_data_read_as_the_parser_reads_them) {
    const std::string line = golden("events-1.0.jsonl").front();
    const auto from = line.find("\"data\":") + 7;
    const auto to = line.find(",\"log\":");
    for (const auto* data :
         {"{}",
          R"({"a":[]})",
          R"({"a":{}})",
          R"({"a":[1,[2,[3]],{"b":null}],"c":true,"d":false})",
          R"({"a":""})",
          R"({"a":"\"\\\/\b\f\n\r\t"})",
          R"({"a":"\u0041\ud83d\ude00"})",
          R"({"a":"\ud83d"})",
          R"({"a":"\x"})",
          R"({"\n":1})",
          R"({"a":1,"a":2})",
          R"({"a":1,"b":{"c":1,"c":2}})",
          R"({"a":-1})",
          R"({"a":-0})",
          R"({"a":00})",
          R"({"a":01})",
          R"({"a":1.5})",
          R"({"a":1e3})",
          R"({"a":1.})",
          R"({"a":+1})",
          R"({"a":999999999999999999})",
          R"({"a":9223372036854775807})",
          R"({"a":9223372036854775808})",
          R"({"a":18446744073709551616})",
          R"({"a":1e999})",
          R"({"a":nul})",
          R"({"a":truex})",
          R"({"a":1,})",
          R"({,})",
          R"({"a"})",
          R"({"a":})",
          R"({"a":[1,]})",
          R"({"a":[1 ,2]})",
          R"([])",
          R"("")",
          R"(null)",
          R"({"a":[[[[[[[[[[1]]]]]]]]]]})",
          "{\"a\":\"\x7f\"}",
          "{\"a\":\"\x1f\"}",
          "{\"a\":\"\xc3\xa9\"}",
          "{\"a\":\"\xc0\x80\"}",
          "{\"a\":\"\xed\xa0\x80\"}",
          "{\"a\":\"\xf4\x90\x80\x80\"}",
          "{\"a\":\"\xc3\"}",
          "{\"\xf0\x9f\x98\x80\":\"long enough to leave the short string \xe2\x82\xac\"}"}) {
        auto other = line;
        other.replace(from, to - from, data);
        BOOST_TEST(difference(other) == "", other);
    }
    std::string deep = line;
    deep.replace(from, to - from, "{\"a\":" + std::string(60, '[') + std::string(60, ']') + "}");
    BOOST_TEST(difference(deep) == "");
}

BOOST_AUTO_TEST_CASE(changed_bytes_read_as_the_parser_reads_them) {
    const std::uint64_t seed = std::random_device{}();
    BOOST_TEST_INFO_SCOPE("seed " << seed);
    std::mt19937_64 random(seed);
    const auto up_to = [&](std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    static constexpr std::string_view snippets[] = {"null",
                                                    "{}",
                                                    "[]",
                                                    "\"\"",
                                                    "0",
                                                    "-1",
                                                    "1.5",
                                                    " ",
                                                    "\\\"",
                                                    "\\u0041",
                                                    "{",
                                                    "}",
                                                    ",",
                                                    "\xff",
                                                    "\"9.9\"",
                                                    "\"a\":1,",
                                                    "9999999999999999999"};
    const auto lines = golden("events-1.0.jsonl");
    std::size_t laid_out = 0;
    for (int round = 0; round < 60'000; ++round) {
        std::string text = lines[up_to(lines.size())];
        for (std::size_t change = up_to(2) + 1; change > 0; --change) {
            const std::size_t at = up_to(text.size());
            switch (up_to(5)) {
                case 0: text[at] = static_cast<char>(up_to(256)); break;
                case 1: text[at] = static_cast<char>('0' + up_to(10)); break;
                case 2: text.erase(at, up_to(6)); break;
                case 3: text.insert(at, snippets[up_to(std::size(snippets))]); break;
                default: {
                    const auto colon = text.find(':', at);
                    const auto end = text.find_first_of(",}", colon);
                    if (end != std::string::npos)
                        text.replace(colon + 1, end - colon - 1, snippets[up_to(std::size(snippets))]);
                }
            }
            if (text.empty()) text = "{";
        }
        if (dom::read_layout(text)) ++laid_out;
        const auto found = difference(text);
        BOOST_REQUIRE_MESSAGE(found.empty(), found << " for " << text);
    }
    BOOST_TEST(laid_out > 1'000U);
}

BOOST_AUTO_TEST_SUITE_END()
