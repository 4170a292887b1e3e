// The runner and the rebuild on a log with faults: exactly once whatever dies, one view's trouble is its own.
#include "eventlog/rocks_log.hpp"
#include "projector/rebuild.hpp"
#include "projector/rocks_store.hpp"
#include "projector/runner.hpp"
#include "projector/verify.hpp"
#include "tests/support/books.hpp"
#include "tests/support/require_ok.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wait_until.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>

using namespace daybook;
using namespace daybook::tests;
using domain::event_type;

namespace {

constexpr std::int32_t partitions = 2;

eventlog::deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

/// A view whose writes fail by order: before anything was written, or after all of it was.
class failing_view final : public projector::view, public projector::view_writer {
 public:
    explicit failing_view(std::shared_ptr<projector::view> real) : real_(std::move(real)) {}
    view_writer& writer() override { return *this; }
    projector::view_reader& reader() override { return real_->reader(); }
    domain::result<void> finish_bulk() override { return real_->finish_bulk(); }
    domain::result<eventlog::fold_checkpoint> position(std::int32_t p) override {
        return real_->writer().position(p);
    }
    domain::result<void> apply(const projector::view_batch& batch) override {
        const auto turn = turns++;
        const auto lost = domain::make_problem(domain::errc::view_unavailable, "the store went away");
        if (turn % 3 == 1) return lost;
        auto done = real_->writer().apply(batch);
        if (done && turn % 3 == 2) return lost;
        return done;
    }
    std::atomic<int> turns{0};

 private:
    std::shared_ptr<projector::view> real_;
};

class failing_store final : public projector::view_store {
 public:
    explicit failing_store(projector::view_store& real) : real_(real) {}
    std::string_view name() const override { return "failing"; }
    domain::result<std::shared_ptr<projector::view>> open_current() override {
        auto opened = real_.open_current();
        if (!opened) return opened.error();
        return std::shared_ptr<projector::view>(std::make_shared<failing_view>(*opened));
    }
    std::int64_t current_version() const override { return real_.current_version(); }
    domain::result<std::shared_ptr<projector::view>> begin_version() override {
        return real_.begin_version();
    }
    domain::result<void> switch_to_begun() override { return real_.switch_to_begun(); }
    domain::result<void> drop_begun() override { return real_.drop_begun(); }

 private:
    projector::view_store& real_;
};

struct fixture {
    temporary_folder folder;
    eventlog::memory_log log{partitions};
    event_writer writer{partitions, into(log)};

