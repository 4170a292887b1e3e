// A set of a book's tasks by their ordinals: a compressed bitmap (CRoaring) without its header.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace daybook::projector {

/// Threads: one for changes, any number to read.
class task_set {
 public:
    task_set();
    task_set(const task_set&);
    task_set(task_set&&) noexcept;
    task_set& operator=(const task_set&);
    task_set& operator=(task_set&&) noexcept;
    ~task_set();

    void add(std::span<const std::uint32_t> ordinals);
    void keep_only(const task_set&);
    void add(const task_set&);
    void remove(const task_set&);
    [[nodiscard]] bool contains(std::uint32_t) const;
    [[nodiscard]] std::uint64_t size() const;
    [[nodiscard]] bool empty() const;
    [[nodiscard]] std::vector<std::uint32_t> ordinals() const;  ///< ascending

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace daybook::projector
