// The sample vectors of DAYBOOK_SHARED (else ../shared beside the project): every answer is the same JSON
// value.
#include "app/calc/calc.hpp"
#include "domain/json_text.hpp"
#include "tests/support/time_cases.hpp"

#include <boost/json/value.hpp>

#include <fstream>

using namespace daybook::tests;
namespace calc = daybook::app::calc;
namespace json = boost::json;

namespace {

boost::test_tools::assertion_result vectors_are_there(boost::unit_test::test_unit_id) {
    const auto folder = shared_folder("vectors");
    boost::test_tools::assertion_result there(std::filesystem::exists(folder));
    there.message() << "no " << folder.string() << "; DAYBOOK_SHARED names the folder above it";
    return there;
}

/// Errors compare as the vectors say: unsupported_part with its part, of all others only that they are
/// errors.
json::value comparable(const json::value& value) {
    if (const auto* list = value.if_array()) {
        json::array out;
        for (const auto& each : *list) out.push_back(comparable(each));
        return out;
    }
    const auto* object = value.if_object();
    if (object == nullptr) return value;
    if (const auto* code = object->if_contains("error"))
        return *code == "recurrence.unsupported_part" ? value : json::value("an error");
    json::object out;
    for (const auto& member : *object) out[member.key()] = comparable(member.value());
    return out;
}

void check_file(std::string_view name, std::size_t lines_expected) {
    const auto table = calc::calculations();
    const auto row = std::find_if(table.begin(), table.end(), [&](const auto& r) { return r.name == name; });
    BOOST_REQUIRE(row != table.end());
    std::ifstream file(shared_folder("vectors") / (std::string(name) + "-sample.jsonl"));
    std::size_t lines = 0;
    for (std::string line; std::getline(file, line); ++lines) {
        const auto said = require_ok(daybook::domain::parse_json_object(line));
        const auto answer =
            require_ok(daybook::domain::parse_json_object(calc::answer_line(line, row->calculate, zones())));
        BOOST_TEST((answer.at("id") == said.at("id")));
        std::string got;
        daybook::domain::append_json(got, answer.at("out"));
        BOOST_TEST((comparable(answer.at("out")) == comparable(said.at("out"))), line << "\ngot " << got);
    }
    BOOST_TEST(lines == lines_expected);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_vectors, *boost::unit_test::precondition(vectors_are_there))

BOOST_AUTO_TEST_CASE(every_expansion_is_equal) { check_file("recurrence", 300); }
BOOST_AUTO_TEST_CASE(every_next_occurrence_is_equal) { check_file("next", 300); }
BOOST_AUTO_TEST_CASE(every_reminder_is_equal) { check_file("reminder", 200); }
BOOST_AUTO_TEST_CASE(every_cron_schedule_is_equal) { check_file("cron", 200); }

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(app_calc)

BOOST_AUTO_TEST_CASE(the_example_of_each_calculation_can_be_answered) {
    for (const auto& row : calc::calculations()) {
        const auto answer = calc::answer_line(row.example, row.calculate, zones());
        BOOST_TEST(answer.find("\"error\"") == std::string::npos, answer);
        BOOST_TEST(answer.starts_with("{\"id\":1,\"out\":{"), answer);
    }
}

BOOST_AUTO_TEST_CASE(a_line_that_cannot_be_read_is_answered_with_an_error_that_names_the_member) {
    const auto answer = [](std::string_view line) {
        return calc::answer_line(line, calc::recurrence, zones());
    };
    BOOST_TEST(answer("nonsense").starts_with("{\"id\":null,\"out\":{\"error\":\"json.malformed\""));
    BOOST_TEST(answer("{\"id\":7}") == "{\"id\":7,\"out\":{\"error\":\"field.required\",\"part\":\"in\"}}");
    BOOST_TEST(answer(R"({"id":7,"in":{"rule":"daily","dtstart":"2026-02-30","zone":null,"n":1}})") ==
               R"({"id":7,"out":{"error":"date.invalid","part":"dtstart"}})");
    BOOST_TEST(answer(R"({"id":7,"in":{"rule":"daily","dtstart":"2026-02-03","zone":"Mars/Base","n":1}})") ==
               R"({"id":7,"out":{"error":"field.invalid","part":"dtstart"}})");
    BOOST_TEST(
        answer(
            R"({"id":7,"in":{"rule":"daily","dtstart":"2026-02-03T10:00:00","zone":"Mars/Base","n":1}})") ==
        R"({"id":7,"out":{"error":"zone.unknown"}})");
    BOOST_TEST(answer(R"({"id":7,"in":{"rule":5,"dtstart":"2026-02-03","zone":"date","n":1}})") ==
               R"({"id":7,"out":{"error":"field.invalid","part":"rule"}})");
    BOOST_TEST(answer(R"({"id":7,"in":{"rule":"daily","dtstart":"2026-02-03","zone":"date","n":-1}})") ==
               R"({"id":7,"out":{"error":"field.invalid","part":"n"}})");
}

BOOST_AUTO_TEST_SUITE_END()
