// create_task, update_task, reschedule_task, add_comment (semantics §0, §6 E1, §7 V1 N1; settled 4, 6b, 8,
// 22).
#include "domain/limits.hpp"
#include "tests/support/given.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace daybook::tests;
using daybook::domain::errc;
namespace dom = daybook::domain;
namespace limits = daybook::domain::limits;

BOOST_AUTO_TEST_SUITE(domain_decide_members)

BOOST_AUTO_TEST_CASE(a_create_makes_one_event_with_the_members_that_are_set) {
    auto story = given();
    auto result =
        story.when("create_task", R"({"task_id":"$a","title":"Pay rent","tags":["home"],"priority":"P1"})");
    BOOST_TEST(result.data(0) == R"({"title":"Pay rent","status":"open","priority":"P1","tags":["#home"]})");
    result.then({"task.created a"});
    const auto& task = story.of("a");
    BOOST_TEST(task.title == "Pay rent");
    BOOST_TEST(task.version == 1);
    BOOST_TEST((task.priority == dom::priority::p1));
    BOOST_TEST((task.created_at == at("2026-08-22T08:00:00Z")));
}

BOOST_AUTO_TEST_CASE(a_create_without_an_id_gets_a_version_7_id) {
    const auto decided = given().when("create_task", R"({"title":"x"})");
    const auto text = decided.event(0).task->text();
    BOOST_TEST(text[14] == '7');
}

BOOST_AUTO_TEST_CASE(
    a_new_task_without_priority_says_p3_in_its_event_so_that_a_later_default_changes_nothing) {
    BOOST_TEST(given().when("create_task", R"({"title":"x"})").data(0) ==
               R"({"title":"x","status":"open","priority":"P3"})");
}

BOOST_AUTO_TEST_CASE(settled_2_an_existing_id_is_refused_also_for_a_deleted_and_a_purged_task) {
    given().task("a").when("create_task", R"({"task_id":"$a","title":"x"})").then_rejected(errc::task_exists);
    auto story = given().task("a").did("delete_task", R"({"task_id":"$a"})");
    story.when("create_task", R"({"task_id":"$a","title":"x"})").then_rejected(errc::task_exists);
    story.did("purge_task", R"({"task_id":"$a"})")
        .when("create_task", R"({"task_id":"$a","title":"x"})")
        .then_rejected(errc::task_exists);
}

BOOST_AUTO_TEST_CASE(section_0_priority_habits_become_canonical) {
    for (const auto& [habit, canonical] : std::map<std::string, std::string>{
             {"low", "P4"}, {"medium", "P3"}, {"High", "P2"}, {"URGENT", "P1"}, {"p2", "P2"}}) {
        const auto result =
            given().when("create_task", fmt::format(R"({{"title":"x","priority":"{}"}})", habit));
        BOOST_TEST(std::string_view(result.event(0).data.at("priority").as_string()) == canonical);
    }
}

BOOST_AUTO_TEST_CASE(v1_titles_are_compared_after_nfc) {
    auto story = given().did("create_task", "{\"task_id\":\"$a\",\"title\":\"Caf\u00e9\"}");
    story.when("update_task", "{\"task_id\":\"$a\",\"title\":\"Cafe\u0301\"}").then_nothing();
    BOOST_TEST(story.of("a").title == "Caf\u00e9");
}

BOOST_AUTO_TEST_CASE(v1_an_update_event_holds_only_what_changed) {
    const auto result =
        given()
            .task("a", R"("description":"d","assignee":"bo")")
            .when("update_task", R"({"task_id":"$a","title":"a","description":null,"assignee":"cy"})");
    BOOST_TEST(result.data(0) == R"({"description":null,"assignee":"cy"})");
}

BOOST_AUTO_TEST_CASE(e1_an_omitted_member_stays_and_null_clears) {
    auto story =
        given().task("a", R"("description":"d","assignee":"bo","duration":30,"x_old":1,"x_keep":true)");
    story.did("update_task", R"({"task_id":"$a","description":null,"duration":null,"x_old":null})");
    const auto& task = story.of("a");
    BOOST_TEST(task.description.empty());
    BOOST_TEST(!task.duration.has_value());
    BOOST_TEST(task.assignee.value() == "bo");
    BOOST_TEST(task.extras.size() == 1);
}

BOOST_AUTO_TEST_CASE(e1_updates_of_disjoint_members_both_survive) {
    auto story = given().task("a");
    story.did("update_task", R"({"task_id":"$a","priority":"P1"})")
        .did("update_task", R"({"task_id":"$a","percent":5})");
    BOOST_TEST((story.of("a").priority == dom::priority::p1));
    BOOST_TEST(story.of("a").percent.value() == 5);
}

BOOST_AUTO_TEST_CASE(a_date_without_a_zone_is_refused_where_the_zone_of_the_book_leads_out_of_the_years) {
    auto story = given().did("configure_book", R"({"zone":"America/New_York"})");
    story.when("create_task", R"({"title":"x","due":"9999-12-31T23:59"})")
        .then_rejected(errc::date_invalid, "args.due");
    story.did("create_task", R"({"task_id":"$a","title":"x","due":"9999-12-31"})");
    given().did("create_task", R"({"task_id":"$a","title":"x","due":"9999-12-31T23:59"})");
}

BOOST_AUTO_TEST_CASE(n1_an_update_that_changes_nothing_is_a_no_op) {
    auto story = given().task("a", R"("tags":["x"],"due":"2026-08-31T17:00","x_n":1)");
    story.when("update_task", R"({"task_id":"$a"})").then_nothing();
    story
        .when("update_task",
              R"({"task_id":"$a","title":"a","tags":["#x"],"due":"2026-08-31T17:00:00","x_n":1.0})")
        .then_nothing();
}

BOOST_AUTO_TEST_CASE(settled_6c_an_update_of_a_deleted_task_is_refused_even_if_it_changes_nothing) {
    auto story = given().task("a").did("delete_task", R"({"task_id":"$a"})");
    story.when("update_task", R"({"task_id":"$a","title":"a"})").then_rejected(errc::task_deleted);
    story.when("reschedule_task", R"({"task_id":"$a","due":null})").then_rejected(errc::task_deleted);
}

BOOST_AUTO_TEST_CASE(settled_4_the_checks_come_in_order) {
    auto story = given().task("a").did("complete_task", R"({"task_id":"$a"})");
    story.when("complete_task", R"({"task_id":"$missing"})").then_rejected(errc::not_found, "args.task_id");
    story.if_version(9).when("complete_task", R"({"task_id":"$missing"})").then_rejected(errc::not_found);
    story.if_version(9)
        .when("complete_task", R"({"task_id":"$a"})")
        .then_rejected(errc::version_mismatch, "if_version");
    story.if_version(2).when("complete_task", R"({"task_id":"$a"})").then_nothing();
    story.task("b", R"("depends_on":["$a"])");
    story.when("update_task", R"({"task_id":"$b","depends_on":["$b","$missing"]})")
        .then_rejected(errc::dependency_cycle);
    story.if_version(9)
        .when("create_task", R"({"task_id":"$a","title":"x"})")
        .then_rejected(errc::version_mismatch);
    story.when("create_task", R"({"task_id":"$a","title":"x","project_id":"$missing"})")
        .then_rejected(errc::task_exists);
}

BOOST_AUTO_TEST_CASE(e1_if_version_holds_for_the_version_that_was_seen) {
    auto story = given().task("a");
    story.if_version(1).when("update_task", R"({"task_id":"$a","title":"b"})").then({"task.updated a"});
    story.if_version(1)
        .when("update_task", R"({"task_id":"$a","title":"c"})")
        .then_rejected(errc::version_mismatch);
}

BOOST_AUTO_TEST_CASE(v1_start_after_due_is_refused) {
    const auto refused = [](std::string_view start, std::string_view due) {
        given()
            .when("create_task", fmt::format(R"({{"title":"x","start":"{}","due":"{}"}})", start, due))
            .then_rejected(errc::field_invalid, "args.start");
    };
    refused("2026-09-01", "2026-08-31");
    refused("2026-08-31T17:00:01", "2026-08-31T17:00");
    refused("2026-08-31T12:00Z", "2026-08-31T13:00[Europe/Berlin]");
    refused("2026-09-01T00:00", "2026-08-31");
}

BOOST_AUTO_TEST_CASE(v1_an_all_day_due_lasts_the_whole_day) {
    given()
        .when("create_task", R"({"task_id":"$a","title":"x","start":"2026-08-31T17:00","due":"2026-08-31"})")
        .then({"task.created a"});
}

BOOST_AUTO_TEST_CASE(v1_start_after_due_is_judged_with_what_the_task_has) {
    auto story = given().task("a", R"("start":"2026-08-10","due":"2026-08-20")");
    story.when("update_task", R"({"task_id":"$a","due":"2026-08-09"})")
        .then_rejected(errc::field_invalid, "args.due");
    story.when("reschedule_task", R"({"task_id":"$a","start":"2026-08-30","due":"2026-08-31"})")
        .then({"task.rescheduled a"});
}

BOOST_AUTO_TEST_CASE(settled_8_an_event_that_sets_a_date_says_the_instant_the_zone_and_the_tz_version) {
    auto story = given().did("configure_book", R"({"zone":"Europe/Berlin"})");
    const auto result = story.when("create_task", R"({"title":"x","due":"2026-08-31"})");
    BOOST_TEST(
        result.data(0) ==
        R"({"title":"x","status":"open","priority":"P3","due":"2026-08-31","due_at":"2026-08-31T07:00:00.000Z",)"
        R"("zone":"Europe/Berlin","tz_version":"test"})");
}

BOOST_AUTO_TEST_CASE(section_0_dates_are_canonical_in_events) {
    const auto due = [](std::string_view text) {
        const auto result = given().when("create_task", fmt::format(R"({{"title":"x","due":"{}"}})", text));
        return std::string(result.event(0).data.at("due").as_string());
    };
    BOOST_TEST(due("2026-08-31T17:00") == "2026-08-31T17:00:00");
    BOOST_TEST(due("2026-08-31T17:00[Europe/Berlin]") == "2026-08-31T17:00:00[Europe/Berlin]");
    BOOST_TEST(due("2026-08-31T17:00+02:00") == "2026-08-31T15:00:00Z");
    given()
        .when("create_task", R"({"title":"x","due":"2026-02-30"})")
        .then_rejected(errc::date_invalid, "args.due");
    given()
        .when("create_task", R"({"title":"x","start":"2026-02-03T10:00[Moon/Base]"})")
        .then_rejected(errc::zone_unknown, "args.start");
}

BOOST_AUTO_TEST_CASE(a_date_that_is_cleared_clears_its_instant) {
    auto story = given().task("a", R"("due":"2026-08-31")");
    const auto result = story.when("update_task", R"({"task_id":"$a","due":null})");
    BOOST_TEST(result.data(0) == R"({"due":null,"due_at":null})");
    BOOST_TEST(!story.of("a").due.has_value());
}

BOOST_AUTO_TEST_CASE(r7_reschedule_is_an_event_of_its_own_and_only_of_dates) {
    auto story = given().task("a");
    story.when("reschedule_task", R"({"task_id":"$a","due":"2026-09-01"})").then({"task.rescheduled a"});
    story.when("reschedule_task", R"({"task_id":"$a","due":"2026-09-01"})").then_nothing();
    story.when("reschedule_task", R"({"task_id":"$a","title":"b"})")
        .then_rejected(errc::field_unknown, "args.title");
}

BOOST_AUTO_TEST_CASE(v1_an_update_never_moves) {
    auto story = given().task("a").task("p").did("create_project", R"({"project_id":"$work","name":"Work"})");
    story.when("update_task", R"({"task_id":"$a","parent_id":"$p"})")
        .then_rejected(errc::field_unknown, "args.parent_id");
    story.when("update_task", R"({"task_id":"$a","project_id":"$work","title":"b"})")
        .then({"task.updated a", "task.moved a"});
    BOOST_TEST(story.of("a").version == 3);
    story.when("update_task", R"({"task_id":"$a","project_id":"$work"})").then_nothing();
    story.when("update_task", R"({"task_id":"$a","project_id":"$missing"})")
        .then_rejected(errc::reference_unknown, "args.project_id");
}

BOOST_AUTO_TEST_CASE(settled_6d_an_unknown_parent_or_project_is_an_unknown_reference) {
    auto story = given().task("gone").did("delete_task", R"({"task_id":"$gone"})");
    story.when("create_task", R"({"title":"x","parent_id":"$missing"})")
        .then_rejected(errc::reference_unknown, "args.parent_id");
    story.when("create_task", R"({"title":"x","parent_id":"$gone"})")
        .then_rejected(errc::reference_unknown, "args.parent_id");
    story.when("create_task", R"({"title":"x","project_id":"$missing"})")
        .then_rejected(errc::reference_unknown, "args.project_id");
}

BOOST_AUTO_TEST_CASE(v1_a_ninth_level_is_refused) {
    auto story = given().task("t1");
    for (std::size_t level = 2; level <= limits::depth_max; ++level)
        story.task(fmt::format("t{}", level), fmt::format(R"("parent_id":"$t{}")", level - 1));
    story.when("create_task", R"({"title":"x","parent_id":"$t8"})")
        .then_rejected(errc::limit_exceeded, "args.parent_id");
}

BOOST_AUTO_TEST_CASE(v1_a_101st_child_is_refused_and_deleted_ones_do_not_count) {
    auto story = given().task("p");
    for (std::size_t i = 0; i < limits::children_max; ++i)
        story.task(fmt::format("c{}", i), R"("parent_id":"$p")");
    story.when("create_task", R"({"title":"x","parent_id":"$p"})")
        .then_rejected(errc::limit_exceeded, "args.parent_id");
    story.did("delete_task", R"({"task_id":"$c0"})").task("new", R"("parent_id":"$p")");
    story.when("restore_task", R"({"task_id":"$c0"})").then_rejected(errc::limit_exceeded);
}

BOOST_AUTO_TEST_CASE(settled_21_custom_members_are_limited_with_those_that_are_there) {
    std::string members;
    for (std::size_t i = 0; i < limits::extras_max; ++i)
        members += fmt::format(R"({}"x_{}":{})", i == 0 ? "" : ",", i, i);
    auto story = given().task("a", members);
    story.when("update_task", R"({"task_id":"$a","x_more":1})").then_rejected(errc::limit_exceeded);
    story.when("update_task", R"({"task_id":"$a","x_more":1,"x_0":null})").then({"task.updated a"});
    const auto half = std::string(limits::extras_bytes_max * 2 / 3, 'x');
    auto other = given().task("a", fmt::format(R"("x_a":"{}")", half));
    other.when("update_task", fmt::format(R"({{"task_id":"$a","x_b":"{}"}})", half))
        .then_rejected(errc::limit_exceeded);
}

BOOST_AUTO_TEST_CASE(settled_21_a_number_without_a_fraction_is_one_value) {
    auto story = given().task("a", R"("x_n":1e16,"x_m":2.5)");
    BOOST_TEST(std::get<std::int64_t>(story.of("a").extras.at("x_n")) == 10'000'000'000'000'000);
    story.when("update_task", R"({"task_id":"$a","x_n":10000000000000000,"x_m":2.5})").then_nothing();
}

BOOST_AUTO_TEST_CASE(m1_a_relative_reminder_needs_its_date) {
    given()
        .when("create_task", R"({"title":"x","reminders":[{"when":"1 hour"}]})")
        .then_rejected(errc::reminder_no_base);
    given()
        .when("create_task",
              R"({"title":"x","due":"2026-09-01","reminders":[{"when":"1 hour before start"}]})")
        .then_rejected(errc::reminder_no_base);
    auto story = given().task("a", R"("due":"2026-09-01","reminders":[{"when":"-PT15M"}])");
    story.when("update_task", R"({"task_id":"$a","due":null})")
        .then_rejected(errc::reminder_no_base, "args.due");
    story.when("update_task", R"({"task_id":"$a","due":null,"reminders":[]})")
        .then({"task.updated a", "reminder.cancelled a"});
}

BOOST_AUTO_TEST_CASE(section_0_reminder_minutes_is_one_relative_reminder) {
    auto story = given().task("a", R"("due":"2026-09-01","reminder_minutes":30)");
    BOOST_REQUIRE(story.of("a").reminders.size() == 1);
    BOOST_TEST(story.of("a").reminders[0].value == "30 minutes");
    story.when("update_task", R"({"task_id":"$a","reminders":[{"when":"30 minutes"}]})").then_nothing();
}

BOOST_AUTO_TEST_CASE(a_reminder_that_stays_keeps_its_id) {
    auto story =
        given().task("a", R"("due":"2026-09-01","reminders":[{"when":"1 day"},{"cron":"0 9 * * *"}])");
    const auto before = story.of("a").reminders;
    story.did("update_task", R"({"task_id":"$a","reminders":[{"at":"2026-08-30T09:00"},{"when":"1 day"}]})");
    const auto& after = story.of("a").reminders;
    BOOST_REQUIRE(after.size() == 2);
    BOOST_TEST((after[1].id == before[0].id));
    BOOST_TEST((after[0].id != before[0].id && after[0].id != before[1].id));
    BOOST_TEST(after[0].value == "2026-08-30T09:00:00");
}

BOOST_AUTO_TEST_CASE(m1_c1_reminders_that_cannot_be_read_are_refused) {
    const auto refused = [](std::string_view reminder, errc code) {
        given()
            .when("create_task",
                  fmt::format(R"({{"title":"x","due":"2026-09-01","reminders":[{}]}})", reminder))
            .then_rejected(code);
    };
    refused(R"({"when":"soon"})", errc::reminder_invalid);
    refused(R"({"when":"15 minutes before lunch"})", errc::reminder_invalid);
    refused(R"({"when":"P1"})", errc::reminder_invalid);
    refused(R"({"when":"1 day","at":"2026-08-30T09:00"})", errc::reminder_invalid);
    refused(R"({})", errc::reminder_invalid);
    refused(R"({"at":"2026-08-30"})", errc::reminder_invalid);
    refused(R"({"at":"2026-08-30T09:00Z","zone":"UTC"})", errc::reminder_invalid);
    refused(R"({"at":"2026-08-30T09:00","zone":"Moon/Base"})", errc::zone_unknown);
    refused(R"({"cron":"0 0 9 * * *"})", errc::cron_six_fields);
    refused(R"({"cron":"@often"})", errc::cron_invalid);
    given().task(
        "a",
        R"("due":"2026-09-01","reminders":[{"when":"2 weeks before due"},{"when":"-P1W"},{"when":"PT1H30M"},
        {"cron":"@daily"},{"cron":"@every 5m"},{"at":"2026-08-30T09:00","zone":"Europe/Berlin"}])");
}

BOOST_AUTO_TEST_CASE(a_recurrence_is_stored_with_its_defaults) {
    auto story = given().task("a", R"("due":"2026-09-01","recurrence":{"rule":"FREQ=DAILY"})");
    BOOST_TEST((story.of("a").recurrence == dom::recurrence{"FREQ=DAILY", "due", "next_future"}));
    story.when("update_task", R"({"task_id":"$a","recurrence":{"rule":"FREQ=DAILY","anchor":"due"}})")
        .then_nothing();
    story.did("update_task", R"({"task_id":"$a","recurrence":null})");
    BOOST_TEST(!story.of("a").recurrence.has_value());
}

BOOST_AUTO_TEST_CASE(a_comment_stands_beside_the_members) {
    auto story = given().task("a");
    const auto result = story.when("add_comment", "{\"task_id\":\"$a\",\"text\":\"one\\r\\ntwo\"}");
    BOOST_TEST(result.data(0) == R"({"comment":"one\ntwo"})");
    BOOST_TEST(story.of("a").comments == 1);
    BOOST_TEST(story.of("a").version == 2);
    story.did("delete_task", R"({"task_id":"$a"})")
        .when("add_comment", R"({"task_id":"$a","text":"x"})")
        .then_rejected(errc::task_deleted);
}

BOOST_AUTO_TEST_CASE(settled_22_a_task_has_at_most_1000_comments) {
    auto story = given().task("a");
    for (std::size_t i = 0; i < limits::comments_max; ++i)
        story.happened(dom::event_type::task_commented, "a", R"({"comment":"x"})");
    story.when("add_comment", R"({"task_id":"$a","text":"x"})").then_rejected(errc::limit_exceeded);
}

BOOST_AUTO_TEST_CASE(timestamps_never_go_back_within_a_book) {
    auto story = given().task("a").at_time("2026-08-22T07:00:00Z");
    const auto result = story.when("update_task", R"({"task_id":"$a","title":"b"})");
    BOOST_TEST((result.event(0).timestamp == at("2026-08-22T08:00:00Z")));
}

BOOST_AUTO_TEST_CASE(settled_7_the_first_imports_of_a_book_keep_their_time) {
    auto story = given();
    const auto first =
        story.occurred_at("2020-01-01T00:00:00Z").when("create_task", R"({"task_id":"$a","title":"a"})");
    BOOST_TEST((first.event(0).timestamp == at("2020-01-01T00:00:00Z")));
    BOOST_TEST(first.event(0).source == "import");
    BOOST_TEST(!first.event(0).data.contains("source_time"));
    story.occurred_at("2020-01-02T00:00:00Z").did("complete_task", R"({"task_id":"$a"})");
    BOOST_TEST((story.of("a").completed_at == at("2020-01-02T00:00:00Z")));
}

BOOST_AUTO_TEST_CASE(settled_7_an_import_into_a_living_book_keeps_its_time_beside) {
    auto story = given().task("mine");
    const auto late =
        story.occurred_at("2020-01-01T00:00:00Z").when("create_task", R"({"task_id":"$a","title":"a"})");
    BOOST_TEST((late.event(0).timestamp == at("2026-08-22T08:00:00Z")));
    BOOST_TEST(std::string_view(late.event(0).data.at("source_time").as_string()) ==
               "2020-01-01T00:00:00.000Z");
    BOOST_TEST((story.of("a").created_at == at("2020-01-01T00:00:00Z")));
    BOOST_TEST((story.of("a").updated_at == at("2026-08-22T08:00:00Z")));
}

BOOST_AUTO_TEST_CASE(settled_7_an_import_that_is_older_than_the_last_one_keeps_its_time_beside) {
    auto story = given();
    story.occurred_at("2020-01-02T00:00:00Z").did("create_task", R"({"task_id":"$a","title":"a"})");
    const auto older =
        story.occurred_at("2020-01-01T00:00:00Z").when("create_task", R"({"task_id":"$b","title":"b"})");
    BOOST_TEST((older.event(0).timestamp == at("2026-08-22T08:00:00Z")));
    BOOST_TEST(older.event(0).data.contains("source_time"));
}

BOOST_AUTO_TEST_CASE(settled_7_nothing_occurred_in_the_future) {
    given()
        .occurred_at("2026-08-22T08:00:00.001Z")
        .when("create_task", R"({"title":"x"})")
        .then_rejected(errc::field_invalid, "occurred_at");
}

BOOST_AUTO_TEST_CASE(an_event_says_who_and_why) {
    const auto result = given().with_id("c-1").when("create_task", R"({"title":"x"})");
    const auto& e = result.event(0);
    BOOST_TEST(e.command.text() == "c-1");
    BOOST_TEST(e.correlation_id == "c-1");
    BOOST_TEST((e.actor == dom::actor{"user", "ana"}));
    BOOST_TEST(e.source == "http");
    BOOST_TEST(e.user.text() == "ana");
    BOOST_TEST(e.id.text()[14] == '7');
}

BOOST_AUTO_TEST_SUITE_END()
