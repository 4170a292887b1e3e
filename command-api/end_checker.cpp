#include "command-api/end_checker.hpp"

#include "platform/obs/log.hpp"
#include "platform/runtime/worker_thread.hpp"

#include <chrono>

namespace daybook::command_api {
namespace {

constexpr auto answer_deadline = std::chrono::seconds(1);
constexpr auto pause_after_failure = std::chrono::milliseconds(50);

}  // namespace

end_checker::end_checker(eventlog::event_log& log, on_result report)
    : log_(log), report_(std::move(report)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

end_checker::~end_checker() {
    thread_.request_stop();
    thread_.join();
}

std::uint64_t end_checker::ask() {
    const std::lock_guard lock(mutex_);
    wanted_ = started_ + 1;
    wanted_changed_.notify_one();
    return wanted_;
}

void end_checker::run(const std::stop_token& stop) {
    platform::runtime::set_thread_name("end-check");
    std::unique_lock lock(mutex_);
    while (wanted_changed_.wait(lock, stop, [this] { return wanted_ > started_; })) {
        const auto id = ++started_;
        lock.unlock();
        auto ends = log_.end_offsets(std::chrono::steady_clock::now() + answer_deadline);
        const bool failed = !ends;
        if (failed)
            platform::obs::log_warn("the log did not tell its ends", {{"detail", ends.error().detail}});
        report_(id, std::move(ends));
        lock.lock();
        // A log that is away fails fast: those that wait would ask without end.
        if (failed) wanted_changed_.wait_for(lock, stop, pause_after_failure, [] { return false; });
    }
}

}  // namespace daybook::command_api
