#include "projector/rebuild.hpp"

#include "platform/obs/log.hpp"
#include "platform/runtime/worker_thread.hpp"
#include "projector/event_stream.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace daybook::projector {
namespace {

using domain::errc;
using domain::make_problem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto answer_deadline = milliseconds(5'000);
constexpr auto read_wait = milliseconds(250);
constexpr auto retry_wait = milliseconds(200);
constexpr std::size_t load_bytes_max = std::size_t{16} * 1024 * 1024;
constexpr std::size_t read_records_max = 4'096;  // each read looks its place up anew
constexpr std::size_t scratch_bytes =
    std::size_t{1024} * 1024;  // of what the events of a batch say; more is allocated

domain::problem cancelled() { return make_problem(errc::not_ready, "the rebuild was cancelled"); }

/// Waits a little; false once the stop was requested.
bool pause(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, retry_wait, [] { return false; });
    return !stop.stop_requested();
}

}  // namespace

std::string_view to_text(rebuild_state s) noexcept {
    switch (s) {
        case rebuild_state::none: return "none";
        case rebuild_state::loading: return "loading";
        case rebuild_state::indexing: return "indexing";
        case rebuild_state::catching_up: return "catching_up";
        case rebuild_state::switching: return "switching";
        case rebuild_state::done: return "done";
        case rebuild_state::failed: return "failed";
        case rebuild_state::cancelled: return "cancelled";
    }
    return "failed";
}

double rebuild_status::percent() const noexcept {
    if (state == rebuild_state::done) return 100;
    if (records_total <= 0) return 0;
    return std::min(99.9, 100.0 * static_cast<double>(records) / static_cast<double>(records_total));
}

void rebuild::enter(rebuild_state next) {
    const std::scoped_lock lock(mutex_);
    status_.state = next;
    if (next == rebuild_state::loading) begun_at_ = steady_clock::now();
    if (next == rebuild_state::indexing) loaded_at_ = steady_clock::now();
    if (next >= rebuild_state::done) {
        status_.seconds = std::chrono::duration<double>(steady_clock::now() - begun_at_).count();
    }
}

rebuild_status rebuild::status() const {
    const std::scoped_lock lock(mutex_);
    auto out = status_;
    out.records = records_;
    out.events = events_;
    const auto now = steady_clock::now();
    if (out.state != rebuild_state::none && out.state < rebuild_state::done) {
        out.seconds = std::chrono::duration<double>(now - begun_at_).count();
    }
    const auto loading =
        std::chrono::duration<double>((out.state == rebuild_state::loading ? now : loaded_at_) - begun_at_);
    if (loading.count() > 0) out.events_per_second = static_cast<double>(out.events) / loading.count();
    if (out.state == rebuild_state::loading && out.records > 0) {
        const auto left = static_cast<double>(std::max<std::int64_t>(out.records_total - out.records, 0));
        out.seconds_left = left * loading.count() / static_cast<double>(out.records);
    }
    return out;
}

domain::result<void> rebuild::load_partition(view& into, std::int32_t partition, std::int64_t end,
                                             const std::function<bool()>& stopped) {
    event_stream stream(partition, {});
    const auto scratch = std::make_unique_for_overwrite<unsigned char[]>(scratch_bytes);
    boost::json::monotonic_resource data_of_batch(scratch.get(), scratch_bytes);
    auto reader = log_.open_reader({{partition, 0}});
    view_batch batch;
    batch.partition = partition;
    std::size_t bytes = 0;
    const auto apply = [&]() -> domain::result<void> {
        batch.after = stream.checkpoint();
        if (batch.after == batch.before) return {};
        const auto events = static_cast<std::int64_t>(batch.events.size());
        if (auto done = into.load(batch); !done) return done;
        events_ += events;
        batch.events.clear();
        data_of_batch.release();
        bytes = 0;
        batch.before = batch.after;
        return {};
    };
    std::vector<eventlog::record> records;
    while (stream.read_offset() < end) {
        if (stopped()) return cancelled();
        records.clear();
        const auto read = reader->read(records, read_records_max, steady_clock::now() + read_wait);
        for (auto& r : records) {
            bytes += r.value.size();
            if (auto fed = stream.feed(std::move(r), batch.events, &data_of_batch); !fed) return fed;
            if (batch.events.size() >= options_.load_events_max || bytes >= load_bytes_max) {
                if (auto done = apply(); !done) return done;
            }
        }
        records_ += static_cast<std::int64_t>(records.size());
        if (!read && !is_passing(read.error())) return read;
    }
    return apply();
}

