// Between a log's thread and an appender's owner: no report comes after the appender is gone.
#pragma once

#include "eventlog/event_log.hpp"

#include <mutex>
#include <utility>

namespace daybook::eventlog {

/// Threads: report() one of the log's, close() the owner's; close() returns once a report under way has
/// ended, so it must not be called from within one.
class outcome_gate {
 public:
    explicit outcome_gate(on_outcomes owner) : owner_(std::move(owner)) {}

    void report(std::span<const append_outcome> outcomes) {
        const std::scoped_lock lock(mutex_);
        if (owner_ && !outcomes.empty()) owner_(outcomes);
    }
    void close() {
        const std::scoped_lock lock(mutex_);
        owner_ = nullptr;
    }

 private:
    std::mutex mutex_{};
    on_outcomes owner_;
};

}  // namespace daybook::eventlog
