#include "projector/pg_reader.hpp"

#include "domain/codec/task_json.hpp"
#include "domain/filter/limits.hpp"
#include "domain/text/trigram.hpp"
#include "projector/pg_hash.hpp"
#include "projector/pg_list_sql.hpp"
#include "projector/pg_rows.hpp"
#include "projector/pg_text.hpp"
#include "projector/query_run.hpp"
#include "projector/tag_counter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace daybook::projector {
namespace {

using domain::errc;
using domain::make_problem;
using domain::result;
namespace pg = platform::pg;

result<task_row> task_row_of(const pg::rows& answer, int row, int doc, int blocked, int project) {
    auto decoded = domain::decode_task(answer.bytes(row, doc));
    if (!decoded) return make_problem(errc::view_stopped, decoded.error().detail).prefixed("a row of tasks");
    task_row out;
    out.task = std::make_shared<const domain::task>(std::move(*decoded));
    out.around.blocked = answer.boolean(row, blocked);
    if (!answer.is_null(row, project)) out.around.project_name = std::string(answer.bytes(row, project));
    return out;
}

std::vector<std::string> lines_of(const pg::rows& answer) {
    std::vector<std::string> lines;
    for (int row = 0; row < answer.size(); ++row) lines.emplace_back(answer.bytes(row, 0));
    return lines;
}

/// query_timeout with the plan that the server had for the statement.
domain::problem timeout(pg::connection& c, const list_statement& statement) {
    auto late = make_problem(errc::query_timeout, "PostgreSQL ended the query", {},
                             "Add a tag, a date or a state to the query.");
    const auto plan = c.query("EXPLAIN " + statement.sql, statement.parameters);
    return plan ? with_plan(std::move(late), lines_of(*plan)) : late;
}

pg::pool_options with_query_deadline(pg::pool_options options) {
    auto& deadline = options.connection.statement_deadline;
    deadline = std::min<std::chrono::milliseconds>(deadline, domain::limits::query_deadline);
    return options;
}

}  // namespace

pg_reader::pg_reader(pg::pool_options options)
    : pool_(options), queries_(with_query_deadline(std::move(options))) {}

template <class Work>
auto pg_reader::read_from(pg::pool& pool, Work work) -> decltype(work(std::declval<pg::connection&>())) {
    for (bool again : {true, false}) {
        auto session = pool.take();
        if (!session) return session.error();
        auto answer = work(**session);
        if (answer || (*session)->usable() || !again) return answer;
    }
    return make_problem(errc::view_unavailable, "PostgreSQL does not answer");
}

result<std::optional<task_row>> pg_reader::get(const domain::user_id& user, const domain::task_id& id) {
    return read([&](pg::connection& c) -> result<std::optional<task_row>> {
        static const auto sql = fmt::format(
            "SELECT t.doc, {} FROM tasks t WHERE t.user_id = $1 AND t.task_id = $2 AND t.status < 6",
            surroundings_sql);
        pg::parameters p;
        p.text(user.text()).uuid(id.value().bytes());
        const auto found = c.prepared("get", sql, p);
        if (!found) return found.error();
        if (found->empty()) return std::optional<task_row>();
        auto row = task_row_of(*found, 0, 0, 1, 2);
        if (!row) return row.error();
        return std::optional(std::move(*row));
    });
}

result<task_page> pg_reader::list(const domain::user_id& user, const domain::list_query& query) {
    const auto statement = make_list_statement(user, query);
    if (!statement) return statement.error();
    return read_from(queries_, [&](pg::connection& c) -> result<task_page> {
        const auto found = c.query(statement->sql, statement->parameters);
        if (!found && found.error().code == errc::query_timeout) return timeout(c, *statement);
        if (!found) return found.error();
        task_page page;
        const auto total = found->integer(0, 0);
        page.total_count = std::min(total, domain::limits::total_count_max);
        page.total_is_lower_bound = total > domain::limits::total_count_max;
        const auto rows = found->is_null(0, 1) ? 0 : found->size();
        const auto shown = std::min(rows, static_cast<int>(query.limit));
        for (int row = 0; row < shown; ++row) {
            auto item = task_row_of(*found, row, 1, 3, 4);
            if (!item) return item.error();
            page.items.push_back(std::move(*item));
        }
        if (shown > 0 && rows > shown) {
            const auto& last = *page.items.back().task;
            page.next_cursor = domain::encode_cursor(
                query, domain::sort_key(last, query.order, found->integer(shown - 1, 2)), last.id);
        }
        return page;
    });
}

