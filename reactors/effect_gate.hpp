// Nothing leaves before the reactors have read what the log held when they started: a replay must not do
// again what was done (architecture §5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace daybook::reactors {

/// Closed until every partition was read up to its end at the start; then open for good. Compares the *read*
/// position, so a torn commit at the end does not keep it closed (counterexample 13). Threads: one.
class effect_gate {
 public:
    explicit effect_gate(std::vector<std::int64_t> ends_at_start) : ends_(std::move(ends_at_start)) {}

    void read_up_to(std::int32_t partition, std::int64_t next_offset) {
        auto& end = ends_.at(static_cast<std::size_t>(partition));
        if (next_offset >= end) end = 0;
    }
    [[nodiscard]] bool is_open() const noexcept {
        for (const auto end : ends_)
            if (end > 0) return false;
        return true;
    }

 private:
    std::vector<std::int64_t> ends_;  ///< 0: reached
};

}  // namespace daybook::reactors
