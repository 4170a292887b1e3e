// Tells the events of the log to a topic beside it: `task-updates`, `reminders` (architecture §2). Each is
// told at least once, in the order of its book; the topics may be lost and are filled again.
#pragma once

#include "domain/event.hpp"
#include "domain/time.hpp"
#include "eventlog/event_log.hpp"
#include "eventlog/kafka_outlet.hpp"
#include "platform/obs/metrics.hpp"
#include "platform/runtime/worker_thread.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace daybook::app {

struct publisher_options {
    eventlog::outlet_options outlet{};
    std::filesystem::path folder{};  ///< remembers how far it is; deleting it loses nothing
    std::function<bool(domain::event_type)> wants{};
    /// Without any memory of what was told, events that are older are passed over: a notification of
    /// yesterday is none.
    std::optional<std::chrono::milliseconds> fresh{};
    std::function<domain::instant()> now{};
};

/// Where it goes on: behind the last record of the topic that names this log in `ce_position`, or behind what
/// its folder remembers, whichever is later. Lifetime: within that of the log. Threads: one of its own.
class topic_publisher {
 public:
    topic_publisher(eventlog::event_log&, publisher_options, platform::obs::metrics&);
    ~topic_publisher();  ///< stop()
    topic_publisher(const topic_publisher&) = delete;
    topic_publisher& operator=(const topic_publisher&) = delete;

    void start();
    void stop();

 private:
    struct way;
    void run(const std::stop_token&);
    [[nodiscard]] domain::result<void> follow(const std::stop_token&);
    [[nodiscard]] domain::result<void> step(way&, const std::stop_token&);

    eventlog::event_log& log_;
    publisher_options options_;
    platform::obs::counter published_;
    platform::runtime::worker_thread thread_;
};

}  // namespace daybook::app
