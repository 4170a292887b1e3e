// The state hash of a partition in PostgreSQL, and whether every derived column is what its document says.
#pragma once

#include "platform/pg/connection.hpp"
#include "projector/view.hpp"

#include <cstdint>

namespace daybook::projector {

/// Reads every row of the partition once, in one snapshot, a few thousand at a time. The session's search
/// path is the version's schema. Errors: pg_reader::hash.
[[nodiscard]] domain::result<view_reader::hashed_state> hash_partition(platform::pg::connection&,
                                                                       std::int32_t partition);

}  // namespace daybook::projector
