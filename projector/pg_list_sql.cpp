#include "projector/pg_list_sql.hpp"

#include "domain/fold.hpp"
#include "domain/limits.hpp"
#include "domain/utf8.hpp"
#include "projector/pg_rows.hpp"
#include "projector/pg_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook::projector {
namespace {

using domain::sort_field;
namespace filter = domain::filter;
namespace pg = platform::pg;

constexpr std::string_view always = "true";
constexpr std::string_view never = "false";

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
        case sort_field::rank: break;
    }
    return "rank";
}

bool can_be_null(sort_field field) {
    return field == sort_field::due || field == sort_field::start || field == sort_field::completed;
}

std::string_view column_of(filter::instant_field field) {
    switch (field) {
        case filter::instant_field::start: return "t.start_at";
        case filter::instant_field::created: return "t.created_at";
        case filter::instant_field::updated: return "t.updated_at";
        case filter::instant_field::completed: return "t.completed_at";
        case filter::instant_field::due: break;
    }
    return "t.due_at";
}

std::string_view emptiness_of(filter::field field) {
    switch (field) {
        case filter::field::tag: return "cardinality(t.tags) = 0";
        case filter::field::project: return "t.project_id IS NULL";
        case filter::field::assignee: return "t.assignee IS NULL";
        case filter::field::series: return "t.series_id IS NULL";
        case filter::field::start: return "t.start_at IS NULL";
        case filter::field::completed: return "t.completed_at IS NULL";
        default: return "t.due_at IS NULL";
    }
}

/// The numbers whose bits are set.
std::string numbers_in(std::uint8_t mask) {
    std::string out;
    for (int bit = 0; bit < 8; ++bit)
        if (((mask >> bit) & 1) != 0) out += (out.empty() ? "" : ", ") + std::to_string(bit);
    return out;
}

class list_sql {
 public:
    list_sql(const domain::user_id& user, const domain::list_query& query) : user_(user), query_(query) {
        p_.text(user.text());
    }

    domain::result<list_statement> make() {
        const auto where = "t.user_id = $1 AND " + sql_of(query_.where.where);
        const auto rank = rank_sql();
        const auto from_cursor = keyset(rank);
        if (!from_cursor) return from_cursor.error();
        std::string columns;
        std::string inner_order;
        std::string outer_order;
        for (std::size_t i = 0; i < query_.order.size(); ++i) {
            const auto& [field, descending] = query_.order[i];
            const std::string_view direction = descending ? "DESC NULLS LAST" : "ASC NULLS LAST";
            const auto column = field == sort_field::rank ? std::string_view("rank") : column_of(field);
            if (field != sort_field::rank) columns += fmt::format(", {} AS sort_{}", column, i);
            inner_order += fmt::format("{} {}, ", column, direction);
            if (field == sort_field::rank)
                outer_order += fmt::format("t.rank {}, ", direction);
            else
                outer_order += fmt::format("t.sort_{} {}, ", i, direction);
        }
        list_statement out;
        out.sql = fmt::format(
            "SELECT total.n, t.doc, t.rank, {surroundings} "
            "FROM (SELECT count(*) AS n FROM (SELECT FROM tasks t WHERE {filter} LIMIT {count}) AS counted) "
            "AS total "
            "LEFT JOIN (SELECT t.user_id, t.task_id, t.depends_on, t.project_id, t.doc, {rank} AS "
            "rank{columns} "
            "FROM tasks t WHERE {filter}{keyset} ORDER BY {inner}t.task_id LIMIT {limit} OFFSET {offset}) "
            "AS t ON true ORDER BY {outer}t.task_id",
            fmt::arg("surroundings", surroundings_sql), fmt::arg("filter", where),
            fmt::arg("count", domain::limits::total_count_max + 1), fmt::arg("rank", rank),
            fmt::arg("columns", columns), fmt::arg("keyset", *from_cursor), fmt::arg("inner", inner_order),
            fmt::arg("outer", outer_order),
            // No limit, no page (and no next one).
            fmt::arg("limit", query_.limit == 0 ? 0 : query_.limit + 1), fmt::arg("offset", offset()));
        out.parameters = std::move(p_);
        return out;
    }

