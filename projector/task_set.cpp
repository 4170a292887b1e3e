#include "projector/task_set.hpp"

#include <roaring/roaring.hh>
#include <utility>

namespace roaring {}  // namespace roaring

namespace daybook::projector {

using namespace roaring;

struct task_set::impl {
    Roaring bits;
};

task_set::task_set() : impl_(std::make_unique<impl>()) {}
task_set::task_set(const task_set& other) : impl_(std::make_unique<impl>(*other.impl_)) {}
task_set::task_set(task_set&&) noexcept = default;
task_set& task_set::operator=(const task_set& other) {
    if (this != &other) impl_ = std::make_unique<impl>(*other.impl_);
    return *this;
}
task_set& task_set::operator=(task_set&&) noexcept = default;
task_set::~task_set() = default;

void task_set::add(std::span<const std::uint32_t> ordinals) {
    impl_->bits.addMany(ordinals.size(), ordinals.data());
}
void task_set::keep_only(const task_set& other) { impl_->bits &= other.impl_->bits; }
void task_set::add(const task_set& other) { impl_->bits |= other.impl_->bits; }
void task_set::remove(const task_set& other) { impl_->bits -= other.impl_->bits; }
bool task_set::contains(std::uint32_t ordinal) const { return impl_->bits.contains(ordinal); }
std::uint64_t task_set::size() const { return impl_->bits.cardinality(); }
bool task_set::empty() const { return impl_->bits.isEmpty(); }

std::vector<std::uint32_t> task_set::ordinals() const {
    std::vector<std::uint32_t> out(size());
    if (!out.empty()) impl_->bits.toUint32Array(out.data());
    return out;
}

}  // namespace daybook::projector
