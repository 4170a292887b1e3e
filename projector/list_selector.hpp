// Filter, order and page over list rows: the same answer as domain::matches and domain::sort_key over the tasks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/list_query.hpp"
#include "projector/list_columns.hpp"

namespace daybook::projector {

struct selected_page {
    std::vector<domain::task_id> ids{};
    std::int64_t total_count = 0;
    bool total_is_lower_bound = false;
    std::optional<std::string> next_cursor{};
};

/// Threads: one. Lifetime: within that of the query, whose project_resolved is set.
class list_selector {
 public:
    explicit list_selector(const domain::list_query&);
    /// Precondition: one table for all rows, which may grow meanwhile.
    void add(const list_row&, const tag_table&);
    void add(const book_columns&);
    [[nodiscard]] selected_page finish();

 private:
    struct found {
        std::string key;
        domain::task_id id;
        bool operator<(const found& other) const {
            const auto order = key.compare(other.key);
            return order < 0 || (order == 0 && id < other.id);
        }
    };
    [[nodiscard]] bool matches(const list_row&, const tag_table&);
    [[nodiscard]] std::string key_of(const list_row&);

    const domain::list_query& query_;
    domain::task scratch_{};  ///< carries a row's columns into domain::sort_key
    std::vector<found> found_;
    std::int64_t total_ = 0;
    std::vector<std::vector<char>> wanted_tags_;  ///< per tag of the query: which numbers of the table are it
    std::size_t known_tags_ = 0;                  ///< size of the table when that was found out
};

}  // namespace daybook::projector
