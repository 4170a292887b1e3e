#include "platform/runtime/shutdown.hpp"

#include "platform/runtime/worker_thread.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <latch>
#include <new>
#include <string_view>
#include <sys/resource.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace daybook::platform::runtime {

void shutdown::request(std::string reason, bool failed) {
    {
        const std::scoped_lock lock(mutex_);
        if (source_.stop_requested()) return;
        reason_ = std::move(reason);
        failed_ = failed;
    }
    // Outside the lock: stop callbacks may ask for the reason.
    source_.request_stop();
    const std::scoped_lock lock(mutex_);
    changed_.notify_all();
}

void shutdown::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return source_.stop_requested(); });
}

std::string shutdown::reason() const {
    const std::scoped_lock lock(mutex_);
    return reason_;
}

bool shutdown::failed() const {
    const std::scoped_lock lock(mutex_);
    return failed_;
}

struct signal_listener::impl {
    explicit impl(callbacks c) : wanted(std::move(c)), signals(context, SIGTERM, SIGINT, SIGHUP) {}

    void listen() {
        signals.async_wait([this](const boost::system::error_code& ec, int number) {
            if (ec) return;
            if (number == SIGHUP) {
                if (wanted.reload) wanted.reload();
            } else if (wanted.stop) {
                wanted.stop(number);
            }
            listen();
        });
    }

    callbacks wanted;
    boost::asio::io_context context{1};
    boost::asio::signal_set signals;
    struct sigaction old_pipe {};
    struct sigaction old_size {};
    worker_thread thread;
};

signal_listener::signal_listener(callbacks c) : impl_(std::make_unique<impl>(std::move(c))) {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &impl_->old_pipe);
    ::sigaction(SIGXFSZ, &ignore, &impl_->old_size);  // a file at its limit is a failed write, with a reason
    impl_->listen();
    impl_->thread = worker_thread("signals", [core = impl_.get()](std::stop_token) { core->context.run(); });
}

signal_listener::~signal_listener() {
    impl_->context.stop();
    impl_->thread.join();
    ::sigaction(SIGPIPE, &impl_->old_pipe, nullptr);
    ::sigaction(SIGXFSZ, &impl_->old_size, nullptr);
}

domain::result<std::uint64_t> ensure_open_files(std::uint64_t needed) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return needed;  // no limit is known
    if (limit.rlim_cur < limit.rlim_max) {
        rlimit raised = limit;
        raised.rlim_cur = limit.rlim_max;
        if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    if (limit.rlim_cur >= needed) return static_cast<std::uint64_t>(limit.rlim_cur);
    return domain::make_problem(
        domain::errc::config_invalid,
        fmt::format("the process may open {} files, but {} are needed", limit.rlim_cur, needed), "",
        fmt::format("Raise the limit: ulimit -n {}, or LimitNOFILE in the unit file.", needed));
}

domain::result<void> ensure_threads(std::size_t needed) {
    std::vector<std::jthread> started;
    std::latch enough(1);
    std::string why;
    try {
        started.reserve(needed);
        while (started.size() < needed) started.emplace_back([&enough] { enough.wait(); });
    } catch (const std::system_error& e) {
        why = e.code().message();
    } catch (const std::bad_alloc&) {
        why = "out of memory";
    }
    const auto count = started.size();
    enough.count_down();
    started.clear();
    if (why.empty()) return {};
    return domain::make_problem(
        domain::errc::config_invalid,
        fmt::format("the process can run {} threads, but {} are needed: {}", count, needed, why), "",
        "Raise the limits: ulimit -u (processes) and -v (address space), or TasksMax and MemoryMax "
        "in the unit file.");
}

void end_in_order_without_memory() noexcept {
    std::set_terminate([] {
        try {
            if (const auto failure = std::current_exception()) std::rethrow_exception(failure);
        } catch (const std::bad_alloc&) {
            // Nothing here may allocate.
            constexpr std::string_view line =
                "{\"level\":\"error\",\"message\":\"out of memory: the process ends; everything acknowledged "
                "is in the log. "
                "Give it more memory and start it again\"}\n";
            [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
            ::_exit(1);
        } catch (const std::system_error& e) {
            if (e.code() != std::errc::resource_unavailable_try_again) {
                std::fprintf(stderr, "an exception that nobody caught: %s\n", e.what());
                std::abort();
            }
            constexpr std::string_view line =
                "{\"level\":\"error\",\"message\":\"no thread can be started: the process ends; everything "
                "acknowledged is in "
                "the log. Raise ulimit -u or TasksMax and start it again\"}\n";
            [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
            ::_exit(1);
        } catch (const std::exception& e) {
            std::fprintf(stderr, "an exception that nobody caught: %s\n", e.what());
        } catch (...) {
        }
        std::abort();
    });
}

}  // namespace daybook::platform::runtime