domain::result<void> rebuild::load(view& into, const std::vector<std::int64_t>& ends,
                                   const std::stop_token& stop) {
    const auto partitions = static_cast<std::int32_t>(ends.size());
    auto threads =
        options_.threads != 0 ? options_.threads : std::max(1U, std::thread::hardware_concurrency());
    threads = into.parallel_bulk() ? std::min(threads, static_cast<unsigned>(partitions)) : 1U;

    std::atomic<std::int32_t> next{0};
    std::atomic<bool> failed{false};
    std::mutex mutex;
    std::optional<domain::problem> first_error;
    const auto stopped = [&] { return stop.stop_requested() || failed; };
    const auto work = [&] {
        for (auto p = next++; p < partitions && !stopped(); p = next++) {
            const auto done = load_partition(into, p, ends[static_cast<std::size_t>(p)], stopped);
            if (done) continue;
            const std::scoped_lock lock(mutex);
            if (!first_error) first_error = done.error();
            failed = true;
        }
    };
    {
        std::vector<std::jthread> helpers;
        for (unsigned i = 1; i < threads; ++i) helpers.emplace_back(work);
        work();
    }
    if (first_error) return *first_error;
    if (stop.stop_requested()) return cancelled();
    return {};
}

domain::result<void> rebuild::catch_up(const std::shared_ptr<view>& begun, const std::stop_token& stop) {
    auto ends = log_.end_offsets(steady_clock::now() + answer_deadline);
    if (!ends) return ends.error();
    auto following = follower::open(log_, begun, options_.following, steady_clock::now() + answer_deadline);
    if (!following) return following.error();
    const auto behind = [&] {
        for (std::int32_t p = 0; p < log_.partitions(); ++p) {
            if ((*following)->at(p).visible < (*ends)[static_cast<std::size_t>(p)]) return true;
        }
        return false;
    };
    while (behind()) {
        if (stop.stop_requested()) return cancelled();
        const auto done = (*following)->step(steady_clock::now() + read_wait);
        if (done) continue;
        if (!is_passing(done.error())) return done;
        if (!pause(stop)) return cancelled();
    }
    return {};
}

domain::result<void> rebuild::build(const switch_version& switch_to, const std::stop_token& stop) {
    enter(rebuild_state::loading);
    auto ends = log_.end_offsets(steady_clock::now() + answer_deadline);
    if (!ends) return ends.error();
    {
        const std::scoped_lock lock(mutex_);
        status_.records_total = std::accumulate(ends->begin(), ends->end(), std::int64_t{0});
    }
    auto begun = store_.begin_version();
    if (!begun) return begun.error();
    if (auto done = load(**begun, *ends, stop); !done) return done;
    enter(rebuild_state::indexing);
    if (auto done = (*begun)->finish_bulk(); !done) return done;
    enter(rebuild_state::catching_up);
    if (auto done = catch_up(*begun, stop); !done) return done;
    enter(rebuild_state::switching);
    return switch_to(*begun, stop);
}

domain::result<void> rebuild::run(const switch_version& switch_to, std::stop_token stop) {
    auto done = build(switch_to, stop);
    if (done) {
        enter(rebuild_state::done);
        return done;
    }
    if (auto dropped = store_.drop_begun(); !dropped) {
        platform::obs::log_warn("a begun version could not be dropped; the next start removes it",
                                {{"view", store_.name()}, {"error", dropped.error().detail}});
    }
    enter(stop.stop_requested() ? rebuild_state::cancelled : rebuild_state::failed);
    const std::scoped_lock lock(mutex_);
    if (!stop.stop_requested()) status_.error = done.error();
    return done;
}

rebuilder::~rebuilder() { cancel(); }

domain::result<void> rebuilder::start() {
    const std::scoped_lock lock(mutex_);
    if (busy())
        return make_problem(errc::overloaded, "a rebuild of this view is under way", {},
                            "cancel it first, or wait");
    if (thread_.joinable()) thread_.join();
    last_ = std::make_shared<rebuild>(log_, runner_.store(), options_);
    thread_ = std::jthread([this, mine = last_](const std::stop_token& stop) {
        platform::runtime::set_thread_name("rebuild-" + std::string(runner_.name()));
        const auto done = mine->run(
            [this](std::shared_ptr<view> begun, std::stop_token cancelled_by) {
                return runner_.adopt(std::move(begun), std::move(cancelled_by));
            },
            stop);
        const auto figures = mine->status();
        if (done) {
            platform::obs::log_info("the view was rebuilt",
                                    {{"view", runner_.name()},
                                     {"events", figures.events},
                                     {"events_per_second", figures.events_per_second}});
        } else {
            platform::obs::log_warn("the rebuild ended without a new version",
                                    {{"view", runner_.name()}, {"error", done.error().detail}});
        }
    });
    return {};
}

bool rebuilder::busy() const { return last_ && last_->status().state < rebuild_state::done; }

bool rebuilder::cancel() {
    const std::scoped_lock lock(mutex_);
    const bool was_busy = busy();
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    return was_busy;
}

rebuild_status rebuilder::status() const {
    const std::scoped_lock lock(mutex_);
    return last_ ? last_->status() : rebuild_status{};
}

}  // namespace daybook::projector
