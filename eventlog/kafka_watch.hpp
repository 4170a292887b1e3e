// Do the brokers answer? Asked all the time, so that a broker that goes or comes back is noticed without
// traffic.
#pragma once

#include "eventlog/kafka_client.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace daybook::eventlog {

/// Threads: any. Its own handle and thread; both end with the last owner.
class kafka_watch {
 public:
    kafka_watch(kafka_handle asker, std::string topic);
    ~kafka_watch();
    kafka_watch(const kafka_watch&) = delete;
    kafka_watch& operator=(const kafka_watch&) = delete;

    /// Why the brokers count as away; success while they answer. Never blocks.
    [[nodiscard]] domain::result<void> state() const;

 private:
    void ask_until_stopped(const std::stop_token&);

    kafka_handle asker_;
    std::string topic_;
    mutable std::mutex mutex_{};
    std::optional<domain::problem> away_{};
    std::jthread thread_;  // last: uses everything above
};

}  // namespace daybook::eventlog
