#include "domain/book.hpp"
#include "domain/codec/task_json.hpp"
#include "domain/codec/task_patch.hpp"
#include "domain/json_text.hpp"
#include "tests/support/generators.hpp"
#include "tests/support/property.hpp"

#include <boost/test/unit_test.hpp>

namespace dom = daybook::domain;
namespace json = boost::json;

namespace {

dom::instant at(std::string_view text) { return dom::parse_instant(text).value(); }

dom::task sample() {
    dom::task t;
    t.id = dom::task_id::parse("0198c7a0-0000-7000-8000-000000000002").value();
    t.user = dom::user_id("ana");
    t.version = 3;
    t.title = "Pay \"rent\"";
    t.created_at = at("2026-08-22T08:00:00Z");
    t.updated_at = at("2026-08-22T09:00:00Z");
    return t;
}

dom::task patched(dom::task t, std::string_view data) {
    dom::apply_patch(t, dom::parse_json_object(data).value());
    return t;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_task_json)

BOOST_AUTO_TEST_CASE(an_answer_has_every_member_in_the_documented_order_and_null_where_there_is_nothing) {
    auto t = sample();
    t.extras["x_points"] = std::int64_t{5};
    t.extras["x_a\"b"] = 0.25;
    BOOST_TEST(
        dom::render_task(t, {}) ==
        R"({"task_id":"0198c7a0-0000-7000-8000-000000000002","user_id":"ana","version":3,)"
        R"("title":"Pay \"rent\"","description":"","priority":"P3","tags":[],"status":"open","start":null,)"
        R"("start_at":null,"due":null,"due_at":null,"deadline":null,"deadline_at":null,"parent_id":null,)"
        R"("project_id":null,"project":null,"depends_on":[],"blocked":false,"assignee":null,"duration":null,)"
        R"("estimate":null,"percent":null,"series_id":null,"recurrence":null,"recurrence_rule":null,)"
        R"("recurrence_parent_id":null,"recurrence_depth":0,"reminders":[],)"
        R"("created_at":"2026-08-22T08:00:00.000Z","updated_at":"2026-08-22T09:00:00.000Z","started_at":null,)"
        R"("completed_at":null,"deleted_at":null,"x_a\"b":0.25,"x_points":5})");
}

