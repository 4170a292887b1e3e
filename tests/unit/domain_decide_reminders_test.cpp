// Reminders: which alarms a task has pending after every change, and what a fire leads to.
#include "domain/derived_ids.hpp"
#include "tests/support/given.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace daybook::tests;
using daybook::domain::alarm_state;
using daybook::domain::errc;
using daybook::domain::event_type;
namespace dom = daybook::domain;

namespace {

constexpr std::string_view a = R"({"task_id":"$a"})";

std::vector<std::string> pending(const story& s, std::string_view name) {
    std::vector<std::string> at;
    for (const auto& alarm : s.of(name).alarms)
        if (alarm.state == alarm_state::pending) at.push_back(dom::to_text(alarm.at));
    return at;
}

using instants = std::vector<std::string>;

dom::fire_id next_fire(const story& s, std::string_view name) {
    BOOST_REQUIRE(!s.of(name).alarms.empty());
    return s.of(name).alarms.front().id;
}

outcome fire(story& s, std::string_view name, const dom::fire_id& id) {
    return s.as_service().when("fire_reminder",
                               fmt::format(R"({{"task_id":"${}","fire_id":"{}"}})", name, id.text()));
}

/// Due on Monday at 17:00 UTC, with a reminder half an hour before. It is Saturday.
story reminded() { return given().task("a", R"("due":"2026-08-24T17:00","reminder_minutes":30)"); }

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_decide_reminders)

BOOST_AUTO_TEST_CASE(m4_a_date_and_its_alarms_are_one_commit) {
    auto s = given();
    const auto made = s.when(
        "create_task", R"({"task_id":"$a","title":"x","due":"2026-08-24T17:00","reminder_minutes":30})");
    BOOST_TEST((made.event(1).type == event_type::reminder_scheduled));
    BOOST_TEST((pending(s, "a") == instants{"2026-08-24T16:30:00.000Z"}));
    const auto before = next_fire(s, "a");
    s.when("reschedule_task", R"({"task_id":"$a","due":"2026-08-25T17:00"})")
        .then({"task.rescheduled a", "reminder.cancelled a", "reminder.scheduled a"});
    BOOST_TEST((pending(s, "a") == instants{"2026-08-25T16:30:00.000Z"}));
    s.did("reschedule_task", R"({"task_id":"$a","due":"2026-08-24T17:00"})");
    BOOST_TEST((next_fire(s, "a") == before), "moved away and back it has its old id");
}

