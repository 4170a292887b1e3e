// Collects what an appender reports and waits for it.
#pragma once

#include "eventlog/event_log.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

namespace daybook::tests {

inline constexpr auto patience = std::chrono::seconds(20);

inline eventlog::deadline soon() { return std::chrono::steady_clock::now() + patience; }

/// Threads: any. Lifetime: outlives the appenders that report to it.
class collected_outcomes {
 public:
    [[nodiscard]] eventlog::on_outcomes receiver() {
        return [this](std::span<const eventlog::append_outcome> reported) {
            {
                const std::scoped_lock lock(mutex_);
                all_.insert(all_.end(), reported.begin(), reported.end());
            }
            changed_.notify_all();
        };
    }
    /// All outcomes once there are `count` of them. Throws if they do not come.
    std::vector<eventlog::append_outcome> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, patience, [&] { return all_.size() >= count; }))
            throw std::runtime_error("only " + std::to_string(all_.size()) + " of " + std::to_string(count) +
                                     " outcomes");
        return all_;
    }
    [[nodiscard]] std::vector<eventlog::append_outcome> so_far() {
        const std::scoped_lock lock(mutex_);
        return all_;
    }

 private:
    std::mutex mutex_{};
    std::condition_variable changed_{};
    std::vector<eventlog::append_outcome> all_{};
};

/// Reads one partition from `offset` until there are `count` records. Throws on an error or if they do not
/// come.
inline std::vector<eventlog::record> read_records(eventlog::event_log& log, std::int32_t partition,
                                                  std::int64_t offset, std::size_t count) {
    const auto reader = log.open_reader({{partition, offset}});
    std::vector<eventlog::record> records;
    const auto until = soon();
    while (records.size() < count) {
        reader->read(records, count - records.size(), until).value();
        if (std::chrono::steady_clock::now() >= until) throw std::runtime_error("the records did not come");
    }
    return records;
}

}  // namespace daybook::tests
