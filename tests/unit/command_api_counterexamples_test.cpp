// The rows of the counterexamples that the sequencer answers, on the memory log with the fault of each row
// ordered step by step.
#include "eventlog/claim.hpp"
#include "eventlog/memory_log.hpp"
#include "tests/support/command_house.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <optional>

namespace api = daybook::command_api;
namespace log_ns = daybook::eventlog;
using namespace daybook::tests;
using namespace std::chrono_literals;
using daybook::domain::command;
using log_ns::memory_log;

namespace {

/// A clock that the test turns.
struct turned_clock {
    std::atomic<std::int64_t> ms{1'700'000'000'000};
    std::function<daybook::domain::instant()> now() {
        return [this] { return daybook::domain::instant(std::chrono::milliseconds(ms.load())); };
    }
};

struct faulty_house {
    memory_log log{1};
    temporary_folder folder;
    turned_clock clock;
    api::writer_options options = [this] {
        api::writer_options made;
        made.now = clock.now();
        made.suspect_after = 1h;
        made.append_deadline = 1h;
        made.request_deadline = 1h;
        return made;
    }();
    std::optional<command_house> opened{std::in_place, log, folder.path(), "w1", options};
    command_house& house = *opened;

    std::string create(const std::string& id) {
        const auto made = house.ask("ana", command_of(id, "create_task", {{"title", id}}));
        BOOST_REQUIRE_MESSAGE(made.task, code_of(made));
        return made.task->text();
    }
    command complete(const std::string& id, const std::string& task) const {
        return command_of(id, "complete_task", {{"task_id", task}});
    }
    std::vector<log_ns::held_append> wait_held(std::size_t count) {
        wait_until("held appends", [&] { return log.held(0).size() >= count; });
        return log.held(0);
    }
    /// The claim that a recovery or a takeover appended lands.
    void land_claim() {
        std::uint64_t id = 0;
        wait_until("a held claim", [&] {
            for (const auto& one : log.held(0))
                if (!one.record.key && !one.abandoned) id = one.id;
            return id != 0;
        });
        log.land(id);
    }
    /// Another writer's valid claim lands now.
    void foreign_claim() {
        const auto folded = current();
        auto claim = folded;
        claim.epoch += 1;
        claim.claim_id = "00000000-0000-4000-8000-0000000000c2";
        claim.writer_id = "w2";
        claim.address = "http://other:8080";
        log.append_foreign(0, log_ns::encode_claim(claim, clock.ms, "00000000-0000-4000-8000-0000000000e2"));
    }
    log_ns::claim_data current() const {
        log_ns::log_fold fold(0, {});
        for (const auto& record : log.records(0)) BOOST_REQUIRE(fold.feed(record));
        return *fold.current_claim();
    }
    folded_log folded() const { return fold_records(log.records(0), 0); }
    int times(const std::string& id) const {
        const auto all = folded();
        const auto at = all.commits.find({"ana", id});
        return at == all.commits.end() ? 0 : at->second;
    }
    void no_void_answered(const std::vector<std::string>& applied,
                          const std::vector<std::string>& refused) const {
        for (const auto& id : applied) BOOST_TEST(times(id) == 1, id);
        for (const auto& id : refused) BOOST_TEST(times(id) == 0, id);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(command_api_counterexamples)

BOOST_FIXTURE_TEST_CASE(counterexample_1_what_was_decided_on_a_lost_record_is_withdrawn_with_it,
                        faulty_house) {
    for (const bool b_lands_before_the_claim : {true, false}) {
        const auto n = b_lands_before_the_claim ? std::string("1") : std::string("2");
        const auto task = create("t" + n);
        log.hold(0);
        auto a = house.submit("ana", complete("a" + n, task));
        auto b = house.submit("ana", command_of("b" + n, "reopen_task", {{"task_id", task}}));
        const auto held = wait_held(2);
        log.lose(held[0].id);
        if (b_lands_before_the_claim) log.land(held[1].id);
        land_claim();
        BOOST_TEST(code_of(house.single(std::move(a))) == "log.unavailable");
        BOOST_TEST(code_of(house.single(std::move(b))) == "log.unavailable");
        if (!b_lands_before_the_claim) log.land(held[1].id);
        log.release(0);
        no_void_answered({"t" + n}, {"a" + n, "b" + n});
        BOOST_TEST(status_of(house.ask("ana", complete("a" + n, task))) == "applied");
        no_void_answered({"a" + n}, {"b" + n});
    }
    BOOST_TEST(folded().voids == 2);
}

BOOST_FIXTURE_TEST_CASE(counterexample_2_a_fitting_offset_of_a_strangers_slot_is_not_success, faulty_house) {
    const auto task = create("t");
    log.hold(0);
    auto a = house.submit("ana", complete("a", task));
    auto b = house.submit("ana", command_of("b", "reopen_task", {{"task_id", task}}));
    const auto held = wait_held(2);
    log.append_foreign(0, {clock.ms, std::nullopt, "a stranger", {}});
    log.lose(held[0].id);
    log.land(held[1].id);  // at the very offset that it was expected at
    land_claim();
    BOOST_TEST(code_of(house.single(std::move(a))) == "log.unavailable");
    BOOST_TEST(code_of(house.single(std::move(b))) == "log.unavailable");
    log.release(0);
    no_void_answered({"t"}, {"a", "b"});
}

BOOST_FIXTURE_TEST_CASE(a_lost_acknowledgement_is_resolved_by_reading_back_as_applied, faulty_house) {
    const auto task = create("t");
    log.hold(0);
    auto a = house.submit("ana", complete("a", task));
    auto no_op = house.submit("ana", complete("n", task));
    auto b = house.submit("ana", command_of("b", "reopen_task", {{"task_id", task}}));
    const auto held = wait_held(2);
    log.land_unacknowledged(held[0].id);
    log.land(held[1].id);
    land_claim();
    const auto applied = house.single(std::move(a));
    BOOST_TEST(status_of(applied) == "applied");
    BOOST_TEST(applied.position->offset == 2);
    BOOST_TEST(status_of(house.single(std::move(b))) == "applied");
    // The commit of b proves the state that the no-op was judged on.
    BOOST_TEST(status_of(house.single(std::move(no_op))) == "no_op");
    log.release(0);
    no_void_answered({"t", "a", "b"}, {"n"});
    BOOST_TEST(folded().voids == 0);
}

BOOST_FIXTURE_TEST_CASE(counterexample_5_a_no_op_waits_for_the_records_it_was_decided_on, faulty_house) {
    const auto task = create("t");
    log.hold(0);
    auto a = house.submit("ana", complete("a", task));
    const auto held = wait_held(1);
    auto no_op = house.submit("ana", complete("n", task));
    foreign_claim();  // takes the slot of a
    log.land(held[0].id);
    const auto lost = house.single(std::move(a));
    BOOST_TEST(code_of(lost) == "writer_moved");
    BOOST_TEST(lost.error->extra.at("owner").as_string() == "http://other:8080");
    BOOST_TEST(code_of(house.single(std::move(no_op))) == "writer_moved");
    no_void_answered({"t"}, {"a", "n"});
    log.release(0);
}

BOOST_FIXTURE_TEST_CASE(counterexample_6_an_end_check_serves_only_what_was_decided_before_it_started,
                        faulty_house) {
    const auto task = create("t");
    std::optional<std::future<api::batch_answer>> second;
    bool done = false;
    log.on_end_check([&] {
        if (std::exchange(done, true)) return;
        foreign_claim();
        second = house.submit("ana", command_of("n2", "update_task", {{"task_id", task}, {"title", "t"}}));
    });
    const auto first = house.ask("ana", command_of("n1", "update_task", {{"task_id", task}, {"title", "t"}}));
    BOOST_TEST(status_of(first) == "no_op");
    BOOST_TEST(code_of(house.single(std::move(*second))) == "writer_moved");
    log.on_end_check({});
}

BOOST_FIXTURE_TEST_CASE(counterexample_8_a_writer_that_was_overtaken_steps_down_for_good, faulty_house) {
    const auto task = create("t");
    temporary_folder other_folder;
    command_house other(log, other_folder.path(), "w2", options);
    for (int i = 0; i < 5; ++i) {
        const auto mine = house.ask("ana", complete("mine" + std::to_string(i), task));
        BOOST_TEST(code_of(mine) == "writer_moved");
        const auto id = "theirs" + std::to_string(i);
        BOOST_TEST(status_of(other.ask("ana", command_of(id, "create_task", {{"title", id}}))) == "applied");
    }
    // The overtaken one's first record moved the owner's next one: that took one more claim, and there it
    // ends.
    BOOST_TEST(folded().claims == 3);
    BOOST_TEST(folded().voids == 1);
    BOOST_TEST((house.handler().statuses()[0].state == api::ownership::moved));
    BOOST_TEST(other.handler().ready());
}

BOOST_FIXTURE_TEST_CASE(counterexample_14_not_applied_is_said_only_once_a_later_landing_would_be_void,
                        faulty_house) {
    const auto task = create("t");
    log.hold(0);
    auto first = house.submit("ana", complete("x", task));
    const auto held = wait_held(1);
    log.delay(held[0].id);  // unknown now, lands later
    BOOST_TEST((first.wait_for(0s) == std::future_status::timeout));
    land_claim();
    BOOST_TEST(code_of(house.single(std::move(first))) == "log.unavailable");
    log.land(held[0].id);
    log.release(0);
    no_void_answered({"t"}, {"x"});
    BOOST_TEST(folded().voids == 1);
    BOOST_TEST(status_of(house.ask("ana", complete("x", task))) == "applied");
    no_void_answered({"x"}, {});
}

BOOST_FIXTURE_TEST_CASE(counterexample_15_old_import_times_and_a_fast_clock_forget_no_command, faulty_house) {
    const auto import = [&](const std::string& id) {
        auto c = command_of(id, "create_task", {{"title", id}});
        c.occurred_at = daybook::domain::parse_instant("2019-01-01T00:00:00Z");
        return c;
    };
    BOOST_TEST(status_of(house.ask("ana", import("old"))) == "applied");
    BOOST_TEST((folded().events[0].timestamp == *daybook::domain::parse_instant("2019-01-01T00:00:00Z")));
    BOOST_TEST(status_of(house.ask("ana", import("old"))) == "replayed");
    clock.ms += std::chrono::milliseconds(24h * 10).count();
    (void)create("fast");
    clock.ms -= std::chrono::milliseconds(24h * 10).count();
    BOOST_TEST(status_of(house.ask("ana", import("old"))) == "replayed");
    BOOST_TEST(status_of(house.ask("ana", command_of("fast", "create_task", {{"title", "fast"}}))) ==
               "replayed");
}

BOOST_FIXTURE_TEST_CASE(a_command_id_is_forgotten_after_thirty_days_of_append_time, faulty_house) {
    (void)create("c");
    clock.ms += std::chrono::milliseconds(24h * 29).count();
    BOOST_TEST(status_of(house.ask("ana", command_of("c", "create_task", {{"title", "c"}}))) == "replayed");
    clock.ms += std::chrono::milliseconds(24h * 2).count();
    (void)create("later");
    BOOST_TEST(status_of(house.ask("ana", command_of("c", "create_task", {{"title", "c"}}))) == "applied");
    BOOST_TEST(status_of(house.ask("ana", command_of("c", "create_task", {{"title", "c"}}))) == "replayed");
}

BOOST_FIXTURE_TEST_CASE(counterexample_16_each_completion_has_an_event_of_its_own_to_name_its_reaction,
                        faulty_house) {
    const auto task = create("t");
    const auto reaction_to = [](const api::command_answer& completed) {
        return command_of("after " + completed.events.at(0).text(), "create_task", {{"title", "child"}});
    };
    const auto first = house.ask("ana", complete("c1", task));
    BOOST_TEST(status_of(house.ask("ana", reaction_to(first))) == "applied");
    BOOST_TEST(status_of(house.ask("ana", reaction_to(first))) == "replayed");
    BOOST_TEST(status_of(house.ask("ana", command_of("r1", "reopen_task", {{"task_id", task}}))) ==
               "applied");
    const auto second = house.ask("ana", complete("c2", task));
    BOOST_TEST(status_of(house.ask("ana", reaction_to(second))) == "applied");
}

BOOST_FIXTURE_TEST_CASE(counterexample_17_a_writer_that_slept_answers_nothing_from_its_old_state,
                        faulty_house) {
    const auto task = create("t");
    temporary_folder other_folder;
    command_house other(log, other_folder.path(), "w2", options);
    BOOST_TEST(status_of(other.ask("ana", complete("theirs", task))) == "applied");
    // In the old state this is a no-op, that a version error, and the third is applied.
    const auto no_op = house.ask("ana", command_of("n", "update_task", {{"task_id", task}, {"title", "t"}}));
    BOOST_TEST(code_of(no_op) == "writer_moved");
    const auto again = house.ask("ana", complete("mine", task));
    BOOST_TEST(code_of(again) == "writer_moved");
    BOOST_TEST(again.error->extra.at("earlier_attempt").as_string() == "unknown");
    no_void_answered({"t", "theirs"}, {"n", "mine"});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(command_api_deadlines)

BOOST_FIXTURE_TEST_CASE(an_unreachable_log_refuses_new_writes_and_none_of_them_ever_lands, faulty_house) {
    (void)create("before");
    log.set_available(false);
    for (int i = 0; i < 3; ++i) {
        const auto refused =
            house.ask("ana", command_of("r" + std::to_string(i), "create_task", {{"title", "r"}}));
        BOOST_TEST(code_of(refused) == "log.unavailable");
    }
    const auto replay = house.ask("ana", command_of("before", "create_task", {{"title", "before"}}));
    BOOST_TEST(status_of(replay) == "replayed");
    log.set_available(true);
    (void)create("after");
    no_void_answered({"before", "after"}, {"r0", "r1", "r2"});
}

BOOST_FIXTURE_TEST_CASE(a_full_disk_refuses_with_its_own_code, faulty_house) {
    log.set_writable(daybook::domain::make_problem(daybook::domain::errc::storage_full, "100 MiB are left"));
    BOOST_TEST(code_of(house.ask("ana", command_of("c", "create_task", {{"title", "c"}}))) == "storage.full");
    log.set_writable({});
    (void)create("c");
}

struct hasty_house : faulty_house {
    hasty_house() {
        opened.reset();
        options.request_deadline = 50ms;
        opened.emplace(log, folder.path(), "w1", options);
    }
};

BOOST_FIXTURE_TEST_CASE(at_its_deadline_an_open_command_is_unknown_and_its_repeat_tells_the_true_outcome,
                        hasty_house) {
    const auto task = create("t");
    log.hold(0);
    const auto late = house.ask("ana", complete("x", task));
    BOOST_TEST(code_of(late) == "outcome_unknown");
    const auto still_open = house.ask("ana", complete("x", task));
    BOOST_TEST(code_of(still_open) == "outcome_unknown");
    const auto judged_on_it = house.ask("ana", complete("n", task));
    BOOST_TEST(code_of(judged_on_it) == "log.unavailable");
    log.release(0);
    BOOST_TEST(status_of(house.ask("ana", complete("x", task))) == "replayed");
    no_void_answered({"x"}, {"n"});
}

BOOST_FIXTURE_TEST_CASE(while_a_recovery_runs_a_repeat_waits_for_it_and_others_are_refused, faulty_house) {
    const auto task = create("t");
    log.hold(0);
    auto first = house.submit("ana", complete("x", task));
    log.land_unacknowledged(wait_held(1)[0].id);
    wait_until("the recovery's claim", [&] { return log.held(0).size() == 1; });
    auto repeat = house.submit("ana", complete("x", task));
    const auto other = house.ask("ana", complete("y", task));
    BOOST_TEST(code_of(other) == "log.unavailable");
    BOOST_TEST(other.error->extra.at("earlier_attempt").as_string() == "unknown");
    BOOST_TEST((repeat.wait_for(0s) == std::future_status::timeout));
    land_claim();
    BOOST_TEST(status_of(house.single(std::move(first))) == "applied");
    BOOST_TEST(status_of(house.single(std::move(repeat))) == "replayed");
    log.release(0);
    no_void_answered({"x"}, {"y"});
}

BOOST_FIXTURE_TEST_CASE(a_repeat_of_a_command_in_flight_waits_for_its_acknowledgement, faulty_house) {
    log.hold(0);
    std::vector<std::future<api::batch_answer>> all;
    for (int i = 0; i < 50; ++i)
        all.push_back(house.submit("ana", command_of("same", "create_task", {{"title", "s"}})));
    auto other = house.submit("ana", command_of("same", "create_task", {{"title", "another"}}));
    BOOST_TEST(wait_held(1).size() == 1U);
    BOOST_TEST((all.back().wait_for(0s) == std::future_status::timeout));
    log.release(0);
    int applied = 0;
    for (auto& one : all) {
        const auto answer = house.single(std::move(one));
        if (status_of(answer) == "applied")
            ++applied;
        else
            BOOST_TEST(status_of(answer) == "replayed");
    }
    BOOST_TEST(applied == 1);
    BOOST_TEST(code_of(house.single(std::move(other))) == "command.id_reused");
    no_void_answered({"same"}, {});
}

struct narrow_house : faulty_house {
    narrow_house() {
        opened.reset();
        options.in_flight_records_max = 3;
        opened.emplace(log, folder.path(), "w1", options);
    }
};

BOOST_FIXTURE_TEST_CASE(too_much_in_flight_is_refused_before_the_log_sees_it, narrow_house) {
    log.hold(0);
    std::vector<std::future<api::batch_answer>> all;
    for (int i = 0; i < 3; ++i)
        all.push_back(
            house.submit("ana", command_of("c" + std::to_string(i), "create_task", {{"title", "c"}})));
    BOOST_TEST(code_of(house.ask("ana", command_of("c3", "create_task", {{"title", "c"}}))) == "overloaded");
    log.release(0);
    for (auto& one : all) BOOST_TEST(status_of(house.single(std::move(one))) == "applied");
    no_void_answered({"c0", "c1", "c2"}, {"c3"});
}

struct suspicious_house : faulty_house {
    suspicious_house() {
        opened.reset();
        options.suspect_after = 0ms;
        options.append_deadline = 100ms;
        opened.emplace(log, folder.path(), "w1", options);
    }
};

BOOST_FIXTURE_TEST_CASE(while_the_oldest_record_is_overdue_new_writes_are_refused_and_repeats_wait,
                        suspicious_house) {
    log.hold(0);
    auto a = house.submit("ana", command_of("a", "create_task", {{"title", "a"}}));
    const auto held = wait_held(1);
    auto repeat = house.submit("ana", command_of("a", "create_task", {{"title", "a"}}));
    BOOST_TEST(code_of(house.ask("ana", command_of("b", "create_task", {{"title", "b"}}))) ==
               "log.unavailable");
    log.land(held[0].id);
    log.release(0);
    BOOST_TEST(status_of(house.single(std::move(a))) == "applied");
    BOOST_TEST(status_of(house.single(std::move(repeat))) == "replayed");
    no_void_answered({"a"}, {"b"});
}

// Counterexample 3: deadlines are ours; a record that is neither acknowledged nor refused is given up, and
// those behind it.
BOOST_FIXTURE_TEST_CASE(counterexample_3_a_record_without_any_report_is_given_up_at_the_append_deadline,
                        suspicious_house) {
    log.hold(0);
    auto a = house.submit("ana", command_of("a", "create_task", {{"title", "a"}}));
    log.vanish(wait_held(1)[0].id);
    land_claim();
    log.release(0);
    BOOST_TEST(code_of(house.single(std::move(a))) == "log.unavailable");
    BOOST_TEST(status_of(house.ask("ana", command_of("a", "create_task", {{"title", "a"}}))) == "applied");
    no_void_answered({"a"}, {});
}

BOOST_FIXTURE_TEST_CASE(an_end_check_that_fails_is_asked_again, faulty_house) {
    const auto task = create("t");
    log.fail_end_checks(3);
    const auto same = house.ask("ana", command_of("n", "update_task", {{"task_id", task}, {"title", "t"}}));
    BOOST_TEST(status_of(same) == "no_op");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(command_api_restart)

BOOST_FIXTURE_TEST_CASE(after_a_restart_outcomes_are_remembered_with_or_without_the_store, faulty_house) {
    const auto task = create("c1");
    const auto first = house.ask("ana", command_of("c2", "start_task", {{"task_id", task}}));
    const auto check = [&] {
        opened.emplace(log, folder.path(), "w1", options);
        const auto again = opened->ask("ana", command_of("c2", "start_task", {{"task_id", task}}));
        BOOST_TEST(status_of(again) == "replayed");
        BOOST_TEST((again.position == first.position));
        BOOST_TEST((again.events == first.events));
        BOOST_TEST(again.version == first.version);
        const auto no_op = opened->ask("ana", command_of("n", "start_task", {{"task_id", task}}));
        BOOST_TEST(status_of(no_op) == "no_op");
    };
    opened.reset();
    check();
    BOOST_TEST(opened->handler().stop(5s));
    opened.reset();
    check();
    opened.reset();
    std::filesystem::remove_all(folder.path());
    check();
}

BOOST_FIXTURE_TEST_CASE(counterexample_19_a_log_that_lost_what_the_store_applied_is_refused, faulty_house) {
    (void)create("c1");
    (void)create("c2");
    (void)house.handler().stop(5s);
    opened.reset();
    log.truncate(0, 2);
    opened.emplace(log, folder.path(), "w1", options, false);
    wait_until("the refusal",
               [&] { return opened->handler().statuses()[0].state == api::ownership::failed; });
    BOOST_TEST(code_of(opened->ask("ana", command_of("c3", "create_task", {{"title", "c"}}))) ==
               "log.truncated");
}

BOOST_FIXTURE_TEST_CASE(a_store_of_another_log_is_refused, faulty_house) {
    (void)create("c1");
    (void)house.handler().stop(5s);
    opened.reset();
    memory_log other(1);
    {
        temporary_folder elsewhere;
        command_house stranger(other, elsewhere.path());
        (void)stranger.ask("ana", command_of("c1", "create_task", {{"title", "c1"}}));
    }
    {
        command_house wrong(other, folder.path(), "w1", options, false);
        wait_until("the refusal",
                   [&] { return wrong.handler().statuses()[0].state == api::ownership::failed; });
        BOOST_TEST(code_of(wrong.ask("ana", command_of("c3", "create_task", {{"title", "c"}}))) ==
                   "log.foreign");
    }
    opened.emplace(log, folder.path(), "w1", options);
}

BOOST_FIXTURE_TEST_CASE(stop_ends_what_is_in_flight_and_takes_nothing_new, faulty_house) {
    opened.reset();
    options.suspect_after = 0ms;  // so that what comes before the stop is refused at once
    opened.emplace(log, folder.path(), "w1", options);
    log.hold(0);
    auto a = house.submit("ana", command_of("a", "create_task", {{"title", "a"}}));
    (void)wait_held(1);
    auto stopped = std::async(std::launch::async, [&] { return house.handler().stop(10s); });
    wait_until("refusals", [&] {
        return code_of(house.single(house.submit("ana", command_of("b", "create_task", {{"title", "b"}})))) ==
               "not_ready";
    });
    log.release(0);
    BOOST_TEST(stopped.get());
    BOOST_TEST(status_of(house.single(std::move(a))) == "applied");
    no_void_answered({"a"}, {});
}

BOOST_AUTO_TEST_SUITE_END()
