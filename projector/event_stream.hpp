// One partition as a projector reads it: validity first, then the events of whole commits.
#pragma once

#include "domain/errc.hpp"
#include "eventlog/event_log.hpp"
#include "eventlog/validity.hpp"
#include "projector/view.hpp"

#include <boost/json/storage_ptr.hpp>

#include <cstdint>
#include <vector>

namespace daybook::projector {

/// Threads: one.
class event_stream {
 public:
    event_stream(std::int32_t partition, eventlog::fold_checkpoint from);

    /// Appends the events of the commit that this record completes, if it does. Their `data` may lie in
    /// `storage`. Errors: those of log_fold, and log_damaged or format_newer for a valid record that does not
    /// decode. After an error `out` and checkpoint() are as before, failed_offset() is the record that cannot
    /// be read, and nothing more may be fed.
    [[nodiscard]] domain::result<void> feed(eventlog::record, std::vector<applied_event>& out,
                                            const boost::json::storage_ptr& storage = {});

    [[nodiscard]] std::int32_t partition() const noexcept { return partition_; }
    /// Behind the last commit, claim or void record; what a view stores.
    [[nodiscard]] const eventlog::fold_checkpoint& checkpoint() const noexcept { return checkpoint_; }
    /// Behind the last record read: "caught up" compares this one (counterexample 13).
    [[nodiscard]] std::int64_t read_offset() const noexcept { return fold_.read_offset(); }
    [[nodiscard]] std::int64_t failed_offset() const noexcept { return failed_offset_; }
    [[nodiscard]] std::int64_t voids() const noexcept { return voids_; }

 private:
    std::int32_t partition_;
    eventlog::log_fold fold_;
    eventlog::fold_checkpoint checkpoint_;
    std::int64_t failed_offset_ = -1;
    std::int64_t voids_ = 0;
};

/// `partition 3 offset 4711`
[[nodiscard]] std::string place_text(std::int32_t partition, std::int64_t offset);

}  // namespace daybook::projector
