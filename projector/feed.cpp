// Sessions live on the threads of the server. The hub hands what concerns a thread over to it in one message
// (a shard); queues belong to that thread, so nothing in them is locked.
#include "projector/feed.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace daybook::projector {
namespace {

namespace asio = boost::asio;

struct addressed {
    std::string user;
    delta_ptr what;
};

/// The sessions of one thread.
struct feed_shard {
    explicit feed_shard(asio::any_io_executor executor) : on(std::move(executor)) {}

    asio::any_io_executor on;
    std::unordered_map<std::string, std::vector<feed_seat::place*>> books{};
    std::size_t seats = 0;  ///< under the hub's lock

    void deliver(const std::vector<addressed>&);
};
using shard_ptr = std::shared_ptr<feed_shard>;

}  // namespace

class feed_hub {
 public:
    explicit feed_hub(feed_options options) : options_(options) {}

    bool enter() {
        if (sessions_.fetch_add(1) < options_.sessions_max) return true;
        leave();
        return false;
    }
    void leave() { sessions_.fetch_sub(1); }

    shard_ptr join(const asio::any_io_executor& on, const std::string& user) {
        const std::scoped_lock lock(mutex_);
        auto& shard = shards_[&asio::query(on, asio::execution::context)];
        if (!shard) shard = std::make_shared<feed_shard>(on);
        ++shard->seats;
        auto& told = books_[user];
        const auto known = std::ranges::find(told, shard, &listener::shard);
        if (known == told.end())
            told.push_back({shard, 1});
        else
            ++known->seats;
        return shard;
    }

    /// A shard without seats is forgotten: nothing is posted to its thread any more, which may end.
    void part(const shard_ptr& from, const std::string& user) {
        const std::scoped_lock lock(mutex_);
        const auto book = books_.find(user);
        const auto known = std::ranges::find(book->second, from, &listener::shard);
        if (--known->seats == 0) book->second.erase(known);
        if (book->second.empty()) books_.erase(book);
        if (--from->seats == 0) shards_.erase(&asio::query(from->on, asio::execution::context));
    }

    void publish(std::span<const applied_batch> batches) {
        const std::scoped_lock lock(mutex_);
        if (books_.empty()) return;
        std::unordered_map<shard_ptr, std::vector<addressed>> out;
        for (const auto& batch : batches) {
            for (const auto& each : batch.events) {
                const auto book = books_.find(each.event.user.text());
                if (book == books_.end()) continue;
                const domain::position at{batch.log_id, batch.partition, each.offset};
                const auto what = make_delta(each.event, at);
                for (const auto& told : book->second) out[told.shard].push_back({book->first, what});
            }
        }
        for (auto& [shard, items] : out) {
            auto hand_over = [to = shard, what = std::move(items)] { to->deliver(what); };
            asio::post(shard->on, std::move(hand_over));
        }
    }

    const feed_options& options() const noexcept { return options_; }
    std::size_t sessions() const noexcept { return sessions_.load(); }
    std::atomic<std::int64_t> queued{0};  ///< deltas in all queues
    platform::obs::counter slow{};        ///< sessions whose queue was full

 private:
    struct listener {
        shard_ptr shard;
        std::size_t seats = 0;
    };

    feed_options options_;
    std::atomic<std::size_t> sessions_{0};
    std::mutex mutex_;
    std::unordered_map<asio::execution_context*, shard_ptr> shards_;
    std::unordered_map<std::string, std::vector<listener>> books_;
};

struct feed_seat::place {
    place(std::shared_ptr<feed_hub> h, const asio::any_io_executor& executor, domain::user_id book)
        : hub(std::move(h)), on(executor), user(std::move(book)), woken(executor) {}

