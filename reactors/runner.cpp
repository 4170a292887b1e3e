#include "reactors/runner.hpp"

#include "platform/obs/log.hpp"
#include "platform/runtime/worker_thread.hpp"

#include <algorithm>
#include <utility>

namespace daybook::reactors {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto open_deadline = milliseconds(5'000);
constexpr auto step_max = milliseconds(200);  // also how soon a clock that was set is noticed
constexpr auto pause_first = milliseconds(50);
constexpr auto pause_max = milliseconds(2'000);

}  // namespace

std::string_view to_text(reactor_state s) noexcept {
    switch (s) {
        case reactor_state::opening: return "opening";
        case reactor_state::catching_up: return "catching_up";
        case reactor_state::live: return "live";
        case reactor_state::stopped: break;
    }
    return "stopped";
}

reactor_runner::reactor_runner(eventlog::event_log& log, eventlog::command_port& port,
                               reactor_options options)
    : log_(log), port_(port), options_(std::move(options)) {}

reactor_runner::~reactor_runner() { stop(); }

void reactor_runner::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void reactor_runner::stop() {
    thread_.request_stop();
    {
        const std::scoped_lock lock(mutex_);
        if (reactor_) reactor_->wake();
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

reactor_status reactor_runner::status() const {
    const std::scoped_lock lock(mutex_);
    return status_;
}

void reactor_runner::run(const std::stop_token& stop) {
    platform::runtime::set_thread_name("reactors");
    while (!stop.stop_requested()) {
        auto opened = reactor::open(log_, port_, options_, steady_clock::now() + open_deadline);
        if (!opened) {
            const bool for_good = !is_passing(opened.error());
            failed(opened.error(), for_good);
            if (for_good) return;
            pause(stop);
            continue;
        }
        std::shared_ptr<reactor> made(std::move(*opened));
        {
            const std::scoped_lock lock(mutex_);
            reactor_ = made;
        }
        keep_going(*made, stop);
        const std::scoped_lock lock(mutex_);
        reactor_.reset();
        return;
    }
}

void reactor_runner::keep_going(reactor& reactor, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const auto done = reactor.step(steady_clock::now() + step_max);
        if (!done && !is_passing(done.error())) return failed(done.error(), true);
        if (!done) {
            failed(done.error(), false);
            pause(stop);
            continue;
        }
        pause_ = milliseconds(0);
        auto standing = reactor.at();
        const std::scoped_lock lock(mutex_);
        status_.state = standing.gate_open ? reactor_state::live : reactor_state::catching_up;
        status_.error.reset();
        status_.standing = std::move(standing);
    }
}

void reactor_runner::failed(const domain::problem& why, bool for_good) {
    const std::scoped_lock lock(mutex_);
    const bool news = !status_.error || status_.error->code != why.code;
    status_.error = why;
    if (for_good) status_.state = reactor_state::stopped;
    if (for_good)
        platform::obs::log_error("the reactors stopped",
                                 {{"error", domain::row_of(why.code).code}, {"detail", why.detail}});
    else if (news)
        platform::obs::log_warn("the reactors wait",
                                {{"error", domain::row_of(why.code).code}, {"detail", why.detail}});
}

void reactor_runner::pause(const std::stop_token& stop) {
    pause_ = std::clamp(pause_ * 2, pause_first, pause_max);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, pause_, [] { return false; });
}

}  // namespace daybook::reactors
