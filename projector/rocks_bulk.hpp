// The fast path of a rebuild: folds in memory, writes sorted files and lets RocksDB take them over (settled
// 28).
#pragma once

#include "platform/rocks/store.hpp"
#include "projector/rocks_rows.hpp"
#include "projector/rocks_text.hpp"
#include "projector/view.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace daybook::projector {

/// What a partition keeps in memory before it is written out. A load uses about threads × (event_bytes + rows
/// × 2 KiB).
struct bulk_limits {
    std::size_t event_bytes_max = std::size_t{48} * 1024 * 1024;
    std::size_t task_rows_max = 100'000;
};

/// Nothing is durable before finish(); a killed load starts over. Threads: one a partition.
class bulk_loader {
 public:
    /// Lifetime: within that of the store. Preconditions: the store holds no rows.
    bulk_loader(platform::rocks::store&, platform::rocks::store_options like, std::int32_t partitions,
                bulk_limits);
    ~bulk_loader();

    [[nodiscard]] domain::result<eventlog::fold_checkpoint> position(std::int32_t partition);
    /// As view::load(). Errors: view_stopped if the batch does not follow the last one; those of the store.
    [[nodiscard]] domain::result<void> load(view_batch&);
    /// Writes what is left, then the positions. Threads: one, after all others have ended.
    [[nodiscard]] domain::result<void> finish();

 private:
    struct partition_load;
    [[nodiscard]] partition_load& load_of(std::int32_t partition);
    [[nodiscard]] domain::result<void> write_events(partition_load&);
    [[nodiscard]] domain::result<void> write_rows(partition_load&);
    /// The full text index of the rows in the store.
    [[nodiscard]] domain::result<void> write_index(partition_load&);
    template <class Write>
    [[nodiscard]] domain::result<void> ingest(Write write);

    platform::rocks::store& store_;
    platform::rocks::store_options like_;
    std::int32_t partitions_;
    bulk_limits limits_;
    rocks_rows stored_;
    rocks_text_source text_source_{stored_};
    std::mutex mutex_;  ///< of `loads_` and `files_`
    std::vector<std::unique_ptr<partition_load>> loads_;
    std::int64_t files_ = 0;
};

}  // namespace daybook::projector
