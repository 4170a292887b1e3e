#include "projector/progress.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace daybook::projector {
namespace {

using domain::errc;
using domain::make_problem;
using std::chrono::milliseconds;

/// How long a look at the log's end counts as now: three of the runner's intervals.
constexpr auto look_lasts = milliseconds(750);
constexpr auto rate_window = milliseconds(2'000);

}  // namespace

/// One coroutine that waits. `ready` and the timer belong to its executor, which is one thread.
struct progress::waiter {
    domain::position wanted;
    boost::asio::any_io_executor on;
    boost::asio::steady_timer timer;
    bool ready = false;
    waiter(domain::position p, const boost::asio::any_io_executor& executor)
        : wanted(p), on(executor), timer(executor) {}
};

progress::progress(std::int32_t partitions, clock now)
    : now_(std::move(now)), slots_(static_cast<std::size_t>(partitions)) {}

void progress::advanced(std::int32_t partition, std::optional<domain::uuid> log_id, std::int64_t visible,
                        std::int64_t settled, std::int64_t events, std::int64_t voids,
                        std::int64_t record_ms) {
    std::vector<std::shared_ptr<waiter>> woken;
    {
        const std::scoped_lock lock(mutex_);
        auto& s = slots_.at(static_cast<std::size_t>(partition));
        s.shown.log_id = log_id;
        s.shown.visible = visible;
        s.shown.settled = settled;
        s.shown.head = std::max(s.shown.head, visible);
        s.shown.voids = voids;
        const auto now = now_();
        if (now - s.rate_since >= rate_window || events < s.rate_events) {
            const auto seconds = std::chrono::duration<double>(now - s.rate_since).count();
            s.shown.events_per_second =
                seconds > 0 ? static_cast<double>(events - s.rate_events) / seconds : 0;
            s.rate_since = now;
            s.rate_events = events;
        }
        s.shown.events = events;
        if (record_ms > 0) {
            s.complete_as_of = std::max(s.complete_as_of, domain::instant(milliseconds(record_ms)));
        }
        const auto ready = [&](const auto& w) {
            const auto done = reached_locked(w->wanted);
            return !done || *done;
        };
        const auto rest =
            std::stable_partition(waiters_.begin(), waiters_.end(), [&](const auto& w) { return !ready(w); });
        woken.assign(rest, waiters_.end());
        waiters_.erase(rest, waiters_.end());
    }
    changed_.notify_all();
    for (auto& w : woken) {
        boost::asio::post(w->on, [w] {
            w->ready = true;
            w->timer.cancel();
        });
    }
}

void progress::heads(const std::vector<std::int64_t>& ends, domain::instant asked_at) {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < slots_.size() && i < ends.size(); ++i) {
        auto& s = slots_[i];
        s.shown.head = std::max(ends[i], s.shown.visible);
        s.caught_up = s.shown.visible >= ends[i];
        if (s.caught_up) s.complete_as_of = std::max(s.complete_as_of, asked_at);
    }
    changed_.notify_all();
}

void progress::give_up() {
    std::vector<std::shared_ptr<waiter>> woken;
    {
        const std::scoped_lock lock(mutex_);
        given_up_ = true;
        woken.swap(waiters_);
    }
    changed_.notify_all();
    for (auto& w : woken) {
        boost::asio::post(w->on, [w] {
            w->ready = true;
            w->timer.cancel();
        });
    }
}

std::int64_t progress::lag_ms_locked(const slot& s) const {
    const auto now = now_();
    const auto lag = now - s.complete_as_of;
    if (s.caught_up && lag < look_lasts) return 0;
    return std::max<std::int64_t>(lag.count(), 0);
}

std::vector<partition_progress> progress::all() const {
    const std::scoped_lock lock(mutex_);
    std::vector<partition_progress> out;
    for (const auto& s : slots_) {
        out.push_back(s.shown);
        out.back().lag_ms = lag_ms_locked(s);
        if (now_() - s.rate_since > 2 * rate_window) out.back().events_per_second = 0;
    }
    return out;
}

