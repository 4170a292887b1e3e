// Schedules: what sets them, what fires them and what becomes of slots that were missed (C1–C5).
#include "domain/derived_ids.hpp"
#include "domain/schedule.hpp"
#include "tests/support/given.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace daybook::tests;
using daybook::domain::errc;
namespace dom = daybook::domain;

namespace {

constexpr std::string_view hourly =
    R"({"schedule_id":"$s","name":"hours","cron":"0 * * * *","reminder":{"text":"again"}})";
constexpr std::string_view the_schedule = R"({"schedule_id":"$s"})";

const dom::schedule& schedule(const story& s) {
    const auto* found = dom::find_schedule(s.book().book().schedules, dom::schedule_id(id_named("s")));
    BOOST_REQUIRE(found != nullptr);
    return *found;
}

dom::slot_id slot(std::string_view instant) {
    return dom::schedule_slot_id(dom::schedule_id(id_named("s")), at(instant));
}

outcome fire(story& s, std::string_view instant) {
    return s.as_service().when("fire_schedule",
                               fmt::format(R"({{"schedule_id":"$s","slot_id":"{}"}})", slot(instant).text()));
}

std::string text_of(const dom::event& e, std::string_view name) {
    return std::string(std::string_view(e.data.at(name).as_string()));
}

story hours(std::string_view members = {}) {
    auto s = given();
    s.at_time("2026-08-22T10:30:00Z");
    auto args = std::string(hourly);
    if (!members.empty()) args.insert(args.size() - 1, fmt::format(",{}", members));
    s.did("create_schedule", args);
    return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_decide_schedules)

BOOST_AUTO_TEST_CASE(c5_a_schedule_names_its_next_slot_by_an_id_that_comes_from_schedule_and_instant) {
    const auto s = hours();
    const auto& made = schedule(s);
    BOOST_REQUIRE(made.next_at);
    BOOST_TEST(dom::to_text(*made.next_at) == "2026-08-22T11:00:00.000Z");
    BOOST_REQUIRE(made.pending.size() == 1U);
    BOOST_TEST((made.pending.front().id == slot("2026-08-22T11:00:00Z")));
    BOOST_TEST(made.misfire == "fire_once");
    BOOST_TEST(made.catchup_window == 24 * 60);
}

BOOST_AUTO_TEST_CASE(c1_what_cannot_fire_is_refused_when_it_is_set) {
    const auto refused = [](std::string_view members, errc code, std::string_view field) {
        given()
            .when("create_schedule", fmt::format(R"({{"name":"x",{},"reminder":{{"text":"x"}}}})", members))
            .then_rejected(code, field);
    };
    refused(R"("cron":"0 0 * * * *")", errc::cron_six_fields, "args.cron");
    refused(R"("cron":"0 0 31 2 *")", errc::cron_never_matches, "args.cron");
    refused(R"("cron":"@every 30s")", errc::cron_every_too_short, "args.cron");
    refused(R"("cron":"CRON_TZ=UTC 0 9 * * *","zone":"UTC")", errc::cron_zone_twice, "args.cron");
    refused(R"("cron":"0 9 * * *","zone":"Europe/Berlln")", errc::zone_unknown, "args.cron");
}

BOOST_AUTO_TEST_CASE(c5_a_slot_fires_once_whoever_asks_and_never_early) {
    auto s = hours();
    s.at_time("2026-08-22T10:59:59Z");
    fire(s, "2026-08-22T11:00:00Z").then_rejected(errc::not_ready);
    s.at_time("2026-08-22T11:00:00.250Z");
    const auto fired = fire(s, "2026-08-22T11:00:00Z");
    const auto& e = fired.event(0);
    BOOST_TEST((e.type == dom::event_type::schedule_fired));
    BOOST_TEST(text_of(e, "outcome") == "applied");
    BOOST_TEST(e.data.at("late_ms").as_int64() == 250);
    BOOST_TEST(e.data.at("missed_count").as_int64() == 1);
    BOOST_TEST(e.data.at("reminder").at("text").as_string() == "again");
    BOOST_TEST(text_of(e, "next_at") == "2026-08-22T12:00:00.000Z");
    fire(s, "2026-08-22T11:00:00Z").then_nothing();
    BOOST_TEST(schedule(s).fires == 1);
    // A clock that steps back fires nothing again (M8).
    s.at_time("2026-08-22T10:59:00Z");
    fire(s, "2026-08-22T11:00:00Z").then_nothing();
    fire(s, "2026-08-22T12:00:00Z").then_rejected(errc::not_ready);
}

BOOST_AUTO_TEST_CASE(c4_fire_once_makes_one_fire_of_all_that_were_missed) {
    auto s = hours();
    s.at_time("2026-08-22T15:20:00Z");
    const auto fired = fire(s, "2026-08-22T11:00:00Z");
    BOOST_TEST(text_of(fired.event(0), "scheduled_at") == "2026-08-22T15:00:00.000Z");
    BOOST_TEST(fired.event(0).data.at("missed_count").as_int64() == 5);
    BOOST_TEST(schedule(s).pending.size() == 1U);
    BOOST_TEST(dom::to_text(*schedule(s).next_at) == "2026-08-22T16:00:00.000Z");
    BOOST_TEST(dom::to_text(*schedule(s).last_slot) == "2026-08-22T15:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(c4_skip_passes_over_what_was_missed_and_fires_what_is_on_time) {
    auto s = hours(R"("misfire":"skip")");
    s.at_time("2026-08-22T15:20:00Z");
    const auto passed = fire(s, "2026-08-22T11:00:00Z");
    BOOST_TEST((passed.event(0).type == dom::event_type::schedule_updated));
    BOOST_TEST(schedule(s).fires == 0);
    s.at_time("2026-08-22T16:00:30Z");
    BOOST_TEST((fire(s, "2026-08-22T16:00:00Z").event(0).type == dom::event_type::schedule_fired));
    BOOST_TEST(dom::to_text(*schedule(s).next_at) == "2026-08-22T17:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(c4_all_fires_what_was_missed_in_order_each_in_a_commit_of_its_own) {
    auto s = hours(R"("misfire":"all")");
    s.at_time("2026-08-22T13:20:00Z");
    for (const auto* slot_text : {"2026-08-22T11:00:00Z", "2026-08-22T12:00:00Z", "2026-08-22T13:00:00Z"}) {
        const auto fired = fire(s, slot_text);
        BOOST_TEST(fired.event(0).data.at("missed_count").as_int64() == 1);
        BOOST_TEST((dom::slot_id::parse(text_of(fired.event(0), "slot_id")) == slot(slot_text)));
    }
    BOOST_TEST(schedule(s).fires == 3);
    BOOST_TEST(dom::to_text(*schedule(s).next_at) == "2026-08-22T14:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(c4_slots_beyond_the_window_are_passed_over) {
    auto s = hours(R"("catchup_window":90)");
    s.at_time("2026-08-23T11:10:00Z");
    const auto fired = fire(s, "2026-08-22T11:00:00Z");
    BOOST_TEST(fired.event(0).data.at("missed_count").as_int64() == 2);  // 10:00 and 11:00
    auto none = hours(R"("catchup_window":5)");
    none.at_time("2026-08-23T11:10:00Z");
    BOOST_TEST((fire(none, "2026-08-22T11:00:00Z").event(0).type == dom::event_type::schedule_updated));
    BOOST_TEST(dom::to_text(*schedule(none).next_at) == "2026-08-23T12:00:00.000Z");
    BOOST_TEST(schedule(none).fires == 0);
}

BOOST_AUTO_TEST_CASE(c3_a_fixed_hour_in_the_gap_fires_once_an_hour_later) {
    auto s = given();
    s.at_time("2026-03-28T12:00:00Z")
        .did(
            "create_schedule",
            R"({"schedule_id":"$s","name":"x","cron":"30 2 * * *","zone":"Europe/Berlin","reminder":{"text":"x"}})");
    BOOST_TEST(dom::to_text(*schedule(s).next_at) == "2026-03-29T01:30:00.000Z");
    s.at_time("2026-03-29T01:30:00Z");
    fire(s, "2026-03-29T01:30:00Z");
    BOOST_TEST(dom::to_text(*schedule(s).next_at) == "2026-03-30T00:30:00.000Z");
}

BOOST_AUTO_TEST_CASE(a_fire_runs_its_command_in_the_same_commit_with_the_slot_filled_in) {
    auto s = given();
    s.at_time("2026-08-22T10:30:00Z")
        .did(
            "create_schedule",
            R"({"schedule_id":"$s","name":"report","cron":"0 9 * * *","zone":"Europe/Berlin",)"
            R"("command":{"type":"create_task","args":{"title":"Report {date}","due":"{slot}","reminder_minutes":10}}})");
    s.at_time("2026-08-23T06:00:00Z");
    fire(s, "2026-08-23T07:00:00Z").then_rejected(errc::not_ready);
    s.at_time("2026-08-23T07:00:00Z");
    const auto done = fire(s, "2026-08-23T07:00:00Z");
    BOOST_TEST((done.event(0).type == dom::event_type::schedule_fired));
    const auto& made = done.event(1);
    BOOST_TEST((made.type == dom::event_type::task_created));
    BOOST_TEST(made.causation_id == done.event(0).id.text());
    BOOST_TEST(text_of(made, "title") == "Report 2026-08-23");
    BOOST_TEST(text_of(made, "due") == "2026-08-23T09:00:00[Europe/Berlin]");
    BOOST_TEST(text_of(done.event(0), "task_id") == made.task->text());
    // Due now: its reminder came too late for the task (M4), and the commit says so once.
    BOOST_TEST((s.events().back().type == dom::event_type::task_created));
}

BOOST_AUTO_TEST_CASE(a_fire_whose_command_is_refused_says_why_and_the_next_slot_comes) {
    auto s = given().task("a");
    s.at_time("2026-08-22T10:30:00Z")
        .did(
            "create_schedule",
            R"({"schedule_id":"$s","name":"x","cron":"0 * * * *","command":{"type":"add_tags","args":{"task_id":"$a","tags":["x"]}}})");
    s.did("delete_task", R"({"task_id":"$a"})");
    s.at_time("2026-08-22T11:00:00Z");
    const auto fired = fire(s, "2026-08-22T11:00:00Z");
    BOOST_TEST(text_of(fired.event(0), "outcome") == "rejected");
    BOOST_TEST(fired.event(0).data.at("error").at("code").as_string() == "task.deleted");
    BOOST_TEST(schedule(s).last_outcome == "rejected");
    BOOST_TEST(dom::to_text(*schedule(s).next_at) == "2026-08-22T12:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(m6_a_schedule_does_not_remind_of_a_closed_task) {
    auto s = given().task("a");
    s.at_time("2026-08-22T10:30:00Z")
        .did(
            "create_schedule",
            R"({"schedule_id":"$s","name":"x","cron":"0 * * * *","reminder":{"text":"look","task_id":"$a"}})");
    s.did("complete_task", R"({"task_id":"$a"})");
    s.at_time("2026-08-22T11:00:00Z");
    const auto fired = fire(s, "2026-08-22T11:00:00Z");
    BOOST_TEST(text_of(fired.event(0), "outcome") == "no_op");
    BOOST_TEST(!fired.event(0).data.contains("reminder"));
}

BOOST_AUTO_TEST_CASE(c5_a_paused_schedule_fires_nothing_and_goes_on_from_now) {
    auto s = hours();
    s.did("pause_schedule", the_schedule);
    BOOST_TEST(schedule(s).paused);
    BOOST_TEST(schedule(s).pending.empty());
    s.when("pause_schedule", the_schedule).then_nothing();
    s.at_time("2026-08-22T14:10:00Z");
    fire(s, "2026-08-22T11:00:00Z").then_nothing();
    s.did("resume_schedule", the_schedule);
    BOOST_TEST(dom::to_text(*schedule(s).next_at) == "2026-08-22T15:00:00.000Z");
    s.when("resume_schedule", the_schedule).then_nothing();
}

BOOST_AUTO_TEST_CASE(c5_run_now_fires_beside_the_slots) {
    auto s = hours();
    const auto fired = s.when("run_schedule", the_schedule);
    BOOST_TEST(fired.event(0).data.at("extra").as_bool());
    BOOST_TEST(schedule(s).fires == 1);
    BOOST_TEST(dom::to_text(*schedule(s).next_at) == "2026-08-22T11:00:00.000Z");
    BOOST_TEST(!schedule(s).last_slot);
}

BOOST_AUTO_TEST_CASE(c5_a_backfill_fires_the_slots_of_a_range_that_has_passed) {
    auto s = hours();
    s.when("backfill_schedule",
           R"({"schedule_id":"$s","from":"2026-08-22T00:00:00Z","until":"2026-08-23T00:00:00Z"})")
        .then_rejected(errc::field_invalid, "args.until");
    s.when("backfill_schedule",
           R"({"schedule_id":"$s","from":"2026-01-01T00:00:00Z","until":"2026-08-01T00:00:00Z"})")
        .then_rejected(errc::limit_exceeded);
    s.did("backfill_schedule",
          R"({"schedule_id":"$s","from":"2026-08-22T07:00:00Z","until":"2026-08-22T09:00:00Z"})");
    BOOST_TEST(schedule(s).pending.size() == 4U);
    for (int n = 0; n < 3; ++n) {
        const auto args =
            fmt::format(R"({{"schedule_id":"$s","slot_id":"{}"}})", schedule(s).pending.front().id.text());
        const auto fired = s.as_service().when("fire_schedule", args);
        BOOST_TEST(fired.event(0).data.at("extra").as_bool());
        s.as_service().when("fire_schedule", args).then_nothing();
    }
    BOOST_TEST(schedule(s).fires == 3);
    BOOST_TEST(schedule(s).pending.size() == 1U);
    // The same range again is another backfill: its slots have ids of their own.
    s.did("backfill_schedule",
          R"({"schedule_id":"$s","from":"2026-08-22T07:00:00Z","until":"2026-08-22T07:00:00Z"})");
    BOOST_TEST((schedule(s).pending.front().id != slot("2026-08-22T07:00:00Z")));
    BOOST_TEST(dom::to_text(*schedule(s).next_at) == "2026-08-22T11:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(an_update_moves_the_next_slot_and_an_update_of_nothing_is_none) {
    auto s = hours();
    s.when("update_schedule", R"({"schedule_id":"$s","name":"hours"})").then_nothing();
    s.did("update_schedule", R"({"schedule_id":"$s","cron":"15 * * * *"})");
    BOOST_TEST(dom::to_text(*schedule(s).next_at) == "2026-08-22T11:15:00.000Z");
    BOOST_TEST(schedule(s).pending.size() == 1U);
    BOOST_TEST(schedule(s).version == 2);
    s.did("delete_schedule", the_schedule);
    BOOST_TEST(s.book().book().schedules.empty());
    s.when("delete_schedule", the_schedule).then_rejected(errc::not_found, "args.schedule_id");
    fire(s, "2026-08-22T11:15:00Z").then_nothing();
}

BOOST_AUTO_TEST_CASE(m8_a_schedule_without_a_zone_follows_the_book) {
    auto s = given();
    s.at_time("2026-08-22T10:30:00Z")
        .did("create_schedule",
             R"({"schedule_id":"$s","name":"x","cron":"0 9 * * *","reminder":{"text":"x"}})");
    BOOST_TEST(dom::to_text(*schedule(s).next_at) == "2026-08-23T09:00:00.000Z");
    s.did("configure_book", R"({"zone":"Europe/Berlin"})");
    BOOST_TEST(dom::to_text(*schedule(s).next_at) == "2026-08-23T07:00:00.000Z");
    BOOST_TEST(schedule(s).pending.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_schedule_may_only_create_or_change_tasks) {
    const auto refused = [](std::string_view command, std::string_view field) {
        dom::command cmd;
        cmd.type = dom::command_type::create_schedule;
        cmd.args =
            json_named(fmt::format(R"({{"name":"x","cron":"@daily","command":{}}})", command)).as_object();
        const auto checked = dom::check_schema(cmd);
        BOOST_REQUIRE(!checked);
        BOOST_TEST(checked.error().field == field);
    };
    refused(R"({"type":"delete_task","args":{"task_id":"$a"}})", "args.command.type");
    refused(R"({"type":"create_schedule","args":{}})", "args.command.type");
    refused(R"({"type":"create_task","args":{}})", "args.command.args.title");
    refused(R"({"type":"create_task","args":{"title":"x","task_id":"$a"}})", "args.command.args.task_id");
    refused(R"({"type":"create_task"})", "args.command.args");
}

BOOST_AUTO_TEST_CASE(a_book_keeps_its_schedules_as_they_are_stored) {
    auto s = hours();
    s.at_time("2026-08-22T11:00:00Z");
    fire(s, "2026-08-22T11:00:00Z");
    const auto stored = dom::schedule_json(schedule(s), true);
    const auto read = dom::read_schedule(stored);
    BOOST_REQUIRE(read);
    BOOST_TEST((*read == schedule(s)));
}

BOOST_AUTO_TEST_CASE(r11_another_zone_database_resolves_what_is_to_come_and_nothing_that_has_passed) {
    auto s = given().task("a", R"("due":"2026-09-01T09:00[Europe/Berlin]","reminder_minutes":30)");
    s.task("b", R"("due":"2026-08-01T09:00[Europe/Berlin]")");
    // As an older database had it: an hour off.
    s.happened(dom::event_type::task_rescheduled, "a",
               R"({"due":"2026-09-01T09:00:00[Europe/Berlin]","due_at":"2026-09-01T08:00:00.000Z"})");
    s.happened(dom::event_type::task_rescheduled, "b",
               R"({"due":"2026-08-01T09:00:00[Europe/Berlin]","due_at":"2026-08-01T08:00:00.000Z"})");
    const auto args = fmt::format(R"({{"tz_version":"{}"}})", test_zones().version());
    s.as_service().when("recompute_book", R"({"tz_version":"1970a"})").then_rejected(errc::not_ready);
    const auto done = s.as_service().when("recompute_book", args);
    const auto& e = done.event(0);
    BOOST_TEST((e.type == dom::event_type::schedule_recomputed));
    BOOST_TEST(text_of(e, "due_at") == "2026-09-01T07:00:00.000Z");
    BOOST_TEST(dom::to_text(s.of("b").due->at) == "2026-08-01T08:00:00.000Z");
    s.as_service().when("recompute_book", args).then_nothing();
}

BOOST_AUTO_TEST_SUITE_END()
