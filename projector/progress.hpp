// How far a view has come, partition by partition: written by its runner, read and waited for by everybody.
#pragma once

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "eventlog/event_log.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace daybook::projector {

struct partition_progress {
    std::optional<domain::uuid> log_id{};
    std::int64_t visible = 0;      ///< every commit that is complete before this offset is in the view
    std::int64_t settled = 0;      ///< the same, and no part of an open commit is before it
    std::int64_t head = 0;         ///< the log's end when it was last asked
    std::int64_t events = 0;       ///< applied since the start
    std::int64_t voids = 0;        ///< void records passed since the start
    double events_per_second = 0;  ///< over the last seconds
    std::int64_t lag_ms = 0;       ///< filled when asked for

    [[nodiscard]] std::int64_t lag_events() const noexcept { return head > visible ? head - visible : 0; }
};

/// Threads: any. Waiting never blocks an I/O thread.
class progress {
 public:
    using clock = std::function<domain::instant()>;
    progress(std::int32_t partitions, clock now);

    // The runner's side.
    /// `record_ms`: append time of the last record read, 0 if none.
    void advanced(std::int32_t partition, std::optional<domain::uuid> log_id, std::int64_t visible,
                  std::int64_t settled, std::int64_t events, std::int64_t voids, std::int64_t record_ms);
    /// The log's ends, asked for at `asked_at` and later.
    void heads(const std::vector<std::int64_t>& ends, domain::instant asked_at);
    /// Wakes all waiters with failure: the view stopped or the program ends.
    void give_up();

    // The readers' side.
    [[nodiscard]] std::vector<partition_progress> all() const;
    [[nodiscard]] partition_progress of(std::int32_t partition) const;
    /// The last position that is surely visible and behind which no part of an open commit is lost, so that
    /// one may go on from it (Y2); none while the partition is empty.
    [[nodiscard]] std::optional<domain::position> position_of(std::int32_t partition) const;
    /// Everything that the log held when its end was last asked is visible.
    [[nodiscard]] bool caught_up() const;
    /// Milliseconds for which the view may lack what the log has; 0 when it was caught up at the last look, a
    /// moment ago.
    [[nodiscard]] std::int64_t lag_ms(std::int32_t partition) const;
    /// The position, inclusive, is visible (settled 24). Errors: position_foreign (another log).
    [[nodiscard]] domain::result<bool> reached(const domain::position&) const;
    /// Waits until reached. Errors: position_foreign, position_not_reached at the deadline or when the view
    /// gave up.
    [[nodiscard]] boost::asio::awaitable<domain::result<void>> wait_for(domain::position, eventlog::deadline);
    /// The same for a thread that may block.
    [[nodiscard]] domain::result<void> block_for(const domain::position&, eventlog::deadline);
    /// Blocks until everything below these offsets is visible, or the deadline. For tests.
    [[nodiscard]] bool block_for_offsets(const std::vector<std::int64_t>& ends, eventlog::deadline) const;

 private:
    struct waiter;
    struct slot {
        partition_progress shown{};
        domain::instant complete_as_of{};  ///< everything appended before is visible
        bool caught_up = false;
        domain::instant rate_since{};
        std::int64_t rate_events = 0;
    };
    [[nodiscard]] domain::result<bool> reached_locked(const domain::position&) const;
    [[nodiscard]] std::int64_t lag_ms_locked(const slot&) const;
    [[nodiscard]] domain::problem not_reached(const domain::position&) const;

    clock now_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::vector<slot> slots_;
    std::vector<std::shared_ptr<waiter>> waiters_;
    bool given_up_ = false;
};

}  // namespace daybook::projector
