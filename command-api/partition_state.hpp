// The folded state of one partition for deciding: the books of its users, what was remembered of their
// commands, and the checkpoint of the log up to which all of it is confirmed (architecture §3). It is a cache
// of the log.
#pragma once

#include "command-api/layered_state.hpp"
#include "command-api/remembered_command.hpp"
#include "domain/book.hpp"
#include "domain/errc.hpp"
#include "domain/event.hpp"
#include "domain/limits.hpp"
#include "domain/time.hpp"
#include "eventlog/validity.hpp"
#include "platform/rocks/store.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace daybook::command_api {

/// An event with the place that it has, or will have, in the log.
struct placed_event {
    domain::event event{};
    std::int64_t offset = 0;
};

struct state_options {
    std::size_t clean_values_max = 20'000;
    std::size_t unwritten_values_max = 512;  ///< confirmed values that may wait for one RocksDB write
    std::chrono::milliseconds command_memory{domain::limits::command_memory};
};

/// Threads: one at a time; it changes hands between the sequencer and the thread that claims. Failed reads
/// throw domain::problem_error.
class partition_state {
 public:
    /// Reads the checkpoint. Errors: log_damaged, what the store says.
    [[nodiscard]] static domain::result<std::unique_ptr<partition_state>> open(platform::rocks::store&,
                                                                               std::int32_t partition,
                                                                               const state_options&);

    /// A book as it will be once everything decided is acknowledged (`newest`), or as the log has confirmed
    /// it. Lifetime: ends before the state does.
    [[nodiscard]] std::unique_ptr<domain::book_reader> read(const domain::user_id&, sight);
    /// The first outcome of a command id in this book, if it was appended within the window that ends at
    /// `now`.
    [[nodiscard]] std::shared_ptr<const remembered_command> remembered(const domain::user_id&,
                                                                       const domain::command_id&,
                                                                       domain::instant now, sight);

    /// Opens the layer of one commit; apply its events in order, then close it with `commit_end` (remembers
    /// its commands) or drop it with `abandon`.
    void begin();
    void apply(const domain::event&, std::int64_t offset);
    void commit_end(std::span<const placed_event> all_parts);
    void abandon();

    /// The lowest `layers` are in the log: `behind` is the fold behind them, `at` the append time of the
    /// last. Writes to RocksDB when enough has gathered.
    [[nodiscard]] domain::result<void> confirm(std::size_t layers, eventlog::fold_checkpoint behind,
                                               domain::instant at);
    /// Drops every layer that was not confirmed.
    void withdraw();

    /// Takes over what the log says, layer and confirmation in one. Precondition: no speculative layers.
    [[nodiscard]] domain::result<void> fold(const eventlog::commit&, const eventlog::fold_checkpoint& behind);
    /// The fold moved on without a commit (claim, void).
    void advance(eventlog::fold_checkpoint behind) { checkpoint_ = std::move(behind), moved_ = true; }

    /// Writes what is confirmed and the checkpoint in one batch (buffered: the log can rebuild it), and
    /// forgets commands older than the window.
    [[nodiscard]] domain::result<void> flush();
    [[nodiscard]] bool has_unwritten() const noexcept { return moved_; }

    [[nodiscard]] const eventlog::fold_checkpoint& checkpoint() const noexcept { return checkpoint_; }
    /// The newest append time that was confirmed.
    [[nodiscard]] domain::instant newest_at() const noexcept { return newest_at_; }

 private:
    class book_view;
    partition_state(platform::rocks::store&, std::int32_t partition, const state_options&);
    void apply_task(const domain::event&, std::int64_t offset);
    void apply_project(const domain::event&);
    void apply_filter(const domain::event&, const domain::filter_id&, std::int64_t offset);
    void apply_series(const domain::event&, const domain::series_id&);
    void expire(platform::rocks::batch&);

    platform::rocks::store& store_;
    std::int32_t partition_;
    state_options options_;
    layered_state values_;
    eventlog::fold_checkpoint checkpoint_{};
    domain::instant newest_at_{};
    bool moved_ = false;  ///< something was confirmed or passed since the last write
};

/// The decision store: one RocksDB folder for all partitions. Errors: those of store::open, format_newer.
[[nodiscard]] domain::result<std::unique_ptr<platform::rocks::store>> open_decision_store(
    const std::filesystem::path& folder);

}  // namespace daybook::command_api
