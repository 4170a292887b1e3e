#include "projector/pg_bulk.hpp"

#include "projector/bulk_rows.hpp"
#include "projector/pg_migrations.hpp"
#include "projector/pg_rows.hpp"
#include "projector/pg_text.hpp"
#include "projector/written_texts.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace daybook::projector {
namespace {

using domain::errc;
using domain::make_problem;
using domain::result;
namespace pg = platform::pg;

// "dayload" in ASCII; held by the one process that loads a version.
constexpr std::int64_t load_lock = 0x6461796c6f6164;
constexpr auto load_deadline =
    std::chrono::hours(24);  // of one statement: the COPY of the history is open all the time
constexpr std::size_t copy_buffer_bytes = 4 * 1024 * 1024;
// What no filter and no order looks at is left out: reading it is most of the work. Autovacuum does the rest
// later.
constexpr auto analyze =
    "ANALYZE positions, books, projects, filters, tasks, "
    "history (user_id, log_offset, task_id, type, actor, happened_at, fields)";
constexpr int last_table_migration = 2;  // the indexes come after the load

}  // namespace

/// What one partition holds so far.
struct pg_bulk::partition_rows {
    std::int32_t partition = 0;
    eventlog::fold_checkpoint position{};
    bulk_rows rows{};
    std::unordered_map<domain::user_id, std::unordered_map<domain::task_id, written_texts>> texts{};
    pg::copy_rows history{};  ///< of one batch, kept for its memory
};

pg_bulk::pg_bulk(std::unique_ptr<pg::connection> session, pg::transaction transaction, std::string schema)
    : session_(std::move(session)), transaction_(std::move(transaction)), schema_(std::move(schema)) {}

pg_bulk::~pg_bulk() = default;

result<std::unique_ptr<pg_bulk>> pg_bulk::begin(pg::connection_options options, std::int64_t version) {
    const auto schema = version_schema(version);
    options.search_path = schema;
    options.statement_deadline = load_deadline;
    auto session = pg::connection::open(options);
    if (!session) return session.error();
    auto& c = **session;
    auto transaction = pg::transaction::begin(c);
    if (!transaction) return transaction.error();
    const auto alone = c.query(fmt::format("SELECT pg_try_advisory_xact_lock({})", load_lock));
    if (!alone) return alone.error();
    if (!alone->boolean(0, 0)) {
        return make_problem(errc::view_stopped,
                            "another process rebuilds the Postgres view of this database now", {},
                            "Wait until it is done, or cancel it.");
    }
    if (auto made = c.run("CREATE SCHEMA " + pg::quoted(schema)); !made) return made.error();
    if (auto made = migrate_up(c, schema, migration_scope::version, last_table_migration); !made)
        return made.error();
    pg::parameters stamp;
    stamp.text(pg_view_stamp());
    if (auto noted = c.query("INSERT INTO made_by (stamp) VALUES ($1)", stamp); !noted) return noted.error();
    if (auto opened = c.copy_begin(history_table.copy_new_sql()); !opened) return opened.error();
    return std::unique_ptr<pg_bulk>(new pg_bulk(std::move(*session), std::move(*transaction), schema));
}

pg_bulk::partition_rows& pg_bulk::rows_of(std::int32_t partition) {
    const std::scoped_lock lock(mutex_);
    auto& rows = partitions_[partition];
    if (!rows) {
        rows = std::make_unique<partition_rows>();
        rows->partition = partition;
    }
    return *rows;
}

result<eventlog::fold_checkpoint> pg_bulk::position(std::int32_t partition) {
    return rows_of(partition).position;
}

