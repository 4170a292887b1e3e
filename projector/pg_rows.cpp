#include "projector/pg_rows.hpp"

#include <chrono>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "domain/codec/task_json.hpp"
#include "domain/list_query.hpp"

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

std::int16_t count_columns(const pg_table& table) {
    std::int16_t count = 1;
    for (const char c : table.columns) count = static_cast<std::int16_t>(count + (c == ',' ? 1 : 0));
    return count;
}

}  // namespace

std::string pg_table::copy_sql() const { return fmt::format("COPY {} ({}) FROM STDIN (FORMAT binary)", name, columns); }

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

void append_task(pg::copy_rows& out, const domain::task& t) {
    out.row(18);
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
    out.int8(milliseconds(t.created_at));
    out.int8(milliseconds(t.updated_at));
    out.maybe_int8(milliseconds(t.completed_at));
    maybe_uuid(out, t.parent);
    maybe_uuid(out, t.project);
    pg::array_value targets(pg::type_oid::uuid);
    for (const auto& target : t.depends_on) targets.add(target.value().bytes());
    out.array(targets);
    if (t.assignee)
        out.text(*t.assignee);
    else
        out.null();
    out.bytes(domain::sort_key(t, {domain::sort_field::title, false}));
    out.text(domain::fold_text(t.title) + '\1' + domain::fold_text(t.description));
    out.text(domain::encode_task(t));
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