    std::unique_ptr<projector::rocks_store> open_store(const std::string& name = "views") {
        projector::rocks_store_options options;
        options.folder = folder.path() / name;
        options.partitions = partitions;
        return require_ok(projector::rocks_store::open(std::move(options)));
    }
    static projector::runner_options quick() {
        projector::runner_options options;
        options.idle_wait = std::chrono::milliseconds(20);
        options.retry_first = std::chrono::milliseconds(1);
        options.retry_max = std::chrono::milliseconds(5);
        options.following.batch_events_max = 7;
        return options;
    }
    std::vector<std::int64_t> ends() { return require_ok(log.end_offsets(soon())); }
    void caught_up(const projector::view_runner& runner) {
        BOOST_REQUIRE(runner.progress_of().block_for_offsets(ends(), soon()));
    }
    /// The views equal a fresh fold of the log, row for row.
    void verified(projector::view_runner& runner) {
        const auto report = require_ok(projector::verify(log, {{"v", &runner.serving()->reader()}}, {}, {}));
        for (const auto& row : report.rows) BOOST_TEST(row.equal, row.first_difference);
    }
    domain::position at(std::int32_t partition, std::int64_t offset) const {
        return {log_number('1'), partition, offset};
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(projector_runner, fixture)

BOOST_AUTO_TEST_CASE(a_view_follows_the_log_and_says_where_it_is) {
    auto store = open_store();
    projector::view_runner runner(log, *store, quick());
    runner.start();
    random_books books(writer, 1);
    for (int i = 0; i < 50; ++i) books.commit();
    caught_up(runner);
    verified(runner);
    BOOST_TEST(wait_until([&] { return runner.status().state == projector::view_state::live; }));
    for (std::int32_t p = 0; p < partitions; ++p) {
        const auto shown = runner.progress_of().of(p);
        BOOST_TEST(shown.visible == ends()[static_cast<std::size_t>(p)]);
        BOOST_TEST(shown.lag_events() == 0);
    }
}

BOOST_AUTO_TEST_CASE(writes_that_fail_or_whose_answer_is_lost_are_applied_once) {
    auto store = open_store();
    failing_store failing(*store);
    random_books books(writer, 2);
    for (int i = 0; i < 150; ++i) books.commit();
    projector::view_runner runner(log, failing, quick());
    runner.start();
    caught_up(runner);
    verified(runner);
    BOOST_CHECK(runner.status().state != projector::view_state::stopped);
}

BOOST_AUTO_TEST_CASE(a_runner_stopped_at_any_moment_goes_on_without_loss_or_repeat) {
    random_books books(writer, 3);
    for (int round = 0; round < 12; ++round) {
        for (int i = 0; i < 20; ++i) books.commit();
        auto store = open_store();
        projector::view_runner runner(log, *store, quick());
        runner.start();
        // Stopped in the middle: somewhere between nothing and everything.
        const auto goal = ends()[0] * (round % 4) / 4;
        BOOST_REQUIRE(runner.progress_of().block_for_offsets({goal}, soon()));
        runner.stop();
    }
    auto store = open_store();
    projector::view_runner runner(log, *store, quick());
    runner.start();
    caught_up(runner);
    verified(runner);
}

BOOST_AUTO_TEST_CASE(a_second_runner_on_the_same_view_stops_and_corrupts_nothing) {
    auto store = open_store();
    random_books books(writer, 4);
    for (int i = 0; i < 30; ++i) books.commit();
    projector::view_runner one(log, *store, quick());
    projector::view_runner two(log, *store, quick());
    one.start();
    two.start();
    const auto any_stopped = [&] {
        return one.status().state == projector::view_state::stopped ||
               two.status().state == projector::view_state::stopped;
    };
    BOOST_REQUIRE(wait_until([&] {
        books.commit();
        return any_stopped();
    }));
    auto& survivor = one.status().state == projector::view_state::stopped ? two : one;
    auto& stopped = &survivor == &one ? two : one;
    BOOST_CHECK(stopped.status().error->code == domain::errc::view_stopped);
    for (int i = 0; i < 30; ++i) books.commit();
    caught_up(survivor);
    verified(survivor);
}

BOOST_AUTO_TEST_CASE(a_torn_commit_at_the_end_is_not_shown_and_does_not_keep_the_view_from_being_caught_up) {
    auto store = open_store();
    projector::view_runner runner(log, *store, quick());
    runner.start();
    const auto task = task_number(1);
    const auto partition = writer.partition_of("ana");
    writer.commit(writer.task_event("ana", event_type::task_created, task, {{"title", "a"}}));
    std::vector<domain::event> torn{
        writer.task_event("ana", event_type::task_updated, task, {{"title", "b"}}),
        writer.task_event("ana", event_type::task_started, task)};
    writer.commit(torn, 1);
    caught_up(runner);
    BOOST_TEST(runner.serving()->reader().get(domain::user_id("ana"), task).value()->task->title == "a");
    runner.stop();

    // After a restart the part is read again, and a claim voids it.
    projector::view_runner again(log, *store, quick());
    again.start();
    caught_up(again);
    writer.claim(partition);
    writer.commit(writer.task_event("ana", event_type::task_started, task));
    caught_up(again);
    const auto row = again.serving()->reader().get(domain::user_id("ana"), task).value();
    BOOST_TEST(row->task->title == "a");
    BOOST_CHECK(row->task->status == domain::status::in_progress);
    BOOST_TEST(again.progress_of().of(partition).voids == 1);
    verified(again);
}

BOOST_AUTO_TEST_CASE(void_records_change_nothing_and_are_counted) {
    auto store = open_store();
    projector::view_runner runner(log, *store, quick());
    runner.start();
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(1), {{"title", "a"}}));
    const auto partition = writer.partition_of("ana");
    log.append_foreign(partition, {some_instant_ms, "ana", "not even json", {}});
    log.append_foreign(partition, event_record({.claim = "of-nobody", .epoch = 9}));
    writer.commit(writer.task_event("ana", event_type::task_started, task_number(1)));
    caught_up(runner);
    BOOST_TEST(runner.progress_of().of(partition).voids == 2);
    BOOST_TEST(runner.serving()->reader().history(domain::user_id("ana"), {}).value().size() == 2U);
    verified(runner);
}

BOOST_AUTO_TEST_CASE(an_event_that_does_not_decode_stops_the_view_exactly_there) {
    auto store = open_store();
    projector::view_runner runner(log, *store, quick());
    runner.start();
    const auto partition = writer.partition_of("ana");
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(1), {{"title", "a"}}));
    caught_up(runner);
    const auto offset = ends()[static_cast<std::size_t>(partition)];
    // Valid by its proof, of a type that nobody knows.
    auto value = std::string(log.records(partition).back().value);
    const auto replace = [&](const std::string& from, const std::string& to) {
        value.replace(value.find(from), from.size(), to);
    };
    replace("\"task.created\"", "\"task.teleported\"");
    replace("\"seq\":1", "\"seq\":2");
    log.append_foreign(partition, {some_instant_ms, "ana", value, {}});
    BOOST_REQUIRE(wait_until([&] { return runner.status().state == projector::view_state::stopped; }));
    const auto status = runner.status();
    BOOST_TEST(status.stopped_partition == partition);
    BOOST_TEST(status.stopped_offset == offset);
    BOOST_TEST(status.error->detail.find("teleported") != std::string::npos);
    BOOST_TEST(runner.progress_of().of(partition).visible == offset);
    BOOST_TEST(runner.serving()->reader().get(domain::user_id("ana"), task_number(1)).value().has_value());
}

