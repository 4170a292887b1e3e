// Drives one version of a view along the log: reads, folds, applies whole commits, batch after batch.
#pragma once

#include "domain/errc.hpp"
#include "eventlog/event_log.hpp"
#include "projector/event_stream.hpp"
#include "projector/view.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace daybook::projector {

/// A batch ends at the first commit that reaches a bound, or when the reader has nothing more.
struct follower_options {
    std::size_t batch_events_max = 2'000;
    std::size_t batch_bytes_max = std::size_t{8} * 1024 * 1024;
    std::size_t read_records_max = 1'024;
    bool keep_applied = false;  ///< for take_applied()
};

/// Events that a view holds now.
struct applied_batch {
    std::int32_t partition = 0;
    domain::uuid log_id{};
    std::vector<applied_event> events{};
};

/// True for what goes by itself: the log or the store does not answer, the disk is full.
[[nodiscard]] bool is_passing(const domain::problem&) noexcept;

/// Threads: one; wake() from any. Lifetime: within that of the log.
class follower {
 public:
    /// Where the view stands is where it begins. Errors: those of position() and of check_last_applied:
    /// log_foreign, log_truncated, log_unavailable, view_unavailable.
    [[nodiscard]] static domain::result<std::unique_ptr<follower>> open(eventlog::event_log&,
                                                                        std::shared_ptr<view>,
                                                                        follower_options, eventlog::deadline);
    /// Applies what there is, waiting for records until the deadline. Exactly-once, also after an apply whose
    /// outcome is unknown: the position row decides. Errors: passing ones (call again), and those that end
    /// it: the same from then on.
    [[nodiscard]] domain::result<void> step(eventlog::deadline);
    /// What was applied since the last call, in order; nothing unless it is kept.
    [[nodiscard]] std::vector<applied_batch> take_applied() { return std::exchange(applied_, {}); }
    /// Makes a waiting step return.
    void wake();

    struct standing {
        std::optional<domain::uuid> log_id{};
        std::int64_t visible = 0;  ///< all complete commits before it are in the view
        std::int64_t settled = 0;  ///< the same, and no part of an open commit is before it
        std::int64_t events = 0;   ///< applied by this follower
        std::int64_t voids = 0;
        std::int64_t record_ms = 0;  ///< append time of the last record read
    };
    [[nodiscard]] standing at(std::int32_t partition) const;
    [[nodiscard]] std::int32_t partitions() const noexcept {
        return static_cast<std::int32_t>(slots_.size());
    }
    [[nodiscard]] const std::shared_ptr<view>& of() const noexcept { return view_; }
    /// Where it ended, for the status. Partition -1: no particular place.
    [[nodiscard]] std::int32_t failed_partition() const noexcept { return failed_partition_; }
    [[nodiscard]] std::int64_t failed_offset() const noexcept { return failed_offset_; }

 private:
    struct slot {
        event_stream stream;
        view_batch batch{};  ///< `before` is what the view holds
        std::size_t batch_bytes = 0;
        bool in_doubt = false;  ///< an apply failed: its outcome is not known
        standing shown{};
        std::int64_t record_ms = 0;
    };
    follower(std::shared_ptr<view> of, follower_options options) : view_(std::move(of)), options_(options) {}
    [[nodiscard]] domain::result<void> flush(slot&);
    [[nodiscard]] domain::result<void> settle(slot&);
    void was_applied(slot&);
    [[nodiscard]] domain::result<void> fail(const domain::problem&, std::int32_t partition,
                                            std::int64_t offset);

    std::shared_ptr<view> view_;
    follower_options options_;
    std::vector<slot> slots_;
    std::vector<applied_batch> applied_;
    std::unique_ptr<eventlog::log_reader> reader_;
    std::vector<eventlog::record> records_;
    std::size_t next_record_ = 0;
    std::optional<domain::problem>
        unreadable_;  ///< a stream refused a record; ends the follower after the last flush
    std::optional<domain::problem> failed_;
    std::int32_t failed_partition_ = -1;
    std::int64_t failed_offset_ = -1;
};

}  // namespace daybook::projector
