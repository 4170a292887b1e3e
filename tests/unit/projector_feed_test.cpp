// The live feed on a log in memory: sessions across open commits, full queues, rebuilds (Y2).
#include "platform/runtime/worker_pool.hpp"
#include "projector/feed_session.hpp"
#include "projector/rocks_store.hpp"
#include "tests/support/books.hpp"
#include "tests/support/require_ok.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wait_until.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>

using namespace daybook;
using namespace daybook::tests;
using domain::event_type;
namespace asio = boost::asio;

namespace {

eventlog::deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

struct fixture {
    temporary_folder folder;
    eventlog::memory_log log{1};
    event_writer writer{1, into(log)};
    platform::runtime::worker_pool pool{{"worker", 2, 64}};
    domain::zone_table zones{"none", {}};
    std::unique_ptr<projector::rocks_store> store = open_store();
    projector::feed feed{short_queues()};
    projector::read_side side{log, pool, zones, [this] { return writer.now(); }, {}, {}};
    asio::io_context io;
    std::atomic<std::int64_t> published{0};

    fixture() {
        projector::runner_options options;
        options.idle_wait = std::chrono::milliseconds(20);
        options.applied = [this](std::span<const projector::applied_batch> batches) {
            feed.publish(batches);
            for (const auto& each : batches) published += static_cast<std::int64_t>(each.events.size());
        };
        side.runners.push_back(std::make_unique<projector::view_runner>(log, *store, std::move(options)));
        side.rebuilders.push_back(
            std::make_unique<projector::rebuilder>(log, *side.runners[0], projector::rebuild_options{}));
        side.runners[0]->start();
    }
    ~fixture() {
        for (auto& r : side.rebuilders) r->cancel();
        for (auto& r : side.runners) r->stop();
    }

    std::unique_ptr<projector::rocks_store> open_store() const {
        projector::rocks_store_options options;
        options.folder = folder.path() / "views";
        options.partitions = 1;
        return require_ok(projector::rocks_store::open(std::move(options)));
    }
    static projector::feed_options short_queues() {
        projector::feed_options options;
        options.queue_deltas_max = 20;
        options.sessions_max = 3;
        options.heartbeat = std::chrono::milliseconds(50);
        return options;
    }

    template <class T>
    T run(asio::awaitable<T> work) {
        auto done = asio::co_spawn(io, std::move(work), asio::use_future);
        io.restart();
        io.run();
        return done.get();
    }
    domain::result<std::unique_ptr<projector::feed_session>> open(projector::feed_start start = {},
                                                                  const std::string& user = "ana") {
        return run(projector::feed_session::open(side, feed, domain::user_id(user), start));
    }
    /// The offsets of the next deltas, until there are so many.
    std::vector<std::int64_t> take(projector::feed_session& from, std::size_t count) {
        std::vector<std::int64_t> out;
        const auto until = soon();
        while (out.size() < count && std::chrono::steady_clock::now() < until) {
            const auto news = run(from.next());
            BOOST_REQUIRE(news);
            for (const auto& each : news->deltas) out.push_back(each->offset);
        }
        return out;
    }
    std::int64_t create(std::int64_t number, const std::string& user = "ana") {
        return writer.commit(writer.task_event(user, event_type::task_created, task_number(number),
                                               {{"title", std::to_string(number)}}));
    }
    void caught_up() {
        BOOST_REQUIRE(
            side.runners[0]->progress_of().block_for_offsets(require_ok(log.end_offsets(soon())), soon()));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(projector_feed, fixture)

BOOST_AUTO_TEST_CASE(a_session_that_begins_inside_a_commit_is_told_all_of_it) {
    create(1);
    auto second = writer.task_event("ana", event_type::task_created, task_number(3), {{"title", "b"}});
    const auto first_part = writer.commit(
        {writer.task_event("ana", event_type::task_created, task_number(2), {{"title", "a"}}), second}, 1);
    caught_up();  // the part is read, and waits
    const auto session = require_ok(open());
    BOOST_TEST(session->position()->offset == first_part - 1);
    second.command = domain::command_id("command-2");
    second.log = {1, "claim-0-1", 3, 2, 2, "0123456789abcdef0123456789abcdef", second.timestamp};
    into(log)(0, {0, "ana", domain::encode_event(second), {}});
    BOOST_TEST(take(*session, 2) == (std::vector{first_part, first_part + 1}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_missed_comes_first_then_what_happens_each_once) {
    std::vector<std::int64_t> all;
    for (std::int64_t i = 1; i <= 10; ++i) all.push_back(create(i));
    caught_up();
    projector::feed_start start;
    start.since = domain::position{*side.runners[0]->progress_of().of(0).log_id, 0, all[3]};
    const auto session = require_ok(open(start));
    create(11, "bob");
    all.push_back(create(12));
    const std::vector<std::int64_t> wanted(all.begin() + 4, all.end());
    BOOST_TEST(take(*session, wanted.size()) == wanted, boost::test_tools::per_element());
    const auto quiet = require_ok(run(session->next()));
    BOOST_TEST(quiet.deltas.empty());
}

BOOST_AUTO_TEST_CASE(a_rebuild_tells_nothing_again) {
    for (std::int64_t i = 1; i <= 5; ++i) create(i);
    caught_up();
    const auto session = require_ok(open());
    BOOST_REQUIRE(side.rebuilders[0]->start());
    BOOST_REQUIRE(wait_until([&] { return store->current_version() > 1; }));
    const auto next = create(6);
    BOOST_TEST(take(*session, 1) == std::vector{next}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_queue_ends_the_session_and_a_new_one_goes_on_from_the_last_position) {
    create(1);
    caught_up();
    const auto session = require_ok(open());
    while (!require_ok(run(session->next())).live_now) {
    }
    const auto last = *session->position();
    for (std::int64_t i = 2; i <= 40; ++i) create(i);
    // Nothing runs the session's thread meanwhile; then everything is handed over at once.
    BOOST_REQUIRE(wait_until([&] { return published == 40; }));
    const auto news = run(session->next());
    BOOST_REQUIRE(!news);
    BOOST_TEST((news.error().code == domain::errc::overloaded));
    BOOST_TEST(session->position()->offset == last.offset);
    projector::feed_start start;
    start.since = session->position();
    const auto again = require_ok(open(start));
    const auto missed = static_cast<std::size_t>(last.offset + 39 - start.since->offset);
    const auto told = take(*again, missed);
    BOOST_TEST(told.front() == start.since->offset + 1);
    BOOST_TEST(told.back() == last.offset + 39);
}

BOOST_AUTO_TEST_CASE(one_session_too_many_is_refused_until_another_ends) {
    create(1);
    caught_up();
    std::vector<std::unique_ptr<projector::feed_session>> some;
    for (int i = 0; i < 3; ++i) some.push_back(require_ok(open()));
    const auto refused = open();
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == domain::errc::overloaded));
    some.pop_back();
    BOOST_TEST(open().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