result<std::vector<std::string>> pg_reader::explain(const domain::user_id& user,
                                                    const domain::list_query& query) {
    const auto statement = make_list_statement(user, query);
    if (!statement) return statement.error();
    return read_from(queries_, [&](pg::connection& c) -> result<std::vector<std::string>> {
        const auto found =
            c.query("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) " + statement->sql, statement->parameters);
        if (!found) return found.error();
        return lines_of(*found);
    });
}

result<std::vector<std::vector<std::string>>> pg_reader::alike(const domain::user_id& user,
                                                               std::span<const std::string> words) {
    return read_from(queries_, [&](pg::connection& c) -> result<std::vector<std::vector<std::string>>> {
        pg::parameters p;
        p.text(user.text());
        const auto found = c.query(std::string(words_of_book_sql), p);
        if (!found) return found.error();
        std::vector<domain::alike_words> wanted;
        for (const auto& word : words) wanted.emplace_back(word);
        domain::trigram_set grams("");
        for (int row = 0; row < found->size(); ++row) {
            grams.assign(found->bytes(row, 0));
            for (auto& one : wanted) one.offer(found->bytes(row, 0), grams);
        }
        std::vector<std::vector<std::string>> out;
        for (const auto& one : wanted) out.push_back(one.best());
        return out;
    });
}

result<domain::text_document> pg_reader::document(const domain::user_id& user, const domain::task_id& id) {
    return read([&](pg::connection& c) -> result<domain::text_document> {
        static const auto sql = fmt::format(
            "SELECT t.doc, t.languages, {} FROM tasks t WHERE t.user_id = $1 AND t.task_id = $2 AND t.status "
            "< 6",
            comments_sql());
        pg::parameters p;
        p.text(user.text()).uuid(id.value().bytes());
        const auto found = c.prepared("document", sql, p);
        if (!found) return found.error();
        if (found->empty()) return domain::text_document{};
        const auto task = domain::decode_task(found->bytes(0, 0));
        const auto comments =
            found->is_null(0, 2) ? std::vector<std::string>() : pg::read_array(found->bytes(0, 2));
        const auto texts = texts_of_row(found->bytes(0, 1), comments);
        if (!task || !texts) return make_problem(errc::view_stopped, "a row of tasks cannot be read");
        return document_of(*task, *texts);
    });
}

result<std::vector<history_entry>> pg_reader::history(const domain::user_id& user,
                                                      const history_query& query) {
    // The filters of history_matcher, column by column.
    pg::parameters p;
    p.text(user.text()).int8(query.after_offset);
    std::string sql =
        "SELECT h.log_offset, h.value FROM history h WHERE h.user_id = $1 AND h.log_offset > $2";
    if (query.task) sql += " AND h.task_id = " + p.uuid(query.task->value().bytes()).last();
    for (const auto* text : {&query.actor, &query.field, &query.type})
        if (*text && !is_storable(**text)) return std::vector<history_entry>();
    if (query.actor) sql += " AND h.actor = " + p.text(*query.actor).last();
    if (query.field) sql += " AND " + p.text(*query.field).last() + " = ANY(h.fields)";
    if (query.type) sql += " AND h.type = " + p.text(*query.type).last();
    if (query.since) sql += " AND h.happened_at >= " + p.int8(query.since->time_since_epoch().count()).last();
    if (query.until) sql += " AND h.happened_at < " + p.int8(query.until->time_since_epoch().count()).last();
    const std::string shown = query.with_purges ? "(h.type = 'task.purged' OR " : "(";
    sql += " AND " + shown +
           "NOT EXISTS (SELECT FROM tasks t WHERE t.user_id = h.user_id AND t.task_id = h.task_id AND "
           "t.status = 6))";
    sql += " ORDER BY h.log_offset LIMIT " + p.int8(static_cast<std::int64_t>(query.limit)).last();
    return read([&](pg::connection& c) -> result<std::vector<history_entry>> {
        const auto found = c.query(sql, p);
        if (!found) return found.error();
        std::vector<history_entry> out;
        out.reserve(static_cast<std::size_t>(found->size()));
        for (int row = 0; row < found->size(); ++row)
            out.push_back({found->integer(row, 0), std::string(found->bytes(row, 1))});
        return out;
    });
}

