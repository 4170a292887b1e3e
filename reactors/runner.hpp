// Keeps one reactor going on a thread of its own: opens it, steps it, tries again where the log is away.
#pragma once

#include "domain/errc.hpp"
#include "reactors/reactor.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>

namespace daybook::reactors {

enum class reactor_state : std::uint8_t {
    opening,      ///< the log or the store does not answer yet
    catching_up,  ///< the gate is closed: nothing leaves
    live,
    stopped,  ///< cannot go on: see error
};
[[nodiscard]] std::string_view to_text(reactor_state) noexcept;

struct reactor_status {
    reactor_state state = reactor_state::opening;
    std::optional<domain::problem> error{};  ///< why it stopped, or the last passing failure
    reactor::standing standing{};
};

/// Threads: any for every member. Lifetime: within that of log, port and figures; the port's owner must have
/// answered or dropped what was submitted before it goes.
class reactor_runner {
 public:
    reactor_runner(eventlog::event_log&, eventlog::command_port&, reactor_options);
    ~reactor_runner();  ///< stop()
    reactor_runner(const reactor_runner&) = delete;
    reactor_runner& operator=(const reactor_runner&) = delete;

    void start();
    /// Ends after the step at hand; what is on its way is sent again after the next start. A second call does
    /// nothing.
    void stop();
    [[nodiscard]] reactor_status status() const;

 private:
    void run(const std::stop_token&);
    void keep_going(reactor&, const std::stop_token&);
    void failed(const domain::problem&, bool for_good);
    void pause(const std::stop_token&);

    eventlog::event_log& log_;
    eventlog::command_port& port_;
    reactor_options options_;

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    reactor_status status_;
    std::shared_ptr<reactor> reactor_;  ///< changed by the thread only; shared for wake()
    std::chrono::milliseconds pause_{0};
    std::jthread thread_;
};

}  // namespace daybook::reactors
