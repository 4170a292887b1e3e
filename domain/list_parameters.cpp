#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "domain/canonical_input.hpp"
#include "domain/date.hpp"
#include "domain/limits.hpp"
#include "domain/list_query.hpp"
#include "domain/utf8.hpp"

namespace daybook::domain {
namespace {

constexpr std::string_view known =
    "search priority tag status completed due_before due_after project sort_by order limit cursor page page_size";
constexpr std::string_view sort_names = "due start created updated completed priority status title id";
constexpr std::size_t shown_max = 64;

struct reader_state {
    const query_context& context;
    list_query query{};
    std::vector<std::string_view> seen{};
    std::optional<std::string> cursor{};
    std::optional<std::int64_t> limit{};
    std::optional<std::int64_t> page_size{};
};

problem bad(std::string_view name, std::string detail) {
    return make_problem(errc::field_invalid, std::move(detail), std::string(name));
}

/// The words of a text of names.
std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto from = text.find_first_not_of(separators);
        if (from == std::string_view::npos) return parts;
        const auto to = std::min(text.find_first_of(separators, from), text.size());
        parts.push_back(text.substr(from, to - from));
        text.remove_prefix(to);
    }
}

template <class Value>
result<void> add_once(std::vector<Value>& list, Value value, std::string_view name) {
    if (std::find(list.begin(), list.end(), value) != list.end()) return {};
    if (list.size() == limits::query_terms_max)
        return make_problem(errc::limit_exceeded, fmt::format("At most {} values", limits::query_terms_max),
                            std::string(name));
    list.push_back(std::move(value));
    return {};
}

/// Values of one parameter, separated by commas; there must be one.
template <class Add>
result<void> each_value(std::string_view name, std::string_view text, Add add) {
    const auto values = split(text, ",");
    if (values.empty()) return bad(name, "A value is missing");
    for (const auto value : values)
        if (auto added = add(value); !added) return added;
    return {};
}

result<void> read_search(reader_state& s, std::string_view text) {
    const auto length = count_code_points(text);
    if (!length) return bad("search", "The text is not UTF-8");
    if (*length > limits::query_length_max)
        return make_problem(errc::query_too_long, fmt::format("At most {} characters", limits::query_length_max),
                            "search");
    const auto folded = fold_text(text);
    for (const auto word : split(folded, " \t\r\n"))
        if (auto added = add_once(s.query.search, std::string(word), "search"); !added) return added;
    return {};
}

result<void> read_priority(reader_state& s, std::string_view value) {
    const auto parsed = priority_from_habit(value);
    if (!parsed) return bad("priority", "Priorities are P1, P2, P3 and P4, or urgent, high, medium and low");
    return add_once(s.query.priorities, *parsed, "priority");
}

result<void> read_tag(reader_state& s, std::string_view value) {
    const auto tag = canonical_tag(value, "tag");
    if (!tag) return tag.error();
    return add_once(s.query.tags, fold_text(*tag), "tag");
}

result<void> read_status(reader_state& s, std::string_view value) {
    const auto parsed = parse_status(value);
    if (!parsed || *parsed == status::purged)
        return bad("status", "A status is open, in_progress, completed, cancelled, skipped or deleted");
    return add_once(s.query.statuses, *parsed, "status");
}

result<void> read_due(const query_context& context, std::string_view name, std::string_view text,
                      std::optional<instant>& bound) {
    static const zone_table no_zones("", {});
    const auto date = parse_date(text, no_zones);
    if (!date || date->kind == date_kind::zoned)
        return make_problem(errc::date_invalid,
                            fmt::format("`{}` is neither a day such as 2026-08-31 nor an instant such as "
                                        "2026-08-31T15:00:00Z",
                                        text.substr(0, shown_max)),
                            std::string(name), "In a URL a plus sign is written %2B.");
    if (date->kind == date_kind::absolute) {
        bound = date->at;
    } else {
        // A day begins at its local midnight, a wall clock is the caller's.
        bound = context.caller_zone != nullptr ? context.caller_zone->to_instant(date->local)
                                               : instant{date->local.time_since_epoch()};
    }
    return {};
}

result<void> read_number(std::string_view name, std::string_view text, std::int64_t most,
                         std::optional<std::int64_t>& out) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > most)
        return bad(name, fmt::format("A whole number from 1 to {}", most));
    out = value;
    return {};
}

result<void> read_sort_by(reader_state& s, std::string_view text) {
    const auto names = split(sort_names, " ");
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return bad("sort_by", fmt::format("Lists sort by one of: {}", sort_names));
    s.query.order.field = static_cast<sort_field>(found - names.begin());
    return {};
}
static_assert(static_cast<int>(sort_field::id) == 8, "sort_names stands in the order of sort_field");

result<void> read_one(reader_state& s, std::string_view name, std::string_view text) {
    if (name == "search") return read_search(s, text);
    if (name == "priority") return each_value(name, text, [&](auto value) { return read_priority(s, value); });
    if (name == "tag") return each_value(name, text, [&](auto value) { return read_tag(s, value); });
    if (name == "status") return each_value(name, text, [&](auto value) { return read_status(s, value); });

    if (std::find(s.seen.begin(), s.seen.end(), name) != s.seen.end()) return bad(name, "The parameter is given twice");
    s.seen.push_back(name);
    if (name == "completed") {
        if (text != "true" && text != "false") return bad(name, "true or false");
        s.query.completed = text == "true";
        return {};
    }
    if (name == "due_before") return read_due(s.context, name, text, s.query.due_before);
    if (name == "due_after") return read_due(s.context, name, text, s.query.due_after);
    if (name == "project") {
        const auto canonical = canonical_text(text, name_rule, name);
        if (!canonical) return canonical.error();
        s.query.project = *canonical;
        return {};
    }
    if (name == "sort_by") return read_sort_by(s, text);
    if (name == "order") {
        if (text != "asc" && text != "desc") return bad(name, "asc or desc");
        s.query.order.descending = text == "desc";
        return {};
    }
    const auto size_max = static_cast<std::int64_t>(limits::page_size_max);
    if (name == "limit") return read_number(name, text, size_max, s.limit);
    if (name == "page_size") return read_number(name, text, size_max, s.page_size);
    if (name == "page") return read_number(name, text, limits::page_max, s.query.page);
    if (name == "cursor") {
        s.cursor = std::string(text);
        return {};
    }
    return make_problem(errc::field_unknown, "There is no such parameter here",
                        std::string(name.substr(0, shown_max)), fmt::format("Known are: {}.", known));
}

/// Either `limit` and `cursor`, or `page` and `page_size`.
result<void> apply_paging(reader_state& s) {
    const bool paged = s.query.page || s.page_size;
    if (paged && s.cursor) return bad(s.query.page ? "page" : "page_size", "Pages and cursors do not go together");
    if (s.limit && s.page_size) return bad("page_size", "`limit` and `page_size` say the same thing; send one");
    s.query.limit = static_cast<std::size_t>(
        s.limit.value_or(s.page_size.value_or(static_cast<std::int64_t>(limits::page_size_default))));
    if (paged && !s.query.page) s.query.page = 1;
    return s.cursor ? apply_cursor(s.query, *s.cursor) : result<void>();
}

}  // namespace

result<list_query> parse_list_query(const std::vector<std::pair<std::string, std::string>>& parameters,
                                    const query_context& context) {
    reader_state s{.context = context};
    for (const auto& [name, text] : parameters)
        if (auto read = read_one(s, name, text); !read) return read.error();
    if (auto paged = apply_paging(s); !paged) return paged.error();
    return std::move(s.query);
}

}  // namespace daybook::domain
