// From decided events to the records of one commit: proof, encoding, and the check of what was encoded
// (settled 15).
#pragma once

#include "command-api/partition_state.hpp"
#include "domain/errc.hpp"
#include "domain/event.hpp"
#include "eventlog/event_log.hpp"

#include <boost/json/monotonic_resource.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace daybook::command_api {

/// Where the next commit of a claim goes, if everything before it lands.
struct writer_place {
    std::int64_t epoch = 0;
    std::string claim{};
    std::int64_t seq = 1;     ///< of the commit's first record
    std::int64_t offset = 0;  ///< likewise
    domain::instant at{};
};

struct built_commit {
    std::unique_ptr<boost::json::monotonic_resource> memory{};  ///< the data of `parts` lives in it
    std::vector<placed_event> parts{};  ///< decoded from the encoded records: what every reader will fold
    std::vector<eventlog::new_record> records{};  ///< one per part
    std::size_t bytes = 0;                        ///< of all values
    std::uint32_t last_crc = 0;                   ///< of the last value
};

/// Encodes `events` as one commit and parses every record again, so that nothing is appended that a reader
/// would stop at. Precondition: at least one event; log.hash of each is set. Errors: limit_commit (too many
/// parts, a record too large); internal (a record that does not read back).
[[nodiscard]] domain::result<built_commit> build_commit(std::vector<domain::event> events,
                                                        const writer_place&);

}  // namespace daybook::command_api
