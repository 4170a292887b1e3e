// Values of one partition in three layers: RocksDB below (a confirmed prefix of the log), confirmed values
// that are not yet written above it, and on top the layers of commits that were decided but not acknowledged
// (architecture §2.1 rule 4). A layer is confirmed from below, or everything speculative is dropped at once.
#pragma once

#include "command-api/entity.hpp"
#include "domain/errc.hpp"
#include "platform/rocks/store.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace daybook::command_api {

/// Which layers a read sees.
enum class sight : std::uint8_t { newest, confirmed };

/// Threads: one at a time. Failed reads of RocksDB throw domain::problem_error (the store is a local file:
/// caught once, by the owner of the partition).
class layered_state {
 public:
    /// `clean_values_max` bounds the values kept only to spare a read.
    layered_state(platform::rocks::store&, std::size_t clean_values_max);

    [[nodiscard]] entity_ptr get(const std::string& key, sight);
    /// What follows `prefix` in the keys of all present values that start with it, in the order of their
    /// places. Precondition: the prefix is one of a kind that is listed: child, dependent,
    /// next_occurrence, filter_name.
    [[nodiscard]] std::vector<std::string> list(const std::string& prefix, sight);

    /// Every present value whose key starts with `prefix`, in any order. Complexity: the range in RocksDB and
    /// all values in memory.
    [[nodiscard]] std::vector<entity_ptr> all(const std::string& prefix, sight);

    /// Opens a layer on top. Precondition: none is open.
    void begin();
    /// Sets or, with null, removes a value in the open layer.
    void put(const std::string& key, entity_ptr value);
    /// Closes the layer. It stays speculative.
    void end();
    /// Drops the open layer as if begin() had not been called.
    void abandon();
    /// Confirms the lowest speculative layer. Precondition: there is one, and it is closed.
    void confirm();
    /// Drops every speculative layer.
    void withdraw();

    /// Adds every confirmed value that RocksDB lacks to `out`. The owner writes the batch, then calls
    /// written().
    void collect(platform::rocks::batch& out) const;
    void written();
    [[nodiscard]] std::size_t unwritten() const noexcept { return dirty_.size(); }
    /// Keys of kind remembered that collect() puts.
    [[nodiscard]] std::vector<std::string> unwritten_memory() const;

 private:
    struct version {
        std::uint64_t layer = 0;
        entity_ptr value{};
    };
    struct slot {
        entity_ptr confirmed{};
        bool known = false;  ///< `confirmed` holds what RocksDB or a confirmed layer says
        bool dirty = false;  ///< RocksDB lacks it
        std::vector<version> speculative{};
        std::list<const std::string*>::iterator clean{};
        bool is_clean = false;  ///< stands in clean_
    };
    using slot_map = std::unordered_map<std::string, slot>;
    using layer = std::vector<slot_map::value_type*>;

    slot_map::value_type& slot_of(const std::string& key);
    void load(const std::string& key, slot&);
    void keep_clean(slot_map::value_type&);
    void forget_clean(slot&);
    void settle(slot_map::value_type&);
    void pop_layer(const layer&);

    platform::rocks::store& store_;
    std::size_t clean_values_max_;
    slot_map slots_;
    std::list<const std::string*> clean_;  ///< keys of clean values, the latest used in front
    std::set<std::string_view> listed_;    ///< keys of listed kinds that stand in slots_
    std::deque<layer> layers_;
    std::uint64_t first_layer_ = 1;  ///< number of layers_.front()
    bool open_ = false;
    std::vector<slot_map::value_type*> dirty_;
};

}  // namespace daybook::command_api
