#include "domain/canonical_input.hpp"
#include "domain/filter/lexer.hpp"
#include "domain/filter/parser.hpp"
#include "domain/limits.hpp"
#include "domain/list_query.hpp"
#include "domain/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace daybook::domain {
namespace {

using filter::comparator;
using filter::field;
using filter::node;

constexpr std::string_view known =
    "q search priority tag status completed due_before due_after project sort_by order limit cursor page "
    "page_size "
    "explain";  // the projector's own
constexpr std::string_view sort_names = "due start created updated completed priority status title rank id";
constexpr std::size_t shown_max = 64;

/// What was read so far. The nodes of one parameter are alternatives, those of `tag` and `search` all hold.
struct reader_state {
    filter::query asked{};
    std::vector<node> priorities{};
    std::vector<node> statuses{};
    std::vector<node> all{};
    std::size_t values = 0;
    std::vector<std::string_view> seen{};
    std::optional<sort_field> sort{};
    std::optional<bool> descending{};
    std::optional<std::string> cursor{};
    std::optional<std::int64_t> limit{};
    std::optional<std::int64_t> page_size{};
    std::optional<std::int64_t> page{};
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

result<void> add_once(reader_state& s, std::vector<node>& list, node value, std::string_view name) {
    if (std::find(list.begin(), list.end(), value) != list.end()) return {};
    if (++s.values > limits::query_terms_max)
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

result<void> read_q(reader_state& s, std::string_view text) {
    auto asked = filter::parse(text);
    if (!asked) return asked.error();
    s.asked = std::move(*asked);
    return {};
}

/// Words that all hold, the last one also as a prefix; no character in them means anything else.
result<void> read_search(reader_state& s, std::string_view text) {
    const auto length = count_code_points(text);
    if (!length) return bad("search", "The text is not UTF-8");
    if (*length > limits::query_length_max)
        return make_problem(errc::query_too_long,
                            fmt::format("At most {} characters", limits::query_length_max), "search");
    const auto words = split(text, " \t\r\n");
    const bool open_end = !words.empty() && text.ends_with(words.back());
    for (const auto word : words) {
        filter::text_term term{.text = std::string(word)};
        term.also_prefix = open_end && word.data() == words.back().data();
        if (auto added = add_once(s, s.all, node{std::move(term), {}}, "search"); !added) return added;
    }
    return {};
}

result<void> read_priority(reader_state& s, std::string_view value) {
    const auto parsed = priority_from_habit(value);
    if (!parsed) return bad("priority", "Priorities are P1, P2, P3 and P4, or urgent, high, medium and low");
    return add_once(s, s.priorities, filter::compare(field::priority, comparator::equal, *parsed),
                    "priority");
}

result<void> read_tag(reader_state& s, std::string_view value) {
    auto tag = canonical_tag(value, "tag");
    if (!tag) return tag.error();
    return add_once(s, s.all, filter::compare(field::tag, comparator::equal, std::move(*tag)), "tag");
}

result<void> read_status(reader_state& s, std::string_view value) {
    const auto parsed = parse_status(value);
    if (!parsed || *parsed == status::purged)
        return bad("status", "A status is open, in_progress, completed, cancelled, skipped or deleted");
    return add_once(s, s.statuses, filter::compare(field::status, comparator::equal, *parsed), "status");
}

result<void> read_due(reader_state& s, std::string_view name, std::string_view text) {
    const auto date = filter::parse_date_point(text);
    using form = filter::date_form;
    if (!date || (date->form != form::day && date->form != form::wall_clock && date->form != form::absolute))
        return make_problem(errc::date_invalid,
                            fmt::format("`{}` is neither a day such as 2026-08-31 nor an instant such as "
                                        "2026-08-31T15:00:00Z",
                                        text.substr(0, shown_max)),
                            std::string(name), "In a URL a plus sign is written %2B.");
    // A day begins at its local midnight, a wall clock is the caller's.
    const auto how = name == "due_before" ? comparator::less : comparator::at_least;
    s.all.push_back(filter::compare(field::due, how, *date));
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

result<void> read_one(reader_state& s, std::string_view name, std::string_view text) {
    if (name == "search") return read_search(s, text);
    if (name == "priority")
        return each_value(name, text, [&](auto value) { return read_priority(s, value); });
    if (name == "tag") return each_value(name, text, [&](auto value) { return read_tag(s, value); });
    if (name == "status") return each_value(name, text, [&](auto value) { return read_status(s, value); });

    if (std::find(s.seen.begin(), s.seen.end(), name) != s.seen.end())
        return bad(name, "The parameter is given twice");
    s.seen.push_back(name);
    if (name == "q") return read_q(s, text);
    if (name == "completed") {
        if (text != "true" && text != "false") return bad(name, "true or false");
        const auto how = text == "true" ? comparator::equal : comparator::not_equal;
        s.all.push_back(filter::compare(field::status, how, status::completed));
        return {};
    }
    if (name == "due_before" || name == "due_after") return read_due(s, name, text);
    if (name == "project") {
        auto canonical = canonical_text(text, name_rule, name);
        if (!canonical) return canonical.error();
        s.all.push_back(filter::compare(field::project, comparator::equal, std::move(*canonical)));
        return {};
    }
    if (name == "sort_by") {
        s.sort = parse_sort_field(text);
        return s.sort ? result<void>() : bad(name, fmt::format("Lists sort by one of: {}", sort_names));
    }
    if (name == "order") {
        if (text != "asc" && text != "desc") return bad(name, "asc or desc");
        s.descending = text == "desc";
        return {};
    }
    const auto size_max = static_cast<std::int64_t>(limits::page_size_max);
    if (name == "limit") return read_number(name, text, size_max, s.limit);
    if (name == "page_size") return read_number(name, text, size_max, s.page_size);
    if (name == "page") return read_number(name, text, limits::page_max, s.page);
    if (name == "cursor") {
        s.cursor = std::string(text);
        return {};
    }
    return make_problem(errc::field_unknown, "There is no such parameter here",
                        std::string(name.substr(0, shown_max)), fmt::format("Known are: {}.", known));
}

/// `q` comes last, so that its last word stays the last.
std::optional<node> joined(reader_state& s) {
    std::optional<node> out;
    for (auto& each : s.all) out = both(std::move(out), std::move(each));
    out = both(std::move(out), filter::any_of(std::move(s.priorities)));
    out = both(std::move(out), filter::any_of(std::move(s.statuses)));
    return both(std::move(out), std::move(s.asked.where));
}

/// S3: equal ranks by the last change, the newest first.
sort_order with_ties(sort_order order) {
    if (order.back().field != sort_field::rank) return order;
    const bool there = std::ranges::find(order, sort_field::updated, &sort_by::field) != order.end();
    if (!there) order.push_back({sort_field::updated, true});
    return order;
}

result<sort_order> order_of(const reader_state& s, const filter::query& asked) {
    if (!s.sort && !s.descending) return with_ties(asked.order.empty() ? default_order(asked) : asked.order);
    if (!asked.order.empty())
        return bad(s.sort ? "sort_by" : "order", "The query has a sort: of its own; send one of the two");
    auto first = default_order(asked).front();
    if (s.sort) first = {*s.sort, *s.sort == sort_field::rank};
    if (s.descending) first.descending = *s.descending;
    return with_ties({first});
}

/// Either `limit` and `cursor`, or `page` and `page_size`.
result<void> apply_paging(const reader_state& s, list_query& query) {
    const bool paged = s.page || s.page_size;
    if (paged && s.cursor) return bad(s.page ? "page" : "page_size", "Pages and cursors do not go together");
    if (s.limit && s.page_size)
        return bad("page_size", "`limit` and `page_size` say the same thing; send one");
    query.limit = static_cast<std::size_t>(
        s.limit.value_or(s.page_size.value_or(static_cast<std::int64_t>(limits::page_size_default))));
    query.page = paged && !s.page ? 1 : s.page;
    return s.cursor ? apply_cursor(query, *s.cursor) : result<void>();
}

}  // namespace

sort_order default_order(const filter::query& asked) {
    if (filter::has_positive_text(asked)) return {{sort_field::rank, true}, {sort_field::updated, true}};
    return {{sort_field::due, false}};
}

result<list_query> parse_list_query(const query_parameters& parameters, const filter::query_context& context,
                                    const filter::query_language& language) {
    reader_state s;
    for (const auto& [name, text] : parameters)
        if (auto read = read_one(s, name, text); !read) return read.error();
    list_query out;
    out.asked.order = s.asked.order;
    out.asked.where = joined(s);
    auto order = order_of(s, out.asked);
    if (!order) return order.error();
    out.order = std::move(*order);
    auto where = filter::normalise(out.asked, context, language);
    if (!where) return where.error();
    out.where = std::move(*where);
    if (auto paged = apply_paging(s, out); !paged) return paged.error();
    return out;
}

}  // namespace daybook::domain
