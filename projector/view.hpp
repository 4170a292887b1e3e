// A view: a fold of the log that can be thrown away (architecture §4). Written by one runner, read by the
// query routes. Both stores answer every read with the same rows in the same order; tests/integration
// compares them.
#pragma once

#include "domain/book.hpp"
#include "domain/codec/task_json.hpp"
#include "domain/errc.hpp"
#include "domain/event.hpp"
#include "domain/list_query.hpp"
#include "domain/task.hpp"
#include "eventlog/validity.hpp"
#include "projector/text_rows.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::projector {

/// One event that took effect, with its place and its bytes in the log.
struct applied_event {
    domain::event event{};
    std::int64_t offset = 0;
    std::string value{};  ///< the record's value, byte for byte
};

/// Whole commits of one partition in order, and where the fold stands behind them.
struct view_batch {
    std::int32_t partition = 0;
    eventlog::fold_checkpoint before{};  ///< guard: what the view's position row must still hold
    std::vector<applied_event> events{};
    eventlog::fold_checkpoint after{};
};

/// Threads: one (the runner's). Exactly-once: rows and position are one write.
class view_writer {
 public:
    virtual ~view_writer() = default;
    /// Where the view stands in a partition; a fresh view: a default checkpoint.
    [[nodiscard]] virtual domain::result<eventlog::fold_checkpoint> position(std::int32_t partition) = 0;
    /// All or nothing. Errors: view_stopped if the position row is not `before` any more (another projector
    /// owns the view), view_unavailable if the store does not answer (retry with the same batch).
    [[nodiscard]] virtual domain::result<void> apply(const view_batch&) = 0;
};

/// A task with what the view knows around it, ready to render: `blocked` from the targets' rows of the same
/// state, the project's name if it is known and not deleted.
struct task_row {
    std::shared_ptr<const domain::task> task{};
    domain::task_surroundings around{};
};

struct task_page {
    std::vector<task_row> items{};
    std::int64_t total_count = 0;  ///< exact up to limits::total_count_max
    bool total_is_lower_bound = false;
    std::optional<std::string> next_cursor{};
};

/// One line of history or audit: the event as it stands in the log, with its place. Events of a purged task
/// are never shown (settled 37); they stay in the store and in its hash.
struct history_entry {
    std::int64_t offset = 0;
    std::string value{};  ///< the record's value
};

/// All filters AND together; absent = any. history_matcher (history_matcher.hpp) is their meaning for both
/// stores.
struct history_query {
    std::optional<domain::task_id> task{};
    std::optional<std::string> actor{};      ///< id of the actor
    std::optional<std::string> field{};      ///< a member that the event's data sets
    std::optional<std::string> type{};       ///< `task.updated`
    std::optional<domain::instant> since{};  ///< by `timestamp`, inclusive
    std::optional<domain::instant> until{};  ///< by `timestamp`, exclusive
    std::int64_t after_offset = -1;          ///< exclusive; entries come in offset order
    bool with_purges = false;                ///< task.purged itself is shown, as the tombstone of its task
    std::size_t limit = 50;
};

/// Tags that differ in case only are one (fold_text); it shows the spelling that is least in bytes, in order
/// of the folded text. tag_counter (tag_counter.hpp) computes it for both stores.
struct tag_count {
    std::string tag{};
    std::int64_t open = 0;
    std::int64_t total = 0;  ///< deleted and purged tasks are not counted
};

/// What `verify` compares: an order-independent 128-bit sum over all rows of a partition, and their number.
/// Rows are: `t` task (encode_task; id: its text), `b` book (encode_book; id: empty), `p` project
/// (encode_project; id: its text), `f` saved filter (encode_filter; id: its text), `e` event (the record's
/// value; id: its offset in decimal digits), each hashed as SHA-256(kind ‖ user ‖ 0 ‖ id ‖ 0 ‖ bytes), first
/// 16 bytes, added as two little-endian 64-bit words. Deleted and purged tasks, deleted projects and filters
/// are rows like others.
struct state_hash {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::int64_t rows = 0;
    bool operator==(const state_hash&) const = default;
    void add(char kind, std::string_view user, std::string_view id, std::string_view bytes);
    [[nodiscard]] std::string text() const;
};