BOOST_AUTO_TEST_CASE(m4_an_instant_that_has_passed_fires_now_while_the_due_date_is_to_come) {
    auto s = reminded();
    s.at_time("2026-08-24T16:50:00Z").did("reschedule_task", R"({"task_id":"$a","due":"2026-08-24T17:10"})");
    BOOST_TEST((pending(s, "a") == instants{"2026-08-24T16:40:00.000Z"}));
    const auto fired = fire(s, "a", next_fire(s, "a"));
    BOOST_TEST(fired.event(0).data.at("late_ms").as_int64() == 600'000);
    s.at_time("2026-08-24T18:00:00Z").did("reschedule_task", R"({"task_id":"$a","due":"2026-08-24T17:30"})");
    BOOST_TEST(pending(s, "a").empty());
}

BOOST_AUTO_TEST_CASE(m2_days_move_the_wall_clock_and_hours_are_exact) {
    const auto s = given().task(
        "a", R"("due":"2026-03-29T09:00[Europe/Berlin]","reminders":[{"when":"-P1D"},{"when":"-PT24H"}])");
    BOOST_TEST(pending(s, "a").empty(), "both have passed long ago, and so has the date");
    auto earlier = given().at_time("2026-03-01T00:00:00Z");
    earlier.task(
        "a", R"("due":"2026-03-29T09:00[Europe/Berlin]","reminders":[{"when":"-P1D"},{"when":"-PT24H"}])");
    BOOST_TEST((pending(earlier, "a") == instants{"2026-03-28T08:00:00.000Z", "2026-03-28T07:00:00.000Z"}));
}

BOOST_AUTO_TEST_CASE(m3_a_fire_is_one_fact_and_never_early) {
    auto s = reminded();
    const auto id = next_fire(s, "a");
    s.at_time("2026-08-24T16:29:59.999Z");
    fire(s, "a", id).then_rejected(errc::not_ready);
    s.at_time("2026-08-24T16:30:00Z");
    const auto fired = fire(s, "a", id);
    BOOST_TEST((fired.event(0).type == event_type::reminder_fired));
    BOOST_TEST(fired.event(0).data.at("fire_id").as_string() == id.text());
    BOOST_TEST(fired.event(0).data.at("late_ms").as_int64() == 0);
    BOOST_TEST(s.of("a").reminders[0].state == "fired");
    fire(s, "a", id).then_nothing();
    // The same instant again is the same fire: it has been.
    s.did("reschedule_task", R"({"task_id":"$a","due":"2026-08-26T17:00"})");
    s.did("reschedule_task", R"({"task_id":"$a","due":"2026-08-24T17:00"})");
    BOOST_TEST(pending(s, "a").empty());
}

BOOST_AUTO_TEST_CASE(m6_what_closes_a_task_cancels_its_alarms_and_reopening_brings_them_back) {
    for (const auto* closing : {"complete_task", "skip_task", "cancel_task", "delete_task"}) {
        auto s = reminded();
        const auto id = next_fire(s, "a");
        s.did(closing, a);
        BOOST_TEST(pending(s, "a").empty(), closing);
        BOOST_TEST(s.of("a").reminders[0].state == "cancelled", closing);
        s.at_time("2026-08-24T16:30:00Z");
        fire(s, "a", id).then_nothing();
    }
    auto s = reminded();
    s.did("complete_task", a).did("reopen_task", a);
    BOOST_TEST((pending(s, "a") == instants{"2026-08-24T16:30:00.000Z"}));
    BOOST_TEST(s.of("a").reminders[0].state == "scheduled");
}

BOOST_AUTO_TEST_CASE(m5_beyond_the_grace_it_is_missed_and_within_it_late) {
    auto late = reminded();
    late.at_time("2026-08-25T16:30:00Z");
    const auto fired = fire(late, "a", next_fire(late, "a"));
    BOOST_TEST((fired.event(0).type == event_type::reminder_fired));
    BOOST_TEST(fired.event(0).data.at("late_ms").as_int64() == 86'400'000);
    auto missed = reminded();
    missed.at_time("2026-08-25T16:30:00.001Z");
    BOOST_TEST((fire(missed, "a", next_fire(missed, "a")).event(0).type == event_type::reminder_missed));
    BOOST_TEST(missed.of("a").reminders[0].state == "missed");
}

BOOST_AUTO_TEST_CASE(m5_missed_slots_of_a_cron_reminder_are_one_fire) {
    auto s = given().task("a", R"("reminders":[{"cron":"*/10 * * * *"}])");
    BOOST_TEST((pending(s, "a") == instants{"2026-08-22T08:10:00.000Z"}));
    s.at_time("2026-08-22T11:05:00Z");
    const auto fired = fire(s, "a", next_fire(s, "a"));
    BOOST_TEST(fired.event(0).data.at("missed_count").as_int64() == 18);
    BOOST_TEST(fired.event(0).data.at("scheduled_at").as_string() == "2026-08-22T11:00:00.000Z");
    BOOST_TEST((fired.event(1).type == event_type::reminder_scheduled));
    BOOST_TEST((pending(s, "a") == instants{"2026-08-22T11:10:00.000Z"}));
    // Two days of silence: what is older than the grace was missed.
    s.at_time("2026-08-24T11:15:00Z");
    const auto after = fire(s, "a", next_fire(s, "a"));
    BOOST_TEST((after.event(0).type == event_type::reminder_missed));
    BOOST_TEST((after.event(1).type == event_type::reminder_fired));
    BOOST_TEST((after.event(2).type == event_type::reminder_scheduled));
}

BOOST_AUTO_TEST_CASE(m1_a_cron_reminder_rings_until_the_task_is_due) {
    auto s = given().task("a", R"("due":"2026-08-22T08:20","reminders":[{"cron":"*/10 * * * *"}])");
    s.at_time("2026-08-22T08:10:00Z");
    fire(s, "a", next_fire(s, "a"));
    BOOST_TEST((pending(s, "a") == instants{"2026-08-22T08:20:00.000Z"}));
    s.at_time("2026-08-22T08:20:00Z");
    fire(s, "a", s.of("a").alarms.front().id).then({"reminder.fired a"});
    BOOST_TEST(pending(s, "a").empty());
}

BOOST_AUTO_TEST_CASE(m7_a_snooze_is_a_child_that_leaves_the_date_alone_and_ends_with_it) {
    auto s = reminded();
    const auto reminder = s.of("a").reminders[0].id.text();
    s.at_time("2026-08-24T16:30:00Z");
    fire(s, "a", next_fire(s, "a"));
    const auto snooze = [&](std::string_view args) {
        return s.when("snooze_reminder",
                      fmt::format(R"({{"task_id":"$a","reminder_id":"{}",{}}})", reminder, args));
    };
    snooze(R"("for":"10 minutes")").then({"reminder.snoozed a", "reminder.scheduled a"});
    BOOST_TEST((pending(s, "a") == instants{"2026-08-24T16:40:00.000Z"}));
    BOOST_TEST(s.of("a").reminders[0].state == "snoozed");
    BOOST_TEST(s.of("a").due->text == "2026-08-24T17:00:00");
    snooze(R"("until":"2026-08-24T16:55")")
        .then({"reminder.snoozed a", "reminder.cancelled a", "reminder.scheduled a"});
    BOOST_TEST((pending(s, "a") == instants{"2026-08-24T16:55:00.000Z"}));
    BOOST_TEST(s.of("a").reminders.size() == 2);
    snooze(R"("until":"2026-08-24T16:00")").then_rejected(errc::field_invalid, "args.until");
    s.did("reschedule_task", R"({"task_id":"$a","due":"2026-08-26T17:00"})");
    BOOST_TEST(s.of("a").reminders.size() == 1);
    BOOST_TEST((pending(s, "a") == instants{"2026-08-26T16:30:00.000Z"}));
}

BOOST_AUTO_TEST_CASE(m7_acknowledged_is_the_latest_fire) {
    auto s = reminded();
    const auto ack =
        fmt::format(R"({{"task_id":"$a","reminder_id":"{}"}})", s.of("a").reminders[0].id.text());
    s.when("ack_reminder", ack).then_rejected(errc::status_conflict);
    s.at_time("2026-08-24T16:30:00Z");
    fire(s, "a", next_fire(s, "a"));
    s.when("ack_reminder", ack).then({"reminder.acked a"});
    BOOST_TEST(s.of("a").reminders[0].state == "acked");
    s.when("ack_reminder", ack).then_nothing();
}

BOOST_AUTO_TEST_CASE(m1_reminders_by_themselves_up_to_twenty) {
    auto s = given().task("a", R"("due":"2026-08-24T17:00")");
    s.when("create_reminder", R"({"task_id":"$a","when":"1 hour"})")
        .then({"reminder.created a", "reminder.scheduled a"});
    const auto id = s.of("a").reminders[0].id.text();
    s.when("update_reminder", fmt::format(R"({{"task_id":"$a","reminder_id":"{}","when":"2 hours"}})", id))
        .then({"reminder.updated a", "reminder.cancelled a", "reminder.scheduled a"});
    BOOST_TEST((pending(s, "a") == instants{"2026-08-24T15:00:00.000Z"}));
    s.when("create_reminder", R"({"task_id":"$a","when":"1 hour before start"})")
        .then_rejected(errc::reminder_no_base);
    s.when("cancel_reminder", fmt::format(R"({{"task_id":"$a","reminder_id":"{}"}})", id))
        .then({"reminder.cancelled a"});
    BOOST_TEST(s.of("a").reminders.empty());
    BOOST_TEST(pending(s, "a").empty());
    for (int i = 0; i < 20; ++i)
        s.did("create_reminder", fmt::format(R"({{"task_id":"$a","when":"{} minutes"}})", i + 1));
    s.when("create_reminder", R"({"task_id":"$a","when":"90 minutes"})").then_rejected(errc::limit_exceeded);
}

BOOST_AUTO_TEST_CASE(m8_floating_dates_follow_the_zone_of_the_book_and_zoned_ones_do_not) {
    auto s = given()
                 .task("a", R"("due":"2026-08-24T17:00","reminder_minutes":30)")
                 .task("b", R"("due":"2026-08-24T17:00[UTC]","reminder_minutes":30)")
                 .task("c", R"("reminders":[{"cron":"0 9 * * *"}])");
    s.did("configure_book", R"({"zone":"Europe/Berlin"})");
    BOOST_TEST((pending(s, "a") == instants{"2026-08-24T14:30:00.000Z"}));
    BOOST_TEST((pending(s, "b") == instants{"2026-08-24T16:30:00.000Z"}));
    BOOST_TEST((pending(s, "c") == instants{"2026-08-23T07:00:00.000Z"}));
}

BOOST_AUTO_TEST_CASE(c1_cron_expressions_that_cannot_be_are_refused) {
    auto s = given().task("a");
    const auto refused = [&](std::string_view cron, errc code) {
        s.when("create_reminder", fmt::format(R"({{"task_id":"$a","cron":"{}"}})", cron))
            .then_rejected(code, "args.cron");
    };
    refused("0 0 9 * * *", errc::cron_six_fields);
    refused("0 0 31 2 *", errc::cron_never_matches);
    refused("@every 10s", errc::cron_every_too_short);
}

BOOST_AUTO_TEST_CASE(r8_relative_and_cron_reminders_come_with_the_next_occurrence_absolute_ones_do_not) {
    auto s = given().task("a", R"("due":"2026-08-24T17:00","recurrence":{"rule":"weekly"},
        "reminders":[{"when":"30 minutes"},{"at":"2026-08-23T09:00"},{"cron":"0 9 * * *"}])");
    s.at_time("2026-08-24T16:00:00Z");
    const auto closed = s.when("complete_task", a);
    const auto cause = closed.event(0).id.text();
    s.as_service().did(
        "create_occurrence",
        fmt::format(R"({{"task_id":"$a","cause_event_id":"{}","closed_at":"2026-08-24T16:00:00Z"}})", cause));
    const auto next = s.book().find(s.book().occurrences_after(dom::task_id(id_named("a"))).at(0));
    BOOST_REQUIRE(next->reminders.size() == 2);
    BOOST_REQUIRE(next->alarms.size() == 2);
    BOOST_TEST(dom::to_text(next->alarms[0].at) == "2026-08-31T16:30:00.000Z");
    BOOST_TEST(dom::to_text(next->alarms[1].at) == "2026-08-25T09:00:00.000Z");
}

BOOST_AUTO_TEST_SUITE_END()