BOOST_AUTO_TEST_CASE(an_answer_shows_dates_with_their_instants_and_what_surrounds_the_task) {
    auto t = sample();
    t.due = dom::task_date{"2026-08-31", at("2026-08-31T07:00:00Z")};
    t.tags = {"#home", "#phase:2"};
    t.recurrence = dom::recurrence{"FREQ=DAILY", "due", "each"};
    t.reminders = {{dom::reminder_id(t.id.value()), dom::reminder_kind::cron, "0 9 * * *", "Europe/Berlin",
                    "scheduled"}};
    t.percent = 40;
    const auto text = dom::render_task(t, {true, "Two Words"});
    const auto value = dom::parse_json_object(text).value();
    BOOST_TEST(value.at("due").as_string() == "2026-08-31");
    BOOST_TEST(value.at("due_at").as_string() == "2026-08-31T07:00:00.000Z");
    BOOST_TEST(value.at("blocked").as_bool());
    BOOST_TEST(value.at("project").as_string() == "Two Words");
    BOOST_TEST(value.at("recurrence_rule").as_string() == "FREQ=DAILY");
    BOOST_TEST(value.at("recurrence").as_object().at("catch_up").as_string() == "each");
    BOOST_TEST(
        text.find(R"("reminders":[{"reminder_id":"0198c7a0-0000-7000-8000-000000000002","cron":"0 9 * * *",)"
                  R"("zone":"Europe/Berlin","state":"scheduled"}])") != std::string::npos);
    BOOST_TEST(text.find(R"("tags":["#home","#phase:2"])") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stored_task_reads_back_as_itself_and_equal_tasks_have_equal_bytes) {
    DAYBOOK_PROPERTY("decode(encode(t)) == t", [] {
        const auto t = daybook::tests::some_task();
        const auto stored = dom::encode_task(t);
        const auto read = dom::decode_task(stored);
        RC_ASSERT(read.has_value());
        RC_ASSERT(*read == t);
        RC_ASSERT(dom::encode_task(*read) == stored);
    });
}

BOOST_AUTO_TEST_CASE(an_answer_is_json_for_every_task) {
    DAYBOOK_PROPERTY("render(t) parses", [] {
        const auto t = daybook::tests::some_task();
        const auto value = dom::parse_json_object(dom::render_task(t, {}));
        RC_ASSERT(value.has_value());
        RC_ASSERT(value->size() == 34U + t.extras.size());
    });
}

BOOST_AUTO_TEST_CASE(the_stored_form_leaves_out_what_a_task_is_without) {
    BOOST_TEST(
        dom::encode_task(sample()) ==
        R"({"task_id":"0198c7a0-0000-7000-8000-000000000002","user_id":"ana","version":3,)"
        R"("title":"Pay \"rent\"","priority":"P3","status":"open","created_at":"2026-08-22T08:00:00.000Z",)"
        R"("updated_at":"2026-08-22T09:00:00.000Z","status_event":"00000000-0000-0000-0000-000000000000"})");
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_an_error_and_never_a_half_read_task) {
    const auto stored = dom::encode_task(sample());
    for (std::size_t size = 0; size < stored.size(); ++size)
        BOOST_TEST(!dom::decode_task(stored.substr(0, size)));
    BOOST_TEST(!dom::decode_task("{}"));
    BOOST_TEST(!dom::decode_book("{}"));
    BOOST_TEST(!dom::decode_project("[]"));
}

BOOST_AUTO_TEST_CASE(books_and_projects_read_back_as_themselves) {
    DAYBOOK_PROPERTY("decode(encode(x)) == x", [] {
        dom::book_state b;
        b.user = dom::user_id(*daybook::tests::any_text());
        b.zone = *daybook::tests::any_text();
        b.all_day_time = *daybook::tests::any_text();
        b.tags_strict = *rc::gen::arbitrary<bool>();
        b.imported_only = *rc::gen::arbitrary<bool>();
        b.version = *rc::gen::positive<std::int64_t>();
        b.events = *rc::gen::positive<std::int64_t>();
        b.last_timestamp = daybook::tests::some_instant();
        RC_ASSERT(dom::decode_book(dom::encode_book(b)).value() == b);

        dom::project p;
        p.id = dom::project_id(daybook::tests::some_uuid());
        p.user = b.user;
        p.name = *daybook::tests::any_text();
        p.version = b.version;
        p.deleted = b.tags_strict;
        RC_ASSERT(dom::decode_project(dom::encode_project(p)).value() == p);
    });
}

BOOST_AUTO_TEST_CASE(a_patch_sets_what_it_names_and_keeps_the_rest) {
    const auto t = patched(sample(), R"({"priority":"P1","tags":["#a","#b"],"due":"2026-08-31",
        "due_at":"2026-08-31T07:00:00.000Z","zone":"Europe/Berlin","tz_version":"2026a","percent":10,"assignee":"bo",
        "parent_id":"0198c7a0-0000-7000-8000-000000000009","depends_on":["0198c7a0-0000-7000-8000-000000000008"],
        "recurrence":{"rule":"FREQ=DAILY","anchor":"due","catch_up":"each"},"x_size":"big","x_n":2.0,
        "status":"in_progress","started_at":"2026-08-22T10:00:00.000Z","something_new":[1]})");
    BOOST_TEST(t.title == "Pay \"rent\"");
    BOOST_TEST((t.priority == dom::priority::p1));
    BOOST_TEST(t.tags == (std::vector<std::string>{"#a", "#b"}), boost::test_tools::per_element());
    BOOST_TEST((t.due == dom::task_date{"2026-08-31", at("2026-08-31T07:00:00Z")}));
    BOOST_TEST(t.percent.value_or(0) == 10);
    BOOST_TEST(t.assignee.value_or("") == "bo");
    BOOST_TEST(t.parent.has_value());
    BOOST_TEST(t.depends_on.size() == 1U);
    BOOST_TEST(t.recurrence->catch_up == "each");
    BOOST_TEST((t.extras.at("x_size") == dom::extra_value(std::string("big"))));
    BOOST_TEST((t.extras.at("x_n") == dom::extra_value(std::int64_t{2})));
    BOOST_TEST((t.status == dom::status::in_progress));
    BOOST_TEST((t.started_at == at("2026-08-22T10:00:00Z")));
    BOOST_TEST(t.version == 3);

    const auto cleared = patched(t, R"({"priority":null,"tags":null,"due":null,"due_at":null,"percent":null,
        "assignee":null,"parent_id":null,"depends_on":null,"recurrence":null,"x_size":null,"x_n":null,
        "started_at":null,"status":"open"})");
    BOOST_TEST((cleared == sample()));
}