partition_progress progress::of(std::int32_t partition) const {
    return all().at(static_cast<std::size_t>(partition));
}

std::optional<domain::position> progress::position_of(std::int32_t partition) const {
    const std::scoped_lock lock(mutex_);
    const auto& s = slots_.at(static_cast<std::size_t>(partition));
    if (!s.shown.log_id || s.shown.settled == 0) return std::nullopt;
    return domain::position{*s.shown.log_id, partition, s.shown.settled - 1};
}

bool progress::caught_up() const {
    const std::scoped_lock lock(mutex_);
    return std::ranges::all_of(slots_,
                               [](const auto& s) { return s.caught_up && s.shown.visible >= s.shown.head; });
}

std::int64_t progress::lag_ms(std::int32_t partition) const {
    const std::scoped_lock lock(mutex_);
    return lag_ms_locked(slots_.at(static_cast<std::size_t>(partition)));
}

domain::result<bool> progress::reached_locked(const domain::position& wanted) const {
    if (wanted.partition < 0 || static_cast<std::size_t>(wanted.partition) >= slots_.size()) {
        return make_problem(errc::position_foreign,
                            fmt::format("the log has no partition {}", wanted.partition));
    }
    const auto& shown = slots_[static_cast<std::size_t>(wanted.partition)].shown;
    if (!shown.log_id) return false;
    if (*shown.log_id != wanted.log_id) {
        return make_problem(errc::position_foreign,
                            "the position is of another log than " + shown.log_id->text());
    }
    return shown.visible > wanted.offset;
}

domain::problem progress::not_reached(const domain::position& wanted) const {
    const auto at = position_of(wanted.partition);
    return make_problem(
        errc::position_not_reached,
        fmt::format("the view is at {}, not yet at {}", at ? at->text() : "the start", wanted.text()));
}

domain::result<bool> progress::reached(const domain::position& wanted) const {
    const std::scoped_lock lock(mutex_);
    return reached_locked(wanted);
}

boost::asio::awaitable<domain::result<void>> progress::wait_for(domain::position wanted,
                                                                eventlog::deadline until) {
    auto done = reached(wanted);
    if (!done) co_return done.error();
    if (*done) co_return domain::result<void>();
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto mine = std::make_shared<waiter>(wanted, executor);
    mine->timer.expires_at(until);
    {
        const std::scoped_lock lock(mutex_);
        auto now = reached_locked(wanted);
        if (!now) co_return now.error();
        if (*now) co_return domain::result<void>();
        if (!given_up_)
            waiters_.push_back(mine);
        else
            mine->ready = true;
    }
    if (!mine->ready) {
        try {
            co_await mine->timer.async_wait(boost::asio::use_awaitable);
        } catch (const boost::system::system_error&) {  // cancelled: it is ready, or the peer went away
        }
    }
    {
        const std::scoped_lock lock(mutex_);
        std::erase(waiters_, mine);
    }
    done = reached(wanted);
    if (!done) co_return done.error();
    if (*done) co_return domain::result<void>();
    co_return not_reached(wanted);
}

domain::result<void> progress::block_for(const domain::position& wanted, eventlog::deadline until) {
    std::unique_lock lock(mutex_);
    for (;;) {
        auto done = reached_locked(wanted);
        if (!done) return done.error();
        if (*done) return {};
        if (given_up_ || changed_.wait_until(lock, until) == std::cv_status::timeout) break;
    }
    lock.unlock();
    return not_reached(wanted);
}

bool progress::block_for_offsets(const std::vector<std::int64_t>& ends, eventlog::deadline until) const {
    std::unique_lock lock(mutex_);
    const auto done = [&] {
        for (std::size_t i = 0; i < ends.size(); ++i) {
            if (slots_.at(i).shown.visible < ends[i]) return given_up_;
        }
        return true;
    };
    if (!changed_.wait_until(lock, until, done)) return false;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        if (slots_.at(i).shown.visible < ends[i]) return false;
    }
    return true;
}

}  // namespace daybook::projector
