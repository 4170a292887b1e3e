#include "projector/pg_hash.hpp"

#include "domain/codec/event_json.hpp"
#include "domain/codec/task_json.hpp"
#include "projector/pg_rows.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace daybook::projector {
namespace {

using domain::errc;
using domain::make_problem;
using domain::problem;
using domain::result;
namespace pg = platform::pg;

constexpr int rows_at_once = 2'000;

problem wrong_row(const pg_table& table, std::string_view user, std::string_view id, std::string_view what) {
    return make_problem(errc::view_stopped,
                        fmt::format("row {} {} of table {}: {}", user, id, table.name, what), {},
                        "Rebuild the view: daybook rebuild --view postgres.");
}

std::string qualified(const pg_table& table, char row = 'r') {
    std::string out{row, '.'};
    for (const char c : table.columns) {
        out += c;
        if (c == ' ') out += {row, '.'};
    }
    return out;
}

/// Calls `each(rows, row)` for every row of the statement; stops at its first problem.
template <class Each>
result<void> scan(pg::connection& c, const std::string& select, Each each) {
    if (auto opened = c.run("DECLARE scan NO SCROLL CURSOR FOR " + select); !opened) return opened;
    const auto fetch = fmt::format("FETCH {} FROM scan", rows_at_once);
    for (;;) {
        const auto some = c.query(fetch);
        if (!some) return some.error();
        if (some->empty()) return c.run("CLOSE scan");
        for (int row = 0; row < some->size(); ++row)
            if (auto done = each(*some, row); !done) return done;
    }
}

class partition_hasher {
 public:
    partition_hasher(pg::connection& c, std::int32_t partition) : c_(c), partition_(partition) {}

    result<void> tasks() {
        const auto select = fmt::format(
            "SELECT {}, {} FROM tasks t JOIN books b ON b.user_id = t.user_id WHERE b.partition = {}",
            qualified(tasks_table, 't'), comments_sql(), partition_);
        return scan(c_, select, [&](const pg::rows& r, int row) -> result<void> {
            const auto user = r.bytes(row, 0);
            const auto id = domain::task_id(domain::uuid(pg::read_uuid(r.bytes(row, 1)))).text();
            const auto doc = r.bytes(row, task_doc_column);
            const auto task = domain::decode_task(doc);
            if (!task) return wrong_row(tasks_table, user, id, task.error().detail);
            constexpr int comments_column = task_doc_column + 1;
            const auto comments = r.is_null(row, comments_column)
                                      ? std::vector<std::string>()
                                      : pg::read_array(r.bytes(row, comments_column));
            const auto texts = texts_of_row(r.bytes(row, task_languages_column), comments);
            if (!texts)
                return wrong_row(tasks_table, user, id,
                                 "column languages has another number than there are texts");
            pg::copy_rows expected;
            append_task(expected, *task, *texts);
            return add('t', tasks_table, r, row, expected, id, doc);
        });
    }

    result<void> books() {
        return scan(c_, rows_of(books_table), [&](const pg::rows& r, int row) -> result<void> {
            const auto book = domain::decode_book(r.bytes(row, 2));
            if (!book) return wrong_row(books_table, r.bytes(row, 0), "", book.error().detail);
            pg::copy_rows expected;
            append_book(expected, partition_, *book);
            return add('b', books_table, r, row, expected, "", r.bytes(row, 2));
        });
    }

    result<void> projects() {
        return scan(c_, rows_of(projects_table), [&](const pg::rows& r, int row) -> result<void> {
            const auto id = domain::project_id(domain::uuid(pg::read_uuid(r.bytes(row, 1)))).text();
            const auto project = domain::decode_project(r.bytes(row, 5));
            if (!project) return wrong_row(projects_table, r.bytes(row, 0), id, project.error().detail);
            pg::copy_rows expected;
            append_project(expected, *project);
            return add('p', projects_table, r, row, expected, id, r.bytes(row, 5));
        });
    }

