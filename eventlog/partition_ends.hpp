// The ends that readers of an in-process log see, and how they are woken: by notification, never by polling.
#pragma once

#include "eventlog/event_log.hpp"

#include <condition_variable>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace daybook::eventlog {

/// Threads: any.
class partition_ends {
 public:
    explicit partition_ends(std::vector<std::int64_t> ends) : ends_(std::move(ends)) {}

    [[nodiscard]] std::vector<std::int64_t> all() const {
        const std::scoped_lock lock(mutex_);
        return ends_;
    }
    [[nodiscard]] std::int64_t of(std::int32_t partition) const {
        const std::scoped_lock lock(mutex_);
        return ends_.at(static_cast<std::size_t>(partition));
    }
    void set(std::span<const std::pair<std::int32_t, std::int64_t>> changed) {
        {
            const std::scoped_lock lock(mutex_);
            for (const auto& [partition, end] : changed) ends_.at(static_cast<std::size_t>(partition)) = end;
        }
        changed_.notify_all();
    }
    /// Wakes everybody to look again at a flag of theirs that was set before.
    void notify() {
        { const std::scoped_lock lock(mutex_); }
        changed_.notify_all();
    }
    /// Waits until an end differs from where the reader stands, `woken` says so (asked under the lock), or
    /// the deadline has passed.
    template <class Woken>
    void wait(std::span<const read_start> standing, deadline until, Woken woken) const {
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, until, [&] {
            if (woken()) return true;
            for (const auto& at : standing)
                if (ends_.at(static_cast<std::size_t>(at.partition)) != at.offset) return true;
            return false;
        });
    }

 private:
    mutable std::mutex mutex_{};
    mutable std::condition_variable changed_{};
    std::vector<std::int64_t> ends_;
};

}  // namespace daybook::eventlog
