// Typed rows over the key spaces of the RocksDB view: one state of the store, read by writer, reader and bulk
// load.
#pragma once

#include "platform/rocks/store.hpp"
#include "projector/view_fold.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace daybook::projector {

/// Lifetime: within that of the store and the snapshot. Threads: any number, as far as the snapshot goes.
class rocks_rows final : public row_source {
 public:
    rocks_rows(const platform::rocks::store& store, std::int32_t partitions,
               const platform::rocks::snapshot* at = nullptr)
        : store_(store), partitions_(partitions), at_(at) {}

    [[nodiscard]] domain::result<std::shared_ptr<const domain::task>> task(const domain::user_id&,
                                                                           const domain::task_id&) override;
    [[nodiscard]] domain::result<std::optional<domain::book_state>> book(const domain::user_id&) override;
    [[nodiscard]] domain::result<std::optional<domain::project>> project(const domain::user_id&,
                                                                         const domain::project_id&) override;
    /// Those that are not deleted, in order of their ids.
    [[nodiscard]] domain::result<std::vector<domain::project>> projects(const domain::user_id&) const;
    [[nodiscard]] domain::result<std::optional<domain::saved_filter>> filter(
        const domain::user_id&, const domain::filter_id&) override;
    [[nodiscard]] domain::result<eventlog::fold_checkpoint> position(std::int32_t partition);

    [[nodiscard]] std::int32_t partition_of(const domain::user_id&) const;
    [[nodiscard]] domain::result<std::optional<std::string>> get(const std::string& key) const {
        return store_.get(platform::rocks::default_family, key, at_);
    }
    [[nodiscard]] platform::rocks::cursor scan(platform::rocks::range r) const;

 private:
    const platform::rocks::store& store_;
    std::int32_t partitions_;
    const platform::rocks::snapshot* at_;
};

/// Puts the rows of a fold and its events. Spaces 2 to 7 and 13, not the position.
void put_rows(platform::rocks::batch&, std::int32_t partition, const changed_rows&);
void put_events(platform::rocks::batch&, std::int32_t partition, std::span<const applied_event>);

}  // namespace daybook::projector
