// Answers from one version of the Postgres view, with the same rows in the same order as the RocksDB view.
#pragma once

#include "platform/pg/pool.hpp"
#include "projector/view.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace daybook::projector {

/// Threads: any. Every call is one statement or one read-only snapshot. Errors: view_unavailable,
/// query_timeout.
class pg_reader final : public view_reader {
 public:
    /// `options.connection.search_path` is the version's schema.
    explicit pg_reader(platform::pg::pool_options options);

    [[nodiscard]] domain::result<std::optional<task_row>> get(const domain::user_id&,
                                                              const domain::task_id&) override;
    [[nodiscard]] domain::result<task_page> list(const domain::user_id&, const domain::list_query&) override;
    [[nodiscard]] domain::result<std::vector<std::string>> explain(const domain::user_id&,
                                                                   const domain::list_query&) override;
    [[nodiscard]] domain::result<std::vector<std::vector<std::string>>> alike(
        const domain::user_id&, std::span<const std::string> words) override;
    [[nodiscard]] domain::result<domain::text_document> document(const domain::user_id&,
                                                                 const domain::task_id&) override;
    [[nodiscard]] domain::result<std::vector<history_entry>> history(const domain::user_id&,
                                                                     const history_query&) override;
    [[nodiscard]] domain::result<void> each_with_alarms(
        const domain::user_id&, std::uint8_t kinds,
        const std::function<void(const domain::task&)>& each) override;
    [[nodiscard]] domain::result<std::vector<tag_count>> tags(const domain::user_id&) override;
    [[nodiscard]] domain::result<std::optional<domain::book_state>> book(const domain::user_id&) override;
    [[nodiscard]] domain::result<std::vector<domain::project>> projects(const domain::user_id&) override;
    [[nodiscard]] domain::result<std::vector<domain::saved_filter>> filters(const domain::user_id&) override;
    /// Errors also: view_stopped naming the row and the column where a column is not what the row's document
    /// says, a document that cannot be read, and a row of a user without a book.
    [[nodiscard]] domain::result<hashed_state> hash(std::int32_t partition) override;

 private:
    /// Calls `work(connection)`. A session that was idle may have died with the server: then once more on a
    /// new one.
    template <class Work>
    [[nodiscard]] static auto read_from(platform::pg::pool&, Work work)
        -> decltype(work(std::declval<platform::pg::connection&>()));
    template <class Work>
    [[nodiscard]] auto read(Work work) {
        return read_from(pool_, std::move(work));
    }

    platform::pg::pool pool_;
    platform::pg::pool
        queries_;  ///< of sessions in which the server ends a statement after limits::query_deadline
};

}  // namespace daybook::projector
