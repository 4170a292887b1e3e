// Keeps one view in step with the log, on a thread of its own. Views do not know each other: one that stops
// or lags leaves the others alone (settled 27).
#pragma once

#include "domain/errc.hpp"
#include "eventlog/event_log.hpp"
#include "projector/follower.hpp"
#include "projector/progress.hpp"
#include "projector/view.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace daybook::projector {

enum class view_state : std::uint8_t {
    opening,     ///< the store or the log does not answer yet
    rebuilding,  ///< serves, but has not been caught up since it was opened
    live,
    stopped,  ///< cannot apply what comes next; serves what it has, with its lag
};
[[nodiscard]] std::string_view to_text(view_state) noexcept;

struct runner_status {
    view_state state = view_state::opening;
    std::int64_t version = 0;                ///< of the store
    std::optional<domain::problem> error{};  ///< why it stopped, or the last passing failure
    std::int32_t stopped_partition = -1;     ///< -1: no particular place
    std::int64_t stopped_offset = -1;
};

struct runner_options {
    follower_options following{};
    std::chrono::milliseconds idle_wait{250};  ///< also how often the log's end is asked for
    std::chrono::milliseconds retry_first{50};
    std::chrono::milliseconds retry_max{2'000};
    std::function<domain::instant()> now{};  ///< default: the system's clock
    /// Told of what was applied, once queries and progress show it, on the runner's thread; of what a rebuilt
    /// version repeats at most a little.
    std::function<void(std::span<const applied_batch>)> applied{};
};

/// Threads: any for every member. Lifetime: within that of log and store.
class view_runner {
 public:
    view_runner(eventlog::event_log&, view_store&, runner_options);
    ~view_runner();  ///< stop()
    view_runner(const view_runner&) = delete;
    view_runner& operator=(const view_runner&) = delete;

    void start();
    /// Ends after the batch at hand; waiters are woken. A second call does nothing.
    void stop();

    [[nodiscard]] std::string_view name() const { return store_.name(); }
    [[nodiscard]] view_store& store() noexcept { return store_; }
    /// What queries read, also while it is stopped; null before it was opened and where it does not belong to
    /// this log.
    [[nodiscard]] std::shared_ptr<view> serving() const;
    [[nodiscard]] runner_status status() const;
    [[nodiscard]] progress& progress_of() noexcept { return progress_; }
    [[nodiscard]] const progress& progress_of() const noexcept { return progress_; }

    /// Makes a version that a rebuild has begun and caught up the one that serves: brings it up to where the
    /// serving one stands, then switches store and queries. Blocks until done. Errors: what the version says
    /// while it is brought up (it is then as before), not_ready if the runner stops.
    [[nodiscard]] domain::result<void> adopt(std::shared_ptr<view> begun, std::stop_token);

 private:
    struct adoption {
        std::shared_ptr<view> begun;
        std::stop_token cancelled;
        std::optional<domain::result<void>> outcome{};
    };
    void run(const std::stop_token&);
    void open(const std::stop_token&);
    void follow(const std::stop_token&);
    void carry_out(adoption&, const std::stop_token&);
    [[nodiscard]] domain::result<void> take_over(const adoption&, const std::stop_token&);
    void look_at_heads();
    void collect(follower&);
    void publish();
    void stopped_by(const domain::problem&, std::int32_t partition, std::int64_t offset);
    void passing(const domain::problem&, const std::stop_token&);
    void set_follower(std::shared_ptr<follower>);

    eventlog::event_log& log_;
    view_store& store_;
    runner_options options_;
    progress progress_;

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    runner_status status_;
    std::shared_ptr<view> serving_;
    std::shared_ptr<follower> follower_;  ///< changed by the thread only; shared for wake()
    std::shared_ptr<adoption> adoption_;

    std::vector<applied_batch> applied_;  ///< not told of yet
    std::vector<std::int64_t> told_;      ///< offset of the last event told of, of each partition
    std::chrono::milliseconds retry_{0};
    eventlog::deadline next_look_{};
    bool was_live_ = false;
    std::jthread thread_;
};

}  // namespace daybook::projector
