// Bytes that arrived on a connection and were not used yet.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace daybook::platform::http {

/// Grows to what is asked for, gives memory back when it is empty, and never clears bytes that a read
/// overwrites.
class input_buffer {
 public:
    [[nodiscard]] std::string_view unused() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }

    /// Room for a read of `size` bytes behind the unused ones; valid until the next call.
    [[nodiscard]] std::span<char> prepare(std::size_t size) {
        if (capacity_ - end_ < size) {
            const std::size_t kept = end_ - begin_;
            if (capacity_ < kept + size) {
                auto larger = std::make_unique_for_overwrite<char[]>(kept + size);
                if (kept > 0) std::memcpy(larger.get(), bytes_.get() + begin_, kept);
                bytes_ = std::move(larger);
                capacity_ = kept + size;
            } else {
                std::memmove(bytes_.get(), bytes_.get() + begin_, kept);
            }
            begin_ = 0;
            end_ = kept;
        }
        return {bytes_.get() + end_, size};
    }
    /// Precondition: size is at most what the last prepare gave.
    void commit(std::size_t size) noexcept { end_ += size; }
    /// Precondition: size is at most unused().size().
    void consume(std::size_t size) noexcept {
        begin_ += size;
        if (begin_ == end_) begin_ = end_ = 0;
    }
    /// Gives back memory above `bytes_max` if nothing is unused.
    void trim(std::size_t bytes_max) noexcept {
        if (!empty() || capacity_ <= bytes_max) return;
        bytes_.reset();
        capacity_ = 0;
    }

 private:
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace daybook::platform::http
