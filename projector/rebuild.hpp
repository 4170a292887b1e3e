// Builds a view anew beside the one that serves (settled 28): bulk load to the log's end, catch up, switch,
// drop.
#pragma once

#include "domain/errc.hpp"
#include "eventlog/event_log.hpp"
#include "projector/follower.hpp"
#include "projector/runner.hpp"
#include "projector/view.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>

namespace daybook::projector {

enum class rebuild_state : std::uint8_t {
    none,
    loading,
    indexing,
    catching_up,
    switching,
    done,
    failed,
    cancelled
};
[[nodiscard]] std::string_view to_text(rebuild_state) noexcept;

struct rebuild_status {
    rebuild_state state = rebuild_state::none;
    std::int64_t records = 0;        ///< read so far
    std::int64_t records_total = 0;  ///< up to the log's end at the start
    std::int64_t events = 0;
    double events_per_second = 0;
    double seconds = 0;  ///< since the start, or in all
    std::optional<double> seconds_left{};
    std::optional<domain::problem> error{};

    [[nodiscard]] double percent() const noexcept;
};

struct rebuild_options {
    unsigned threads = 0;  ///< of a bulk load that can use several; 0: one a core
    follower_options following{};
    std::size_t load_events_max = 1'024;  ///< of a batch of the bulk load
};

/// Makes the version the serving one.
using switch_version = std::function<domain::result<void>(std::shared_ptr<view>, std::stop_token)>;

/// One rebuild. A kill at any instruction leaves the serving version as it was.
/// Threads: run() one; status() any.
class rebuild {
 public:
    rebuild(eventlog::event_log& log, view_store& store, rebuild_options options)
        : log_(log), store_(store), options_(options) {}
    /// Blocks until the new version serves. Errors: what log, fold and store say; not_ready when stopped.
    /// After an error the begun version is dropped and the serving one is as before.
    [[nodiscard]] domain::result<void> run(const switch_version&, std::stop_token);
    [[nodiscard]] rebuild_status status() const;

 private:
    [[nodiscard]] domain::result<void> build(const switch_version&, const std::stop_token&);
    [[nodiscard]] domain::result<void> load(view&, const std::vector<std::int64_t>& ends,
                                            const std::stop_token&);
    [[nodiscard]] domain::result<void> load_partition(view&, std::int32_t partition, std::int64_t end,
                                                      const std::function<bool()>& stopped);
    [[nodiscard]] domain::result<void> catch_up(const std::shared_ptr<view>&, const std::stop_token&);
    void enter(rebuild_state);

    eventlog::event_log& log_;
    view_store& store_;
    rebuild_options options_;
    std::atomic<std::int64_t> records_{0};
    std::atomic<std::int64_t> events_{0};
    mutable std::mutex mutex_;
    rebuild_status status_{};
    std::chrono::steady_clock::time_point begun_at_{};
    std::chrono::steady_clock::time_point loaded_at_{};
};

/// At most one rebuild of a running view at a time, on a thread of its own. Threads: any.
class rebuilder {
 public:
    rebuilder(eventlog::event_log& log, view_runner& runner, rebuild_options options)
        : log_(log), runner_(runner), options_(options) {}
    ~rebuilder();  ///< cancels and waits
    /// Errors: overloaded if one is under way (its status says how far).
    [[nodiscard]] domain::result<void> start();
    /// True if one was under way. Returns once it has ended.
    bool cancel();
    [[nodiscard]] rebuild_status status() const;

 private:
    [[nodiscard]] bool busy() const;  ///< with the mutex held

    eventlog::event_log& log_;
    view_runner& runner_;
    rebuild_options options_;
    mutable std::mutex mutex_;
    std::shared_ptr<rebuild> last_;
    std::jthread thread_;
};

}  // namespace daybook::projector
