// Filter, order and page over list rows, one by one: for books whose columns are not in memory. The same
// answer as filter::matches and sort_key over the tasks.
#pragma once

#include "domain/list_query.hpp"
#include "projector/list_columns.hpp"
#include "projector/query_run.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace daybook::projector {

struct selected_page {
    std::vector<domain::task_id> ids{};
    std::int64_t total_count = 0;
    bool total_is_lower_bound = false;
    std::optional<std::string> next_cursor{};
    // How it was found.
    std::int64_t rows = 0;     ///< looked at
    std::int64_t matched = 0;  ///< kept by the filter
};

/// Which tasks hold the words of a query, in which field. Asked only where the query has words.
class text_answers {
 public:
    virtual ~text_answers() = default;
    /// filter::weight_of the query's text `index` in that task. Errors: those of the store.
    [[nodiscard]] virtual domain::result<std::int64_t> weight(std::size_t index, const list_row&) = 0;
};

/// Says whether to go on.
using row_visitor = std::function<bool(const list_row&, const tag_table&)>;
/// Hands the rows of the book to a visitor, the same ones in each walk. One table for all rows; it may grow
/// meanwhile.
using row_walk = std::function<domain::result<void>(const row_visitor&)>;

/// Threads: one. Lifetime: within that of the query and what is behind the references.
class list_selector {
 public:
    /// `projects`: those of the query, resolved. `text` may be null where the query has no words.
    list_selector(const domain::list_query&, std::vector<std::optional<domain::project_id>> projects,
                  text_answers* text, query_run&);
    /// Walks once, and up to three times more where the query asks for subtasks or blockers. Errors: those of
    /// the walk and of the texts; query_timeout.
    /// `candidates`: rows among which all answers are; null: all rows.
    [[nodiscard]] domain::result<selected_page> select(const row_walk&, const row_walk* candidates = nullptr);

 private:
    struct found {
        std::string key;
        domain::task_id id;
        bool operator<(const found& other) const {
            const auto order = key.compare(other.key);
            return order < 0 || (order == 0 && id < other.id);
        }
    };
    class row_subject;
    [[nodiscard]] domain::result<void> look_around(const row_walk&);
    void know_tags(const tag_table&);
    void add(const list_row&, const tag_table&);
    [[nodiscard]] bool in_time();
    [[nodiscard]] std::int64_t weight(std::size_t index, const list_row&);
    [[nodiscard]] selected_page page();

    const domain::list_query& query_;
    std::vector<std::optional<domain::project_id>> projects_;
    text_answers* text_;
    domain::task scratch_{};  ///< carries a row's columns into domain::sort_key
    std::vector<found> found_;
    std::int64_t total_ = 0;
    std::int64_t rows_ = 0;
    std::vector<std::vector<char>> wanted_tags_;  ///< per tag of the query: which numbers of the table are it
    std::size_t known_tags_ = 0;                  ///< size of the table when that was found out
    std::unordered_set<domain::task_id> parents_;       ///< of children that are not deleted or purged
    std::unordered_set<domain::task_id> open_targets_;  ///< open tasks that others depend on
    std::optional<domain::problem> failed_;
    query_run& run_;
};

}  // namespace daybook::projector
