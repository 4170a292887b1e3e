// The table of members, check_schema, and schema/command/*.json (V1, settled 21, 22, 23).
// DAYBOOK_WRITE_SCHEMA=1 writes the files anew instead of comparing them.
#include "domain/canonical_input.hpp"
#include "domain/command_schema.hpp"
#include "domain/limits.hpp"
#include "tests/support/given.hpp"
#include "tests/support/source_folder.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

using namespace daybook::tests;
using daybook::domain::errc;
namespace dom = daybook::domain;
namespace json = boost::json;
namespace limits = daybook::domain::limits;

namespace {

dom::command command_of(std::string_view type, std::string_view args) {
    dom::command cmd;
    cmd.id = dom::command_id("c");
    cmd.type = dom::parse_command_type(type).value();
    cmd.args = json_named(args).as_object();
    return cmd;
}

/// `code field` of the refusal, or `ok`.
std::string checked(std::string_view type, std::string_view args) {
    const auto result = dom::check_schema(command_of(type, args));
    if (result) return "ok";
    return fmt::format("{} {}", dom::row_of(result.error().code).code, result.error().field);
}

std::string pretty(const json::value& value, std::size_t indent = 0) {
    const std::string margin(indent + 2, ' ');
    const auto lines = [&](char open, const auto& list, char close, auto&& one) {
        std::string out(1, open);
        const char* between = "\n";
        for (const auto& element : list) {
            out += between + margin + one(element);
            between = ",\n";
        }
        return out + "\n" + std::string(indent, ' ') + close;
    };
    if (const auto* object = value.if_object(); object != nullptr && !object->empty())
        return lines('{', *object, '}', [&](const auto& member) {
            return json::serialize(json::string(member.key())) + ": " + pretty(member.value(), indent + 2);
        });
    if (const auto* array = value.if_array();
        array != nullptr && !array->empty() && !array->front().is_string())
        return lines('[', *array, ']', [&](const auto& element) { return pretty(element, indent + 2); });
    return json::serialize(value);
}

std::filesystem::path schema_file(dom::command_type type) {
    return daybook::tests::source_folder() / "schema" / "command" / (std::string(to_text(type)) + ".json");
}

bool schema_accepts(dom::command_type type, const json::object& args) {
    const json::value schema_json = dom::command_json_schema(type);
    valijson::Schema schema;
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::BoostJsonAdapter(schema_json), schema);
    const json::value whole{{"type", to_text(type)}, {"args", args}};
    valijson::Validator validator;
    return validator.validate(schema, valijson::adapters::BoostJsonAdapter(whole), nullptr);
}

struct sample {
    std::string_view type;
    std::string_view args;
    std::string_view outcome;
};

