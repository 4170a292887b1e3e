// A number of bytes that many share, so that their sum has a limit and not only each of them.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace daybook::platform::http {

/// Threads: any. A lease must not outlive its budget.
class byte_budget {
 public:
    /// Gives its bytes back when it goes. An empty one holds nothing.
    class lease {
     public:
        lease() = default;
        lease(lease&& other) noexcept : from_(std::exchange(other.from_, nullptr)), bytes_(other.bytes_) {}
        lease& operator=(lease&& other) noexcept {
            std::swap(from_, other.from_);
            std::swap(bytes_, other.bytes_);
            return *this;
        }
        ~lease() {
            if (from_ != nullptr) from_->left_.fetch_add(bytes_, std::memory_order_relaxed);
        }
        [[nodiscard]] explicit operator bool() const noexcept { return from_ != nullptr; }

     private:
        friend class byte_budget;
        lease(byte_budget& from, std::size_t bytes) noexcept : from_(&from), bytes_(bytes) {}
        byte_budget* from_ = nullptr;
        std::size_t bytes_ = 0;
    };

    explicit byte_budget(std::size_t bytes) noexcept : left_(bytes) {}

    /// Empty if so many are not left; never waits.
    [[nodiscard]] lease take(std::size_t bytes) noexcept {
        auto left = left_.load(std::memory_order_relaxed);
        while (left >= bytes)
            if (left_.compare_exchange_weak(left, left - bytes, std::memory_order_relaxed))
                return {*this, bytes};
        return {};
    }

 private:
    std::atomic<std::size_t> left_;
};

}  // namespace daybook::platform::http
