#include "eventlog/kafka_watch.hpp"

#include "eventlog/kafka_topic.hpp"

#include <chrono>
#include <condition_variable>
#include <pthread.h>
#include <utility>

namespace daybook::eventlog {
namespace {

using std::chrono::steady_clock;
constexpr auto asked_every = std::chrono::milliseconds(250);
constexpr auto asked_every_while_away = std::chrono::milliseconds(100);
// Together they keep the promise "503 within a second" (architecture §6).
constexpr auto answer_within = std::chrono::milliseconds(500);

}  // namespace

kafka_watch::kafka_watch(kafka_handle asker, std::string topic)
    : asker_(std::move(asker)), topic_(std::move(topic)), thread_([this](const std::stop_token& stop) {
          ::pthread_setname_np(::pthread_self(), "kafka-watch");
          ask_until_stopped(stop);
      }) {}

kafka_watch::~kafka_watch() {
    thread_.request_stop();
    thread_.join();
}

domain::result<void> kafka_watch::state() const {
    const std::scoped_lock lock(mutex_);
    if (away_) return *away_;
    return {};
}

void kafka_watch::ask_until_stopped(const std::stop_token& stop) {
    std::condition_variable_any stopped;
    while (!stop.stop_requested()) {
        auto view = look_at(asker_.get(), topic_, steady_clock::now() + answer_within);
        std::unique_lock lock(mutex_);
        if (!view)
            away_ = std::move(view.error());
        else if (!view->topic || !view->topic->led)
            away_ = domain::make_problem(domain::errc::log_unavailable, "topic " + topic_ + " has no leader");
        else
            away_.reset();
        stopped.wait_for(lock, stop, away_ ? asked_every_while_away : asked_every, [] { return false; });
    }
}

}  // namespace daybook::eventlog