// Every row is judged by check_schema and by the schema file; a schema cannot see what stands in
// `beyond_schema`.
const std::vector<sample> samples{
    {"create_task", R"({"title":"x"})", "ok"},
    {"create_task", R"({"title":"x","description":null,"tags":null,"due":null,"priority":null,"x_a":null})",
     "ok"},
    {"create_task", R"({"title":"x","tags":["#a","phase:2","a/b-c_d.e"],"percent":100,"duration":0})", "ok"},
    {"create_task", R"({"title":"x","x_s":"s","x_b":true,"x_i":1,"x_d":1.5})", "ok"},
    {"create_task", R"({})", "field.required args.title"},
    {"create_task", R"({"title":null})", "field.invalid args.title"},
    {"create_task", R"({"title":""})", "field.invalid args.title"},
    {"create_task", R"({"title":5})", "field.invalid args.title"},
    {"create_task", R"({"title":"x","colour":"red"})", "field.unknown args.colour"},
    {"create_task", R"({"title":"x","task_id":"7"})", "field.invalid args.task_id"},
    {"create_task", R"({"title":"x","priority":"P5"})", "field.invalid args.priority"},
    {"create_task", R"({"title":"x","priority":1})", "field.invalid args.priority"},
    {"create_task", R"({"title":"x","tags":"home"})", "field.invalid args.tags"},
    {"create_task", R"({"title":"x","tags":[""]})", "field.invalid args.tags[0]"},
    {"create_task", R"({"title":"x","percent":101})", "field.invalid args.percent"},
    {"create_task", R"({"title":"x","percent":-1})", "field.invalid args.percent"},
    {"create_task", R"({"title":"x","duration":1.5})", "field.invalid args.duration"},
    {"create_task", R"({"title":"x","estimate":527041})", "field.invalid args.estimate"},
    {"create_task", R"({"title":"x","due":7})", "date.invalid args.due"},
    {"create_task", R"({"title":"x","depends_on":"$a"})", "field.invalid args.depends_on"},
    {"create_task",
     R"({"title":"x","recurrence":{"rule":"FREQ=DAILY","anchor":"completion","catch_up":"each"}})", "ok"},
    {"create_task", R"({"title":"x","recurrence":"daily"})", "recurrence.invalid args.recurrence"},
    {"create_task", R"({"title":"x","recurrence":{"anchor":"due"}})", "recurrence.invalid args.recurrence"},
    {"create_task", R"({"title":"x","recurrence":{"rule":"x","anchor":"start"}})",
     "field.invalid args.recurrence.anchor"},
    {"create_task", R"({"title":"x","recurrence":{"rule":"x","more":1}})",
     "field.unknown args.recurrence.more"},
    {"create_task", R"({"title":"x","reminders":[{"cron":"0 9 * * *","zone":"UTC"},{"when":"1 day"}]})",
     "ok"},
    {"create_task", R"({"title":"x","reminders":[{"zone":"UTC"}]})", "reminder.invalid args.reminders[0]"},
    {"create_task", R"({"title":"x","reminders":[{"when":"1 day","at":"x"}]})",
     "reminder.invalid args.reminders[0]"},
    {"create_task", R"({"title":"x","reminders":[{"when":"1 day","more":"x"}]})",
     "field.unknown args.reminders[0].more"},
    {"create_task", R"({"title":"x","reminders":[],"reminder_minutes":5})",
     "field.invalid args.reminder_minutes"},
    {"create_task", R"({"title":"x","x_list":[1]})", "field.invalid args.x_list"},
    {"create_task", R"({"title":"x","x_":1})", "field.invalid args.x_"},
    {"update_task", R"({"task_id":"$a"})", "ok"},
    {"update_task", R"({"title":"x"})", "field.required args.task_id"},
    {"update_task", R"({"task_id":"$a","parent_id":"$b"})", "field.unknown args.parent_id"},
    {"update_task", R"({"task_id":"$a","status":"completed"})", "field.unknown args.status"},
    {"start_task", R"({"task_id":"$a","children":"keep"})", "field.unknown args.children"},
    {"complete_task", R"({"task_id":"$a","children":"cascade"})", "ok"},
    {"complete_task", R"({"task_id":"$a","children":"all"})", "field.invalid args.children"},
    {"delete_task", R"({"task_id":"$a","children":null})", "field.invalid args.children"},
    {"reschedule_task", R"({"task_id":"$a"})", "field.required args"},
    {"reschedule_task", R"({"task_id":"$a","due":null})", "ok"},
    {"change_tags", R"({"task_id":"$a"})", "field.required args"},
    {"change_tags", R"({"task_id":"$a","add":["x"]})", "ok"},
    {"change_tags", R"({"task_id":"$a","add":null})", "field.invalid args.add"},
    {"add_tags", R"({"task_id":"$a"})", "field.required args.tags"},
    {"move_task", R"({"task_id":"$a"})", "field.required args"},
    {"move_task", R"({"task_id":"$a","parent_id":null})", "ok"},
    {"add_comment", R"({"task_id":"$a","text":""})", "field.invalid args.text"},
    {"configure_book",
     R"({"zone":"Europe/Berlin","all_day_time":"09:00","week_start":"sunday","language":"german"})", "ok"},
    {"create_task", R"({"title":"x","recurrence_rule":"daily","recurrence":{"rule":"daily"}})",
     "field.invalid args.recurrence_rule"},
    {"create_recurring_task", R"({"title":"x","recurrence_rule":"daily"})", "ok"},
    {"create_recurring_task", R"({"title":"x"})", "field.required args"},
    {"create_recurring_task", R"({"title":"x","recurrence_rule":null})", "field.required args"},
    {"update_series", R"({"task_id":"$a","title":"x"})", "ok"},
    {"update_series", R"({"task_id":"$a"})", "field.required args"},
    {"update_series", R"({"task_id":"$a","due":"2026-08-31"})", "field.unknown args.due"},
    {"split_series", R"({"task_id":"$a","due":"2026-08-31"})", "ok"},
    {"create_schedule", R"({"name":"x","cron":"@daily","reminder":{"text":"x"}})", "ok"},
    {"create_schedule", R"({"name":"x","cron":"@daily"})", "field.required args"},
    {"create_schedule", R"({"name":"x","cron":"@daily","misfire":"never","reminder":{"text":"x"}})",
     "field.invalid args.misfire"},
    {"create_schedule", R"({"name":"x","cron":"@daily","reminder":{"text":"x","when":"1 day"}})",
     "field.unknown args.reminder.when"},
    {"create_schedule", R"({"name":"x","cron":"@daily","reminder":{}})", "field.required args.reminder.text"},
    {"create_schedule", R"({"name":"x","cron":"@daily","command":{"type":"purge_task","args":{}}})",
     "field.invalid args.command.type"},
    {"create_schedule",
     R"({"name":"x","cron":"@daily","command":{"type":"create_task","args":{"title":"{date}"}}})", "ok"},
    {"update_schedule", R"({"schedule_id":"$s","zone":null,"catchup_window":60})", "ok"},
    {"backfill_schedule", R"({"schedule_id":"$s","from":"2026-08-01T00:00:00Z"})",
     "field.required args.until"},
    {"configure_book", R"({"all_day_time":"24:00"})", "field.invalid args.all_day_time"},
    {"configure_book", R"({"week_start":"mon"})", "field.invalid args.week_start"},
    {"configure_book", R"({"language":"Deutsch"})", "field.invalid args.language"},
    {"configure_book", R"({"tags_strict":"yes"})", "field.invalid args.tags_strict"},
    {"create_project", R"({"name":"Work"})", "ok"},
    {"create_project", R"({})", "field.required args.name"},
    {"update_project", R"({"project_id":"$p"})", "field.required args.name"},
    {"delete_project", R"({"project_id":"p"})", "field.invalid args.project_id"},
    {"configure_book", R"({"language":"simple"})", "ok"},
    {"configure_book", R"({"language":"klingon"})", "field.invalid args.language"},
    {"configure_book", R"({"language":"de"})", "field.invalid args.language"},
    {"save_filter", R"({"name":"This week","query":"is:open due:<=eow"})", "ok"},
    {"save_filter", R"({"filter_id":"$a","name":"x"})", "ok"},
    {"save_filter", R"({"filter_id":"$a","query":"p1"})", "ok"},
    {"save_filter", R"({"filter_id":"$a"})", "field.required args"},
    {"save_filter", R"({"name":"x"})", "field.required args"},
    {"save_filter", R"({"query":"p1"})", "field.required args"},
    {"save_filter", R"({"name":"x","query":null})", "field.invalid args.query"},
    {"save_filter", R"({"name":"x","query":""})", "field.invalid args.query"},
    {"save_filter", R"({"name":"x","query":"p1","color":"red"})", "field.unknown args.color"},
    {"delete_filter", R"({})", "field.required args.filter_id"},
};

const std::vector<sample> beyond_schema{
    {"save_filter", R"({"name":"x","query":"tag:work OR"})", "query.syntax args.query"},
    {"save_filter", R"({"name":"x","query":"prio:1"})", "query.unknown_field args.query"},
    {"save_filter", R"({"name":"x","query":"due:soon"})", "query.bad_value args.query"},
    {"save_filter", R"j({"name":"x","query":"((((((((((a))))))))))"})j", "query.too_deep args.query"},
    {"save_filter", R"({"name":"x","query":"   "})", "field.invalid args.query"},
    {"save_filter", "{\"name\":\"x\",\"query\":\"a\\nb\"}", "field.invalid args.query"},
    {"create_task", "{\"title\":\"a\\nb\"}", "field.invalid args.title"},
    {"create_task", "{\"title\":\"a\\u0000b\"}", "field.invalid args.title"},
    {"create_task", "{\"title\":\"a\\u0085b\"}", "field.invalid args.title"},
    {"create_task", R"({"title":"   "})", "field.invalid args.title"},
    {"create_task", "{\"title\":\"x\",\"description\":\"a\\u0007\"}", "field.invalid args.description"},
    {"create_task", R"({"title":"x","tags":["a b"]})", "field.invalid args.tags[0]"},
    {"create_task", R"({"title":"x","tags":["##a"]})", "field.invalid args.tags[0]"},
    {"create_task", R"({"title":"x","tags":["#"]})", "field.invalid args.tags[0]"},
    {"create_task", R"({"title":"x","parent_id":"t1"})", "field.invalid args.parent_id"},
    {"create_task", R"({"title":"x","x_n":1e300})", "field.invalid args.x_n"},
    {"create_task", R"({"title":"x","x_n":9223372036854775808})", "field.invalid args.x_n"},
    {"change_tags", R"({"task_id":"$a","add":["x"],"remove":["X"]})", "field.invalid args.remove"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_command_schema)

BOOST_AUTO_TEST_CASE(each_sample_has_its_outcome) {
    for (const auto& s : samples) BOOST_TEST(checked(s.type, s.args) == s.outcome, s.type << " " << s.args);
    for (const auto& s : beyond_schema)
        BOOST_TEST(checked(s.type, s.args) == s.outcome, s.type << " " << s.args);
}

BOOST_AUTO_TEST_CASE(the_json_schema_accepts_what_check_schema_accepts_and_nothing_else) {
    for (const auto& s : samples) {
        const auto cmd = command_of(s.type, s.args);
        BOOST_TEST(schema_accepts(cmd.type, cmd.args) == (s.outcome == "ok"), s.type << " " << s.args);
    }
}

BOOST_AUTO_TEST_CASE(every_command_has_a_summary_and_every_member_a_schema_of_its_own) {
    for (const auto& rule : dom::command_rules()) {
        BOOST_TEST(!rule.summary.empty());
        const auto schema = dom::command_json_schema(rule.type);
        const auto& args = schema.at("properties").at("args").as_object();
        BOOST_TEST(args.at("properties").as_object().size() == rule.members.size());
        BOOST_TEST(args.at("additionalProperties").as_bool() == false);
    }
}

BOOST_AUTO_TEST_CASE(the_files_in_schema_command_are_the_table) {
    const bool write = std::getenv("DAYBOOK_WRITE_SCHEMA") != nullptr;
    std::size_t files = 0;
    for (const auto& rule : dom::command_rules()) {
        const auto wanted = pretty(dom::command_json_schema(rule.type)) + "\n";
        if (write) {
            std::filesystem::create_directories(schema_file(rule.type).parent_path());
            std::ofstream(schema_file(rule.type), std::ios::binary) << wanted;
        }
        std::ifstream file(schema_file(rule.type), std::ios::binary);
        const std::string found{std::istreambuf_iterator<char>(file), {}};
        BOOST_TEST((found == wanted), schema_file(rule.type).filename().string()
                                          << " differs: run unit_tests with DAYBOOK_WRITE_SCHEMA=1");
    }
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(schema_file(dom::command_type::create_task).parent_path()))
        ++files;
    BOOST_TEST(files == dom::command_rules().size());
}

BOOST_AUTO_TEST_CASE(the_page_about_commands_names_every_command_and_each_of_its_members) {
    std::ifstream page(daybook::tests::source_folder() / "docs" / "commands.md");
    std::map<std::string, std::string> rows;
    for (std::string line; std::getline(page, line);)
        if (line.starts_with("| `"))
            rows[line.substr(3, line.find('`', 3) - 3)] = line.substr(line.find('|', 2));
    for (const auto& rule : dom::command_rules()) {
        const auto row = rows[std::string(to_text(rule.type))];
        auto members = row.substr(0, row.find('|', 1));
        for (const auto& member : rule.members) {
            const auto name =
                member.required ? fmt::format("**`{}`**", member.name) : fmt::format("`{}`", member.name);
            const auto place = members.find(name);
            BOOST_TEST((place != std::string::npos), to_text(rule.type) << " does not say " << name);
            if (place != std::string::npos) members.erase(place, name.size());
        }
        if (const auto place = members.find("`x_…`"); rule.extras && place != std::string::npos)
            members.erase(place, std::string_view("`x_…`").size());
        BOOST_TEST((members.find('`') == std::string::npos), to_text(rule.type) << " says more: " << members);
    }
}

BOOST_AUTO_TEST_CASE(v1_lengths_count_code_points_after_nfc) {
    const auto title = [](std::string_view unit, std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) text += unit;
        return checked("create_task", fmt::format(R"({{"title":"{}"}})", text));
    };
    BOOST_TEST(title("x", limits::title_length_max) == "ok");
    BOOST_TEST(title("x", limits::title_length_max + 1) == "field.too_long args.title");
    BOOST_TEST(title("\U0001F600", limits::title_length_max) == "ok");
    BOOST_TEST(title("e\u0301", limits::title_length_max) == "ok");
    BOOST_TEST(title("e\u0301", limits::title_length_max + 1) == "field.too_long args.title");
}

BOOST_AUTO_TEST_CASE(v1_texts_lists_and_custom_members_have_their_limits) {
    const auto create = [](const std::string& members) {
        return checked("create_task", fmt::format(R"({{"title":"x",{}}})", members));
    };
    const auto list = [](std::string_view name, std::size_t count, auto&& one) {
        std::string out = fmt::format(R"("{}":[)", name);
        for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : ",") + one(i);
        return out + "]";
    };
    const auto tag = [](std::size_t i) { return fmt::format(R"("t{}")", i); };
    const auto ref = [](std::size_t i) { return fmt::format(R"("$r{}")", i); };
    const auto reminder = [](std::size_t) { return std::string(R"({"when":"1 day"})"); };
    const auto text = [](std::size_t bytes) {
        return fmt::format(R"("description":"{}")", std::string(bytes, 'x'));
    };
    BOOST_TEST(create(text(limits::description_bytes_max)) == "ok");
    BOOST_TEST(create(text(limits::description_bytes_max + 1)) == "field.too_long args.description");
    BOOST_TEST(create(list("tags", limits::tags_max, tag)) == "ok");
    BOOST_TEST(create(list("tags", limits::tags_max + 1, tag)) == "limit.exceeded args.tags");
    BOOST_TEST(create(list("depends_on", limits::depends_on_max, ref)) == "ok");
    BOOST_TEST(create(list("depends_on", limits::depends_on_max + 1, ref)) ==
               "limit.exceeded args.depends_on");
    BOOST_TEST(create(list("reminders", limits::reminders_max, reminder)) == "ok");
    BOOST_TEST(create(list("reminders", limits::reminders_max + 1, reminder)) ==
               "limit.exceeded args.reminders");
    BOOST_TEST(create(fmt::format(R"("tags":["#{}"])", std::string(limits::tag_length_max, 'x'))) == "ok");
    BOOST_TEST(create(fmt::format(R"("tags":["{}"])", std::string(limits::tag_length_max + 1, 'x'))) ==
               "field.too_long args.tags[0]");
    BOOST_TEST(create(fmt::format(R"("x_s":"{}")", std::string(limits::extras_bytes_max, 'x'))) ==
               "limit.exceeded args");
    std::string many = R"("x_0":0)";
    for (std::size_t i = 1; i <= limits::extras_max; ++i) many += fmt::format(R"(,"x_{}":0)", i);
    BOOST_TEST(create(many) == "limit.exceeded args");
    BOOST_TEST(checked("add_comment", fmt::format(R"({{"task_id":"$a","text":"{}"}})",
                                                  std::string(limits::comment_bytes_max + 1, 'x'))) ==
               "field.too_long args.text");
    BOOST_TEST(checked("create_project",
                       fmt::format(R"({{"name":"{}"}})", std::string(limits::name_length_max + 1, 'x'))) ==
               "field.too_long args.name");
}

BOOST_AUTO_TEST_CASE(tags_are_unique_without_case_and_keep_the_first_spelling) {
    const auto tags = [](const char* list) {
        return dom::canonical_tags(json::parse(list).as_array(), "args.tags").value();
    };
    BOOST_TEST((tags(R"(["Work","#work","WORK","home"])") == std::vector<std::string>{"#Work", "#home"}));
    BOOST_TEST((tags("[\"Stra\u00dfe\",\"STRASSE\"]") == std::vector<std::string>{"#Stra\u00dfe"}));
    BOOST_TEST((tags("[\"cafe\u0301\"]") == std::vector<std::string>{"#caf\u00e9"}));
    BOOST_TEST((tags("[\"\u0939\u093f\u0928\u094d\u0926\u0940\"]").size() == 1));
}

BOOST_AUTO_TEST_CASE(texts_that_are_not_utf8_are_refused) {
    dom::command cmd;
    cmd.args["title"] = "bad \xc3";
    BOOST_TEST((dom::check_schema(cmd).error().code == errc::field_invalid));
    cmd.args["title"] = "x";
    cmd.args["x_s"] = "\xff";
    BOOST_TEST((dom::check_schema(cmd).error().code == errc::field_invalid));
    cmd.args["x_s"] = "s";
    cmd.args["tags"] = json::array{"\xff"};
    BOOST_TEST((dom::check_schema(cmd).error().code == errc::field_invalid));
}

BOOST_AUTO_TEST_SUITE_END()
