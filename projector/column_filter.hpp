// Which rows of columns in memory a query keeps: 64 rows at a time, as masks.
#pragma once

#include "domain/filter/normal_form.hpp"
#include "projector/list_columns.hpp"
#include "projector/query_run.hpp"
#include "projector/rocks_text_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace daybook::projector {

/// A condition of a query for people: `status open`, `#work`, `'quarterly report'`.
[[nodiscard]] std::string in_words(const domain::filter::condition&, const domain::filter::normal_form&);
[[nodiscard]] std::string in_words(const domain::filter::clause&, const domain::filter::normal_form&);
[[nodiscard]] std::string in_words(const domain::filter::text_match&);

/// Whether the query asks this of tasks.
[[nodiscard]] bool asks(const domain::filter::clause&, domain::filter::trait);

/// Threads: one. Lifetime: within that of what it is made of.
class column_filter {
 public:
    using mask = column_chunk::mask;
    /// `projects`: those of the query, resolved; `texts`: who holds its texts, one each.
    column_filter(const domain::filter::normal_form&,
                  std::span<const std::optional<domain::project_id>> projects, const book_columns&,
                  std::span<const text_hits> texts);

    /// Finds out who blocks and who has children, where the query asks. Before rows_of(). False: out of time.
    [[nodiscard]] bool look_around(query_run&);
    /// Those of the chunk's rows `among` that the query keeps.
    [[nodiscard]] mask rows_of(std::size_t chunk, mask among);
    /// How many rows were left behind each condition that must hold, in the order of asking.
    [[nodiscard]] std::vector<std::string> steps() const;

 private:
    struct part {
        domain::filter::clause asked{};  ///< parts in the order of their cost
        std::uint64_t left = 0;
    };
    [[nodiscard]] mask rows_of(const domain::filter::clause&, std::size_t chunk, mask among) const;
    [[nodiscard]] mask rows_of(const domain::filter::condition&, std::size_t chunk, mask among) const;
    [[nodiscard]] mask with_trait(domain::filter::trait, const column_chunk&, mask among) const;

    const domain::filter::normal_form& query_;
    std::span<const std::optional<domain::project_id>> projects_;
    const book_columns& columns_;
    std::span<const text_hits> texts_;
    std::vector<part> parts_{};
    std::vector<std::vector<std::uint32_t>> spellings_{};  ///< per tag of the query its numbers, ascending
    std::unordered_set<domain::task_id> parents_{};        ///< of children that are not deleted or purged
    std::unordered_set<domain::task_id> open_targets_{};   ///< open tasks that others depend on
};

}  // namespace daybook::projector
