// The live feed's hub (Y2): what a view's runner has applied goes to the sessions of its book. An event is
// written once (delta.hpp); each session has a bounded queue of its own, and one that cannot keep up is
// ended, never waited for.
#pragma once

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "domain/limits.hpp"
#include "platform/obs/metrics.hpp"
#include "projector/delta.hpp"
#include "projector/follower.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace daybook::projector {

/// The defaults are the product's limits; tests lower them.
struct feed_options {
    std::size_t queue_deltas_max = domain::limits::feed_queue_deltas_max;
    std::size_t queue_bytes_max = domain::limits::feed_queue_bytes_max;
    std::size_t sessions_max = domain::limits::feed_sessions_max;
    std::chrono::milliseconds heartbeat = domain::limits::feed_heartbeat;
};

class feed_hub;

/// A session's place in the hub. Threads: all calls, the destructor included, on the thread of its executor.
/// Lifetime: may outlive the feed.
class feed_seat {
 public:
    feed_seat(std::shared_ptr<feed_hub>, boost::asio::any_io_executor, domain::user_id);
    ~feed_seat();
    feed_seat(const feed_seat&) = delete;
    feed_seat& operator=(const feed_seat&) = delete;

    /// From now on every delta of the book that is published goes to the queue.
    void join();
    /// The queue, in the order of the log; empties it.
    [[nodiscard]] std::vector<delta_ptr> take();
    /// The queue was full: it has been dropped, and nothing comes any more.
    [[nodiscard]] bool is_slow() const noexcept;
    /// Returns when there is something to take, when it is slow, at the deadline, or when it is cancelled.
    [[nodiscard]] boost::asio::awaitable<void> wait(std::chrono::steady_clock::time_point until);

    /// Makes a wait that is under way return.
    void wake();

    struct place;  ///< what the hub knows of it

 private:
    std::unique_ptr<place> place_;
};

class feed {
 public:
    /// figures may be null: no metrics.
    explicit feed(feed_options = {}, platform::obs::metrics* figures = nullptr);
    ~feed();
    feed(const feed&) = delete;
    feed& operator=(const feed&) = delete;

    /// Batches that a view holds and shows. Never blocks on a session. Threads: one (the runner's).
    void publish(std::span<const applied_batch>);
    /// Errors: overloaded.
    [[nodiscard]] domain::result<std::unique_ptr<feed_seat>> take_seat(boost::asio::any_io_executor,
                                                                       domain::user_id);
    [[nodiscard]] const feed_options& options() const noexcept;
    /// A session was ended by the server; `reason` is one of few. Slow ones are counted here when their queue
    /// is full.
    void count_closed(const std::string& reason);

 private:
    [[nodiscard]] platform::obs::counter counter_of(const std::string& reason) const;

    std::shared_ptr<feed_hub> hub_;
    platform::obs::metrics* figures_;
    std::vector<std::shared_ptr<void>> shown_;
};

}  // namespace daybook::projector
