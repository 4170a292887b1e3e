#include "projector/runner.hpp"

#include "platform/obs/log.hpp"
#include "platform/runtime/machine.hpp"
#include "platform/runtime/worker_thread.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace daybook::projector {
namespace {

using domain::errc;
using platform::runtime::system_now;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto look_deadline = milliseconds(1'000);
constexpr auto open_deadline = milliseconds(5'000);

}  // namespace

std::string_view to_text(view_state s) noexcept {
    switch (s) {
        case view_state::opening: return "opening";
        case view_state::rebuilding: return "rebuilding";
        case view_state::live: return "live";
        case view_state::stopped: return "stopped";
    }
    return "stopped";
}

view_runner::view_runner(eventlog::event_log& log, view_store& store, runner_options options)
    : log_(log),
      store_(store),
      options_(std::move(options)),
      progress_(log.partitions(), options_.now ? options_.now : system_now) {
    if (!options_.now) options_.now = system_now;
    options_.following.keep_applied = static_cast<bool>(options_.applied);
}

view_runner::~view_runner() { stop(); }

void view_runner::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void view_runner::stop() {
    thread_.request_stop();
    {
        const std::scoped_lock lock(mutex_);
        if (follower_) follower_->wake();
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    progress_.give_up();
}

std::shared_ptr<view> view_runner::serving() const {
    const std::scoped_lock lock(mutex_);
    return serving_;
}

runner_status view_runner::status() const {
    const std::scoped_lock lock(mutex_);
    auto out = status_;
    out.version = store_.current_version();
    return out;
}

domain::result<void> view_runner::adopt(std::shared_ptr<view> begun, std::stop_token cancelled) {
    const auto mine =
        std::make_shared<adoption>(adoption{std::move(begun), std::move(cancelled), std::nullopt});
    std::unique_lock lock(mutex_);
    if (adoption_) return domain::make_problem(errc::internal, "another version is being taken over");
    adoption_ = mine;
    if (follower_) follower_->wake();
    changed_.notify_all();
    const auto ended = [&] { return mine->outcome.has_value(); };
    if (!changed_.wait(lock, thread_.get_stop_token(), ended)) {
        adoption_.reset();
        return domain::make_problem(errc::not_ready, "the projector is stopping");
    }
    return *mine->outcome;
}

void view_runner::set_follower(std::shared_ptr<follower> next) {
    const std::scoped_lock lock(mutex_);
    follower_ = std::move(next);
}

void view_runner::stopped_by(const domain::problem& why, std::int32_t partition, std::int64_t offset) {
    const auto shown = partition >= 0 && why.detail.find("partition") == std::string::npos
                           ? why.prefixed(place_text(partition, offset))
                           : why;
    {
        const std::scoped_lock lock(mutex_);
        status_.state = view_state::stopped;
        status_.error = shown;
        status_.stopped_partition = partition;
        status_.stopped_offset = offset;
    }
    platform::obs::log_error(
        "the view stopped",
        {{"view", name()}, {"partition", partition}, {"offset", offset}, {"error", shown.detail}});
}

void view_runner::passing(const domain::problem& why, const std::stop_token& stop) {
    bool is_new = false;
    {
        const std::scoped_lock lock(mutex_);
        is_new = !status_.error || status_.error->detail != why.detail;
        status_.error = why;
    }
    if (is_new) platform::obs::log_warn("the view waits", {{"view", name()}, {"error", why.detail}});
    retry_ = std::clamp(retry_ * 2, options_.retry_first, options_.retry_max);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, retry_, [&] { return adoption_ != nullptr; });
}

void view_runner::open(const std::stop_token& stop) {
    auto opened = store_.open_current();
    if (!opened) {
        if (!is_passing(opened.error())) return stopped_by(opened.error(), -1, -1);
        return passing(opened.error(), stop);
    }
    auto made = follower::open(log_, *opened, options_.following, steady_clock::now() + open_deadline);
    if (!made && !is_passing(made.error()))
        return stopped_by(made.error(), -1, -1);  // of another log: not served
    {
        const std::scoped_lock lock(mutex_);
        serving_ = *opened;
    }
    if (!made) return passing(made.error(), stop);
    set_follower(std::move(*made));
    const std::scoped_lock lock(mutex_);
    status_.state = view_state::rebuilding;
    status_.error.reset();
}

/// A rebuilt version applies again what was told of before.
void view_runner::collect(follower& from) {
    told_.resize(static_cast<std::size_t>(from.partitions()), -1);
    for (auto& batch : from.take_applied()) {
        auto& told = told_[static_cast<std::size_t>(batch.partition)];
        std::erase_if(batch.events, [told](const applied_event& e) { return e.offset <= told; });
        if (batch.events.empty()) continue;
        told = batch.events.back().offset;
        applied_.push_back(std::move(batch));
    }
}

void view_runner::publish() {
    collect(*follower_);
    for (std::int32_t p = 0; p < follower_->partitions(); ++p) {
        const auto at = follower_->at(p);
        progress_.advanced(p, at.log_id, at.visible, at.settled, at.events, at.voids, at.record_ms);
    }
    if (applied_.empty()) return;
    options_.applied(applied_);
    applied_.clear();
}

void view_runner::look_at_heads() {
    const auto now = steady_clock::now();
    if (now < next_look_) return;
    const auto asked_at = options_.now();
    auto ends = log_.end_offsets(now + look_deadline);
    next_look_ = steady_clock::now() + options_.idle_wait;
    if (!ends) return;  // the lag grows until the log answers again
    progress_.heads(*ends, asked_at);
    if (was_live_ || !progress_.caught_up()) return;
    was_live_ = true;
    const std::scoped_lock lock(mutex_);
    if (status_.state == view_state::rebuilding) status_.state = view_state::live;
}

void view_runner::follow(const std::stop_token& stop) {
    const auto done = follower_->step(
        std::min(steady_clock::now() + options_.idle_wait, std::max(next_look_, steady_clock::now())));
    publish();
    if (done) {
        if (retry_.count() > 0) {
            retry_ = milliseconds(0);
            const std::scoped_lock lock(mutex_);
            status_.error.reset();
        }
        return look_at_heads();
    }
    look_at_heads();
    if (is_passing(done.error())) return passing(done.error(), stop);
    stopped_by(done.error(), follower_->failed_partition(), follower_->failed_offset());
}

domain::result<void> view_runner::take_over(const adoption& a, const std::stop_token& stop) {
    auto made = follower::open(log_, a.begun, options_.following, steady_clock::now() + open_deadline);
    if (!made) return made.error();
    std::shared_ptr<follower> next = std::move(*made);
    const auto behind = [&] {
        for (std::int32_t p = 0; p < next->partitions(); ++p) {
            if (next->at(p).visible < progress_.of(p).visible) return true;
        }
        return false;
    };
    while (behind()) {
        if (stop.stop_requested() || a.cancelled.stop_requested()) {
            return domain::make_problem(errc::not_ready, "the rebuild was cancelled");
        }
        auto done = next->step(steady_clock::now() + options_.idle_wait);
        if (!done && !is_passing(done.error())) return done.error();
        collect(*next);
    }
    if (auto switched = store_.switch_to_begun(); !switched) return switched.error();
    set_follower(std::move(next));
    {
        const std::scoped_lock lock(mutex_);
        serving_ = a.begun;
        status_ = runner_status{};
        status_.state = view_state::rebuilding;
    }
    was_live_ = false;
    next_look_ = {};
    publish();
    return {};
}

void view_runner::carry_out(adoption& a, const std::stop_token& stop) {
    auto outcome = take_over(a, stop);
    {
        const std::scoped_lock lock(mutex_);
        a.outcome = std::move(outcome);
        a.begun.reset();
        adoption_.reset();
    }
    changed_.notify_all();
}

void view_runner::run(const std::stop_token& stop) {
    platform::runtime::set_thread_name("view-" + std::string(name()));
    while (!stop.stop_requested()) {
        std::shared_ptr<adoption> wanted;
        view_state state{};
        {
            const std::scoped_lock lock(mutex_);
            wanted = adoption_;
            state = status_.state;
        }
        if (wanted) {
            carry_out(*wanted, stop);
        } else if (state == view_state::stopped) {
            look_at_heads();
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, stop, options_.idle_wait, [&] { return adoption_ != nullptr; });
        } else if (state == view_state::opening) {
            open(stop);
        } else {
            follow(stop);
        }
    }
}

}  // namespace daybook::projector