    void put(const delta_ptr& one) {
        if (slow) return;
        const auto& most = hub->options();
        const bool full = queue.size() >= most.queue_deltas_max ||
                          (!queue.empty() && queued_bytes + one->bytes() > most.queue_bytes_max);
        if (full) {
            slow = true;
            hub->slow.add();
            drop();
        } else {
            queue.push_back(one);
            queued_bytes += one->bytes();
            ++hub->queued;
        }
        if (waiting) woken.cancel();
    }

    std::vector<delta_ptr> drop() {
        hub->queued -= static_cast<std::int64_t>(queue.size());
        queued_bytes = 0;
        return std::exchange(queue, {});
    }

    std::shared_ptr<feed_hub> hub;
    asio::any_io_executor on;
    domain::user_id user;
    shard_ptr shard{};  ///< none before join()
    std::vector<delta_ptr> queue{};
    std::size_t queued_bytes = 0;
    bool slow = false;
    bool waiting = false;
    asio::steady_timer woken;
};

void feed_shard::deliver(const std::vector<addressed>& items) {
    for (const auto& [user, what] : items) {
        const auto book = books.find(user);
        if (book == books.end()) continue;
        for (auto* place : book->second) place->put(what);
    }
}

feed_seat::feed_seat(std::shared_ptr<feed_hub> hub, asio::any_io_executor on, domain::user_id user)
    : place_(std::make_unique<place>(std::move(hub), on, std::move(user))) {}

feed_seat::~feed_seat() {
    place_->drop();
    if (place_->shard) {
        const auto& user = place_->user.text();
        const auto book = place_->shard->books.find(user);
        std::erase(book->second, place_.get());
        if (book->second.empty()) place_->shard->books.erase(book);
        place_->hub->part(place_->shard, user);
    }
    place_->hub->leave();
}

void feed_seat::join() {
    if (place_->shard) return;
    place_->shard = place_->hub->join(place_->on, place_->user.text());
    place_->shard->books[place_->user.text()].push_back(place_.get());
}

std::vector<delta_ptr> feed_seat::take() { return place_->drop(); }

bool feed_seat::is_slow() const noexcept { return place_->slow; }

asio::awaitable<void> feed_seat::wait(std::chrono::steady_clock::time_point until) {
    if (!place_->queue.empty() || place_->slow) co_return;
    place_->woken.expires_at(until);
    place_->waiting = true;
    boost::system::error_code ignored;
    co_await place_->woken.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    place_->waiting = false;
}

void feed_seat::wake() {
    if (place_->waiting) place_->woken.cancel();
}

feed::feed(feed_options options, platform::obs::metrics* figures)
    : hub_(std::make_shared<feed_hub>(options)), figures_(figures) {
    if (figures == nullptr) return;
    hub_->slow = counter_of("slow");
    shown_.push_back(figures->sample_gauge("feed_sessions_open", "Sessions of the live feed", {},
                                           [hub = hub_] { return static_cast<double>(hub->sessions()); }));
    shown_.push_back(figures->sample_gauge("feed_queued_deltas", "Deltas that wait in the queues of sessions",
                                           {}, [hub = hub_] { return static_cast<double>(hub->queued); }));
}

feed::~feed() = default;

void feed::publish(std::span<const applied_batch> batches) { hub_->publish(batches); }

domain::result<std::unique_ptr<feed_seat>> feed::take_seat(asio::any_io_executor on, domain::user_id user) {
    if (!hub_->enter()) {
        return domain::make_problem(domain::errc::overloaded, "the live feed has as many sessions as it may");
    }
    return std::make_unique<feed_seat>(hub_, std::move(on), std::move(user));
}

const feed_options& feed::options() const noexcept { return hub_->options(); }

platform::obs::counter feed::counter_of(const std::string& reason) const {
    if (figures_ == nullptr) return {};
    return figures_->make_counter("feed_sessions_closed_total", "Sessions that the server ended",
                                  {{"reason", reason}});
}

void feed::count_closed(const std::string& reason) { counter_of(reason).add(); }

}  // namespace daybook::projector
