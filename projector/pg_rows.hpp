// Rows of the Postgres view: the one mapping from what the view knows to columns, used to write and to
// verify.
#pragma once

#include "domain/book.hpp"
#include "domain/event.hpp"
#include "domain/task.hpp"
#include "platform/pg/connection.hpp"
#include "platform/pg/wire.hpp"
#include "projector/written_texts.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
inline constexpr pg_table filters_table{"filters", "user_id, filter_id, name, deleted, doc"};
inline constexpr pg_table tasks_table{"tasks",
                                      "user_id, task_id, status, priority, tags, tags_folded, start_at, "
                                      "due_at, due_all_day, created_at, updated_at, "
                                      "completed_at, parent_id, project_id, depends_on, series_id, assignee, "
                                      "assignee_folded, traits, title_key, languages, "
                                      "words, doc"};
inline constexpr int task_languages_column = 20;
inline constexpr int task_doc_column = 22;

/// Bits of the column traits.
inline constexpr int live_reminder_trait = 1;
inline constexpr int rule_trait = 2;
inline constexpr int comment_trait = 4;
inline constexpr int alarm_traits_shift = 3;  ///< domain::alarm_kinds stands from here on
inline constexpr int all_alarm_traits = 0b1111 << alarm_traits_shift;  ///< as in schema/sql/0003
inline constexpr pg_table history_table{
    "history", "user_id, log_offset, task_id, type, actor, happened_at, fields, value"};

void append_position(platform::pg::copy_rows&, std::int32_t partition, std::string_view checkpoint);
void append_book(platform::pg::copy_rows&, std::int32_t partition, const domain::book_state&);
void append_project(platform::pg::copy_rows&, const domain::project&);
void append_filter(platform::pg::copy_rows&, const domain::saved_filter&);
void append_task(platform::pg::copy_rows&, const domain::task&, const written_texts&);
/// The texts of a row from its languages and the records of its comments; none if their numbers differ.
[[nodiscard]] std::optional<written_texts> texts_of_row(std::string_view languages,
                                                        const std::vector<std::string>& comments);
/// A select list item for a row `t` of tasks: the records of its comments in order, null where there is none.
[[nodiscard]] const std::string& comments_sql();
/// `value`: the record that the event was decoded from. The columns are what history_matcher reads in it.
void append_history(platform::pg::copy_rows&, const domain::event&, std::int64_t offset,
                    std::string_view value);

/// The first column of an answer (all columns of the table, in order) that is not as in `expected`, which
/// holds that one row; empty if all are.
[[nodiscard]] std::string_view differing_column(const pg_table&, const platform::pg::rows&, int row,
                                                const platform::pg::copy_rows& expected);

}  // namespace daybook::projector
