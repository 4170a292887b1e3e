// The only rule that readers share (architecture §2.1): which records are valid, and when a commit takes
// effect. A pure fold over the records of one partition; every reader of the log goes through it.
#pragma once

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "domain/log_proof.hpp"
#include "eventlog/event_log.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace daybook::eventlog {

/// The data of log.claimed (settled 5).
struct claim_data {
    domain::uuid log_id{};
    std::int64_t epoch = 0;
    std::string claim_id{};
    std::string writer_id{};
    std::string address{};
    std::int32_t partitions = 0;
};

/// A valid record; consumers decode their event from its value.
struct parsed_record {
    record raw{};
    domain::log_proof proof{};
};

/// All parts of one command, in order; they take effect together. `next_offset` is behind the last part.
struct commit {
    std::vector<parsed_record> parts{};
    std::int64_t next_offset = 0;
};

enum class void_reason : std::uint8_t {
    unparsable,
    no_proof,
    stale_claim,
    wrong_epoch,
    foreign_log,
    wrong_seq,
    before_first_claim,
    torn_commit,
};
[[nodiscard]] std::string_view to_text(void_reason) noexcept;

/// The record has no effect, now or ever.
struct was_void {
    void_reason reason = void_reason::unparsable;
};
/// A valid claim. `voided`: the offsets of the parts of a commit that it cut off; their reason is
/// torn_commit.
struct was_claim {
    claim_data claim{};
    std::vector<std::int64_t> voided{};
};
/// A part of a commit of which more parts are to come.
struct was_pending {};
using verdict = std::variant<commit, was_pending, was_claim, was_void>;

/// Where a fold can be taken up again: everything that a store keeps beside its data (architecture §4). It is
/// the state before the first part of a commit that is still open, so a restart reads those parts again
/// (counterexample 12).
struct fold_checkpoint {
    std::optional<domain::uuid> log_id{};
    std::int64_t next_offset = 0;
    std::int64_t epoch = 0;
    std::string claim{};
    std::string writer{};
    std::int64_t seq = 0;
    std::int64_t last_offset = -1;  ///< of the last record applied or passed, for the check at start
    std::uint32_t last_crc = 0;     ///< CRC-32C of that record's value
    std::string address{};          ///< of the current claim, for `writer_moved`
    std::int32_t partitions = 0;    ///< as the current claim says; 0 before the first claim

    bool operator==(const fold_checkpoint&) const = default;
    /// Everything that a claim says; offsets stay, `seq` begins anew.
    void take(const claim_data&);
    /// One line of JSON. decode(encode(c)) == c. Errors: view_stopped (the store's own copy is damaged).
    [[nodiscard]] std::string encode() const;
    [[nodiscard]] static domain::result<fold_checkpoint> decode(std::string_view);
};

/// Threads: one. Complexity: constant per record besides parsing.
/// A record is unparsable if its value is no JSON object (or nests deeper than any of ours), and has no proof
/// unless `log` holds epoch, claim and seq. Once these three fit it is valid, and a part or time that cannot
/// be is log_damaged.
class log_fold {
 public:
    log_fold(std::int32_t partition, fold_checkpoint from);
    /// Precondition: record.offset is read_offset(); anything else is log_truncated (a gap).
    /// Errors, all of which stop the reader: log_truncated, log_damaged (an impossible part order in a valid
    /// record), log_foreign (first claim of another log_id than the checkpoint's).
    [[nodiscard]] domain::result<verdict> feed(record);
    [[nodiscard]] std::int32_t partition() const noexcept { return partition_; }
    /// Behind the last record read; "caught up" compares this one (counterexample 13).
    [[nodiscard]] std::int64_t read_offset() const noexcept { return read_offset_; }
    /// As of the last commit, claim or void outside an open commit.
    [[nodiscard]] const fold_checkpoint& checkpoint() const noexcept { return checkpoint_; }
    [[nodiscard]] const claim_data* current_claim() const noexcept { return claim_ ? &*claim_ : nullptr; }

 private:
    [[nodiscard]] domain::result<verdict> judge(record&, const boost::json::object&);
    [[nodiscard]] std::optional<void_reason> why_void(std::int64_t epoch, std::string_view claim,
                                                      std::int64_t seq) const;
    [[nodiscard]] domain::result<verdict> take_claim(const record&, const boost::json::object&);
    [[nodiscard]] domain::result<verdict> take_part(record&, domain::log_proof);
    [[nodiscard]] verdict pass_void(const record&, void_reason);
    void pass(std::int64_t offset, std::uint32_t crc);

    std::int32_t partition_;
    fold_checkpoint checkpoint_;
    std::int64_t read_offset_;
    std::int64_t seq_;  ///< of the last valid record, parts of an open commit included
    std::optional<claim_data> claim_{};
    std::vector<parsed_record> open_{};  ///< parts of an unfinished commit
};

}  // namespace daybook::eventlog
