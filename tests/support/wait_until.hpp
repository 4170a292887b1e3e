// Waiting on a condition with a deadline: no test sleeps and hopes.
#pragma once

#include <chrono>
#include <thread>

namespace daybook::tests {

/// True as soon as `condition` holds; false if it does not within the deadline.
template <class Condition>
[[nodiscard]] bool wait_until(Condition condition, std::chrono::milliseconds deadline = std::chrono::seconds(10)) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

}  // namespace daybook::tests