/// Threads: any number; each call sees one consistent state. Blocking: call on a worker, never on an I/O
/// thread; single rows of a store in this process are read where the request runs (read_context::blocks).
/// Errors: view_unavailable.
class view_reader {
 public:
    virtual ~view_reader() = default;
    [[nodiscard]] virtual domain::result<std::optional<task_row>> get(const domain::user_id&,
                                                                      const domain::task_id&) = 0;
    [[nodiscard]] virtual domain::result<task_page> list(const domain::user_id&,
                                                         const domain::list_query&) = 0;
    /// How list() finds its answer: one line a step, for people. Runs the query.
    [[nodiscard]] virtual domain::result<std::vector<std::string>> explain(const domain::user_id&,
                                                                           const domain::list_query&) = 0;
    /// For each folded word those of the book's words that are most like it (domain::alike_words), for the
    /// fuzzy pass. The words of a book are the surfaces of all its tasks but purged ones. Errors also:
    /// query_timeout.
    [[nodiscard]] virtual domain::result<std::vector<std::vector<std::string>>> alike(
        const domain::user_id&, std::span<const std::string> words) = 0;
    /// What is searched of a task; empty for an unknown or purged one.
    [[nodiscard]] virtual domain::result<domain::text_document> document(const domain::user_id&,
                                                                         const domain::task_id&) = 0;
    [[nodiscard]] virtual domain::result<std::vector<history_entry>> history(const domain::user_id&,
                                                                             const history_query&) = 0;
    /// Shows `each` every task that has an alarm of one of these kinds (bits of domain::alarm_kinds), in any
    /// order.
    [[nodiscard]] virtual domain::result<void> each_with_alarms(
        const domain::user_id&, std::uint8_t kinds, const std::function<void(const domain::task&)>& each) = 0;
    [[nodiscard]] virtual domain::result<std::vector<tag_count>> tags(const domain::user_id&) = 0;
    [[nodiscard]] virtual domain::result<std::optional<domain::book_state>> book(const domain::user_id&) = 0;
    [[nodiscard]] virtual domain::result<std::vector<domain::project>> projects(const domain::user_id&) = 0;
    /// That are not deleted, by id.
    [[nodiscard]] virtual domain::result<std::vector<domain::saved_filter>> filters(
        const domain::user_id&) = 0;
    /// The hash of what is stored for a partition and the checkpoint it belongs to, from one snapshot. Reads
    /// every row.
    struct hashed_state {
        state_hash hash{};
        eventlog::fold_checkpoint at{};
        /// Of the full text index, if the view has one of its own: rows as text_rows.hpp says.
        std::optional<state_hash> text{};
    };
    [[nodiscard]] virtual domain::result<hashed_state> hash(std::int32_t partition) = 0;
    /// The rows of the full text index of a book, for verify to name one; none if the view has no such index.
    [[nodiscard]] virtual domain::result<std::optional<text_rows>> text_index(const domain::user_id&) {
        return std::optional<text_rows>();
    }
};

/// One version of a store: what a rebuild makes anew (settled 28).
class view {
 public:
    virtual ~view() = default;
    [[nodiscard]] virtual view_writer& writer() = 0;
    [[nodiscard]] virtual view_reader& reader() = 0;
    /// True: during a bulk load, batches of different partitions may be applied by different threads at once.
    [[nodiscard]] virtual bool parallel_bulk() const { return false; }
    /// writer().apply() of a bulk load, which may take out of the batch what it keeps; the batch has no
    /// meaning afterwards. Keeps no `data` of an event.
    [[nodiscard]] virtual domain::result<void> load(view_batch& batch) { return writer().apply(batch); }
    /// Ends a bulk load: ingests what was kept back, makes indexes. After it the view serves. Threads: the
    /// runner's.
    [[nodiscard]] virtual domain::result<void> finish_bulk() = 0;
};

/// A store that keeps versions of a view side by side and knows the one that serves.
class view_store {
 public:
    virtual ~view_store() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;  ///< `rocks` or `postgres`
    /// The serving version, made empty if there is none. Errors: format_newer, folder_locked,
    /// view_unavailable.
    [[nodiscard]] virtual domain::result<std::shared_ptr<view>> open_current() = 0;
    [[nodiscard]] virtual std::int64_t current_version() const = 0;
    /// An empty version beside the serving one, built by the fast path (sorted ingest, COPY) until
    /// finish_bulk(). What an earlier, interrupted rebuild left is removed first.
    [[nodiscard]] virtual domain::result<std::shared_ptr<view>> begin_version() = 0;
    /// Makes the begun version the serving one, atomically and durably, and drops the old one once nobody
    /// reads it.
    [[nodiscard]] virtual domain::result<void> switch_to_begun() = 0;
    [[nodiscard]] virtual domain::result<void> drop_begun() = 0;
};

}  // namespace daybook::projector
