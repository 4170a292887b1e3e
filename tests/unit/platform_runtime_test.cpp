#include "platform/runtime/folder_lock.hpp"
#include "platform/runtime/machine.hpp"
#include "platform/runtime/shutdown.hpp"
#include "platform/runtime/worker_pool.hpp"
#include "platform/runtime/worker_thread.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wait_until.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <future>
#include <memory>
#include <set>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace runtime = daybook::platform::runtime;
namespace dom = daybook::domain;
namespace asio = boost::asio;
using daybook::tests::temporary_folder;
using daybook::tests::wait_until;

namespace {

template <class T>
using work = std::function<dom::result<T>()>;

asio::awaitable<dom::result<int>> run_in(runtime::worker_pool& pool, work<int> what,
                                         std::thread::id& resumed_on) {
    auto got = co_await pool.run(std::move(what));
    resumed_on = std::this_thread::get_id();
    co_return got;
}

std::future<dom::result<int>> start(asio::io_context& context, runtime::worker_pool& pool, work<int> what,
                                    std::thread::id& resumed_on) {
    return asio::co_spawn(context, run_in(pool, std::move(what), resumed_on), asio::use_future);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(platform_runtime)

BOOST_AUTO_TEST_CASE(a_folder_is_locked_once_and_free_again_afterwards) {
    const temporary_folder folder;
    const auto inner = folder.path() / "log" / "deep";
    {
        const auto held = runtime::folder_lock::acquire(inner);
        BOOST_REQUIRE(held.has_value());
        const auto second = runtime::folder_lock::acquire(inner);
        BOOST_REQUIRE(!second);
        BOOST_TEST((second.error().code == dom::errc::folder_locked));
        BOOST_TEST(second.error().detail.find(inner.string()) != std::string::npos);
        BOOST_TEST(second.error().detail.find(std::to_string(::getpid())) != std::string::npos);
        BOOST_TEST(second.error().hint.find("--url") != std::string::npos);
        BOOST_TEST(runtime::folder_lock::acquire(folder.path()).has_value());
    }
    auto first = runtime::folder_lock::acquire(inner).value();
    auto moved = std::move(first);
    BOOST_TEST(!runtime::folder_lock::acquire(inner).has_value());
}

BOOST_AUTO_TEST_CASE(a_killed_process_leaves_no_lock_and_a_living_one_is_named) {
    const temporary_folder folder;
    int ready[2];
    BOOST_REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto held = runtime::folder_lock::acquire(folder.path());
        const char mark = held ? 'y' : 'n';
        if (::write(ready[1], &mark, 1) != 1) ::_exit(1);
        while (true) ::pause();
    }
    char mark = 0;
    BOOST_REQUIRE(::read(ready[0], &mark, 1) == 1);
    BOOST_TEST(mark == 'y');
    const auto refused = runtime::folder_lock::acquire(folder.path());
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().detail.find("process " + std::to_string(child)) != std::string::npos);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    BOOST_TEST(runtime::folder_lock::acquire(folder.path()).has_value());
    ::close(ready[0]);
    ::close(ready[1]);
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_made_is_named) {
    const temporary_folder folder;
    { const auto file = runtime::folder_lock::acquire(folder.path() / "a"); }
    const auto refused = runtime::folder_lock::acquire(folder.path() / "a" / "LOCK" / "b");
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == dom::errc::config_invalid));
    BOOST_TEST(refused.error().detail.find("LOCK") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(pool_work_runs_elsewhere_and_the_caller_goes_on_where_it_was) {
    runtime::worker_pool pool({"test", 2, 8});
    asio::io_context context;
    std::thread::id worked_on, resumed_on;
    auto got = start(
        context, pool,
        [&]() -> dom::result<int> {
            worked_on = std::this_thread::get_id();
            return 42;
        },
        resumed_on);
    context.run();
    BOOST_TEST(got.get().value() == 42);
    BOOST_TEST((worked_on != std::this_thread::get_id()));
    BOOST_TEST((resumed_on == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(what_pool_work_holds_is_gone_when_the_caller_goes_on) {
    runtime::worker_pool pool({"test", 2, 8});
    for (int round = 0; round < 200; ++round) {
        asio::io_context context;
        auto held = std::make_shared<int>(round);
        const std::weak_ptr<int> seen = held;
        work<int> what = [held]() -> dom::result<int> { return *held; };
        held.reset();
        const auto look = [&seen](asio::awaitable<dom::result<int>> pending) -> asio::awaitable<bool> {
            const auto got = co_await std::move(pending);
            co_return got.has_value() && seen.expired();
        };
        std::thread::id ignored;
        auto gone = asio::co_spawn(context, look(run_in(pool, std::move(what), ignored)), asio::use_future);
        context.run();
        BOOST_REQUIRE(gone.get());
    }
}

BOOST_AUTO_TEST_CASE(what_pool_work_throws_or_refuses_reaches_the_caller) {
    runtime::worker_pool pool({"test", 1, 8});
    asio::io_context context;
    std::thread::id ignored;
    auto thrown = start(
        context, pool, []() -> dom::result<int> { throw std::runtime_error("broken"); }, ignored);
    auto refused = start(
        context, pool,
        []() -> dom::result<int> { return dom::make_problem(dom::errc::storage_full, "full"); }, ignored);
    context.run();
    BOOST_CHECK_THROW(thrown.get(), std::runtime_error);
    BOOST_TEST((refused.get().error().code == dom::errc::storage_full));
}

BOOST_AUTO_TEST_CASE(a_full_or_stopped_pool_refuses_and_running_work_ends) {
    runtime::worker_pool pool({"test", 1, 1});
    asio::io_context context;
    std::thread::id ignored;
    std::promise<void> gate;
    std::atomic<bool> running = false;
    auto first = start(
        context, pool,
        [&]() -> dom::result<int> {
            running = true;
            gate.get_future().wait();
            return 1;
        },
        ignored);
    context.poll();
    BOOST_REQUIRE(wait_until([&] { return running.load(); }));
    auto second = start(
        context, pool, []() -> dom::result<int> { return 2; }, ignored);
    auto third = start(
        context, pool, []() -> dom::result<int> { return 3; }, ignored);
    context.poll();
    BOOST_TEST(pool.waiting() == 1U);
    std::thread stopping([&] { pool.stop(); });
    BOOST_REQUIRE(wait_until([&] { return pool.waiting() == 0; }));
    gate.set_value();
    stopping.join();
    auto late = start(
        context, pool, []() -> dom::result<int> { return 4; }, ignored);
    context.run();
    BOOST_TEST(first.get().value() == 1);
    BOOST_TEST((second.get().error().code == dom::errc::not_ready));
    BOOST_TEST((third.get().error().code == dom::errc::overloaded));
    BOOST_TEST((late.get().error().code == dom::errc::not_ready));
}

BOOST_AUTO_TEST_CASE(the_first_reason_to_stop_is_kept_and_wakes_who_waits) {
    runtime::shutdown end;
    std::atomic<int> told = 0;
    const std::stop_callback callback(end.token(), [&] { ++told; });
    std::jthread waiting([&] {
        end.wait();
        ++told;
    });
    end.request("SIGTERM");
    end.request("something else", true);
    waiting.join();
    BOOST_TEST(told == 2);
    BOOST_TEST(end.reason() == "SIGTERM");
    BOOST_TEST(!end.failed());
}

BOOST_AUTO_TEST_CASE(signals_become_callbacks) {
    std::atomic<int> stopped = 0;
    std::atomic<int> reloaded = 0;
    const runtime::signal_listener listener({[&](int number) { stopped = number; }, [&] { ++reloaded; }});
    ::kill(::getpid(), SIGHUP);
    BOOST_TEST(wait_until([&] { return reloaded == 1; }));
    ::kill(::getpid(), SIGPIPE);
    ::kill(::getpid(), SIGHUP);
    BOOST_TEST(wait_until([&] { return reloaded == 2; }));
    ::kill(::getpid(), SIGTERM);
    BOOST_TEST(wait_until([&] { return stopped == SIGTERM; }));
    ::kill(::getpid(), SIGINT);
    BOOST_TEST(wait_until([&] { return stopped == SIGINT; }));
}

BOOST_AUTO_TEST_CASE(ids_of_one_time_differ_on_one_thread_and_between_threads) {
    const auto at = runtime::system_now();
    const auto make = [at] {
        std::set<dom::uuid> made;
        for (int i = 0; i < 1'000; ++i) made.insert(runtime::random_uuid(at));
        return made;
    };
    auto elsewhere = std::async(std::launch::async, make);
    auto all = make();
    BOOST_TEST(all.size() == 1'000U);
    all.merge(elsewhere.get());
    BOOST_TEST(all.size() == 2'000U);
}

BOOST_AUTO_TEST_CASE(a_failed_thread_tells_why) {
    std::promise<std::string> told;
    const runtime::worker_thread thread(
        "a name that is too long", [](std::stop_token) { throw std::runtime_error("lost its way"); },
        [&](std::string why) { told.set_value(std::move(why)); });
    BOOST_TEST(told.get_future().get() == "lost its way");
}

BOOST_AUTO_TEST_CASE(too_few_open_files_are_named_with_the_way_out) {
    BOOST_TEST(runtime::ensure_open_files(16).has_value());
    const auto refused = runtime::ensure_open_files(std::uint64_t{1} << 60);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().hint.find("ulimit -n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
