// Series: what starts, continues and ends them, decided and folded as the program does it.
#include "domain/derived_ids.hpp"
#include "tests/support/given.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace daybook::tests;
using daybook::domain::errc;
using daybook::domain::status;
namespace dom = daybook::domain;

namespace {

constexpr std::string_view a = R"({"task_id":"$a"})";

/// The id of the last event of that type, which a reaction names as its cause.
std::string last_event(const story& s, dom::event_type type) {
    for (auto e = s.events().rbegin(); e != s.events().rend(); ++e)
        if (e->type == type) return e->id.text();
    BOOST_FAIL("no such event");
    return {};
}

std::string reaction_args(const story& s, const dom::task_id& to, dom::event_type cause,
                          std::string_view closed_at) {
    return fmt::format(R"({{"task_id":"{}","cause_event_id":"{}","closed_at":"{}"}})", to.text(),
                       last_event(s, cause), closed_at);
}

outcome react(story& s, const dom::task_id& to, dom::event_type cause, std::string_view closed_at) {
    return s.as_service().when("create_occurrence", reaction_args(s, to, cause, closed_at));
}

const dom::task& first_child(const story& s, const dom::task_id& of) {
    const auto ids = s.book().occurrences_after(of);
    BOOST_REQUIRE(!ids.empty());
    return *s.book().find(ids.front());
}

dom::task_id id(std::string_view name) { return dom::task_id(id_named(name)); }

story weekly() {
    return given().task(
        "a", R"("due":"2026-08-24","tags":["home"],"priority":"P1","recurrence":{"rule":"weekly"})");
}

/// Due 2026-08-24; completed on that day at noon.
story completed() {
    auto s = weekly();
    s.at_time("2026-08-24T12:00:00Z").did("complete_task", a);
    return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_decide_series)

BOOST_AUTO_TEST_CASE(r1_setting_a_recurrence_starts_a_series_with_its_canonical_rule) {
    auto s = given();
    const auto made = s.when(
        "create_task", R"({"task_id":"$a","title":"x","due":"2026-08-24","recurrence":{"rule":"weekly"}})");
    BOOST_TEST(made.event(0).data.at("nominal").as_string() == "2026-08-24");
    BOOST_TEST(made.event(0).data.at("recurrence").at("rule").as_string() == "FREQ=WEEKLY");
    BOOST_TEST((made.event(1).type == dom::event_type::series_created));
    BOOST_TEST(made.event(1).data.at("dtstart").as_string() == "2026-08-24");
    BOOST_TEST(made.event(1).data.at("series_id").as_string() ==
               made.event(0).data.at("series_id").as_string());
    const auto series = s.book().find_series(*s.of("a").series);
    BOOST_REQUIRE(series);
    BOOST_TEST(series->recurrence.rule == "FREQ=WEEKLY");
    BOOST_TEST(series->ended.empty());
}

BOOST_AUTO_TEST_CASE(a_recurring_task_without_a_date_is_due_on_the_first_day_of_its_rule) {
    auto s = given().task("a", R"("recurrence":{"rule":"every 2 weeks on mon,fri"})");
    BOOST_REQUIRE(s.of("a").due);
    BOOST_TEST(s.of("a").due->text == "2026-08-31");  // today is Saturday the 22nd of an odd week
}

BOOST_AUTO_TEST_CASE(r1_a_rule_that_cannot_be_or_yields_nothing_is_refused_when_it_is_set) {
    const auto refused = [](std::string_view due, std::string_view rule, errc code) {
        given()
            .when("create_task",
                  fmt::format(R"({{"title":"x","due":"{}","recurrence":{{"rule":"{}"}}}})", due, rule))
            .then_rejected(code, "args.recurrence.rule");
    };
    refused("2026-08-24", "sometimes", errc::recurrence_invalid);
    refused("2026-08-24", "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2", errc::recurrence_invalid);
    refused("2026-08-24", "FREQ=DAILY;COUNT=3;UNTIL=20261231", errc::recurrence_invalid);
    refused("2026-08-24", "FREQ=HOURLY", errc::recurrence_invalid);
    refused("2026-08-24", "FREQ=YEARLY;BYWEEKNO=3", errc::recurrence_unsupported_part);
}

BOOST_AUTO_TEST_CASE(r8_completing_an_occurrence_brings_the_next_one) {
    auto s = completed();
    auto reaction = react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    const auto& e = reaction.event(0);
    BOOST_TEST((e.type == dom::event_type::task_created));
    BOOST_TEST(e.causation_id == last_event(s, dom::event_type::task_completed));
    const auto& next = first_child(s, id("a"));
    const dom::local_time monday(std::chrono::local_days{std::chrono::year{2026} / 8 / 31});
    BOOST_TEST((next.id == dom::occurrence_task_id(*s.of("a").series, monday, true)));
    BOOST_TEST(next.due->text == "2026-08-31");
    BOOST_TEST(next.nominal == "2026-08-31");
    BOOST_TEST(next.recurrence_depth == 1);
    BOOST_TEST((next.recurrence_parent == id("a")));
    BOOST_TEST((next.tags == s.of("a").tags));
    BOOST_TEST((next.priority == dom::priority::p1));
    BOOST_TEST(next.title == "a");
    BOOST_TEST(next.untouched);
}

BOOST_AUTO_TEST_CASE(r8_two_reactions_to_one_cause_make_one_child) {
    auto s = completed();
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z").then_nothing();
}

BOOST_AUTO_TEST_CASE(r5_what_was_missed_is_said_once) {
    auto s = weekly();
    s.at_time("2026-09-09T10:00:00Z").did("complete_task", a);
    const auto reaction = react(s, id("a"), dom::event_type::task_completed, "2026-09-09T10:00:00Z");
    BOOST_TEST(first_child(s, id("a")).due->text == "2026-09-14");
    BOOST_TEST((reaction.event(1).type == dom::event_type::occurrences_missed));
    BOOST_TEST(reaction.event(1).data.at("count").as_int64() == 2);
    BOOST_TEST(reaction.event(1).data.at("first").as_string() == "2026-08-31");
    BOOST_TEST(reaction.event(1).data.at("last").as_string() == "2026-09-07");
}

BOOST_AUTO_TEST_CASE(settled_12_a_reaction_that_a_reopening_overtook_makes_no_child) {
    auto s = completed();
    const auto late = reaction_args(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    s.did("reopen_task", a);
    s.as_service().when("create_occurrence", late).then_nothing();
}

BOOST_AUTO_TEST_CASE(r9_reopening_takes_an_untouched_child_back_and_completing_again_restores_it) {
    auto s = completed();
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    const auto child = first_child(s, id("a")).id;
    s.did("reopen_task", a);
    BOOST_TEST((s.book().find(child)->status == status::deleted));
    s.did("update_task", R"({"task_id":"$a","title":"new"})").did("complete_task", a);
    const auto again = react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    BOOST_TEST((again.event(0).type == dom::event_type::task_restored));
    BOOST_TEST((s.book().find(child)->status == status::open));
    BOOST_TEST(s.book().find(child)->title == "new");
    BOOST_TEST(s.book().occurrences_after(id("a")).size() == 1);
}

BOOST_AUTO_TEST_CASE(r9_a_child_that_somebody_touched_stays_with_a_warning) {
    auto s = completed();
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    const auto child = first_child(s, id("a")).id;
    s.did("start_task", fmt::format(R"({{"task_id":"{}"}})", child.text()));
    const auto reopened = s.when("reopen_task", a);
    const auto& warnings = std::get<dom::accepted>(reopened.decided().value()).warnings;
    BOOST_REQUIRE(warnings.size() == 1);
    BOOST_TEST(warnings[0].code == "next_occurrence_kept");
    BOOST_TEST((s.book().find(child)->status == status::in_progress));
    s.did("complete_task", a);
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z").then_nothing();
}

BOOST_AUTO_TEST_CASE(r9_skipping_and_deleting_one_bring_the_next_and_deleting_all_ends) {
    auto skipped = weekly();
    skipped.did("skip_task", a);
    react(skipped, id("a"), dom::event_type::task_skipped, "2026-08-22T08:00:00Z");
    BOOST_TEST(first_child(skipped, id("a")).due->text == "2026-08-31");

    auto deleted = weekly();
    deleted.did("delete_task", a);
    BOOST_TEST((deleted.book().find_series(*deleted.of("a").series)->exdates ==
                std::vector<std::string>{"2026-08-24"}));
    react(deleted, id("a"), dom::event_type::task_deleted, "2026-08-22T08:00:00Z");
    BOOST_TEST(first_child(deleted, id("a")).due->text == "2026-08-31");

    auto all = weekly();
    const auto gone = all.when("delete_task", R"({"task_id":"$a","occurrences":"all"})");
    BOOST_TEST(!gone.event(0).data.contains("nominal"));
    BOOST_TEST(all.book().find_series(*all.of("a").series)->ended == "deleted");
}

BOOST_AUTO_TEST_CASE(r7_a_moved_date_leaves_the_place_in_the_series) {
    auto s = weekly();
    s.did("reschedule_task", R"({"task_id":"$a","due":"2026-08-27"})")
        .at_time("2026-08-27T09:00:00Z")
        .did("complete_task", a);
    react(s, id("a"), dom::event_type::task_completed, "2026-08-27T09:00:00Z");
    BOOST_TEST(first_child(s, id("a")).due->text == "2026-08-31");
}

BOOST_AUTO_TEST_CASE(r7_another_rule_begins_another_series) {
    auto s = weekly();
    const auto old = *s.of("a").series;
    s.did("update_task", R"({"task_id":"$a","recurrence":{"rule":"daily"}})");
    BOOST_TEST((*s.of("a").series != old));
    BOOST_TEST(s.book().find_series(old)->ended == "split");
    BOOST_TEST((s.book().find_series(*s.of("a").series)->predecessor == old));
    s.when("update_task", R"({"task_id":"$a","recurrence":{"rule":"FREQ=DAILY","anchor":"due"}})")
        .then_nothing();
    s.did("update_task", R"({"task_id":"$a","recurrence":null})");
    BOOST_TEST(s.book().find_series(*s.of("a").series)->ended == "removed");
    BOOST_TEST(!s.when("complete_task", a).event(0).data.contains("nominal"));
}

BOOST_AUTO_TEST_CASE(r10_a_series_ends_by_count_and_says_so_once) {
    auto s = given().task("a", R"("due":"2026-08-24","recurrence":{"rule":"FREQ=DAILY;COUNT=1"})");
    s.at_time("2026-08-24T12:00:00Z").did("complete_task", a);
    auto end = react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    BOOST_TEST((end.event(0).type == dom::event_type::series_ended));
    BOOST_TEST(end.event(0).data.at("reason").as_string() == "count");
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z").then_nothing();
}

BOOST_AUTO_TEST_CASE(r8_start_and_subtasks_come_along_unchecked_comments_do_not) {
    auto s = given()
                 .task("a", R"("start":"2026-08-22","due":"2026-08-24","recurrence":{"rule":"weekly"})")
                 .task("b", R"("parent_id":"$a","due":"2026-08-23")")
                 .task("c", R"("parent_id":"$b")");
    s.did("add_comment", R"({"task_id":"$a","text":"hm"})")
        .did("complete_task", R"({"task_id":"$b","children":"cascade"})");
    s.at_time("2026-08-24T12:00:00Z").did("complete_task", a);
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    const auto& next = first_child(s, id("a"));
    BOOST_TEST(next.start->text == "2026-08-29");
    BOOST_TEST(next.comments == 0);
    const auto below = s.book().children(next.id);
    BOOST_REQUIRE(below.size() == 1);
    const auto copy = s.book().find(below.front());
    BOOST_TEST(copy->title == "b");
    BOOST_TEST((copy->status == status::open));
    BOOST_TEST(copy->due->text == "2026-08-30");
    BOOST_TEST(s.book().children(copy->id).size() == 1);
    s.did("reopen_task", a);
    BOOST_TEST((s.book().find(copy->id)->status == status::deleted));
}

BOOST_AUTO_TEST_CASE(settled_10_a_series_at_depth_1000_goes_on_as_a_new_one) {
    auto s = given();
    s.task("a", R"("due":"2026-08-24","recurrence":{"rule":"daily"})");
    s.happened(dom::event_type::task_updated, "a", R"({"recurrence_depth":1000})");
    s.at_time("2026-08-24T12:00:00Z").did("complete_task", a);
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    const auto& next = first_child(s, id("a"));
    BOOST_TEST(next.due->text == "2026-08-25");
    BOOST_TEST(next.recurrence_depth == 0);
    BOOST_TEST((*next.series != *s.of("a").series));
    BOOST_TEST((s.book().find_series(*next.series)->predecessor == s.of("a").series));
    BOOST_TEST(s.book().find_series(*s.of("a").series)->ended == "depth");

    auto off = given().did("configure_book", R"({"series_continue":false})");
    off.task("a", R"("due":"2026-08-24","recurrence":{"rule":"daily"})");
    off.happened(dom::event_type::task_updated, "a", R"({"recurrence_depth":1000})");
    off.at_time("2026-08-24T12:00:00Z").did("complete_task", a);
    const auto end = react(off, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    BOOST_TEST((end.event(0).type == dom::event_type::series_ended));
    BOOST_TEST(off.book().occurrences_after(id("a")).empty());
}

BOOST_AUTO_TEST_CASE(r4_a_zoned_series_keeps_its_wall_clock_over_a_change_of_the_offset) {
    auto s = given().task("a", R"("due":"2026-10-24T09:00[Europe/Berlin]","recurrence":{"rule":"daily"})");
    s.at_time("2026-10-24T07:30:00Z").did("complete_task", a);
    react(s, id("a"), dom::event_type::task_completed, "2026-10-24T07:30:00Z");
    const auto& next = first_child(s, id("a"));
    BOOST_TEST(next.due->text == "2026-10-25T09:00:00[Europe/Berlin]");
    BOOST_TEST((next.due->at == at("2026-10-25T08:00:00Z")));
}

BOOST_AUTO_TEST_CASE(r6_anchor_completion_counts_from_the_day_it_was_done) {
    auto s = given().task(
        "a", R"("due":"2026-08-24","recurrence":{"rule":"FREQ=DAILY;INTERVAL=14","anchor":"completion"})");
    s.at_time("2026-08-28T12:00:00Z").did("complete_task", a);
    react(s, id("a"), dom::event_type::task_completed, "2026-08-28T12:00:00Z");
    BOOST_TEST(first_child(s, id("a")).due->text == "2026-09-11");
}

BOOST_AUTO_TEST_CASE(r6_a_date_that_comes_back_is_another_occurrence) {
    auto s = given().task("a", R"("due":"2026-08-24","recurrence":{"rule":"daily","anchor":"completion"})");
    s.at_time("2026-08-24T12:00:00Z").did("complete_task", a);
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    const auto early = first_child(s, id("a")).id;
    BOOST_TEST(s.book().find(early)->due->text == "2026-08-25");
    s.did("complete_task", fmt::format(R"({{"task_id":"{}"}})", early.text()));
    react(s, early, dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    const auto& again = first_child(s, early);
    BOOST_TEST(again.due->text == "2026-08-25");
    BOOST_TEST(again.recurrence_depth == 2);
    BOOST_TEST((again.id != early));
}

BOOST_AUTO_TEST_CASE(
    r7_split_ends_the_series_before_this_occurrence_and_keeps_the_rule_where_it_counts_from) {
    auto s = given().task("a", R"("due":"2026-01-31","recurrence":{"rule":"monthly"})");
    s.at_time("2026-01-31T12:00:00Z").did("complete_task", a);
    react(s, id("a"), dom::event_type::task_completed, "2026-01-31T12:00:00Z");
    const auto second = first_child(s, id("a"));
    BOOST_TEST(second.due->text == "2026-02-28");
    const auto args = fmt::format(R"({{"task_id":"{}","title":"b","priority":"P1"}})", second.id.text());
    const auto done = s.when("split_series", args);
    BOOST_TEST((done.event(0).type == dom::event_type::task_updated));
    BOOST_TEST((done.event(1).type == dom::event_type::series_split));
    BOOST_TEST((done.event(2).type == dom::event_type::series_created));
    const auto& after = *s.book().find(second.id);
    const auto fresh = s.book().find_series(*after.series);
    BOOST_REQUIRE(fresh);
    BOOST_TEST((fresh->predecessor == second.series));
    BOOST_TEST(s.book().find_series(*second.series)->ended == "split");
    BOOST_TEST(s.of("a").title == "a");
    BOOST_TEST(after.recurrence_depth == 0);
    // R2: counted from 31 January still, so March has its last day.
    s.at_time("2026-02-28T12:00:00Z")
        .did("complete_task", fmt::format(R"({{"task_id":"{}"}})", second.id.text()));
    react(s, second.id, dom::event_type::task_completed, "2026-02-28T12:00:00Z");
    const auto& third = first_child(s, second.id);
    BOOST_TEST(third.due->text == "2026-03-31");
    BOOST_TEST(third.title == "b");
    BOOST_TEST((third.series == after.series));
}

BOOST_AUTO_TEST_CASE(r7_split_with_another_rule_counts_from_this_occurrence) {
    auto s = completed();
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    const auto second = first_child(s, id("a"));
    s.did("split_series",
          fmt::format(R"({{"task_id":"{}","recurrence_rule":"every 2 days"}})", second.id.text()));
    const auto series = s.book().find_series(*s.book().find(second.id)->series);
    BOOST_TEST(series->dtstart == "2026-08-31");
    BOOST_TEST(series->recurrence.rule == "FREQ=DAILY;INTERVAL=2");
}

BOOST_AUTO_TEST_CASE(r7_split_with_another_date_leaves_what_count_has_left) {
    auto s = given().task("a", R"("due":"2026-08-24","recurrence":{"rule":"FREQ=WEEKLY;COUNT=5"})");
    s.at_time("2026-08-24T12:00:00Z").did("complete_task", a);
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    const auto second = first_child(s, id("a"));
    s.did("split_series", fmt::format(R"({{"task_id":"{}","due":"2026-09-02"}})", second.id.text()));
    const auto& after = *s.book().find(second.id);
    BOOST_TEST(after.recurrence->rule == "FREQ=WEEKLY;COUNT=4");
    BOOST_TEST(after.nominal == "2026-09-02");
    BOOST_TEST(s.book().find_series(*after.series)->dtstart == "2026-09-02");
}

BOOST_AUTO_TEST_CASE(r7_split_is_of_an_open_occurrence) {
    auto s = completed();
    s.when("split_series", a).then_rejected(errc::status_conflict);
    s.task("b")
        .when("split_series", R"({"task_id":"$b"})")
        .then_rejected(errc::field_invalid, "args.task_id");
    s.when("update_series", R"({"task_id":"$b","title":"x"})")
        .then_rejected(errc::field_invalid, "args.task_id");
}

BOOST_AUTO_TEST_CASE(r7_an_update_of_the_series_changes_what_is_open_and_nothing_that_is_finished) {
    auto s = completed();
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    const auto second = first_child(s, id("a")).id;
    s.did("update_series", R"({"task_id":"$a","title":"b","recurrence_rule":"every 2 weeks"})");
    BOOST_TEST(s.of("a").title == "a");
    const auto& open = *s.book().find(second);
    BOOST_TEST(open.title == "b");
    BOOST_TEST(open.recurrence->rule == "FREQ=WEEKLY;INTERVAL=2");
    BOOST_TEST(s.book().find_series(*open.series)->recurrence.rule == "FREQ=WEEKLY;INTERVAL=2");
    BOOST_TEST(s.book().find_series(*open.series)->dtstart == "2026-08-24");
    s.when("update_series", R"({"task_id":"$a","title":"b"})").then_nothing();
    // The next one is computed from where the open one is, by the new rule, counted from the start.
    s.at_time("2026-08-31T12:00:00Z")
        .did("complete_task", fmt::format(R"({{"task_id":"{}"}})", second.text()));
    react(s, second, dom::event_type::task_completed, "2026-08-31T12:00:00Z");
    BOOST_TEST(first_child(s, second).due->text == "2026-09-07");
}

BOOST_AUTO_TEST_CASE(r7_a_series_that_has_ended_is_not_changed) {
    auto s = weekly();
    s.did("end_series", fmt::format(R"({{"series_id":"{}"}})", s.of("a").series->text()));
    s.when("update_series", R"({"task_id":"$a","title":"b"})").then_rejected(errc::status_conflict);
}

BOOST_AUTO_TEST_CASE(r7_a_reaction_that_comes_after_its_rule_was_changed_brings_no_second_next_one) {
    auto s = completed();
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    s.did("update_task",
          fmt::format(R"({{"task_id":"{}","title":"touched"}})", first_child(s, id("a")).id.text()));
    s.did("reopen_task", a).did("complete_task", a);
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z").then_nothing();
    s.did("update_series", R"({"task_id":"$a","recurrence_rule":"every 2 days"})");
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z").then_nothing();
}

BOOST_AUTO_TEST_CASE(r9_a_next_occurrence_that_was_purged_is_not_made_again) {
    auto s = completed();
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z");
    const auto args = fmt::format(R"({{"task_id":"{}"}})", first_child(s, id("a")).id.text());
    s.did("delete_task", args).did("purge_task", args);
    react(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z").then_nothing();
}

BOOST_AUTO_TEST_CASE(r1_recurrence_rule_is_the_rule_of_recurrence) {
    auto s = given().task("a", R"("due":"2026-08-24","recurrence_rule":"weekly")");
    BOOST_TEST(s.of("a").recurrence->rule == "FREQ=WEEKLY");
    s.when("update_task", R"({"task_id":"$a","recurrence_rule":"FREQ=MINUTELY"})")
        .then_rejected(errc::recurrence_unsupported_part, "args.recurrence_rule");
    s.when("update_task", R"({"task_id":"$a","recurrence_rule":"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"})")
        .then_rejected(errc::recurrence_invalid, "args.recurrence_rule");
    s.did("update_task", R"({"task_id":"$a","recurrence_rule":null})");
    BOOST_TEST(!s.of("a").recurrence);
}

BOOST_AUTO_TEST_CASE(complete_recurring_task_completes_an_occurrence_and_nothing_else) {
    auto s = weekly();
    s.when("complete_recurring_task", a).then({"task.completed a"});
    s.when("complete_recurring_task", a).then_nothing();
    s.task("b")
        .when("complete_recurring_task", R"({"task_id":"$b"})")
        .then_rejected(errc::field_invalid, "args.task_id");
    auto made =
        given().when("create_recurring_task", R"({"task_id":"$c","title":"c","recurrence_rule":"daily"})");
    BOOST_TEST((made.event(1).type == dom::event_type::series_created));
}

BOOST_AUTO_TEST_CASE(only_service_scope_may_send_reactions) {
    auto s = completed();
    s.when("create_occurrence",
           reaction_args(s, id("a"), dom::event_type::task_completed, "2026-08-24T12:00:00Z"))
        .then_rejected(errc::forbidden);
}

BOOST_AUTO_TEST_SUITE_END()