    result<void> filters() {
        return scan(c_, rows_of(filters_table), [&](const pg::rows& r, int row) -> result<void> {
            const auto id = domain::filter_id(domain::uuid(pg::read_uuid(r.bytes(row, 1)))).text();
            const auto filter = domain::decode_filter(r.bytes(row, 4));
            if (!filter) return wrong_row(filters_table, r.bytes(row, 0), id, filter.error().detail);
            pg::copy_rows expected;
            append_filter(expected, *filter);
            return add('f', filters_table, r, row, expected, id, r.bytes(row, 4));
        });
    }

    result<void> history() {
        return scan(c_, rows_of(history_table), [&](const pg::rows& r, int row) -> result<void> {
            const auto offset = r.integer(row, 1);
            const auto event = domain::decode_event(r.bytes(row, 7));
            if (!event)
                return wrong_row(history_table, r.bytes(row, 0), std::to_string(offset),
                                 event.error().detail);
            pg::copy_rows expected;
            append_history(expected, *event, offset, r.bytes(row, 7));
            return add('e', history_table, r, row, expected, std::to_string(offset), r.bytes(row, 7));
        });
    }

    /// No partition would hash a row of a user without a book.
    result<void> strays() {
        for (const auto* table : {&tasks_table, &projects_table, &filters_table, &history_table}) {
            const auto found =
                c_.query(fmt::format("SELECT r.user_id FROM {} r WHERE NOT EXISTS (SELECT FROM books b WHERE "
                                     "b.user_id = r.user_id) LIMIT 1",
                                     table->name));
            if (!found) return found.error();
            if (!found->empty()) return wrong_row(*table, found->bytes(0, 0), "", "its user has no book");
        }
        return {};
    }

    result<eventlog::fold_checkpoint> position() {
        const auto found =
            c_.query(fmt::format("SELECT checkpoint FROM positions WHERE partition = {}", partition_));
        if (!found) return found.error();
        if (found->empty()) return eventlog::fold_checkpoint{};
        return eventlog::fold_checkpoint::decode(found->bytes(0, 0));
    }

    [[nodiscard]] const state_hash& hash() const noexcept { return hash_; }

 private:
    std::string rows_of(const pg_table& table) const {
        if (table.name == books_table.name)
            return fmt::format("SELECT {} FROM books r WHERE r.partition = {}", qualified(table), partition_);
        return fmt::format("SELECT {} FROM {} r JOIN books b ON b.user_id = r.user_id WHERE b.partition = {}",
                           qualified(table), table.name, partition_);
    }

    result<void> add(char kind, const pg_table& table, const pg::rows& r, int row,
                     const pg::copy_rows& expected, std::string_view id, std::string_view bytes) {
        const auto user = r.bytes(row, 0);
        if (const auto column = differing_column(table, r, row, expected); !column.empty())
            return wrong_row(table, user, id,
                             fmt::format("column {} is not what the row's document says", column));
        hash_.add(kind, user, id, bytes);
        return {};
    }

    pg::connection& c_;
    std::int32_t partition_;
    state_hash hash_;
};

}  // namespace

result<view_reader::hashed_state> hash_partition(pg::connection& c, std::int32_t partition) {
    auto snapshot = pg::transaction::begin(c, pg::transaction::kind::snapshot);
    if (!snapshot) return snapshot.error();
    partition_hasher hasher(c, partition);
    auto at = hasher.position();
    if (!at) return at.error();
    if (auto done = hasher.tasks(); !done) return done.error();
    if (auto done = hasher.books(); !done) return done.error();
    if (auto done = hasher.projects(); !done) return done.error();
    if (auto done = hasher.filters(); !done) return done.error();
    if (auto done = hasher.history(); !done) return done.error();
    if (auto done = hasher.strays(); !done) return done.error();
    if (auto done = snapshot->commit(); !done) return done.error();
    return view_reader::hashed_state{hasher.hash(), std::move(*at)};
}

}  // namespace daybook::projector
