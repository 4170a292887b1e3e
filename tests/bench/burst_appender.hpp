// Appends to a log without waiting for each record, for benchmarks that need a long log soon.
#pragma once

#include "eventlog/event_log.hpp"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace daybook::bench {

/// The log's order is the order of the calls. Threads: one.
class burst_appender {
 public:
    burst_appender(eventlog::event_log& log, std::int32_t partitions) {
        for (std::int32_t p = 0; p < partitions; ++p) {
            next_.push_back(0);
            to_.push_back(log.open_appender(p, [this](std::span<const eventlog::append_outcome> done) {
                const std::scoped_lock lock(mutex_);
                open_ -= static_cast<std::int64_t>(done.size());
                landed_.notify_all();
            }));
        }
    }
    std::int64_t put(std::int32_t partition, eventlog::new_record r) {
        {
            std::unique_lock lock(mutex_);
            landed_.wait(lock, [&] { return open_ < in_flight_max; });
            ++open_;
        }
        to_.at(static_cast<std::size_t>(partition))->append(std::move(r));
        return next_.at(static_cast<std::size_t>(partition))++;
    }
    void drain() {
        std::unique_lock lock(mutex_);
        landed_.wait(lock, [&] { return open_ == 0; });
    }

 private:
    static constexpr std::int64_t in_flight_max = 20'000;
    std::mutex mutex_;
    std::condition_variable landed_;
    std::int64_t open_ = 0;
    std::vector<std::int64_t> next_;
    std::vector<std::unique_ptr<eventlog::log_appender>> to_;
};

}  // namespace daybook::bench
