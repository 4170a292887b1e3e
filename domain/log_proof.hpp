// The `log` member of a record: the writer's proof that the record belongs to the current claim (architecture
// §2).
#pragma once

#include "domain/errc.hpp"
#include "domain/time.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace daybook::domain {

struct log_proof {
    std::int64_t epoch = 0;
    std::string claim{};     ///< claim_id, random per attempt
    std::int64_t seq = 0;    ///< 0 in the claim itself, then +1 a record
    std::int32_t part = 1;   ///< i of `part` i/n
    std::int32_t parts = 1;  ///< n of `part` i/n, at most limits::commit_parts_max
    std::string hash{};      ///< of the command (settled 3), 32 hex digits; empty in a claim
    instant at{};            ///< append time, monotone in the partition

    bool operator==(const log_proof&) const = default;
};

/// Appends `{"epoch":3,"claim":"…","seq":41,"part":"1/2","hash":"…","at":"…"}`; a claim (seq 0) has no part
/// and no hash.
void append_log_proof(std::string& out, const log_proof&);

/// From the `log` member of a record's value. Unknown members are ignored. Errors: log_damaged naming the
/// member that is missing or wrong; a part that is not 1 ≤ i ≤ n ≤ limits::commit_parts_max is wrong.
[[nodiscard]] result<log_proof> parse_log_proof(const boost::json::object& log);

/// Reads `i/n`, 1 <= i <= n <= limits::commit_parts_max, into part and parts; false and unchanged for
/// anything else.
[[nodiscard]] bool read_part(std::string_view text, log_proof&) noexcept;

}  // namespace daybook::domain
