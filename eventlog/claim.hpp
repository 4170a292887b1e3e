// Taking a partition over (architecture §2.1 rules 1, 2, 5): read to the end, append a claim, read it back;
// again until it is the valid one or somebody else's is.
#pragma once

#include "domain/errc.hpp"
#include "eventlog/event_log.hpp"
#include "eventlog/validity.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace daybook::eventlog {

struct writer_identity {
    std::string writer_id{};  ///< random per process start (counterexample 10)
    std::string address{};    ///< shown to clients, never connected to
};

/// Ownership of one partition: the claim that was read back valid, and the appender made for it.
struct owned_partition {
    claim_data claim{};
    std::int64_t next_offset = 0;              ///< where the first record of this claim must land
    std::unique_ptr<log_appender> appender{};  ///< ticket 0 is the first record after the claim
};

/// Receives everything that became valid while reading to the end, in order.
using on_verdict = std::function<domain::result<void>(const verdict&)>;

struct claim_options {
    writer_identity writer{};
    bool first_start =
        true;  ///< false after a failed append: a later claim of another writer ends it (rules 2, 5)
    std::function<std::string()>
        random_id{};                         ///< claim_id, event_id and, on an empty log, log_id (UUID text)
    std::function<std::int64_t()> now_ms{};  ///< append time; the caller keeps it monotone in the partition
    std::chrono::milliseconds attempt_timeout{5'000};
};

/// The record of a claim: the same envelope as every event, null key (settled 5).
[[nodiscard]] new_record encode_claim(const claim_data&, std::int64_t at_ms, std::string_view event_id);

/// Headers for other programs: content-type and CloudEvents binary mode (architecture §2).
[[nodiscard]] std::vector<std::pair<std::string, std::string>> record_headers(std::string_view event_id,
                                                                              std::string_view event_type);

/// Blocks its thread until owned, overtaken or stopped. `fold` and `sink` advance over everything read, also
/// on errors. `outcomes` becomes that of the appender of the successful attempt (its tickets count from the
/// first record after the claim). Errors: writer_moved (another writer's valid claim follows one of ours,
/// made in this call or before it if !first_start; the problem names its address), log_unsafe (the log was
/// born with another partition count), what the sink or the fold say, log_unavailable once `stop` is
/// requested. An unreachable log is waited for, not an error.
[[nodiscard]] domain::result<owned_partition> claim_partition(event_log&, std::int32_t partition,
                                                              log_fold& fold, const on_verdict& sink,
                                                              const on_outcomes& outcomes,
                                                              const claim_options&, std::stop_token stop);

}  // namespace daybook::eventlog
