// Lists of the RocksDB view: the columns of books in memory, in step with the store, and how a query goes
// through them.
#pragma once

#include "platform/rocks/store.hpp"
#include "projector/column_cache.hpp"
#include "projector/list_selector.hpp"
#include "projector/query_run.hpp"
#include "projector/rocks_rows.hpp"
#include "projector/view.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

namespace daybook::projector {

/// Threads: write(): one at a time; else any. Lifetime: within that of the store.
class rocks_lists {
 public:
    struct options {
        std::int32_t partitions = 0;
        std::size_t columns_bytes_max = 0;
        std::chrono::steady_clock::duration query_deadline = domain::limits::query_deadline;
    };
    rocks_lists(platform::rocks::store& store, options);
    ~rocks_lists();

    /// Writes the batch; readers see it and the tasks in it, as they are then, at once. Errors: the store's.
    [[nodiscard]] domain::result<void> write(platform::rocks::batch&, std::span<const numbered_task>);

    struct selection {
        platform::rocks::snapshot at;  ///< the state that was asked
        selected_page page{};
        std::vector<std::string> plan{};  ///< what was done, line by line
    };
    /// Errors: the store's; query_timeout with what was done by then.
    [[nodiscard]] domain::result<selection> select(const domain::user_id&, const domain::list_query&);
    [[nodiscard]] domain::result<std::vector<tag_count>> tags(const domain::user_id&);
    /// The tasks that have an alarm of one of these kinds (domain::bit), by id. Errors: as select().
    [[nodiscard]] domain::result<void> each_with_alarms(const domain::user_id&, std::uint8_t kinds,
                                                        const std::function<void(const domain::task&)>& each);
    /// The words of the book that are like each of these (trigram.hpp), best first. Errors: as select().
    [[nodiscard]] domain::result<std::vector<std::vector<std::string>>> alike(
        const domain::user_id&, std::span<const std::string> words);

 private:
    /// A snapshot and, if there are any, the columns that belong to it.
    struct listed_state {
        platform::rocks::snapshot at;
        std::shared_ptr<const book_columns> columns{};
        bool too_large = false;  ///< there will be none
    };
    struct build {
        domain::user_id user{};
        platform::rocks::snapshot at;
    };
    [[nodiscard]] listed_state state_now(const domain::user_id&);
    /// Makes the columns, or waits for who makes them.
    [[nodiscard]] domain::result<listed_state> state_with_columns(const domain::user_id&, query_run&);
    /// `go_on` is asked for every task. None: it said no. A null editor: they do not fit.
    template <class GoOn>
    [[nodiscard]] domain::result<std::optional<std::unique_ptr<columns_editor>>> make_columns(
        const domain::user_id&, const platform::rocks::snapshot&, GoOn go_on);
    void build_later(build);
    void build_all(const std::stop_token&);

    platform::rocks::store& store_;
    options options_;
    std::mutex publish_mutex_;  ///< a snapshot and the columns taken under it are one state
    column_cache columns_;
    std::deque<build> builds_;  ///< that outlived their query; under publish_mutex_
    std::condition_variable_any building_;
    std::jthread builder_;  ///< from the first of them on; ends before everything above
};

}  // namespace daybook::projector
