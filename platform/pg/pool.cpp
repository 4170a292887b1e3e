#include "platform/pg/pool.hpp"

#include <utility>

namespace daybook::platform::pg {

using domain::errc;
using domain::make_problem;
using domain::result;
using clock = std::chrono::steady_clock;

pool::pool(pool_options options) : options_(std::move(options)) {}

pool::lease::~lease() {
    if (session_) owner_->give_back(std::move(session_));
}

result<pool::lease> pool::take() {
    std::unique_lock lock(mutex_);
    const auto until = clock::now() + options_.wait_deadline;
    const auto can_go_on = [&] { return !idle_.empty() || open_ < options_.sessions_max; };
    if (!freed_.wait_until(lock, until, can_go_on))
        return make_problem(errc::view_unavailable, "all PostgreSQL sessions are busy");
    if (!idle_.empty()) {
        auto session = std::move(idle_.back());
        idle_.pop_back();
        return lease(this, std::move(session));
    }
    if (clock::now() < refuse_until_) return refusal_;
    ++open_;
    lock.unlock();
    auto opened = connection::open(options_.connection);
    if (opened) return lease(this, std::move(*opened));
    lock.lock();
    --open_;
    refuse_until_ = clock::now() + options_.retry_after;
    refusal_ = opened.error();
    freed_.notify_one();
    return opened.error();
}

void pool::give_back(std::unique_ptr<connection> session) {
    const std::scoped_lock lock(mutex_);
    if (session->usable() && !session->in_transaction()) {
        idle_.push_back(std::move(session));
    } else {
        --open_;
        // One lost session means that the server went away or restarted: the idle ones are stale as well.
        if (!session->usable()) {
            open_ -= idle_.size();
            idle_.clear();
        }
    }
    freed_.notify_one();
}

}  // namespace daybook::platform::pg