BOOST_AUTO_TEST_CASE(a_view_of_another_log_and_one_beyond_the_log_are_refused) {
    auto store = open_store();
    {
        writer.commit(writer.task_event("ana", event_type::task_created, task_number(1), {{"title", "a"}}));
        writer.commit(writer.task_event("ana", event_type::task_started, task_number(1)));
        projector::view_runner runner(log, *store, quick());
        runner.start();
        caught_up(runner);
    }
    log.truncate(writer.partition_of("ana"), 2);
    projector::view_runner truncated(log, *store, quick());
    truncated.start();
    BOOST_REQUIRE(wait_until([&] { return truncated.status().state == projector::view_state::stopped; }));
    BOOST_CHECK(truncated.status().error->code == domain::errc::log_truncated);
    BOOST_TEST((truncated.serving() == nullptr));
    truncated.stop();

    eventlog::memory_log other(partitions);
    for (std::int32_t p = 0; p < partitions; ++p) {
        other.append_foreign(p, claim_record(claim_of(1, "other", "w", '2', partitions)));
        for (int i = 0; i < 5; ++i) other.append_foreign(p, {some_instant_ms, "x", "{}", {}});
    }
    projector::view_runner foreign(other, *store, quick());
    foreign.start();
    BOOST_REQUIRE(wait_until([&] { return foreign.status().state == projector::view_state::stopped; }));
    BOOST_CHECK(foreign.status().error->code == domain::errc::log_foreign);
}

BOOST_AUTO_TEST_CASE(a_log_that_is_away_is_waited_for_with_the_lag_shown) {
    auto store = open_store();
    projector::view_runner runner(log, *store, quick());
    runner.start();
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(1), {{"title", "a"}}));
    caught_up(runner);
    const auto partition = writer.partition_of("ana");
    BOOST_REQUIRE(wait_until([&] { return runner.progress_of().lag_ms(partition) == 0; }));
    log.set_available(false);
    BOOST_TEST(wait_until([&] { return runner.progress_of().lag_ms(partition) > 750; }));
    BOOST_CHECK(runner.status().state != projector::view_state::stopped);
    BOOST_TEST(runner.serving()->reader().get(domain::user_id("ana"), task_number(1)).value().has_value());
    log.set_available(true);
    writer.commit(writer.task_event("ana", event_type::task_started, task_number(1)));
    caught_up(runner);
    BOOST_TEST(wait_until([&] { return runner.progress_of().lag_ms(partition) == 0; }));
}

