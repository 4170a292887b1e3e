// The order of a list over columns in memory: the same as sort_key's bytes give, without making them.
#pragma once

#include "domain/errc.hpp"
#include "domain/sort_order.hpp"
#include "projector/list_columns.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::projector {

/// A row that may stand on the page. `first`: its number under the first key of the order.
struct row_place {
    std::uint64_t first = 0;
    const column_chunk* chunk = nullptr;
    std::uint32_t rank = 0;
    std::uint8_t at = 0;

    [[nodiscard]] const list_row& row() const { return chunk->rows[at]; }
};

/// Threads: any number. Lifetime: within that of the sort order.
class row_order {
 public:
    explicit row_order(const domain::sort_order& order) : order_(order) {}

    [[nodiscard]] row_place place(const column_chunk& chunk, unsigned at, std::int64_t rank) const;
    [[nodiscard]] bool before(const row_place& a, const row_place& b) const;

    /// The place of a cursor.
    struct bound {
        std::vector<std::uint64_t> numbers{};  ///< one a key of the order
        std::string title{};                   ///< ascending key, where the order has titles
        domain::task_id id{};
    };
    /// Errors: cursor_mismatch.
    [[nodiscard]] domain::result<bound> bound_of(std::string_view after_key,
                                                 const domain::task_id& after_id) const;
    [[nodiscard]] bool behind(const row_place&, const bound&) const;

 private:
    [[nodiscard]] static std::uint64_t number(const domain::sort_by&, const column_chunk&, unsigned at,
                                              std::int64_t rank);
    [[nodiscard]] static std::strong_ordering compare_titles(const domain::sort_by&, std::string_view a,
                                                             std::string_view b);

    const domain::sort_order& order_;
};

/// Keeps the first rows of many: those of one page and the ones before it.
class page_keeper {
 public:
    /// `keep`: how many; 0: none, they are only counted.
    page_keeper(const row_order& order, std::size_t keep) : order_(order), keep_(keep) {}

    void add(const row_place&);
    [[nodiscard]] std::size_t added() const noexcept { return added_; }
    /// The first ones in order, at most `keep`.
    [[nodiscard]] std::vector<row_place> sorted();

 private:
    void cut();

    const row_order& order_;
    std::size_t keep_;
    std::size_t added_ = 0;
    std::vector<row_place> kept_{};
    std::optional<row_place> worst_{};  ///< of the first `keep` so far
};

}  // namespace daybook::projector
