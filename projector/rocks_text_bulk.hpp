// The full text index of a bulk load: made from the rows that were loaded, as sorted files.
#pragma once

#include "platform/rocks/store.hpp"
#include "projector/rocks_rows.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace daybook::projector {

/// Writes the postings and stems (schema/rocks.md 2.11, 2.12) of a partition whose rows and text rows are in
/// the store. Preconditions: it holds none of them yet; `postings` and `stems` are empty. Memory: that of the
/// largest book's postings. Threads: one a partition.
[[nodiscard]] domain::result<void> write_text_index(const rocks_rows& rows, std::int32_t partition,
                                                    platform::rocks::sst_writer& postings,
                                                    platform::rocks::sst_writer& stems);

}  // namespace daybook::projector
