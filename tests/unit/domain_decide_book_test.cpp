// Tags, moves, projects and the settings of a book (EV1, V1; settled 5, 6, 6d, 8, 23).
#include "domain/limits.hpp"
#include "domain/saved_filter.hpp"
#include "tests/support/given.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace daybook::tests;
using daybook::domain::errc;
namespace dom = daybook::domain;
namespace limits = daybook::domain::limits;

namespace {

std::string path_of(const dom::problem& p, const story& s) {
    std::string names;
    for (const auto& id : p.extra.at("path").as_array())
        names += s.name_of(dom::uuid::parse(std::string_view(id.as_string())).value());
    return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_decide_book)

BOOST_AUTO_TEST_CASE(ev1_two_tags_added_are_one_event_with_the_whole_list) {
    auto story = given().task("a", R"("tags":["home"])");
    const auto result = story.when("add_tags", R"({"task_id":"$a","tags":["work","#late"]})");
    BOOST_TEST(result.data(0) == R"({"tags":["#home","#work","#late"]})");
}

BOOST_AUTO_TEST_CASE(settled_6_change_tags_makes_at_most_one_event_of_each_type) {
    auto story = given().task("a", R"("tags":["x","y"])");
    const auto result = story.when("change_tags", R"({"task_id":"$a","add":["z"],"remove":["x","none"]})");
    BOOST_TEST(result.data(0) == R"({"tags":["#y"]})");
    BOOST_TEST(result.data(1) == R"({"tags":["#y","#z"]})");
    BOOST_TEST(result.event(1).version == 3);
    BOOST_TEST((story.of("a").tags == std::vector<std::string>{"#y", "#z"}));
}

BOOST_AUTO_TEST_CASE(n1_tags_that_are_there_or_not_there_change_nothing) {
    auto story = given().task("a", R"("tags":["Work"])");
    story.when("add_tags", R"({"task_id":"$a","tags":["#work"]})").then_nothing();
    story.when("remove_tags", R"({"task_id":"$a","tags":["home"]})").then_nothing();
    story.when("change_tags", R"({"task_id":"$a","add":["work"],"remove":["home"]})").then_nothing();
    story.when("remove_tags", R"({"task_id":"$a","tags":["WORK"]})").then({"task.untagged a"});
}

BOOST_AUTO_TEST_CASE(settled_6e_a_tag_on_both_sides_is_refused) {
    given()
        .task("a")
        .when("change_tags", R"({"task_id":"$a","add":["Work"],"remove":["#work"]})")
        .then_rejected(errc::field_invalid, "args.remove");
}

BOOST_AUTO_TEST_CASE(v1_an_eleventh_tag_is_refused) {
    auto story = given().task("a", R"("tags":["1","2","3","4","5","6","7","8","9","10"])");
    story.when("add_tags", R"({"task_id":"$a","tags":["11"]})")
        .then_rejected(errc::limit_exceeded, "args.tags");
    story.when("change_tags", R"({"task_id":"$a","add":["11"],"remove":["1"]})")
        .then({"task.untagged a", "task.tagged a"});
}

BOOST_AUTO_TEST_CASE(section_0_a_strict_book_refuses_tags_without_the_mark) {
    auto story = given().task("a", R"("tags":["x"])").did("configure_book", R"({"tags_strict":true})");
    story.when("create_task", R"({"title":"x","tags":["#ok","bare"]})")
        .then_rejected(errc::field_invalid, "args.tags[1]");
    story.when("add_tags", R"({"task_id":"$a","tags":["bare"]})")
        .then_rejected(errc::field_invalid, "args.tags[0]");
    story.when("remove_tags", R"({"task_id":"$a","tags":["x"]})").then({"task.untagged a"});
}

BOOST_AUTO_TEST_CASE(tags_of_a_deleted_task_stay) {
    given()
        .task("a")
        .did("delete_task", R"({"task_id":"$a"})")
        .when("add_tags", R"({"task_id":"$a","tags":["x"]})")
        .then_rejected(errc::task_deleted);
}

BOOST_AUTO_TEST_CASE(v1_a_move_says_only_what_changes) {
    auto story = given().task("p").task("a").did("create_project", R"({"project_id":"$work","name":"Work"})");
    const auto result = story.when("move_task", R"({"task_id":"$a","parent_id":"$p","project_id":null})");
    BOOST_TEST(result.data(0) == fmt::format(R"({{"parent_id":"{}"}})", id_named("p").text()));
    story.when("move_task", R"({"task_id":"$a","parent_id":"$p"})").then_nothing();
    story.when("move_task", R"({"task_id":"$a","parent_id":null,"project_id":"$work"})")
        .then({"task.moved a"});
    BOOST_TEST(!story.of("a").parent.has_value());
    BOOST_TEST((story.of("a").project == dom::project_id(id_named("work"))));
}

BOOST_AUTO_TEST_CASE(settled_6d_a_parent_below_the_task_is_a_cycle) {
    auto story = given().task("a").task("b", R"("parent_id":"$a")").task("c", R"("parent_id":"$b")");
    const auto below = story.when("move_task", R"({"task_id":"$a","parent_id":"$c"})");
    BOOST_TEST((below.rejection().code == errc::dependency_cycle));
    BOOST_TEST(path_of(below.rejection(), story) == "acba");
    const auto self = story.when("move_task", R"({"task_id":"$a","parent_id":"$a"})");
    BOOST_TEST((self.rejection().code == errc::dependency_cycle));
    BOOST_TEST(path_of(self.rejection(), story) == "aa");
}

BOOST_AUTO_TEST_CASE(v1_a_move_counts_what_stands_below_the_task) {
    auto story = given().task("t1");
    for (std::size_t level = 2; level <= limits::depth_max - 1; ++level)
        story.task(fmt::format("t{}", level), fmt::format(R"("parent_id":"$t{}")", level - 1));
    story.task("a").task("below", R"("parent_id":"$a")");
    story.when("move_task", R"({"task_id":"$a","parent_id":"$t7"})")
        .then_rejected(errc::limit_exceeded, "args.parent_id");
    story.when("move_task", R"({"task_id":"$a","parent_id":"$t6"})").then({"task.moved a"});
}

BOOST_AUTO_TEST_CASE(settled_6d_a_move_to_nowhere_is_an_unknown_reference) {
    auto story = given().task("gone").did("delete_task", R"({"task_id":"$gone"})").task("a");
    story.when("move_task", R"({"task_id":"$a","parent_id":"$missing"})")
        .then_rejected(errc::reference_unknown);
    story.when("move_task", R"({"task_id":"$a","parent_id":"$gone"})").then_rejected(errc::reference_unknown);
    story.when("move_task", R"({"task_id":"$a","project_id":"$missing"})")
        .then_rejected(errc::reference_unknown);
    story.when("move_task", R"({"task_id":"$a"})").then_rejected(errc::field_required);
}

BOOST_AUTO_TEST_CASE(settled_5_a_project_has_its_own_versions_and_no_task) {
    auto story = given();
    const auto created = story.when("create_project", R"({"project_id":"$work","name":"Work"})");
    BOOST_TEST(!created.event(0).task.has_value());
    BOOST_TEST(created.event(0).version == 1);
    const auto renamed = story.when("update_project", R"({"project_id":"$work","name":"Office"})");
    BOOST_TEST(renamed.event(0).version == 2);
    story.when("update_project", R"({"project_id":"$work","name":"Office"})").then_nothing();
    story.if_version(1)
        .when("update_project", R"({"project_id":"$work","name":"x"})")
        .then_rejected(errc::version_mismatch);
    BOOST_TEST(story.book().find_project(dom::project_id(id_named("work")))->name == "Office");
}

BOOST_AUTO_TEST_CASE(a_project_name_is_used_once_among_living_projects) {
    auto story = given().did("create_project", R"({"project_id":"$work","name":"Work"})");
    story.when("create_project", R"({"name":"Work"})").then_rejected(errc::name_taken, "args.name");
    story.did("create_project", R"({"project_id":"$home","name":"Home"})");
    story.when("update_project", R"({"project_id":"$home","name":"Work"})").then_rejected(errc::name_taken);
    story.did("delete_project", R"({"project_id":"$work"})");
    story.when("update_project", R"({"project_id":"$home","name":"Work"})").then({"project.updated home"});
}

BOOST_AUTO_TEST_CASE(a_saved_filter_has_its_own_versions_and_says_only_what_changed) {
    auto story = given();
    const auto saved = story.when("save_filter", R"({"name":"Week","query":"due:<=eow "})");
    BOOST_TEST(!saved.event(0).task.has_value());
    BOOST_TEST(saved.event(0).version == 1);
    const auto id = dom::filter_of(saved.event(0)).value();
    BOOST_TEST(story.book().find_filter(id)->query == "due:<=eow ");
    const auto text = [&](std::string_view members) {
        return fmt::format(R"({{"filter_id":"{}"{}}})", id.text(), members);
    };
    const auto renamed = story.when("save_filter", text(R"(,"name":"This week","query":"due:<=eow ")"));
    BOOST_TEST(renamed.event(0).version == 2);
    BOOST_TEST(!renamed.event(0).data.contains("query"));
    story.when("save_filter", text(R"(,"name":"This week")")).then_nothing();
    story.if_version(1).when("save_filter", text(R"(,"query":"p1")")).then_rejected(errc::version_mismatch);
    BOOST_TEST(story.book().find_filter(id)->name == "This week");
    BOOST_TEST(story.when("delete_filter", text("")).event(0).version == 3);
    story.when("delete_filter", text("")).then_nothing();
    story.when("save_filter", text(R"(,"query":"p1")")).then_rejected(errc::status_conflict);
    story.when("delete_filter", R"({"filter_id":"$missing"})").then_rejected(errc::not_found);
    story.when("save_filter", R"({"filter_id":"$missing","name":"x","query":"p1"})")
        .then_rejected(errc::not_found);
}

BOOST_AUTO_TEST_CASE(a_filter_name_is_used_once_among_living_filters) {
    auto story = given();
    const auto first = story.when("save_filter", R"({"name":"Week","query":"due:<=eow"})");
    const auto id = dom::filter_of(first.event(0)).value().text();
    story.when("save_filter", R"({"name":"Week","query":"due:<=eow"})").then_nothing();
    story.when("save_filter", R"({"name":"Week","query":"p1"})").then_rejected(errc::name_taken, "args.name");
    const auto other = story.when("save_filter", R"({"name":"Urgent","query":"p1"})");
    const auto other_id = dom::filter_of(other.event(0)).value().text();
    const auto rename = fmt::format(R"({{"filter_id":"{}","name":"Week"}})", other_id);
    story.when("save_filter", rename).then_rejected(errc::name_taken);
    story.did("delete_filter", fmt::format(R"({{"filter_id":"{}"}})", id));
    BOOST_TEST(story.when("save_filter", rename).event(0).version == 2);
    BOOST_TEST(story.book().filter_count() == 1U);
}

BOOST_AUTO_TEST_CASE(v1_a_book_has_so_many_filters_and_no_more) {
    auto story = given();
    for (std::size_t i = 0; i < limits::filters_max; ++i)
        story.did("save_filter", fmt::format(R"({{"name":"f{}","query":"p1"}})", i));
    story.when("save_filter", R"({"name":"one more","query":"p1"})").then_rejected(errc::limit_exceeded);
    const auto gone = story.book().filter_named("f7").value().text();
    story.did("delete_filter", fmt::format(R"({{"filter_id":"{}"}})", gone));
    story.did("save_filter", R"({"name":"one more","query":"p1"})");
}

BOOST_AUTO_TEST_CASE(tasks_keep_a_project_that_is_deleted_and_nobody_new_gets_it) {
    auto story = given()
                     .did("create_project", R"({"project_id":"$work","name":"Work"})")
                     .task("a", R"("project_id":"$work")");
    story.when("delete_project", R"({"project_id":"$work"})").then({"project.deleted work"});
    story.when("delete_project", R"({"project_id":"$work"})").then_nothing();
    story.when("update_project", R"({"project_id":"$work","name":"x"})").then_rejected(errc::status_conflict);
    story.when("delete_project", R"({"project_id":"$missing"})").then_rejected(errc::not_found);
    BOOST_TEST(story.of("a").project.has_value());
    story.when("create_task", R"({"title":"x","project_id":"$work"})").then_rejected(errc::reference_unknown);
}

BOOST_AUTO_TEST_CASE(settings_change_by_events_of_the_book) {
    auto story = given();
    const auto result =
        story.when("configure_book", R"({"week_start":"sunday","language":"german","tags_strict":true})");
    BOOST_TEST(result.data(0) == R"({"week_start":"sunday","language":"german","tags_strict":true})");
    BOOST_TEST(!result.event(0).task.has_value());
    BOOST_TEST(story.book().book().week_start == "sunday");
    BOOST_TEST(story.book().book().version == 1);
    story.when("configure_book", R"({"week_start":"sunday"})").then_nothing();
    story.when("configure_book", R"({"week_start":null})").then({"book.configured"});
    BOOST_TEST(story.book().book().week_start == "monday");
    story.if_version(1)
        .when("configure_book", R"({"week_start":"friday"})")
        .then_rejected(errc::version_mismatch);
    story.when("configure_book", R"({"zone":"Europe/Berli"})").then_rejected(errc::zone_unknown, "args.zone");
}

BOOST_AUTO_TEST_CASE(settled_8_a_zone_change_resolves_open_tasks_anew_in_the_same_commit) {
    auto story = given()
                     .task("floating", R"("due":"2026-08-31T17:00")")
                     .task("all-day", R"("due":"2026-08-30","start":"2026-08-29")")
                     .task("zoned", R"("due":"2026-08-31T17:00[America/New_York]")")
                     .task("fixed", R"("due":"2026-08-31T17:00Z")")
                     .task("done", R"("due":"2026-08-31")")
                     .did("complete_task", R"({"task_id":"$done"})")
                     .task("undated");
    auto result = story.when("configure_book", R"({"zone":"Europe/Berlin"})");
    BOOST_TEST(result.data(0) == R"({"zone":"Europe/Berlin","tz_version":"test"})");
    BOOST_TEST(
        result.data(2) ==
        R"({"due":"2026-08-31T17:00:00","due_at":"2026-08-31T15:00:00.000Z","zone":"Europe/Berlin","tz_version":"test"})");
    result.then({"book.configured", "task.rescheduled all-day", "task.rescheduled floating"});
    BOOST_TEST((story.of("all-day").start->at == at("2026-08-29T07:00:00Z")));
    story.when("configure_book", R"({"zone":"Europe/Berlin"})").then_nothing();
}

BOOST_AUTO_TEST_CASE(settled_8_the_time_of_all_day_dates_moves_them_too) {
    auto story =
        given().task("floating", R"("due":"2026-08-31T17:00")").task("all-day", R"("due":"2026-08-30")");
    story.when("configure_book", R"({"all_day_time":"18:30"})")
        .then({"book.configured", "task.rescheduled all-day"});
    BOOST_TEST((story.of("all-day").due->at == at("2026-08-30T18:30:00Z")));
}

BOOST_AUTO_TEST_CASE(settled_8_a_book_with_more_dates_than_one_commit_is_resolved_in_several) {
    auto story = given();
    constexpr std::size_t count = limits::commit_parts_max + 5;
    for (std::size_t i = 0; i < count; ++i) story.task(fmt::format("t{}", i), R"("due":"2026-08-30")");
    const auto first = story.when("configure_book", R"({"zone":"Europe/Berlin"})");
    const auto& accepted = std::get<dom::accepted>(*first.decided());
    BOOST_TEST(accepted.events.size() == limits::commit_parts_max);
    BOOST_REQUIRE(accepted.warnings.size() == 1);
    BOOST_TEST(accepted.warnings[0].extra.at("tasks_left").to_number<int>() == 6);
    const auto second = story.when("configure_book", R"({"zone":"Europe/Berlin"})");
    BOOST_TEST(std::get<dom::accepted>(*second.decided()).events.size() == 6);
    story.when("configure_book", R"({"zone":"Europe/Berlin"})").then_nothing();
}

BOOST_AUTO_TEST_SUITE_END()
