// The agenda: what it keeps of events, what it offers and when, and what a restart leaves of it.
#include "domain/derived_ids.hpp"
#include "reactors/agenda.hpp"
#include "reactors/effect_gate.hpp"
#include "tests/support/given.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <set>

namespace dom = daybook::domain;
namespace rx = daybook::reactors;
using namespace daybook::tests;
using namespace std::chrono_literals;

namespace {

struct kept {
    temporary_folder folder;
    std::unique_ptr<rx::agenda> agenda;
    std::size_t near_max = 100;

    kept() { reopen(); }
    void reopen() {
        agenda.reset();
        agenda = rx::agenda::open({folder.path() / "reactors", near_max, 3'600s}, 2).value();
    }
    void commit() { BOOST_REQUIRE(agenda->commit()); }
    /// What is offered by then, in order.
    std::vector<std::string> taken_by(std::string_view until) {
        std::vector<std::string> names;
        for (;;) {
            commit();
            BOOST_REQUIRE(agenda->look_ahead(at(until)));
            const auto next = agenda->next_at();
            if (!next || *next > at(until)) return names;
            names.push_back(dom::to_text(agenda->take_next().at).substr(11, 5));
        }
    }
};

dom::event reminder_event(dom::event_type type, std::string_view data) {
    dom::event e;
    e.type = type;
    e.user = dom::user_id("ana");
    e.task = dom::task_id(id_named("a"));
    e.command = dom::command_id("c1");
    e.data = json_named(data).as_object();
    return e;
}

dom::event scheduled(std::string_view fire, std::string_view at) {
    return reminder_event(
        dom::event_type::reminder_scheduled,
        fmt::format(R"({{"scheduled":[{{"reminder_id":"$r","fire_id":"${}","at":"{}"}}]}})", fire, at));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reactors_agenda)

BOOST_AUTO_TEST_CASE(what_is_overdue_comes_in_the_order_of_its_instants) {
    kept k;
    k.agenda->fold(scheduled("f1", "2026-08-24T10:00:00Z"));
    k.agenda->fold(scheduled("f2", "2026-08-24T09:00:00Z"));
    k.agenda->fold(scheduled("f3", "2026-08-24T11:00:00Z"));
    k.commit();
    BOOST_TEST(k.agenda->size() == 3);
    BOOST_TEST((k.taken_by("2026-08-24T10:30:00Z") == std::vector<std::string>{"09:00", "10:00"}));
}

BOOST_AUTO_TEST_CASE(what_was_taken_and_not_done_is_there_after_a_restart) {
    kept k;
    k.agenda->fold(scheduled("f1", "2026-08-24T10:00:00Z"));
    BOOST_TEST(k.taken_by("2026-08-24T12:00:00Z").size() == 1);
    BOOST_TEST(k.taken_by("2026-08-24T12:00:00Z").empty());
    k.reopen();
    BOOST_TEST(k.agenda->size() == 1);
    BOOST_REQUIRE(k.agenda->look_ahead(at("2026-08-24T12:00:00Z")));
    BOOST_REQUIRE(k.agenda->next_at());
    k.agenda->settle(k.agenda->take_next());
    k.commit();
    k.reopen();
    BOOST_TEST(k.agenda->size() == 0);
    BOOST_TEST(k.taken_by("2026-08-24T12:00:00Z").empty());
}

BOOST_AUTO_TEST_CASE(cancelled_and_fired_ones_are_gone) {
    kept k;
    k.agenda->fold(scheduled("f1", "2026-08-24T10:00:00Z"));
    k.agenda->fold(scheduled("f2", "2026-08-24T10:30:00Z"));
    k.commit();
    k.agenda->fold(reminder_event(dom::event_type::reminder_cancelled,
                                  R"({"cancelled":[{"reminder_id":"$r","fire_id":"$f1"}]})"));
    auto fired = reminder_event(dom::event_type::reminder_fired, R"({"reminder_id":"$r","fire_id":"$f2"})");
    fired.command = rx::command_id_of(rx::item_kind::reminder, id_named("f2"));
    k.agenda->fold(fired);
    BOOST_TEST(k.taken_by("2026-08-25T00:00:00Z").empty());
    BOOST_TEST(k.agenda->size() == 0);
}

BOOST_AUTO_TEST_CASE(a_closed_occurrence_asks_for_the_next_one_until_its_reaction_is_in_the_log) {
    kept k;
    dom::event done = reminder_event(
        dom::event_type::task_completed,
        R"({"status":"completed","completed_at":"2026-08-24T10:00:00Z","nominal":"2026-08-24"})");
    done.id = dom::event_id(id_named("closing"));
    done.log.at = at("2026-08-24T10:00:00Z");
    k.agenda->fold(done);
    done.id = dom::event_id(id_named("other"));
    done.data.erase("nominal");
    k.agenda->fold(done);
    k.commit();
    BOOST_TEST(k.agenda->size() == 1);
    dom::event next = reminder_event(dom::event_type::task_created, R"({"title":"x"})");
    next.command = rx::command_id_of(rx::item_kind::occurrence, id_named("closing"));
    k.agenda->fold(next);
    k.commit();
    BOOST_TEST(k.agenda->size() == 0);
}

BOOST_AUTO_TEST_CASE(the_memory_is_bounded_and_loses_nothing) {
    kept k;
    k.near_max = 3;
    k.reopen();
    k.commit();
    BOOST_REQUIRE(k.agenda->look_ahead(at("2026-08-24T10:00:00Z")));
    for (int i = 59; i >= 0; --i)
        k.agenda->fold(scheduled(fmt::format("f{}", i), fmt::format("2026-08-24T10:{:02}:00Z", i)));
    const auto all = k.taken_by("2026-08-24T11:00:00Z");
    BOOST_TEST(all.size() == 60);
    BOOST_TEST(std::is_sorted(all.begin(), all.end()));
}

BOOST_AUTO_TEST_CASE(what_is_put_back_comes_again_later_and_a_cancellation_still_reaches_it) {
    kept k;
    k.agenda->fold(scheduled("f1", "2026-08-24T10:00:00Z"));
    k.commit();
    BOOST_REQUIRE(k.agenda->look_ahead(at("2026-08-24T10:00:00Z")));
    k.agenda->put_back(k.agenda->take_next(), at("2026-08-24T10:00:05Z"));
    BOOST_TEST((k.agenda->next_at() == at("2026-08-24T10:00:05Z")));
    k.agenda->fold(reminder_event(dom::event_type::reminder_cancelled,
                                  R"({"cancelled":[{"reminder_id":"$r","fire_id":"$f1"}]})"));
    BOOST_TEST(!k.agenda->next_at());
}

BOOST_AUTO_TEST_CASE(the_gate_opens_when_every_partition_was_read_to_its_end) {
    rx::effect_gate gate({0, 7, 3});
    BOOST_TEST(!gate.is_open());
    gate.read_up_to(1, 6);
    gate.read_up_to(2, 3);
    BOOST_TEST(!gate.is_open());
    gate.read_up_to(1, 9);
    BOOST_TEST(gate.is_open());
}

BOOST_AUTO_TEST_CASE(c5_the_slots_of_a_schedule_come_until_they_fired_or_were_cancelled) {
    const auto slot_event = [](std::string_view data) {
        auto e = reminder_event(dom::event_type::schedule_updated, data);
        e.task.reset();
        return e;
    };
    kept k;
    k.agenda->fold(slot_event(
        R"({"schedule_id":"$s","scheduled":[{"slot_id":"$one","at":"2026-08-24T10:00:00Z"},)"
        R"({"slot_id":"$two","at":"2026-08-24T11:00:00Z"},{"slot_id":"$three","at":"2026-08-24T12:00:00Z"}]})"));
    k.agenda->fold(slot_event(R"({"schedule_id":"$s","cancelled":[{"slot_id":"$two"}]})"));
    auto fired = slot_event(R"({"schedule_id":"$s","slot_id":"$one"})");
    fired.command = rx::command_id_of(rx::item_kind::schedule, id_named("one"));
    k.agenda->fold(fired);
    k.commit();
    BOOST_TEST(k.agenda->size() == 1);
    BOOST_REQUIRE(k.agenda->look_ahead(at("2026-08-24T12:00:00Z")));
    const auto due = k.agenda->take_next();
    BOOST_TEST((due.kind == rx::item_kind::schedule));
    BOOST_TEST((due.cause == id_named("three")));
    BOOST_TEST((due.task.value() == id_named("s")));
}

BOOST_AUTO_TEST_CASE(r11_a_book_is_resolved_anew_once_for_each_version_of_the_zone_database) {
    const auto now = at("2026-08-24T10:00:00Z");
    kept k;
    k.agenda->fold(reminder_event(dom::event_type::task_rescheduled, R"({"tz_version":"2025a"})"));
    k.commit();
    BOOST_TEST(k.agenda->expect_zones("2025a", now).value() == 0U);
    BOOST_TEST(k.agenda->expect_zones("2025b", now).value() == 1U);
    BOOST_REQUIRE(k.agenda->look_ahead(now));
    const auto first = k.agenda->take_next();
    BOOST_TEST((first.kind == rx::item_kind::recompute));
    k.agenda->settle(first);
    k.agenda->expect_round_after(first, "2025b");
    k.commit();
    // A crash between two rounds: it begins again, and the rounds that were done are answered as repeats.
    k.reopen();
    BOOST_TEST(k.agenda->expect_zones("2025b", now).value() == 1U);
    BOOST_TEST(k.agenda->size() == 2);
    BOOST_REQUIRE(k.agenda->look_ahead(now));
    std::set<std::int64_t> rounds;
    for (int n = 0; n < 2; ++n) {
        const auto next = k.agenda->take_next();
        rounds.insert(next.round);
        k.agenda->settle(next);
    }
    BOOST_TEST((rounds == std::set<std::int64_t>{0, 1}));
    k.agenda->zones_settled(dom::user_id("ana"), "2025b");
    k.commit();
    k.reopen();
    BOOST_TEST(k.agenda->expect_zones("2025b", now).value() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
