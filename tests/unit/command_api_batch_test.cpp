#include "eventlog/memory_log.hpp"
#include "tests/support/command_house.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

namespace api = daybook::command_api;
using namespace daybook::tests;
using daybook::domain::command;
using daybook::eventlog::memory_log;

namespace {

struct one_house {
    memory_log log{1};
    temporary_folder folder;
    command_house house{log, folder.path()};

    std::string create(const std::string& id, const std::string& title) {
        const auto made = house.ask("ana", command_of(id, "create_task", {{"title", title}}));
        BOOST_REQUIRE_MESSAGE(made.task, code_of(made));
        return made.task->text();
    }
    folded_log folded() const { return fold_records(log.records(0), 0); }
};

command with_temp_id(command c, std::string temp_id) {
    c.temp_id = std::move(temp_id);
    return c;
}

command with_version(command c, std::int64_t version) {
    c.if_version = version;
    return c;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_api_batch)

BOOST_FIXTURE_TEST_CASE(a_command_is_applied_and_its_event_stands_in_the_log, one_house) {
    const auto answer = house.ask("ana", command_of("c1", "create_task", {{"title", "Pay rent"}}));
    BOOST_TEST(status_of(answer) == "applied");
    BOOST_TEST(answer.version == 1);
    BOOST_REQUIRE(answer.events.size() == 1U);
    BOOST_TEST(answer.position->offset == 1);
    const auto record = log.records(0).at(1);
    BOOST_TEST(*record.key == "ana");
    const auto event = daybook::domain::decode_event(std::string_view(record.value)).value();
    BOOST_TEST(event.id.text() == answer.events.front().text());
    BOOST_TEST(event.log.hash.size() == 32U);
    BOOST_TEST(event.log.seq == 1);
    BOOST_TEST(event.log.at.time_since_epoch().count() == record.timestamp_ms);
    BOOST_TEST((record.headers == daybook::eventlog::record_headers(event.id.text(), "task.created")));
}

BOOST_FIXTURE_TEST_CASE(the_same_command_again_is_replayed_with_the_first_outcome, one_house) {
    const auto first = house.ask("ana", command_of("c1", "create_task", {{"title", "a"}}));
    const auto again = house.ask("ana", command_of("c1", "create_task", {{"title", "a"}}));
    BOOST_TEST(status_of(again) == "replayed");
    BOOST_TEST(again.task->text() == first.task->text());
    BOOST_TEST((again.position == first.position));
    BOOST_TEST((again.events == first.events));
    BOOST_TEST(folded().events.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_same_id_with_another_payload_is_refused, one_house) {
    (void)create("c1", "a");
    const auto other = house.ask("ana", command_of("c1", "create_task", {{"title", "b"}}));
    BOOST_TEST(code_of(other) == "command.id_reused");
    BOOST_TEST(folded().events.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(ids_are_per_book, one_house) {
    (void)create("c1", "a");
    const auto bobs = house.ask("bob", command_of("c1", "create_task", {{"title", "b"}}));
    BOOST_TEST(status_of(bobs) == "applied");
}

BOOST_FIXTURE_TEST_CASE(a_no_op_appends_nothing_and_is_judged_anew, one_house) {
    const auto task = create("c1", "a");
    const auto same = house.ask("ana", command_of("c2", "update_task", {{"task_id", task}, {"title", "a"}}));
    BOOST_TEST(status_of(same) == "no_op");
    BOOST_TEST(same.version == 1);
    BOOST_TEST(same.position->offset == 1);
    BOOST_TEST(log.records(0).size() == 2U);
    const auto now_other =
        house.ask("ana", command_of("c3", "update_task", {{"task_id", task}, {"title", "b"}}));
    BOOST_TEST(status_of(now_other) == "applied");
    const auto judged_anew =
        house.ask("ana", command_of("c2", "update_task", {{"task_id", task}, {"title", "a"}}));
    BOOST_TEST(status_of(judged_anew) == "applied");
}

BOOST_FIXTURE_TEST_CASE(a_stale_if_version_is_refused_and_shows_the_task_as_it_is, one_house) {
    const auto task = create("c1", "a");
    const auto stale = house.ask(
        "ana", with_version(command_of("c2", "update_task", {{"task_id", task}, {"title", "b"}}), 7));
    BOOST_TEST(code_of(stale) == "version.mismatch");
    BOOST_TEST(stale.error->extra.at("current").at("title").as_string() == "a");
    const auto right = house.ask(
        "ana", with_version(command_of("c2", "update_task", {{"task_id", task}, {"title", "b"}}), 1));
    BOOST_TEST(status_of(right) == "applied");
}

BOOST_FIXTURE_TEST_CASE(temp_ids_lead_later_commands_to_what_an_earlier_one_made, one_house) {
    const auto answer = house.ask(batch_of(
        "ana",
        {with_temp_id(command_of("c1", "create_task", {{"title", "parent"}}), "t1"),
         with_temp_id(command_of("c2", "create_task", {{"title", "child"}, {"parent_id", "t1"}}), "t2"),
         command_of("c3", "start_task", {{"task_id", "t2"}})}));
    BOOST_REQUIRE(answer.results.size() == 3U);
    for (const auto& one : answer.results) BOOST_TEST(status_of(one) == "applied", code_of(one));
    BOOST_REQUIRE(answer.temp_ids.size() == 2U);
    const auto book = folded();
    const auto child = book.books.at("ana").find(*answer.results[1].task);
    BOOST_TEST(child->parent->text() == answer.temp_ids[0].second);
    BOOST_TEST(answer.temp_ids[1].second == child->id.text());
    BOOST_TEST((child->status == daybook::domain::status::in_progress));
}

BOOST_FIXTURE_TEST_CASE(a_batch_that_is_sent_again_is_replayed_with_the_same_temp_ids, one_house) {
    const auto make = [] {
        return batch_of("ana", {with_temp_id(command_of("c1", "create_task", {{"title", "parent"}}), "t1"),
                                command_of("c2", "start_task", {{"task_id", "t1"}})});
    };
    const auto first = house.ask(make());
    const auto again = house.ask(make());
    for (const auto& one : again.results) BOOST_TEST(status_of(one) == "replayed");
    BOOST_TEST((again.temp_ids == first.temp_ids));
    BOOST_TEST((again.position == first.position));
}

BOOST_FIXTURE_TEST_CASE(a_failed_creator_fails_its_dependents_and_no_others, one_house) {
    const auto answer =
        house.ask(batch_of("ana", {with_temp_id(command_of("c1", "create_task", {{"title", ""}}), "t1"),
                                   command_of("c2", "start_task", {{"task_id", "t1"}}),
                                   command_of("c3", "create_task", {{"title", "on its own"}}),
                                   command_of("c4", "start_task", {{"task_id", "t9"}})}));
    BOOST_TEST(status_of(answer.results[0]) == "rejected");
    BOOST_TEST(code_of(answer.results[1]) == "dependency_failed");
    BOOST_TEST(status_of(answer.results[2]) == "applied");
    BOOST_TEST(code_of(answer.results[3]) == "temp_id.unknown");
}

BOOST_FIXTURE_TEST_CASE(an_atomic_batch_is_one_commit_and_each_command_keeps_its_id_and_hash, one_house) {
    const auto batch = batch_of("ana",
                                {with_temp_id(command_of("c1", "create_task", {{"title", "a"}}), "t1"),
                                 command_of("c2", "start_task", {{"task_id", "t1"}}),
                                 command_of("c3", "add_tags", {{"task_id", "t1"}, {"tags", {"home"}}})},
                                api::batch_mode::atomic);
    const auto answer = house.ask(batch);
    BOOST_REQUIRE_MESSAGE(!answer.failed, answer.failed->detail);
    const auto events = folded().events;
    BOOST_REQUIRE(events.size() == 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        BOOST_TEST(events[i].log.parts == 3);
        BOOST_TEST(events[i].log.part == static_cast<int>(i) + 1);
        BOOST_TEST(events[i].command.text() == "c" + std::to_string(i + 1));
        BOOST_TEST(events[i].log.hash == batch.items[i].hash);
        BOOST_TEST(answer.results[i].position->offset == 3);
    }
    const auto alone = house.ask("ana", command_of("c1", "create_task", {{"title", "a"}}));
    BOOST_TEST(status_of(alone) == "replayed");
    BOOST_TEST(alone.position->offset == 3);
    const auto again = house.ask(batch);
    for (const auto& one : again.results) BOOST_TEST(status_of(one) == "replayed");
}

BOOST_FIXTURE_TEST_CASE(an_atomic_batch_with_one_failure_leaves_nothing, one_house) {
    const auto task = create("c0", "kept");
    const auto answer =
        house.ask(batch_of("ana",
                           {command_of("c1", "create_task", {{"title", "a"}}),
                            command_of("c2", "update_task", {{"task_id", task}, {"title", "b"}}),
                            with_version(command_of("c3", "start_task", {{"task_id", task}}), 1)},
                           api::batch_mode::atomic));
    BOOST_REQUIRE(answer.failed);
    BOOST_TEST((answer.failed->code == daybook::domain::errc::version_mismatch));
    BOOST_TEST(answer.failed->extra.at("index").to_number<int>() == 2);
    BOOST_TEST(log.records(0).size() == 2U);
    const auto after = house.ask("ana", with_version(command_of("c4", "start_task", {{"task_id", task}}), 1));
    BOOST_TEST(status_of(after) == "applied");
}

BOOST_FIXTURE_TEST_CASE(an_id_that_stands_twice_in_a_batch_is_applied_once, one_house) {
    for (const auto mode : {api::batch_mode::independent, api::batch_mode::atomic}) {
        const auto id = mode == api::batch_mode::atomic ? "twice-a" : "twice-i";
        const auto answer = house.ask(batch_of("ana",
                                               {command_of(id, "create_task", {{"title", "a"}}),
                                                command_of(id, "create_task", {{"title", "a"}})},
                                               mode));
        BOOST_REQUIRE(answer.results.size() == 2U);
        BOOST_TEST(status_of(answer.results[0]) == "applied");
        BOOST_TEST(status_of(answer.results[1]) == "replayed");
        BOOST_TEST(answer.results[1].task->text() == answer.results[0].task->text());
        BOOST_TEST(answer.results[1].position->offset == answer.results[0].position->offset);
    }
    BOOST_TEST(folded().events.size() == 2U);
}

// Counterexample 20: bounds are known before the first append, so the log never refuses a record of ours.
BOOST_FIXTURE_TEST_CASE(counterexample_20_a_commit_of_too_many_parts_is_refused_before_anything_is_appended,
                        one_house) {
    std::vector<std::string> tops;
    for (int t = 0; t < 11; ++t) {
        tops.push_back(create("top" + std::to_string(t), "top"));
        std::vector<command> children;
        for (int c = 0; c < 99; ++c)
            children.push_back(command_of("child" + std::to_string(t) + "." + std::to_string(c),
                                          "create_task", {{"title", "c"}, {"parent_id", tops.back()}}));
        for (const auto& one : house.ask(batch_of("ana", std::move(children))).results)
            BOOST_REQUIRE_MESSAGE(status_of(one) == "applied", code_of(one));
    }
    const auto before = log.records(0).size();
    std::vector<command> deletes;
    for (const auto& top : tops) deletes.push_back(command_of("d" + top, "delete_task", {{"task_id", top}}));
    const auto answer = house.ask(batch_of("ana", std::move(deletes), api::batch_mode::atomic));
    BOOST_REQUIRE(answer.failed);
    BOOST_TEST((answer.failed->code == daybook::domain::errc::limit_commit));
    BOOST_TEST(log.records(0).size() == before);
    BOOST_TEST(status_of(house.ask("ana", command_of("one", "delete_task", {{"task_id", tops[0]}}))) ==
               "applied");
    BOOST_TEST(log.records(0).size() == before + 100);
}

BOOST_AUTO_TEST_SUITE_END()
