// The `log` member of a record: the writer's proof that the record belongs to the current claim (architecture §2).
#pragma once

#include <cstdint>
#include <string>

#include "domain/time.hpp"

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

}  // namespace daybook::domain