result<void> pg_reader::each_with_alarms(const domain::user_id& user, std::uint8_t kinds,
                                         const std::function<void(const domain::task&)>& each) {
    return read_from(queries_, [&](pg::connection& c) -> result<void> {
        static const auto sql =
            fmt::format("SELECT doc FROM tasks WHERE user_id = $1 AND traits & {} <> 0 AND traits & $2 <> 0",
                        all_alarm_traits);
        pg::parameters p;
        p.text(user.text()).int4(static_cast<std::int32_t>(kinds) << alarm_traits_shift);
        const auto found = c.prepared("alarms", sql, p);
        if (!found) return found.error();
        for (int row = 0; row < found->size(); ++row) {
            const auto decoded = domain::decode_task(found->bytes(row, 0));
            if (!decoded)
                return make_problem(errc::view_stopped, decoded.error().detail).prefixed("a row of tasks");
            each(*decoded);
        }
        return {};
    });
}

result<std::vector<tag_count>> pg_reader::tags(const domain::user_id& user) {
    return read([&](pg::connection& c) -> result<std::vector<tag_count>> {
        pg::parameters p;
        p.text(user.text());
        const auto found = c.prepared("tags",
                                      "SELECT one.folded, one.spelling, t.status IN (0, 1), count(*) "
                                      "FROM tasks t, unnest(t.tags_folded, t.tags) AS one(folded, spelling) "
                                      "WHERE t.user_id = $1 AND t.status < 5 GROUP BY 1, 2, 3",
                                      p);
        if (!found) return found.error();
        tag_counter counter;
        for (int row = 0; row < found->size(); ++row) {
            counter.add_folded(std::string(found->bytes(row, 0)), std::string(found->bytes(row, 1)),
                               found->boolean(row, 2), found->integer(row, 3));
        }
        return counter.counts();
    });
}

result<std::optional<domain::book_state>> pg_reader::book(const domain::user_id& user) {
    return read([&](pg::connection& c) -> result<std::optional<domain::book_state>> {
        pg::parameters p;
        p.text(user.text());
        const auto found = c.prepared("book", "SELECT doc FROM books WHERE user_id = $1", p);
        if (!found) return found.error();
        if (found->empty()) return std::optional<domain::book_state>();
        auto decoded = domain::decode_book(found->bytes(0, 0));
        if (!decoded)
            return make_problem(errc::view_stopped, decoded.error().detail).prefixed("a row of books");
        return std::optional(std::move(*decoded));
    });
}

result<std::vector<domain::project>> pg_reader::projects(const domain::user_id& user) {
    return read([&](pg::connection& c) -> result<std::vector<domain::project>> {
        pg::parameters p;
        p.text(user.text());
        const auto found = c.prepared(
            "projects", "SELECT doc FROM projects WHERE user_id = $1 AND NOT deleted ORDER BY project_id", p);
        if (!found) return found.error();
        std::vector<domain::project> out;
        for (int row = 0; row < found->size(); ++row) {
            auto decoded = domain::decode_project(found->bytes(row, 0));
            if (!decoded)
                return make_problem(errc::view_stopped, decoded.error().detail).prefixed("a row of projects");
            out.push_back(std::move(*decoded));
        }
        return out;
    });
}

result<std::vector<domain::saved_filter>> pg_reader::filters(const domain::user_id& user) {
    return read([&](pg::connection& c) -> result<std::vector<domain::saved_filter>> {
        pg::parameters p;
        p.text(user.text());
        const auto found = c.prepared(
            "filters", "SELECT doc FROM filters WHERE user_id = $1 AND NOT deleted ORDER BY filter_id", p);
        if (!found) return found.error();
        std::vector<domain::saved_filter> out;
        for (int row = 0; row < found->size(); ++row) {
            auto decoded = domain::decode_filter(found->bytes(row, 0));
            if (!decoded)
                return make_problem(errc::view_stopped, decoded.error().detail).prefixed("a row of filters");
            out.push_back(std::move(*decoded));
        }
        return out;
    });
}

result<view_reader::hashed_state> pg_reader::hash(std::int32_t partition) {
    return read([&](pg::connection& c) { return hash_partition(c, partition); });
}

}  // namespace daybook::projector
