// Loads one version of the Postgres view from the beginning of the log: fold in memory, COPY, indexes last.
#pragma once

#include "platform/pg/connection.hpp"
#include "projector/view.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace daybook::projector {

/// The whole load is one transaction, the making of the schema included: an interrupted one leaves nothing
/// behind. History leaves for the server as it comes; tasks, books, projects and filters are kept in memory
/// until finish(). Threads: each partition may have its own; finish() alone.
class pg_bulk {
 public:
    /// Makes the schema. Errors: view_unavailable; view_stopped if another process loads a version now.
    [[nodiscard]] static domain::result<std::unique_ptr<pg_bulk>> begin(
        platform::pg::connection_options options, std::int64_t version);
    ~pg_bulk();

    [[nodiscard]] domain::result<eventlog::fold_checkpoint> position(std::int32_t partition);
    /// Errors: view_stopped, also after a lost connection: what was sent is gone, the load starts over.
    [[nodiscard]] domain::result<void> apply(const view_batch&);
    [[nodiscard]] domain::result<void> finish();

 private:
    struct partition_rows;
    pg_bulk(std::unique_ptr<platform::pg::connection>, platform::pg::transaction, std::string schema);
    [[nodiscard]] partition_rows& rows_of(std::int32_t partition);
    [[nodiscard]] domain::result<void> send_history(const platform::pg::copy_rows&);
    [[nodiscard]] domain::result<void> write_all();
    [[nodiscard]] domain::result<void> copy_tasks();
    [[nodiscard]] domain::result<void> copy_small_tables();
    [[nodiscard]] domain::result<void> copy_positions();

    std::mutex mutex_;  ///< guards all but the contents of a partition's rows
    std::unique_ptr<platform::pg::connection> session_;
    std::optional<platform::pg::transaction> transaction_;
    std::string schema_;
    std::unordered_map<std::int32_t, std::unique_ptr<partition_rows>> partitions_;
    std::optional<domain::problem> failed_;
};

}  // namespace daybook::projector
