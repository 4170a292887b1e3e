// tests/golden/*.jsonl and schema/event/*.json. Lines of golden files are never edited or removed: they are
// the promise that what was written once stays readable. DAYBOOK_WRITE_SCHEMA=1 writes the schema files anew.
#include "domain/codec/event_json.hpp"
#include "domain/codec/event_json_schema.hpp"
#include "domain/evolve.hpp"
#include "domain/json_text.hpp"
#include "tests/support/pretty_json.hpp"
#include "tests/support/source_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace dom = daybook::domain;
namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

const fs::path source = daybook::tests::source_folder();

std::vector<std::string> golden(const char* name) {
    std::ifstream in(source / "tests" / "golden" / name, std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
    BOOST_REQUIRE_MESSAGE(!lines.empty(), name);
    return lines;
}

std::vector<dom::event_type> every_type() {
    std::vector<dom::event_type> types;
    for (int i = 0; i <= static_cast<int>(dom::event_type::filter_deleted); ++i)
        types.push_back(static_cast<dom::event_type>(i));
    return types;
}

bool accepts(const json::value& schema_json, const json::value& value) {
    valijson::Schema schema;
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::BoostJsonAdapter(schema_json), schema);
    valijson::Validator validator;
    return validator.validate(schema, valijson::adapters::BoostJsonAdapter(value), nullptr);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_event_golden)

BOOST_AUTO_TEST_CASE(golden_records_read_and_write_the_same_bytes) {
    std::set<dom::event_type> seen;
    for (const auto& line : golden("events-1.0.jsonl")) {
        const auto decoded = dom::decode_event(line);
        BOOST_REQUIRE_MESSAGE(decoded.has_value(), line);
        BOOST_TEST(dom::encode_event(*decoded) == line);
        seen.insert(decoded->type);
    }
    for (const auto type : every_type()) BOOST_TEST(seen.contains(type), dom::to_text(type));
}

BOOST_AUTO_TEST_CASE(records_of_schema_0_9_read_as_those_of_today) {
    const auto old = golden("events-0.9.jsonl");
    const auto current = golden("events-0.9-as-1.0.jsonl");
    BOOST_REQUIRE(old.size() == current.size());
    for (std::size_t i = 0; i < old.size(); ++i) {
        const auto decoded = dom::decode_event(old[i]);
        BOOST_REQUIRE_MESSAGE(decoded.has_value(), old[i]);
        BOOST_TEST(dom::encode_event(*decoded) == current[i]);
    }
}

BOOST_AUTO_TEST_CASE(golden_records_of_a_task_can_be_folded) {
    std::shared_ptr<dom::task> t;
    for (const auto& line : golden("events-1.0.jsonl")) {
        const auto e = dom::decode_event(line).value();
        if (e.task) t = std::make_shared<dom::task>(dom::evolve(t.get(), e));
    }
    BOOST_REQUIRE(t);
    BOOST_TEST((t->status == dom::status::purged));
}

BOOST_AUTO_TEST_CASE(golden_records_are_what_the_schemas_say) {
    for (const auto& line : golden("events-1.0.jsonl")) {
        const auto value = dom::parse_json(line).value();
        const auto type = dom::decode_event(line)->type;
        const json::value schema = dom::event_json_schema(type);
        BOOST_TEST(accepts(schema, value), line);
        // Every member of the envelope and every member that the data requires is needed.
        for (const auto& member : value.get_object()) {
            auto without = value;
            without.as_object().erase(member.key());
            BOOST_TEST(!accepts(schema, without), dom::to_text(type) << " without " << member.key());
        }
        const auto* required = schema.at("properties").at("data").as_object().if_contains("required");
        if (required == nullptr) continue;
        for (const auto& name : required->as_array()) {
            auto without = value;
            without.at("data").as_object().erase(name.as_string());
            BOOST_TEST(!accepts(schema, without), dom::to_text(type) << " without data." << name);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_schemas_refuse_members_of_another_shape) {
    for (const auto& line : golden("events-1.0.jsonl")) {
        const auto value = dom::parse_json(line).value();
        const json::value schema = dom::event_json_schema(dom::decode_event(line)->type);
        const auto& known = schema.at("properties").at("data").as_object();
        const auto* named = known.if_contains("properties");
        for (const auto& member : value.at("data").as_object()) {
            if (!member.key().starts_with("x_") &&
                (named == nullptr || !named->as_object().contains(member.key())))
                continue;
            auto wrong = value;
            wrong.at("data").as_object()[member.key()] = json::array{json::array{}};
            BOOST_TEST(!accepts(schema, wrong), member.key() << " in " << line);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_files_in_schema_event_are_what_the_code_says) {
    const bool write = std::getenv("DAYBOOK_WRITE_SCHEMA") != nullptr;
    const auto folder = source / "schema" / "event";
    if (write) fs::create_directories(folder);
    for (const auto type : every_type()) {
        const auto path = folder / (std::string(dom::to_text(type)) + ".json");
        const auto wanted = daybook::tests::pretty_json(dom::event_json_schema(type)) + "\n";
        if (write) std::ofstream(path, std::ios::binary) << wanted;
        std::ifstream file(path, std::ios::binary);
        const std::string found{std::istreambuf_iterator<char>(file), {}};
        BOOST_TEST((found == wanted), path.filename().string()
                                          << " differs: run unit_tests with DAYBOOK_WRITE_SCHEMA=1");
    }
    const auto files = std::distance(fs::directory_iterator(folder), fs::directory_iterator());
    BOOST_TEST(static_cast<std::size_t>(files) == every_type().size());
}

BOOST_AUTO_TEST_SUITE_END()
