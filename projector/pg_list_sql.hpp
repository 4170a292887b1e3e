// A query as one SQL statement: the same rows in the same order as filter::matches and domain::sort_key.
// Everything that somebody typed is a parameter.
#pragma once

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "domain/list_query.hpp"
#include "platform/pg/wire.hpp"

#include <string>

namespace daybook::projector {

/// Columns: total (int8, to one above the limit), doc, rank, blocked, project name. One row at least; doc is
/// null where the page is empty. One row more than the query's limit where there is a next page.
struct list_statement {
    std::string sql{};
    platform::pg::parameters parameters{};
};

/// Projects are resolved in the statement's own snapshot. Errors: cursor_mismatch.
[[nodiscard]] domain::result<list_statement> make_list_statement(const domain::user_id&,
                                                                 const domain::list_query&);

/// Whether PostgreSQL could hold this text at all: UTF-8 without U+0000. What it cannot hold matches nothing.
[[nodiscard]] bool is_storable(std::string_view text) noexcept;

// SQL names statuses by their numbers, and takes what is listed to be below 5, what is not purged below 6.
static_assert(static_cast<int>(domain::status::open) == 0 &&
              static_cast<int>(domain::status::in_progress) == 1);
static_assert(static_cast<int>(domain::status::skipped) == 4 &&
              static_cast<int>(domain::status::deleted) == 5);
static_assert(static_cast<int>(domain::status::purged) == 6);

/// Whether a task `t` waits for another one.
inline constexpr std::string_view blocked_sql =
    "EXISTS (SELECT FROM tasks target WHERE target.user_id = t.user_id AND target.task_id = "
    "ANY(t.depends_on) "
    "AND target.status IN (0, 1))";

/// What stands around a task `t`, as two columns of a select list.
inline const std::string surroundings_sql =
    std::string(blocked_sql) +
    ", (SELECT r.name FROM projects r WHERE r.user_id = t.user_id AND r.project_id = t.project_id AND NOT "
    "r.deleted)";

}  // namespace daybook::projector
