// Does a store still stand on the log that it was folded from? Asked at every start (architecture §2.1,
// ground rules).
#pragma once

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "eventlog/event_log.hpp"
#include "eventlog/validity.hpp"

#include <cstdint>
#include <optional>

namespace daybook::eventlog {

/// The log_id in the partition's first valid claim; none while nobody has claimed it.
/// Errors: log_unavailable, log_truncated.
[[nodiscard]] domain::result<std::optional<domain::uuid>> read_log_id(event_log&, std::int32_t partition,
                                                                      deadline);

/// Compares the store's log_id, end and last record (offset and CRC) with the log (counterexample 19).
/// Errors: log_foreign (another log), log_truncated (the end lies before the checkpoint, or another record
/// stands where the last one was), log_unavailable (retry).
[[nodiscard]] domain::result<void> check_last_applied(event_log&, std::int32_t partition,
                                                      const fold_checkpoint&, deadline);

}  // namespace daybook::eventlog