 private:
    std::string sql_of(const filter::clause& c) {
        if (c.kind == filter::clause_kind::test) {
            auto sql = std::visit([&](const auto& test) { return sql_of(test); }, c.test);
            // A complement holds where nothing is known, too (S2a).
            return c.negated ? "(" + sql + ") IS NOT TRUE" : sql;
        }
        const bool every = c.kind == filter::clause_kind::every;
        if (c.parts.empty()) return std::string(every ? always : never);
        std::string out;
        for (const auto& part : c.parts) {
            if (!out.empty()) out += every ? " AND " : " OR ";
            out += sql_of(part);
        }
        return "(" + out + ")";
    }

    std::string sql_of(const filter::instant_within& within) {
        const auto column = column_of(within.field);
        std::string out;
        if (within.from) out = fmt::format("{} >= {}", column, milliseconds(*within.from));
        if (within.until)
            out += fmt::format("{}{} < {}", out.empty() ? "" : " AND ", column, milliseconds(*within.until));
        return out.empty() ? fmt::format("{} IS NOT NULL", column) : out;
    }
    std::string sql_of(const filter::is_empty& empty) { return std::string(emptiness_of(empty.field)); }
    std::string sql_of(const filter::due_all_day&) { return "t.due_all_day"; }
    std::string sql_of(const filter::status_among& among) {
        if (among.mask == filter::listed_statuses) return "t.status < 5";
        return among.mask == 0 ? std::string(never) : fmt::format("t.status IN ({})", numbers_in(among.mask));
    }
    std::string sql_of(const filter::priority_among& among) {
        return among.mask == 0 ? std::string(never)
                               : fmt::format("t.priority IN ({})", numbers_in(among.mask));
    }
    std::string sql_of(const filter::has_tag& has) {
        const auto& tag = query_.where.tags[has.index];
        return is_storable(tag) ? words_match(tsquery_of_tag(user_, tag)) : std::string(never);
    }
    std::string sql_of(const filter::assigned_to& to) {
        if (!is_storable(to.folded)) return std::string(never);
        return "t.assignee_folded = " + p_.text(to.folded).last();
    }
    std::string sql_of(const filter::of_series& of) {
        return "t.series_id = " + p_.uuid(of.id.bytes()).last();
    }
    std::string sql_of(const filter::has_id& has) { return "t.task_id = " + p_.uuid(has.id.bytes()).last(); }
    std::string sql_of(const filter::holds_text& holds) {
        return words_match(tsquery_of(user_, query_.where.texts[holds.index]));
    }
    std::string sql_of(const filter::has_trait& has) {
        const auto bit = [](int mask) { return fmt::format("t.traits & {} <> 0", mask); };
        switch (has.which) {
            case filter::trait::has_reminder: return bit(live_reminder_trait);
            case filter::trait::has_recurrence: return bit(rule_trait);
            case filter::trait::has_comment: return bit(comment_trait);
            case filter::trait::is_recurring: return "(" + bit(rule_trait) + " OR t.series_id IS NOT NULL)";
            case filter::trait::is_blocked: return std::string(blocked_sql);
            case filter::trait::has_subtask:
                return "EXISTS (SELECT FROM tasks child WHERE child.user_id = t.user_id AND child.parent_id "
                       "= t.task_id "
                       "AND child.status < 5)";
            default: return std::string(never);
        }
    }

