// Rows of the Postgres view: the one mapping from what the view knows to columns, used to write and to verify.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "domain/book.hpp"
#include "domain/event.hpp"
#include "domain/task.hpp"
#include "platform/pg/connection.hpp"
#include "platform/pg/wire.hpp"

namespace daybook::projector {

/// A table of schema/sql and its columns, in the order in which the functions below append them.
struct pg_table {
    std::string_view name;
    std::string_view columns;
    [[nodiscard]] std::string copy_sql() const;
    [[nodiscard]] std::string copy_new_sql() const;  ///< for a table made in the same transaction
};

inline constexpr pg_table positions_table{"positions", "partition, checkpoint"};
inline constexpr pg_table books_table{"books", "user_id, partition, doc"};
inline constexpr pg_table projects_table{"projects", "user_id, project_id, name, name_folded, deleted, doc"};
inline constexpr pg_table tasks_table{
    "tasks",
    "user_id, task_id, status, priority, tags, tags_folded, start_at, due_at, created_at, updated_at, completed_at, "
    "parent_id, project_id, depends_on, assignee, title_key, search_text, doc"};
inline constexpr pg_table history_table{
    "history", "user_id, log_offset, task_id, type, actor, happened_at, fields, value"};

void append_position(platform::pg::copy_rows&, std::int32_t partition, std::string_view checkpoint);
void append_book(platform::pg::copy_rows&, std::int32_t partition, const domain::book_state&);
void append_project(platform::pg::copy_rows&, const domain::project&);
void append_task(platform::pg::copy_rows&, const domain::task&);
/// `value`: the record that the event was decoded from. The columns are what history_matcher reads in it.
void append_history(platform::pg::copy_rows&, const domain::event&, std::int64_t offset, std::string_view value);

/// The first column of an answer (all columns of the table, in order) that is not as in `expected`, which holds that one
/// row; empty if all are.
[[nodiscard]] std::string_view differing_column(const pg_table&, const platform::pg::rows&, int row,
                                                const platform::pg::copy_rows& expected);

}  // namespace daybook::projector
