#include "command-api/layered_state.hpp"

#include <boost/assert.hpp>

#include <algorithm>
#include <map>

namespace daybook::command_api {
namespace {

bool is_listed(entity_kind kind) {
    return kind == entity_kind::child || kind == entity_kind::dependent ||
           kind == entity_kind::next_occurrence || kind == entity_kind::filter_name;
}

// Values of these kinds are read once or by ranges: keeping them would push out tasks.
bool is_worth_keeping(entity_kind kind) { return !is_listed(kind) && kind != entity_kind::remembered; }

std::int64_t order_of(const entity& e) { return std::get<list_place>(e).order; }

}  // namespace

layered_state::layered_state(platform::rocks::store& store, std::size_t clean_values_max)
    : store_(store), clean_values_max_(clean_values_max) {}

layered_state::slot_map::value_type& layered_state::slot_of(const std::string& key) {
    const auto [at, made] = slots_.try_emplace(key);
    if (made && is_listed(kind_of(at->first))) listed_.insert(at->first);
    return *at;
}

void layered_state::load(const std::string& key, slot& s) {
    const auto stored = store_.get(key);
    if (!stored) throw domain::problem_error(stored.error());
    if (*stored) {
        auto decoded = decode_entity(kind_of(key), **stored);
        if (!decoded) throw domain::problem_error(decoded.error());
        s.confirmed = std::make_shared<const entity>(std::move(*decoded));
    }
    s.known = true;
}

void layered_state::forget_clean(slot& s) {
    if (!s.is_clean) return;
    clean_.erase(s.clean);
    s.is_clean = false;
}

void layered_state::keep_clean(slot_map::value_type& entry) {
    forget_clean(entry.second);
    clean_.push_front(&entry.first);
    entry.second.clean = clean_.begin();
    entry.second.is_clean = true;
    while (clean_.size() > clean_values_max_) {
        const auto* oldest = clean_.back();
        clean_.pop_back();
        slots_.erase(slots_.find(*oldest));
    }
}

// Decides what becomes of a slot that holds nothing speculative and nothing unwritten any more.
void layered_state::settle(slot_map::value_type& entry) {
    auto& s = entry.second;
    if (s.dirty || !s.speculative.empty()) return;
    const auto kind = kind_of(entry.first);
    if (s.known && s.confirmed && is_worth_keeping(kind)) return keep_clean(entry);
    forget_clean(s);
    if (is_listed(kind)) listed_.erase(entry.first);
    slots_.erase(slots_.find(entry.first));
}

entity_ptr layered_state::get(const std::string& key, sight seen) {
    if (const auto at = slots_.find(key); at != slots_.end()) {
        auto& s = at->second;
        if (seen == sight::newest && !s.speculative.empty()) return s.speculative.back().value;
        if (!s.known) load(key, s);
        if (s.is_clean) clean_.splice(clean_.begin(), clean_, s.clean);
        return s.confirmed;
    }
    slot fresh;
    load(key, fresh);
    if (!fresh.confirmed || !is_worth_keeping(kind_of(key))) return fresh.confirmed;
    auto value = fresh.confirmed;
    auto& entry = slot_of(key);
    entry.second = std::move(fresh);
    keep_clean(entry);
    return value;
}

std::vector<std::string> layered_state::list(const std::string& prefix, sight seen) {
    std::map<std::string, std::int64_t> found;
    platform::rocks::range wanted;
    wanted.prefix = prefix;
    auto at = store_.scan(wanted);
    for (; at.valid(); at.next()) {
        const auto decoded = decode_entity(kind_of(at.key()), at.value());
        if (!decoded) throw domain::problem_error(decoded.error());
        found[std::string(at.key().substr(prefix.size()))] = order_of(*decoded);
    }
    if (const auto status = at.status(); !status) throw domain::problem_error(status.error());
    for (auto key = listed_.lower_bound(prefix); key != listed_.end() && key->starts_with(prefix); ++key) {
        const auto& s = slots_.find(std::string(*key))->second;
        const bool speculative = seen == sight::newest && !s.speculative.empty();
        if (!speculative && !s.known) continue;
        const auto& value = speculative ? s.speculative.back().value : s.confirmed;
        auto rest = std::string(key->substr(prefix.size()));
        if (value)
            found[std::move(rest)] = order_of(*value);
        else
            found.erase(rest);
    }
    std::vector<std::pair<std::int64_t, std::string>> ordered;
    ordered.reserve(found.size());
    for (auto& [rest, order] : found) ordered.emplace_back(order, rest);
    std::ranges::sort(ordered);
    std::vector<std::string> result;
    result.reserve(ordered.size());
    for (auto& [order, rest] : ordered) result.push_back(std::move(rest));
    return result;
}

std::vector<entity_ptr> layered_state::all(const std::string& prefix, sight seen) {
    std::vector<entity_ptr> found;
    platform::rocks::range wanted;
    wanted.prefix = prefix;
    wanted.fill_cache = false;
    auto at = store_.scan(wanted);
    for (; at.valid(); at.next()) {
        if (slots_.contains(std::string(at.key()))) continue;
        auto decoded = decode_entity(kind_of(at.key()), at.value());
        if (!decoded) throw domain::problem_error(decoded.error());
        found.push_back(std::make_shared<const entity>(std::move(*decoded)));
    }
    if (const auto status = at.status(); !status) throw domain::problem_error(status.error());
    for (auto& [key, s] : slots_) {
        if (!key.starts_with(prefix)) continue;
        const bool speculative = seen == sight::newest && !s.speculative.empty();
        if (!speculative && !s.known) load(key, s);
        if (const auto& value = speculative ? s.speculative.back().value : s.confirmed)
            found.push_back(value);
    }
    return found;
}

void layered_state::begin() {
    BOOST_ASSERT(!open_);
    layers_.emplace_back();
    open_ = true;
}

void layered_state::put(const std::string& key, entity_ptr value) {
    BOOST_ASSERT(open_);
    const auto number = first_layer_ + layers_.size() - 1;
    auto& entry = slot_of(key);
    auto& s = entry.second;
    if (!s.speculative.empty() && s.speculative.back().layer == number) {
        s.speculative.back().value = std::move(value);
        return;
    }
    forget_clean(s);
    s.speculative.push_back({number, std::move(value)});
    layers_.back().push_back(&entry);
}

void layered_state::end() {
    BOOST_ASSERT(open_);
    open_ = false;
}

void layered_state::pop_layer(const layer& dropped) {
    for (auto* entry : dropped) entry->second.speculative.pop_back();
    for (auto* entry : dropped) settle(*entry);
}

void layered_state::abandon() {
    BOOST_ASSERT(open_);
    open_ = false;
    const auto dropped = std::move(layers_.back());
    layers_.pop_back();
    pop_layer(dropped);
}

void layered_state::confirm() {
    BOOST_ASSERT(!layers_.empty() && (!open_ || layers_.size() > 1));
    for (auto* entry : layers_.front()) {
        auto& s = entry->second;
        s.confirmed = std::move(s.speculative.front().value);
        s.speculative.erase(s.speculative.begin());
        s.known = true;
        if (s.dirty) continue;
        s.dirty = true;
        dirty_.push_back(entry);
    }
    layers_.pop_front();
    ++first_layer_;
}

void layered_state::withdraw() {
    if (open_) abandon();
    while (!layers_.empty()) {
        const auto dropped = std::move(layers_.back());
        layers_.pop_back();
        pop_layer(dropped);
    }
}

void layered_state::collect(platform::rocks::batch& out) const {
    for (const auto* entry : dirty_) {
        if (entry->second.confirmed)
            out.put(entry->first, encode_entity(*entry->second.confirmed));
        else
            out.erase(entry->first);
    }
}

std::vector<std::string> layered_state::unwritten_memory() const {
    std::vector<std::string> found;
    for (const auto* entry : dirty_)
        if (kind_of(entry->first) == entity_kind::remembered) found.push_back(entry->first);
    return found;
}

void layered_state::written() {
    auto done = std::move(dirty_);
    dirty_.clear();
    for (auto* entry : done) entry->second.dirty = false;
    for (auto* entry : done) settle(*entry);
}

}  // namespace daybook::command_api