    /// An id of a project that is there, else a name without regard to case; of several the least id.
    std::string sql_of(const filter::in_project& in) {
        const auto& sent = query_.where.projects[in.index];
        if (!is_storable(sent)) return std::string(never);
        const auto by_name = "r.name_folded = " + p_.text(domain::fold_text(sent)).last();
        const auto id = domain::project_id::parse(sent);
        const auto by_id = id ? "r.project_id = " + p_.uuid(id->value().bytes()).last() : std::string();
        return fmt::format(
            "t.project_id = (SELECT r.project_id FROM projects r WHERE r.user_id = $1 AND NOT r.deleted "
            "AND ({}) ORDER BY {} r.project_id LIMIT 1)",
            id ? by_id + " OR " + by_name : by_name, id ? "(" + by_id + ") DESC," : "");
    }

    std::string milliseconds(domain::instant at) { return p_.int8(at.time_since_epoch().count()).last(); }

    std::string words_match(const std::string& tsquery) {
        return fmt::format("t.words @@ {}::tsquery", p_.text(tsquery).last());
    }

    /// S3: the weight of the best field of each positive text, summed.
    std::string rank_sql() {
        const bool needed =
            std::ranges::find(query_.order, sort_field::rank, &domain::sort_by::field) != query_.order.end();
        std::string sum;
        if (needed) {
            for (const auto& match : query_.where.texts) {
                if (!match.positive) continue;
                std::string best = "CASE";
                for (std::size_t i = 0; i < domain::text_fields; ++i) {
                    const auto field = static_cast<domain::text_field>(i);
                    if (!match.covers(field)) continue;
                    best += fmt::format(" WHEN {} THEN {}", words_match(tsquery_of(user_, match, field)),
                                        domain::weight_of(field));
                }
                sum += (sum.empty() ? "" : " + ") + best + " ELSE 0 END";
            }
        }
        return sum.empty() ? "0" : "(" + sum + ")";
    }

    /// What comes behind the row of the cursor.
    domain::result<std::string> keyset(const std::string& rank) {
        if (!query_.after_key || !query_.after_id) return std::string();
        const auto values = domain::sort_values_of(*query_.after_key, query_.order);
        if (!values) return values.error();
        auto behind = "t.task_id > " + p_.uuid(query_.after_id->value().bytes()).last();
        for (auto i = query_.order.size(); i > 0; --i) {
            const auto& [field, descending] = query_.order[i - 1];
            const auto column = field == sort_field::rank ? rank : std::string(column_of(field));
            const auto& value = (*values)[i - 1];
            if (std::holds_alternative<std::monostate>(value)) {
                behind = fmt::format("({} IS NULL AND {})", column, behind);
                continue;
            }
            const auto last = parameter(field, value);
            behind =
                fmt::format("({0} {1} {2} OR ({0} = {2} AND {3}){4})", column, descending ? '<' : '>', last,
                            behind, can_be_null(field) ? fmt::format(" OR {} IS NULL", column) : "");
        }
        return " AND " + behind;
    }

    std::string parameter(sort_field field, const domain::sort_value& value) {
        if (field == sort_field::id) return p_.uuid(query_.after_id->value().bytes()).last();
        if (const auto* number = std::get_if<std::int64_t>(&value)) return p_.int8(*number).last();
        return p_.bytes(std::get<std::string>(value)).last();
    }

    [[nodiscard]] std::int64_t offset() const {
        constexpr std::int64_t beyond_all = std::int64_t{1} << 60;
        if (!query_.page || *query_.page <= 1 || query_.limit == 0) return 0;
        const auto limit = static_cast<std::int64_t>(query_.limit);
        return *query_.page - 1 > beyond_all / limit ? beyond_all : (*query_.page - 1) * limit;
    }

    const domain::user_id& user_;
    const domain::list_query& query_;
    pg::parameters p_;
};

}  // namespace

bool is_storable(std::string_view text) noexcept {
    return text.find('\0') == std::string_view::npos && domain::count_code_points(text).has_value();
}

domain::result<list_statement> make_list_statement(const domain::user_id& user,
                                                   const domain::list_query& query) {
    return list_sql(user, query).make();
}

}  // namespace daybook::projector
