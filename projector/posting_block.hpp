// A block of postings: the tasks of a book that hold one word, with the fields and positions of each.
//
// Grammar of a value: n, span, n × (distance << 4 | fields), then for each task and each of its fields in
// order the positions, each as (distance << 1 | more). Varints. A task's distance is to the ordinal of the
// task before (the first's to that of the block's key: 0), `span` that from the first to the last; `fields`
// has bit f for text_field f; a position's distance is to the one before of the same task, the first one's to
// 0.
#pragma once

#include "domain/errc.hpp"
#include "domain/text/document.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::projector {

/// Larger blocks are split, so that a change rewrites little.
inline constexpr std::size_t posting_block_bytes_max = 1'024;

/// One task in a block.
struct posting {
    std::uint32_t ordinal = 0;
    std::uint8_t fields = 0;
    std::string positions{};  ///< as they stand in the block
    bool operator==(const posting&) const = default;
};

/// A word of a book as it stands in keys: surface, zero byte, stem (empty if it is the surface), zero byte.
[[nodiscard]] std::string term_key(std::string_view surface, std::string_view stem);
struct term_parts {
    std::string_view surface{};
    std::string_view stem{};
};
/// Takes it off the front; none if there is no such thing.
[[nodiscard]] std::optional<term_parts> take_term(std::string_view& key);

/// What a document puts into the index: term key -> posting with `ordinal`.
[[nodiscard]] std::map<std::string, posting> postings_of(const std::vector<domain::document_token>&,
                                                         std::uint32_t ordinal);

/// Makes one block after the other. Precondition of finish(): something was added; of add(): ordinals ascend.
class block_encoder {
 public:
    void add(std::uint32_t ordinal, std::uint8_t fields, std::string_view positions);
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] std::uint32_t first() const noexcept { return first_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return tasks_.size() + positions_.size(); }  ///< about
    /// The block, and starts the next one.
    [[nodiscard]] std::string finish();

 private:
    std::string tasks_;
    std::string positions_;
    std::uint32_t first_ = 0;
    std::uint32_t last_ = 0;
    std::size_t count_ = 0;
};

/// Errors: view_stopped.
[[nodiscard]] domain::result<std::vector<posting>> decode_block(std::uint32_t first, std::string_view value);

/// Reads a block without copying. Threads: one. Lifetime: within that of the value.
class block_reader {
 public:
    /// `first`: the ordinal of the block's key.
    block_reader(std::uint32_t first, std::string_view value);
    [[nodiscard]] bool damaged() const noexcept { return damaged_; }
    [[nodiscard]] std::uint32_t last_ordinal() const noexcept { return last_; }
    /// Tells `each(ordinal, fields)` of every task.
    template <class Each>
    void each_task(Each each) {
        auto ordinal = first_;
        for (std::uint64_t i = 0; i < count_; ++i) {
            const auto n = next();
            ordinal += static_cast<std::uint32_t>(n >> 4U);
            each(ordinal, static_cast<std::uint8_t>(n & 0xFU));
        }
    }
    /// Tells `each(ordinal, field, position)` of every position. Reads from the start, as each_task does.
    template <class Each>
    void each_position(Each each) {
        tasks_.clear();
        each_task([&](std::uint32_t ordinal, std::uint8_t fields) { tasks_.push_back({ordinal, fields}); });
        for (const auto& [ordinal, fields] : tasks_) {
            std::uint32_t position = 0;
            for (std::uint8_t f = 0; f < domain::text_fields; ++f) {
                if (((fields >> f) & 1U) == 0) continue;
                for (bool more = true; more;) {
                    const auto n = next();
                    position += static_cast<std::uint32_t>(n >> 1U);
                    more = (n & 1U) != 0 && !damaged_;
                    each(ordinal, static_cast<domain::text_field>(f), position);
                }
            }
        }
    }

 private:
    struct task {
        std::uint32_t ordinal;
        std::uint8_t fields;
    };
    std::uint64_t next();

    std::string_view rest_;
    std::uint32_t first_;
    std::uint32_t last_ = 0;
    std::uint64_t count_ = 0;
    bool damaged_ = false;
    std::vector<task> tasks_{};
};

}  // namespace daybook::projector
