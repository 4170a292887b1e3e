#include "platform/runtime/shutdown.hpp"

#include "platform/runtime/worker_thread.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

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
    worker_thread thread;
};

signal_listener::signal_listener(callbacks c) : impl_(std::make_unique<impl>(std::move(c))) {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &impl_->old_pipe);
    impl_->listen();
    impl_->thread = worker_thread("signals", [core = impl_.get()](std::stop_token) { core->context.run(); });
}

signal_listener::~signal_listener() {
    impl_->context.stop();
    impl_->thread.join();
    ::sigaction(SIGPIPE, &impl_->old_pipe, nullptr);
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

void end_in_order_without_memory() noexcept {
    std::set_terminate([] {
        try {
            if (const auto failure = std::current_exception()) std::rethrow_exception(failure);
        } catch (const std::bad_alloc&) {
            // Nothing here may allocate.
            constexpr std::string_view line =
                "{\"level\":\"error\",\"message\":\"out of memory: the process ends; everything acknowledged is in the log. "
                "Give it more memory and start it again\"}\n";
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