result<void> pg_bulk::apply(const view_batch& batch) {
    auto& rows = rows_of(batch.partition);
    if (rows.position != batch.before) {
        return make_problem(
            errc::view_stopped,
            fmt::format("the load stands at offset {} of partition {}, not at {}", rows.position.next_offset,
                        batch.partition, batch.before.next_offset));
    }
    const auto language = [&](const domain::user_id& user) -> result<std::string> {
        const auto book = rows.rows.books().find(user);
        return book == rows.rows.books().end() ? first_language() : book->second.state.language;
    };
    const auto texts = [&](const domain::user_id& user, const domain::task_id& id) -> result<written_texts*> {
        return &rows.texts[user][id];
    };
    if (auto folded = fold_written_texts(batch.events, language, texts); !folded) return folded;
    rows.history.clear();
    for (const auto& [e, offset, value] : batch.events) {
        if (const auto done = rows.rows.apply(e, nullptr); !done) return done.error();
        append_history(rows.history, e, offset, value);
    }
    if (auto sent = send_history(rows.history); !sent) return sent;
    rows.position = batch.after;
    return {};
}

result<void> pg_bulk::send_history(const pg::copy_rows& history) {
    const std::scoped_lock lock(mutex_);
    if (!failed_) {
        const auto sent = session_->copy_put(history);
        if (sent) return {};
        failed_ = make_problem(errc::view_stopped, "the load was cut off: " + sent.error().detail, {},
                               "Start the rebuild again.");
    }
    return *failed_;
}

result<void> pg_bulk::finish() {
    const std::scoped_lock lock(mutex_);
    if (failed_) return *failed_;
    auto done = write_all();
    if (!done) {
        failed_ = make_problem(errc::view_stopped, "the load was cut off: " + done.error().detail, {},
                               "Start the rebuild again.");
        return *failed_;
    }
    partitions_.clear();
    transaction_.reset();
    session_.reset();
    return {};
}

result<void> pg_bulk::write_all() {
    if (auto ended = session_->copy_end(); !ended) return ended.error();
    if (auto done = copy_tasks(); !done) return done;
    if (auto done = copy_small_tables(); !done) return done;
    if (auto done = copy_positions(); !done) return done;
    if (auto done = session_->run("SET LOCAL maintenance_work_mem = '256MB'"); !done) return done;
    if (auto done = migrate_up(*session_, schema_, migration_scope::version); !done) return done;
    if (auto done = session_->run(analyze); !done) return done;
    return transaction_->commit();
}

result<void> pg_bulk::copy_tasks() {
    if (auto opened = session_->copy_begin(tasks_table.copy_new_sql()); !opened) return opened;
    pg::copy_rows rows;
    const auto send = [&]() -> result<void> {
        auto sent = session_->copy_put(rows);
        rows.clear();
        return sent;
    };
    for (auto& [partition, stored] : partitions_) {
        for (const auto& [user, book] : stored->rows.books()) {
            const auto& texts = stored->texts[user];
            for (const auto& [id, task] : book.tasks) {
                append_task(rows, task, texts.at(id));
                if (rows.data().size() < copy_buffer_bytes) continue;
                if (auto sent = send(); !sent) return sent;
            }
        }
    }
    if (auto sent = send(); !sent) return sent;
    if (auto ended = session_->copy_end(); !ended) return ended.error();
    return {};
}

result<void> pg_bulk::copy_small_tables() {
    pg::copy_rows books;
    pg::copy_rows projects;
    pg::copy_rows filters;
    for (const auto& [partition, stored] : partitions_) {
        for (const auto& [user, book] : stored->rows.books()) {
            append_book(books, partition, book.state);
            for (const auto& [id, project] : book.projects) append_project(projects, project);
            for (const auto& [id, filter] : book.filters) append_filter(filters, filter);
        }
    }
    if (auto copied = session_->copy(books_table.copy_new_sql(), books); !copied) return copied.error();
    if (auto copied = session_->copy(projects_table.copy_new_sql(), projects); !copied) return copied.error();
    if (auto copied = session_->copy(filters_table.copy_new_sql(), filters); !copied) return copied.error();
    return {};
}

result<void> pg_bulk::copy_positions() {
    pg::copy_rows positions;
    for (const auto& [partition, stored] : partitions_)
        if (stored->position != eventlog::fold_checkpoint{})
            append_position(positions, partition, stored->position.encode());
    if (auto copied = session_->copy(positions_table.copy_new_sql(), positions); !copied)
        return copied.error();
    return {};
}

}  // namespace daybook::projector
