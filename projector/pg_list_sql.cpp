#include "projector/pg_list_sql.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "domain/limits.hpp"
#include "domain/utf8.hpp"

namespace daybook::projector {
namespace {

using domain::sort_field;
namespace pg = platform::pg;

/// Separates the folded title from the folded description in `search_text` (pg_rows).
constexpr char part_end = '\1';

std::string_view column_of(sort_field field) {
    switch (field) {
        case sort_field::due: return "t.due_at";
        case sort_field::start: return "t.start_at";
        case sort_field::created: return "t.created_at";
        case sort_field::updated: return "t.updated_at";
        case sort_field::completed: return "t.completed_at";
        case sort_field::priority: return "t.priority";
        case sort_field::status: return "t.status";
        case sort_field::title: return "t.title_key";
        case sort_field::id: return "t.task_id";
    }
    return "t.task_id";
}

class list_sql {
 public:
    list_sql(const domain::user_id& user, const domain::list_query& query) : query_(query) { p_.text(user.text()); }

    domain::result<list_statement> make() {
        const auto filter = this->filter();
        const auto from_cursor = keyset();
        if (!from_cursor) return from_cursor.error();
        const auto column = column_of(query_.order.field);
        const std::string_view direction = query_.order.descending ? "DESC NULLS LAST" : "ASC NULLS LAST";
        list_statement out;
        out.sql = fmt::format(
            "SELECT total.n, t.doc, {surroundings} "
            "FROM (SELECT count(*) AS n FROM (SELECT FROM tasks t WHERE {filter} LIMIT {count}) AS counted) AS total "
            "LEFT JOIN (SELECT t.user_id, t.task_id, t.depends_on, t.project_id, t.doc, {column} AS sort_value "
            "FROM tasks t WHERE {filter}{keyset} ORDER BY {column} {direction}, t.task_id LIMIT {limit} OFFSET {offset}) "
            "AS t ON true ORDER BY t.sort_value {direction}, t.task_id",
            fmt::arg("surroundings", surroundings_sql), fmt::arg("filter", filter),
            fmt::arg("count", domain::limits::total_count_max + 1), fmt::arg("column", column),
            fmt::arg("keyset", *from_cursor), fmt::arg("direction", direction),
            // No limit, no page (and no next one).
            fmt::arg("limit", query_.limit == 0 ? 0 : query_.limit + 1), fmt::arg("offset", offset()));
        out.parameters = std::move(p_);
        return out;
    }

 private:
    std::string filter() {
        std::string sql = "t.user_id = $1";
        std::vector<std::int64_t> statuses;
        for (const auto s : query_.statuses)
            if (s != domain::status::purged) statuses.push_back(static_cast<std::int64_t>(s));
        sql += query_.statuses.empty() ? " AND t.status < 5" : any_of("t.status", statuses);
        if (!query_.priorities.empty()) {
            std::vector<std::int64_t> priorities;
            for (const auto p : query_.priorities) priorities.push_back(static_cast<std::int64_t>(p));
            sql += any_of("t.priority", priorities);
        }
        if (query_.completed) sql += *query_.completed ? " AND t.status = 2" : " AND t.status <> 2";
        if (query_.due_before) sql += " AND t.due_at < " + p_.int8(query_.due_before->time_since_epoch().count()).last();
        if (query_.due_after) sql += " AND t.due_at >= " + p_.int8(query_.due_after->time_since_epoch().count()).last();
        if (query_.project) sql += project();
        if (!query_.tags.empty()) {
            if (!std::ranges::all_of(query_.tags, is_storable)) return sql + nothing;
            sql += " AND t.tags_folded @> " + p_.texts(query_.tags).last();
        }
        for (const auto& word : query_.search) {
            if (!is_storable(word) || word.find(part_end) != std::string::npos) return sql + nothing;
            sql += " AND strpos(t.search_text, " + p_.text(word).last() + ") > 0";
        }
        return sql;
    }

    std::string any_of(std::string_view column, const std::vector<std::int64_t>& values) {
        pg::array_value list(pg::type_oid::int8);
        for (const auto v : values) list.add(v);
        return fmt::format(" AND {} = ANY({})", column, p_.array(list).last());
    }

    /// An id of a project that is there, else a name without regard to case; of several the least id.
    std::string project() {
        if (!is_storable(*query_.project)) return nothing;
        const auto by_name = "r.name_folded = " + p_.text(domain::fold_text(*query_.project)).last();
        const auto id = domain::project_id::parse(*query_.project);
        const auto by_id = id ? "r.project_id = " + p_.uuid(id->value().bytes()).last() : std::string();
        return fmt::format(" AND t.project_id = (SELECT r.project_id FROM projects r WHERE r.user_id = $1 AND NOT r.deleted "
                           "AND ({}) ORDER BY {} r.project_id LIMIT 1)",
                           id ? by_id + " OR " + by_name : by_name, id ? "(" + by_id + ") DESC," : "");
    }

    /// What comes behind the row of the cursor.
    domain::result<std::string> keyset() {
        if (!query_.after_key || !query_.after_id) return std::string();
        const auto last = domain::sort_value_of(*query_.after_key, query_.order);
        if (!last) return last.error();
        const auto column = column_of(query_.order.field);
        const auto beyond = query_.order.descending ? '<' : '>';
        if (query_.order.field == sort_field::id)
            return fmt::format(" AND t.task_id {} {}", beyond, p_.uuid(query_.after_id->value().bytes()).last());
        const auto id = p_.uuid(query_.after_id->value().bytes()).last();
        if (std::holds_alternative<std::monostate>(*last))
            return fmt::format(" AND {} IS NULL AND t.task_id > {}", column, id);
        const auto* number = std::get_if<std::int64_t>(&*last);
        const auto value = number != nullptr ? p_.int8(*number).last() : p_.bytes(std::get<std::string>(*last)).last();
        return fmt::format(" AND ({0} {1} {2} OR ({0} = {2} AND t.task_id > {3}) OR {0} IS NULL)", column, beyond, value, id);
    }

    [[nodiscard]] std::int64_t offset() const {
        constexpr std::int64_t beyond_all = std::int64_t{1} << 60;
        if (!query_.page || *query_.page <= 1 || query_.limit == 0) return 0;
        const auto limit = static_cast<std::int64_t>(query_.limit);
        return *query_.page - 1 > beyond_all / limit ? beyond_all : (*query_.page - 1) * limit;
    }

    static constexpr std::string_view nothing_text = " AND false";
    inline static const std::string nothing{nothing_text};

    const domain::list_query& query_;
    pg::parameters p_;
};

}  // namespace

bool is_storable(std::string_view text) noexcept {
    return text.find('\0') == std::string_view::npos && domain::count_code_points(text).has_value();
}

domain::result<list_statement> make_list_statement(const domain::user_id& user, const domain::list_query& query) {
    return list_sql(user, query).make();
}

}  // namespace daybook::projector
