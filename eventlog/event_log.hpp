// The log as everybody sees it: partitions of records in order. Three implementations pass one contract
// suite: memory_log (tests, faults), rocks_log (embedded), kafka_log. What a record means is validity.hpp's
// business.
#pragma once

#include "domain/errc.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook::eventlog {

/// Of a log that is made without saying how many; fixed for its life.
inline constexpr std::int32_t partitions_default = 8;

using deadline = std::chrono::steady_clock::time_point;

struct record {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::int64_t timestamp_ms = 0;
    std::optional<std::string> key{};
    std::string value{};
    std::vector<std::pair<std::string, std::string>> headers{};
};

/// What is handed to an appender; the log gives the offset.
struct new_record {
    std::int64_t timestamp_ms = 0;
    std::optional<std::string> key{};
    std::string value{};
    std::vector<std::pair<std::string, std::string>> headers{};
};

struct read_start {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
};

/// Reads one or more partitions from given offsets, read_uncommitted. Threads: one at a time; wake() from
/// any.
class log_reader {
 public:
    virtual ~log_reader() = default;
    /// Appends up to `records_max` records to `out`, waiting until there is one or the deadline has passed
    /// (then none are added: not an error). Within a partition in offset order without gaps; a gap is
    /// log_truncated. Errors: log_truncated, log_unavailable (retry), log_damaged. On an error `out` holds
    /// what was read before.
    [[nodiscard]] virtual domain::result<void> read(std::vector<record>& out, std::size_t records_max,
                                                    deadline) = 0;
    /// Makes a waiting or the next read() return at once.
    virtual void wake() = 0;
};

/// What became of one record. Tickets count the records of an appender from 0.
struct append_outcome {
    std::int64_t ticket = 0;
    std::optional<std::int64_t> offset{};  ///< none: unknown, it may be in the log, now or later
    std::string reason{};                  ///< why it is unknown
};

/// Appends to one partition; one appender per claim (architecture §2.1 rule 2). Outcomes are reported in
/// ticket order, batched, from a thread of the log; every record is reported at most once. After the first
/// unknown outcome all later ones are unknown or never reported: the owner gives up and destroys the
/// appender.
class log_appender {
 public:
    virtual ~log_appender() =
        default;  ///< purges what has not been sent; no report comes after it returned. Recalls nothing.
    /// Takes the records out of `run` and appends them in this order, as one by one would; together they wake
    /// the log's thread once. Never blocks on the log. Threads: one. The ticket of a record is the number of
    /// records before it.
    virtual void append(std::span<new_record> run) = 0;
    void append(new_record one) { append(std::span(&one, 1)); }
};
using on_outcomes = std::function<void(std::span<const append_outcome>)>;

class event_log {
 public:
    virtual ~event_log() = default;
    [[nodiscard]] virtual std::int32_t partitions() const = 0;
    /// Safe ground (architecture §2): configuration, partition count, earliest offset 0. Errors: log_unsafe
    /// naming the setting and the fix, log_truncated, log_unavailable. Called at start and every few
    /// minutes.
    [[nodiscard]] virtual domain::result<void> check_ground(deadline) = 0;
    [[nodiscard]] virtual std::unique_ptr<log_reader> open_reader(std::vector<read_start>) = 0;
    [[nodiscard]] virtual std::unique_ptr<log_appender> open_appender(std::int32_t partition,
                                                                      on_outcomes) = 0;
    /// The next offset of every partition, asked of the leader after the call began. One call serves all
    /// (settled 17).
    [[nodiscard]] virtual domain::result<std::vector<std::int64_t>> end_offsets(deadline) = 0;
    /// False while new writes would wait: all brokers down, disk almost full. `why` is for the 503. Never
    /// blocks.
    [[nodiscard]] virtual domain::result<void> writable() const = 0;
    /// `kafka task-events at host:port`, `embedded DIR`, `memory`.
    [[nodiscard]] virtual std::string describe() const = 0;
};

/// Kafka's default partitioner: positive murmur2(key) mod partitions.
[[nodiscard]] std::int32_t partition_of(std::string_view key, std::int32_t partitions);

/// CRC-32C of a record's value, by which stores recognise the last record they applied.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

}  // namespace daybook::eventlog