BOOST_AUTO_TEST_CASE(a_known_member_of_another_type_changes_nothing) {
    DAYBOOK_PROPERTY("wrong types keep the task", [] {
        auto t = daybook::tests::some_task();
        const auto before = t;
        json::object data;
        for (const auto* name : {"title", "description", "priority", "status", "start", "due", "deadline",
                                 "parent_id", "project_id", "series_id", "recurrence_parent_id", "created_at",
                                 "started_at", "completed_at", "deleted_at", "assignee"})
            data[name] = *rc::gen::arbitrary<bool>();
        for (const auto* name : {"tags", "depends_on", "reminders", "recurrence", "duration", "estimate",
                                 "percent", "recurrence_depth", "x_list"})
            data[name] = *rc::gen::arbitrary<bool>() ? json::value(json::array{1, json::object{}})
                                                     : json::value(json::object{{"a", json::array{}}});
        dom::apply_patch(t, data);
        RC_ASSERT(t == before);
    });
    const auto t = patched(sample(), R"({"due":"2026-08-31","priority":"P9","status":"asleep","parent_id":"x",
        "tags":["#a",1],"depends_on":["x"],"created_at":"yesterday","percent":1.5})");
    BOOST_TEST((t == sample()));
}

BOOST_AUTO_TEST_CASE(any_data_can_be_applied) {
    DAYBOOK_PROPERTY("total", [] {
        auto t = daybook::tests::some_task();
        json::object data;
        for (const auto* name :
             {"title", "tags", "due", "due_at", "reminders", "recurrence", "x_a", "", "x_", "percent"})
            data[name] = daybook::tests::some_json(3);
        dom::apply_patch(t, data);
        RC_ASSERT(dom::decode_task(dom::encode_task(t)).value() == t);
    });
}

BOOST_AUTO_TEST_CASE(what_decide_writes_apply_patch_reads) {
    DAYBOOK_PROPERTY("shapes agree", [] {
        const auto wanted = daybook::tests::some_task();
        json::object data;
        dom::put_date(data, "start", wanted.start);
        dom::put_date(data, "due", wanted.due);
        dom::put_date(data, "deadline", wanted.deadline);
        dom::put_date_zone(data, "Europe/Berlin", "2026a");
        data["recurrence"] = dom::recurrence_json(wanted.recurrence);
        data["reminders"] = dom::reminders_json(wanted.reminders);
        for (const auto& [name, value] : wanted.extras) data[name] = dom::extra_json(value);
        dom::task t;
        dom::apply_patch(t, data);
        RC_ASSERT(t.start == wanted.start);
        RC_ASSERT(t.due == wanted.due);
        RC_ASSERT(t.deadline == wanted.deadline);
        RC_ASSERT(t.recurrence == wanted.recurrence);
        RC_ASSERT(t.reminders == wanted.reminders);
        RC_ASSERT(t.extras == wanted.extras);
    });
}

BOOST_AUTO_TEST_SUITE_END()
