// Waiting on a condition with a deadline: no test sleeps and hopes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace daybook::tests {

/// True as soon as `condition` holds; false if it does not within the deadline.
template <class Condition>
[[nodiscard]] bool wait_until(Condition condition,
                              std::chrono::milliseconds deadline = std::chrono::seconds(10)) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    std::mutex mutex;
    std::condition_variable nobody_notifies;
    std::unique_lock lock(mutex);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        nobody_notifies.wait_for(lock, std::chrono::milliseconds(2));
    }
    return true;
}

}  // namespace daybook::tests
