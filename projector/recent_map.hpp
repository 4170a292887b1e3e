// A map that keeps what was used lately and forgets the rest.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace daybook::projector {

/// Holds at least the `keep` keys used last and at most twice as many. Complexity: constant. Threads: one.
template <class Value>
class recent_map {
 public:
    explicit recent_map(std::size_t keep) : keep_(keep) {}

    /// Null if it is not known. Lifetime: until the next call.
    [[nodiscard]] const Value* find(const std::string& key) {
        if (const auto at = young_.find(key); at != young_.end()) return &at->second;
        const auto at = old_.find(key);
        if (at == old_.end()) return nullptr;
        auto value = std::move(at->second);
        old_.erase(at);
        return &put(key, std::move(value));
    }

    const Value& put(const std::string& key, Value value) {
        if (young_.size() >= keep_ && !young_.contains(key)) {
            old_ = std::move(young_);
            young_.clear();
        } else {
            old_.erase(key);
        }
        return young_.insert_or_assign(key, std::move(value)).first->second;
    }

    void clear() {
        young_.clear();
        old_.clear();
    }

 private:
    std::size_t keep_;
    std::unordered_map<std::string, Value> young_;
    std::unordered_map<std::string, Value> old_;
};

}  // namespace daybook::projector