BOOST_AUTO_TEST_CASE(a_reader_waits_for_its_position_and_is_told_when_it_does_not_come) {
    auto store = open_store();
    projector::view_runner runner(log, *store, quick());
    runner.start();
    const auto partition = writer.partition_of("ana");
    const auto first =
        writer.commit(writer.task_event("ana", event_type::task_created, task_number(1), {{"title", "a"}}));
    caught_up(runner);

    boost::asio::io_context io;
    std::optional<domain::result<void>> reached;
    std::optional<domain::result<void>> missed;
    std::optional<domain::result<void>> foreign;
    const auto wait = [&](domain::position p, eventlog::deadline until,
                          std::optional<domain::result<void>>& out) {
        boost::asio::co_spawn(io, runner.progress_of().wait_for(p, until),
                              [&out](const std::exception_ptr& failed, domain::result<void> got) {
                                  BOOST_TEST(!failed);
                                  out = std::move(got);
                              });
    };
    wait(at(partition, first + 1), soon(), reached);
    wait(at(partition, first + 100), std::chrono::steady_clock::now() + std::chrono::milliseconds(30),
         missed);
    wait({log_number('7'), partition, 0}, soon(), foreign);
    io.poll();
    BOOST_TEST(!reached.has_value());
    writer.commit(writer.task_event("ana", event_type::task_started, task_number(1)));
    io.run();
    BOOST_TEST(reached->has_value());
    BOOST_CHECK(missed->error().code == domain::errc::position_not_reached);
    BOOST_CHECK(foreign->error().code == domain::errc::position_foreign);
}

BOOST_AUTO_TEST_CASE(a_rebuild_beside_the_serving_version_ends_equal_and_switches) {
    auto store = open_store();
    random_books books(writer, 6);
    for (int i = 0; i < 200; ++i) books.commit();
    projector::view_runner runner(log, *store, quick());
    runner.start();
    caught_up(runner);
    const auto before = runner.serving();
    projector::rebuilder rebuilder(log, runner, {});
    require_ok(rebuilder.start());
    for (int i = 0; i < 100; ++i) books.commit();
    BOOST_REQUIRE(wait_until([&] { return rebuilder.status().state >= projector::rebuild_state::done; }));
    const auto status = rebuilder.status();
    const std::string why = status.error ? status.error->detail : std::string();
    BOOST_TEST((status.state == projector::rebuild_state::done), why);
    BOOST_TEST(status.percent() == 100);
    BOOST_TEST(store->current_version() == 2);
    BOOST_TEST((runner.serving() != before));
    for (int i = 0; i < 20; ++i) books.commit();
    caught_up(runner);
    verified(runner);
}

BOOST_AUTO_TEST_CASE(on_the_embedded_log_a_view_survives_reopening_both_and_a_rebuild_is_equal) {
    for (std::uint64_t round = 0; round < 2; ++round) {
        eventlog::rocks_log_options at;
        at.folder = folder.path() / ("log-" + std::to_string(round));
        at.partitions = partitions;
        auto embedded = require_ok(eventlog::rocks_log::open(at));
        std::vector<std::unique_ptr<eventlog::log_appender>> to;
        std::atomic<std::int64_t> landed{0};
        for (std::int32_t p = 0; p < partitions; ++p) {
            to.push_back(embedded->open_appender(p, [&](std::span<const eventlog::append_outcome> done) {
                landed += static_cast<std::int64_t>(done.size());
            }));
        }
        std::vector<std::int64_t> next(partitions, 0);
        std::int64_t sent = 0;
        event_writer on_disk(partitions, [&](std::int32_t p, eventlog::new_record r) {
            to[static_cast<std::size_t>(p)]->append(std::move(r));
            ++sent;
            return next[static_cast<std::size_t>(p)]++;
        });
        random_books books(on_disk, 30 + round);
        auto store = open_store("embedded-" + std::to_string(round));
        {
            projector::view_runner runner(*embedded, *store, quick());
            runner.start();
            for (int i = 0; i < 100; ++i) books.commit();
            BOOST_REQUIRE(runner.progress_of().block_for_offsets({next[0] / 2, next[1] / 2}, soon()));
        }  // stopped half way
        for (int i = 0; i < 50; ++i) books.commit();
        BOOST_REQUIRE(wait_until([&] { return landed == sent; }));
        to.clear();
        store.reset();
        embedded.reset();

        embedded = require_ok(eventlog::rocks_log::open(at));
        store = open_store("embedded-" + std::to_string(round));
        projector::view_runner runner(*embedded, *store, quick());
        runner.start();
        BOOST_REQUIRE(runner.progress_of().block_for_offsets(next, soon()));
        projector::rebuilder rebuilder(*embedded, runner, {});
        require_ok(rebuilder.start());
        BOOST_REQUIRE(wait_until([&] { return rebuilder.status().state >= projector::rebuild_state::done; }));
        BOOST_TEST(store->current_version() == 2);
        const auto report =
            require_ok(projector::verify(*embedded, {{"v", &runner.serving()->reader()}}, {}, {}));
        for (const auto& row : report.rows) BOOST_TEST(row.equal, row.first_difference);
    }
}

