// The process's end: signals, one shared wish to stop, and the limits that the system sets.
#pragma once

#include "domain/errc.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace daybook::platform::runtime {

/// Somebody wants the process to end: first a signal, or a part that cannot go on. Threads: any.
class shutdown {
 public:
    /// The first reason is kept; later calls change nothing. `failed`: the process should exit 1.
    void request(std::string reason, bool failed = false);
    [[nodiscard]] bool requested() const noexcept { return source_.stop_requested(); }
    [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }
    /// Blocks until requested.
    void wait();
    /// Precondition: requested.
    [[nodiscard]] std::string reason() const;
    [[nodiscard]] bool failed() const;

 private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::stop_source source_;
    std::string reason_;
    bool failed_ = false;
};

/// Calls back on a thread of its own, one signal after another; so callbacks may lock and log. SIGPIPE is
/// ignored while one exists. One at a time in a process.
class signal_listener {
 public:
    struct callbacks {
        std::function<void(int signal)> stop;  ///< SIGTERM, SIGINT
        std::function<void()> reload;          ///< SIGHUP
    };
    explicit signal_listener(callbacks c);
    ~signal_listener();

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// Raises the soft limit of open files to the hard one and returns it.
/// Errors: it is below `needed`: the problem names both numbers and the way to raise it.
[[nodiscard]] domain::result<std::uint64_t> ensure_open_files(std::uint64_t needed);

/// Errors: not so many threads can run at once (config_invalid, with the number that can and the limits to
/// raise). Starts them all and ends them again.
[[nodiscard]] domain::result<void> ensure_threads(std::size_t needed);

/// From here on a thread that cannot get memory, or another thread, ends the process with one line on
/// standard error and status 1, not with a signal: what was acknowledged is in the log, and a service manager
/// starts it again. Other exceptions that nobody catches are bugs and still abort.
void end_in_order_without_memory() noexcept;

}  // namespace daybook::platform::runtime
