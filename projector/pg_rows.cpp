#include "projector/pg_rows.hpp"

#include "domain/alarm_list.hpp"
#include "domain/codec/task_json.hpp"
#include "domain/filter/evaluate.hpp"
#include "domain/fold.hpp"
#include "domain/sort_order.hpp"
#include "projector/pg_text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace daybook::projector {
namespace {

namespace pg = platform::pg;

std::int64_t milliseconds(domain::instant at) { return at.time_since_epoch().count(); }

std::optional<std::int64_t> milliseconds(const std::optional<domain::instant>& at) {
    return at ? std::optional(milliseconds(*at)) : std::nullopt;
}

std::optional<std::int64_t> milliseconds(const std::optional<domain::task_date>& date) {
    return date ? std::optional(milliseconds(date->at)) : std::nullopt;
}

template <class Id>
void maybe_uuid(pg::copy_rows& out, const std::optional<Id>& id) {
    if (id)
        out.uuid(id->value().bytes());
    else
        out.null();
}

constexpr std::size_t fixed_languages = 3;

std::int16_t traits_of(const domain::task& t) {
    int traits = 0;
    if (domain::filter::has_live_reminder(t)) traits |= live_reminder_trait;
    if (t.recurrence) traits |= rule_trait;
    if (t.comments > 0) traits |= comment_trait;
    traits |= domain::alarm_kinds(t) << alarm_traits_shift;
    return static_cast<std::int16_t>(traits);
}

/// In the order of the column.
std::vector<std::string> languages_of(const written_texts& texts) {
    std::vector<std::string> out{texts.title_language, texts.tags_language, texts.description_language};
    for (const auto& comment : texts.comments) out.push_back(comment.language);
    return out;
}

std::int16_t count_columns(const pg_table& table) {
    std::int16_t count = 1;
    for (const char c : table.columns) count = static_cast<std::int16_t>(count + (c == ',' ? 1 : 0));
    return count;
}

}  // namespace

std::string pg_table::copy_sql() const {
    return fmt::format("COPY {} ({}) FROM STDIN (FORMAT binary)", name, columns);
}

std::string pg_table::copy_new_sql() const {
    return fmt::format("COPY {} ({}) FROM STDIN (FORMAT binary, FREEZE)", name, columns);
}

void append_position(pg::copy_rows& out, std::int32_t partition, std::string_view checkpoint) {
    out.row(2);
    out.int4(partition);
    out.text(checkpoint);
}

void append_book(pg::copy_rows& out, std::int32_t partition, const domain::book_state& book) {
    out.row(3);
    out.text(book.user.text());
    out.int4(partition);
    out.text(domain::encode_book(book));
}

void append_project(pg::copy_rows& out, const domain::project& project) {
    out.row(6);
    out.text(project.user.text());
    out.uuid(project.id.value().bytes());
    out.text(project.name);
    out.text(domain::fold_text(project.name));
    out.boolean(project.deleted);
    out.text(domain::encode_project(project));
}

void append_filter(pg::copy_rows& out, const domain::saved_filter& filter) {
    out.row(5);
    out.text(filter.user.text());
    out.uuid(filter.id.value().bytes());
    out.text(filter.name);
    out.boolean(filter.deleted);
    out.text(domain::encode_filter(filter));
}

void append_task(pg::copy_rows& out, const domain::task& t, const written_texts& texts) {
    out.row(23);
    out.text(t.user.text());
    out.uuid(t.id.value().bytes());
    out.int2(static_cast<std::int16_t>(t.status));
    out.int2(static_cast<std::int16_t>(t.priority));
    out.texts(t.tags);
    std::vector<std::string> folded;
    folded.reserve(t.tags.size());
    for (const auto& tag : t.tags) folded.push_back(domain::fold_text(tag));
    out.texts(folded);
    out.maybe_int8(milliseconds(t.start));
    out.maybe_int8(milliseconds(t.due));
    out.boolean(domain::filter::is_all_day(t.due));
    out.int8(milliseconds(t.created_at));
    out.int8(milliseconds(t.updated_at));
    out.maybe_int8(milliseconds(t.completed_at));
    maybe_uuid(out, t.parent);
    maybe_uuid(out, t.project);
    pg::array_value targets(pg::type_oid::uuid);
    for (const auto& target : t.depends_on) targets.add(target.value().bytes());
    out.array(targets);
    maybe_uuid(out, t.series);
    if (t.assignee) {
        out.text(*t.assignee);
        out.text(domain::fold_text(*t.assignee));
    } else {
        out.null();
        out.null();
    }
    out.int2(traits_of(t));
    out.bytes(domain::sort_key(t, domain::sort_by{domain::sort_field::title, false}));
    out.texts(languages_of(texts));
    out.bytes(tsvector_of(t.user, folded, words_of(t, texts)));
    out.text(domain::encode_task(t));
}

std::optional<written_texts> texts_of_row(std::string_view languages,
                                          const std::vector<std::string>& comments) {
    auto each = pg::read_array(languages);
    if (each.size() < fixed_languages) return std::nullopt;
    written_texts out{std::move(each[0]), std::move(each[1]), std::move(each[2]), {}};
    for (const auto& record : comments) {
        auto text = comment_in(record);
        if (!text) continue;
        const auto at = fixed_languages + out.comments.size();
        if (at == each.size()) return std::nullopt;
        out.comments.push_back({std::move(*text), std::move(each[at])});
    }
    return fixed_languages + out.comments.size() == each.size() ? std::optional(std::move(out))
                                                                : std::nullopt;
}

const std::string& comments_sql() {
    // Asked of the languages and not of the trait: a purged task has no comments any more, its history still
    // has them.
    static const auto sql = fmt::format(
        "CASE WHEN cardinality(t.languages) > {} THEN (SELECT array_agg(h.value ORDER BY h.log_offset) FROM "
        "history h "
        "WHERE h.user_id = t.user_id AND h.task_id = t.task_id AND h.type = '{}') END",
        fixed_languages, to_text(domain::event_type::task_commented));
    return sql;
}

void append_history(pg::copy_rows& out, const domain::event& e, std::int64_t offset, std::string_view value) {
    out.row(8);
    out.text(e.user.text());
    out.int8(offset);
    maybe_uuid(out, e.task);
    out.text(to_text(e.type));
    out.text(e.actor.id);
    out.int8(milliseconds(e.timestamp));
    pg::array_value fields(pg::type_oid::text);
    for (const auto& member : e.data) fields.add(std::string_view(member.key()));
    out.array(fields);
    out.text(value);
}

std::string_view differing_column(const pg_table& table, const pg::rows& answer, int row,
                                  const pg::copy_rows& expected) {
    std::string_view left = std::string_view(expected.data()).substr(2);
    std::string_view names = table.columns;
    for (int column = 0; column < count_columns(table); ++column) {
        const auto comma = names.find(", ");
        const auto name = names.substr(0, comma);
        names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 2);
        const auto length = pg::read_int(left.substr(0, 4));
        left.remove_prefix(4);
        if (length < 0) {
            if (!answer.is_null(row, column)) return name;
            continue;
        }
        const auto bytes = left.substr(0, static_cast<std::size_t>(length));
        left.remove_prefix(static_cast<std::size_t>(length));
        if (answer.is_null(row, column) || answer.bytes(row, column) != bytes) return name;
    }
    return {};
}

}  // namespace daybook::projector
