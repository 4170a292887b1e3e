#include "domain/codec/event_json.hpp"
#include "domain/json_text.hpp"
#include "domain/limits.hpp"
#include "domain/project.hpp"
#include "tests/support/generators.hpp"
#include "tests/support/property.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <random>

namespace dom = daybook::domain;
namespace json = boost::json;

namespace {

constexpr std::string_view sample =
    R"({"event_id":"0198c7a0-0000-7000-8000-000000000001","event_type":"task.created","schema_version":"1.0",)"
    R"("timestamp":"2026-08-22T08:00:00.123Z","user_id":"ana","task_id":"0198c7a0-0000-7000-8000-000000000002",)"
    R"("version":1,"command_id":"c1","correlation_id":"c1","causation_id":"","actor":{"type":"user","id":"ana"},)"
    R"("source":"http","data":{"title":"Pay rent","priority":"P1"},"log":{"epoch":3,"claim":"k","seq":41,)"
    R"("part":"1/2","hash":"0123456789abcdef0123456789abcdef","at":"2026-08-22T08:00:00.124Z"}})";

json::object sample_value() { return dom::parse_json_object(sample).value(); }

dom::problem refused(const json::object& value) {
    const auto decoded = dom::decode_event(value);
    BOOST_REQUIRE_MESSAGE(!decoded, json::serialize(value));
    return decoded.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_event_json)

BOOST_AUTO_TEST_CASE(a_record_is_one_line_with_its_members_in_the_documented_order) {
    const auto decoded = dom::decode_event(sample);
    BOOST_REQUIRE(decoded);
    BOOST_TEST((decoded->type == dom::event_type::task_created));
    BOOST_TEST(decoded->version == 1);
    BOOST_TEST(decoded->log.part == 1);
    BOOST_TEST(decoded->log.parts == 2);
    BOOST_TEST(dom::encode_event(*decoded) == sample);
}

BOOST_AUTO_TEST_CASE(every_event_reads_back_as_itself_and_writes_the_same_bytes_again) {
    DAYBOOK_PROPERTY("decode(encode(e)) == e", [] {
        const auto e = daybook::tests::some_event();
        const auto text = dom::encode_event(e);
        RC_ASSERT(text.find('\n') == std::string::npos);
        const auto decoded = dom::decode_event(text);
        RC_ASSERT(decoded.has_value());
        RC_ASSERT(*decoded == e);
        RC_ASSERT(dom::encode_event(*decoded) == text);
    });
}

BOOST_AUTO_TEST_CASE(every_event_type_has_a_text_of_its_own) {
    for (int i = 0; i <= static_cast<int>(dom::event_type::filter_deleted); ++i) {
        const auto type = static_cast<dom::event_type>(i);
        BOOST_TEST((dom::parse_event_type(dom::to_text(type)) == type), dom::to_text(type));
    }
    BOOST_TEST(!dom::parse_event_type("log.claimed"));
    BOOST_TEST(!dom::parse_event_type(""));
}

BOOST_AUTO_TEST_CASE(a_missing_member_and_a_member_of_another_type_are_damage_that_is_named) {
    for (const auto& member : sample_value()) {
        auto without = sample_value();
        without.erase(member.key());
        BOOST_TEST((refused(without).code == dom::errc::log_damaged));
        BOOST_TEST(refused(without).field == std::string_view(member.key()));

        for (const json::value& wrong : {json::value(json::array{}), json::value(1.5), json::value(true)}) {
            auto other = sample_value();
            other[member.key()] = wrong;
            BOOST_TEST((refused(other).code == dom::errc::log_damaged));
            BOOST_TEST(refused(other).field == std::string_view(member.key()));
        }
    }
    for (const auto* part : {"0/1", "2/1", "1/1001", "01/1", "1/", "/1", "1", "", "1/1/1", "-1/1", "1/ 1"}) {
        auto other = sample_value();
        other["log"].as_object()["part"] = part;
        BOOST_TEST(refused(other).field == "part", part);
    }
    auto other = sample_value();
    other["version"] = 0;
    BOOST_TEST(refused(other).field == "version");
    other = sample_value();
    other["task_id"] = "not a uuid";
    BOOST_TEST(refused(other).field == "task_id");
}

BOOST_AUTO_TEST_CASE(a_project_event_that_names_no_project_is_damage_in_either_way_of_reading) {
    auto value = sample_value();
    value["event_type"] = "project.updated";
    value["task_id"] = nullptr;
    for (const json::value& bad : {json::value(nullptr), json::value("no id"), json::value(7)}) {
        value["data"] = json::object{{"name", "Home"}, {"project_id", bad}};
        BOOST_TEST((refused(value).code == dom::errc::log_damaged));
        BOOST_TEST(!dom::decode_event(json::serialize(value)).has_value());
    }
    value["data"] = json::object{{"name", "Home"}, {"project_id", "0198c7a0-0000-7000-8000-000000000003"}};
    BOOST_REQUIRE(dom::decode_event(value));
    BOOST_TEST(dom::project_of(*dom::decode_event(json::serialize(value)))->text() ==
               "0198c7a0-0000-7000-8000-000000000003");
    value["event_type"] = "book.configured";
    BOOST_TEST(!dom::project_of(*dom::decode_event(value)).has_value());
}

BOOST_AUTO_TEST_CASE(an_event_of_no_task_says_null) {
    auto value = sample_value();
    value["task_id"] = nullptr;
    const auto decoded = dom::decode_event(value);
    BOOST_REQUIRE(decoded);
    BOOST_TEST(!decoded->task);
    BOOST_TEST(dom::encode_event(*decoded).find(R"("task_id":null,)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_event_type_is_named) {
    auto value = sample_value();
    value["event_type"] = "task.exploded";
    const auto problem = refused(value);
    BOOST_TEST((problem.code == dom::errc::log_damaged));
    BOOST_TEST(problem.detail.find("task.exploded") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_newer_major_stops_the_reader_whatever_else_it_holds_and_a_newer_minor_does_not) {
    auto value = sample_value();
    value["schema_version"] = "2.0";
    value["event_type"] = "task.exploded";
    value.erase("actor");
    BOOST_TEST((refused(value).code == dom::errc::format_newer));
    value = sample_value();
    value["schema_version"] = "1.7";
    value["data"].as_object()["mood"] = "good";
    const auto decoded = dom::decode_event(value);
    BOOST_REQUIRE(decoded);
    BOOST_TEST(decoded->schema_version == "1.7");
    BOOST_TEST(decoded->data.at("mood").as_string() == "good");
    for (const auto* version : {"", "1", "1.", ".9", "0.8", "one", "1.0.0", "-1.0", "1.0 "}) {
        value["schema_version"] = version;
        BOOST_TEST((refused(value).code == dom::errc::log_damaged), version);
    }
}

BOOST_AUTO_TEST_CASE(schema_0_9_arrives_with_the_priorities_of_today) {
    for (const auto& [old, current] :
         {std::pair{"High", "P2"}, {"low", "P4"}, {"MEDIUM", "P3"}, {"Urgent", "P1"}, {"P1", "P1"}}) {
        auto value = sample_value();
        value["schema_version"] = "0.9";
        value["data"].as_object()["priority"] = old;
        const auto decoded = dom::decode_event(value);
        BOOST_REQUIRE(decoded);
        BOOST_TEST(decoded->schema_version == "1.0");
        BOOST_TEST(decoded->data.at("priority").as_string() == current);
    }
}

BOOST_AUTO_TEST_CASE(unknown_members_of_the_envelope_are_ignored_in_any_place) {
    json::object value;
    for (const auto& member : sample_value()) {
        value["new_" + std::string(member.key())] = 1;
        value[member.key()] = member.value();
    }
    const auto decoded = dom::decode_event(value);
    BOOST_REQUIRE(decoded);
    BOOST_TEST(dom::encode_event(*decoded) == sample);
}

BOOST_AUTO_TEST_CASE(no_input_crashes_the_decoder) {
    const std::uint64_t seed = std::random_device{}();
    BOOST_TEST_INFO_SCOPE("seed " << seed);
    std::mt19937_64 random(seed);
    const auto up_to = [&](std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    static constexpr std::string_view snippets[] = {
        "null",    "{}", "[]", "\"\"", "1e308",   "-1",   "18446744073709551615",
        "\"1/2\"", "{",  "}",  ",",    "\\u0000", "\xff", "\"9.9\""};
    std::size_t decoded = 0;
    for (int round = 0; round < 50'000; ++round) {
        std::string text(sample);
        for (std::size_t change = up_to(3) + 1; change > 0; --change) {
            const std::size_t at = up_to(text.size());
            switch (up_to(4)) {
                case 0: text[at] = static_cast<char>(up_to(256)); break;
                case 1: text.erase(at, up_to(40)); break;
                case 2: text.insert(at, snippets[up_to(std::size(snippets))]); break;
                default: {
                    const auto colon = text.find(':', at);
                    const auto comma = text.find_first_of(",}", colon);
                    if (comma != std::string::npos)
                        text.replace(colon + 1, comma - colon - 1, snippets[up_to(std::size(snippets))]);
                }
            }
            if (text.empty()) text = "{";
        }
        const auto result = dom::decode_event(text);
        if (!result) continue;
        ++decoded;
        BOOST_REQUIRE_MESSAGE((dom::decode_event(dom::encode_event(*result)).value() == *result), text);
    }
    BOOST_TEST(decoded > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