BOOST_AUTO_TEST_CASE(a_view_that_stopped_is_mended_by_a_rebuild) {
    auto store = open_store();
    random_books books(writer, 8);
    for (int i = 0; i < 20; ++i) books.commit();
    projector::view_runner runner(log, *store, quick());
    runner.start();
    caught_up(runner);
    runner.stop();
    // Somebody else's write: the position row is ahead of the log.
    auto view = require_ok(store->open_current());
    projector::view_batch stray;
    stray.before = require_ok(view->writer().position(0));
    stray.after = stray.before;
    stray.after.next_offset += 1'000;
    stray.after.last_offset += 1'000;
    require_ok(view->writer().apply(stray));
    view.reset();

    projector::view_runner again(log, *store, quick());
    again.start();
    BOOST_REQUIRE(wait_until([&] { return again.status().state == projector::view_state::stopped; }));
    projector::rebuilder rebuilder(log, again, {});
    require_ok(rebuilder.start());
    BOOST_REQUIRE(wait_until([&] { return rebuilder.status().state >= projector::rebuild_state::done; }));
    BOOST_TEST((rebuilder.status().state == projector::rebuild_state::done));
    caught_up(again);
    verified(again);
}

BOOST_AUTO_TEST_CASE(a_cancelled_rebuild_leaves_everything_as_it_was) {
    auto store = open_store();
    random_books books(writer, 9);
    for (int i = 0; i < 100; ++i) books.commit();
    projector::view_runner runner(log, *store, quick());
    runner.start();
    caught_up(runner);
    std::stop_source stop;
    log.on_end_check([&] { stop.request_stop(); });  // the first thing that a rebuild does
    projector::rebuild cancelled(log, *store, {});
    const auto adopt = [&](std::shared_ptr<projector::view> begun, std::stop_token by) {
        return runner.adopt(std::move(begun), std::move(by));
    };
    BOOST_TEST(cancelled.run(adopt, stop.get_token()).has_error());
    log.on_end_check({});
    BOOST_TEST((cancelled.status().state == projector::rebuild_state::cancelled));
    BOOST_TEST(store->current_version() == 1);
    books.commit();
    caught_up(runner);
    verified(runner);
}

BOOST_AUTO_TEST_CASE(a_view_is_rebuilt_once_at_a_time) {
    auto store = open_store();
    random_books books(writer, 12);
    for (int i = 0; i < 20; ++i) books.commit();
    projector::view_runner runner(log, *store, quick());
    runner.start();
    caught_up(runner);
    std::promise<void> gate;
    const auto opened = gate.get_future().share();
    log.on_end_check([opened] { opened.wait(); });
    projector::rebuilder rebuilder(log, runner, {});
    require_ok(rebuilder.start());
    BOOST_TEST(rebuilder.start().has_error());
    gate.set_value();
    log.on_end_check({});
    BOOST_REQUIRE(wait_until([&] { return rebuilder.status().state >= projector::rebuild_state::done; }));
    BOOST_TEST((rebuilder.status().state == projector::rebuild_state::done));
    BOOST_TEST(!rebuilder.cancel());
    verified(runner);
}

BOOST_AUTO_TEST_CASE(one_view_that_stops_leaves_the_other_in_step) {
    auto store = open_store("one");
    auto other = open_store("two");
    auto view = require_ok(store->open_current());
    projector::view_runner one(log, *store, quick());
    projector::view_runner two(log, *other, quick());
    one.start();
    two.start();
    random_books books(writer, 10);
    for (int i = 0; i < 10; ++i) books.commit();
    caught_up(one);
    projector::view_batch stray;  // another writer takes the position row away from under it
    stray.before = require_ok(view->writer().position(0));
    stray.after = stray.before;
    stray.after.next_offset += 1'000;
    require_ok(view->writer().apply(stray));
    BOOST_REQUIRE(wait_until([&] {
        books.commit();
        return one.status().state == projector::view_state::stopped;
    }));
    caught_up(two);
    verified(two);
}

BOOST_AUTO_TEST_SUITE_END()
