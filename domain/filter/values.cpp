#include "domain/filter/values.hpp"

#include "domain/canonical_input.hpp"
#include "domain/filter/dates.hpp"
#include "domain/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace daybook::domain::filter {
namespace {

constexpr std::string_view none_word = "none";
constexpr std::string_view range_mark = "..";
constexpr std::string_view quote_hint = "Put text that only looks like a field in quotes.";

bool is_equality(comparator how) { return how == comparator::equal || how == comparator::not_equal; }

problem bad_value(const token& t, std::string detail, std::string hint = {}) {
    return query_problem(errc::query_bad_value, std::move(detail), t.value_at, std::move(hint));
}

template <class Value>
using value_reader = std::optional<Value> (*)(std::string_view);

std::optional<priority> read_priority(std::string_view text) {
    if (text.size() == 1 && text.front() >= '1' && text.front() <= '4')
        return static_cast<priority>(text.front() - '0');
    return priority_from_habit(text);
}

/// A value or `a..b` of an ordered field.
template <class Value>
result<operand> read_ordered(const token& t, value_reader<Value> read, std::string_view what,
                             std::string_view hint) {
    const std::string_view text = t.text;
    const auto bad = [&](std::string_view part, std::int64_t column) {
        return query_problem(errc::query_bad_value, fmt::format("`{}` is no {}", part, what),
                             {column, t.value_at.to}, std::string(hint));
    };
    const auto mark = text.find(range_mark);
    if (mark == std::string_view::npos) {
        const auto value = read(text);
        if (!value) return bad(text, t.value_at.from);
        return operand(*value);
    }
    if (t.how != comparator::equal && t.how != comparator::not_equal)
        return query_problem(errc::query_syntax, "A range stands without < and >", t.value_at);
    const auto first = read(text.substr(0, mark));
    if (!first) return bad(text.substr(0, mark), t.value_at.from);
    const auto behind = text.substr(mark + range_mark.size());
    const auto last = read(behind);
    if (!last) {
        const auto skipped = count_code_points(text.substr(0, mark + range_mark.size())).value_or(0);
        return bad(behind, t.value_at.from + static_cast<std::int64_t>(skipped));
    }
    return operand(between<Value>{*first, *last});
}

result<operand> read_tag_value(const token& t) {
    auto tag = canonical_tag(t.text, "q");
    if (!tag) return bad_value(t, tag.error().detail);
    return operand(std::move(*tag));
}

result<operand> read_status_value(const token& t) {
    const auto parsed = parse_status(t.text);
    if (parsed && *parsed != status::purged) return operand(*parsed);
    return bad_value(
        t, fmt::format("`{}` is no status", t.text),
        fmt::format("A status is one of: {}. `is:done` means completed.", row_of(field::status).help));
}

result<operand> read_trait_value(const token& t, const field_row& row) {
    if (const auto found = parse_trait(row.field, t.text)) return operand(*found);
    const auto names = trait_names(row.field);
    const auto near = nearest(t.text, names);
    return bad_value(t,
                     fmt::format("unknown value {}{}{}", t.text, near.empty() ? "" : ", did you mean ", near),
                     fmt::format("`{}:` takes one of: {}.", row.name, row.help));
}

result<operand> read_operand(const token& t, const field_row& row) {
    if (!t.quoted && t.text == none_word) {
        if (!row.can_be_empty) return bad_value(t, fmt::format("{} is never empty", row.name));
        if (!is_equality(t.how)) return bad_value(t, "`none` has no order");
        return operand(none_value{});
    }
    switch (row.takes) {
        case value_kind::tag: return read_tag_value(t);
        case value_kind::status: return read_status_value(t);
        case value_kind::trait: return read_trait_value(t, row);
        case value_kind::priority:
            return read_ordered<priority>(t, read_priority, "priority", "Priorities are P1 (first) to P4.");
        case value_kind::date:
            return read_ordered<date_point>(
                t, parse_date_point, "date",
                "Write 2026-08-31, 2026-08-31T17:00, an instant such as 2026-08-31T15:00:00Z, today, "
                "tomorrow, yesterday, "
                "eow, eom, or days, weeks, months, years from today such as +7d, -2w, +1m, -1y.");
        case value_kind::id: {
            const auto id = uuid::parse(t.text);
            if (!id) return bad_value(t, fmt::format("`{}` is no id", t.text));
            return operand(*id);
        }
        case value_kind::name: {
            auto name = canonical_text(t.text, name_rule, "q");
            if (!name) return bad_value(t, name.error().detail);
            return operand(std::move(*name));
        }
        case value_kind::text:
        case value_kind::sort: break;
    }
    return bad_value(t, "no value is read here");
}

result<node> read_field_text(const token& t, const field_row& row) {
    text_term term{.in = row.field, .text = t.text};
    if (t.quoted) {
        term.kind = text_kind::phrase;
    } else if (const auto star = t.text.find('*'); star != std::string::npos) {
        if (star == 0 || star + 1 != t.text.size()) {
            const auto column = t.value_at.from + static_cast<std::int64_t>(
                                                      count_code_points(t.text.substr(0, star)).value_or(0));
            return query_problem(errc::query_syntax, "A star stands only at the end of a word",
                                 {column, column + 1});
        }
        term.kind = text_kind::prefix;
        term.text.pop_back();
    }
    node leaf{std::move(term), t.at};
    if (t.how == comparator::equal) return leaf;
    negation other;
    other.of.push_back(std::move(leaf));
    return node{std::move(other), t.at};
}

}  // namespace

result<node> read_comparison(const token& t, const field_row& row) {
    if (t.text.empty())
        return query_problem(errc::query_syntax, fmt::format("expected value of {}", row.name), t.value_at,
                             t.quoted
                                 ? "There is nothing between the quotes."
                                 : "The value follows without a space; one with spaces stands in quotes.",
                             {"value"});
    if (!row.ordered && !is_equality(t.how))
        return query_problem(errc::query_bad_value, fmt::format("{} has no order: only : and :!=", row.name),
                             t.at);
    if (row.takes == value_kind::text) return read_field_text(t, row);
    auto value = read_operand(t, row);
    if (!value) return value.error();
    return node{comparison{row.field, t.how, std::move(*value)}, t.at};
}

result<node> read_tag(const token& t) {
    if (t.text.size() == 1)
        return query_problem(errc::query_syntax, "expected the name of a tag", {t.at.to, t.at.to + 1},
                             std::string(quote_hint), {"tag"});
    auto named = t;
    named.value_at = t.at;
    auto value = read_tag_value(named);
    if (!value) return value.error();
    return node{comparison{field::tag, comparator::equal, std::move(*value)}, t.at};
}

std::optional<node> read_priority_word(const token& t) {
    const auto& text = t.text;
    if (text.size() != 2 || (text[0] != 'p' && text[0] != 'P') || text[1] < '1' || text[1] > '4')
        return std::nullopt;
    return node{comparison{field::priority, comparator::equal, static_cast<priority>(text[1] - '0')}, t.at};
}

result<sort_order> read_sort(const token& t) {
    if (t.how != comparator::equal || t.quoted || t.text.empty())
        return query_problem(errc::query_syntax, "expected keys to sort by", t.value_at,
                             "Write sort:due or sort:priority,due-.", {"sort key"});
    sort_order order;
    std::string_view rest = t.text;
    auto column = t.value_at.from;
    while (true) {
        const auto key = rest.substr(0, rest.find(','));
        auto name = key;
        const bool reversed = name.ends_with('-');
        if (reversed) name.remove_suffix(1);
        const span at{column, column + static_cast<std::int64_t>(count_code_points(key).value_or(0))};
        const auto field = parse_sort_field(name);
        if (!field)
            return query_problem(
                errc::query_bad_value, fmt::format("`{}` is no key to sort by", name), at,
                "Keys are due, start, created, updated, completed, priority, status, title, rank and id.");
        if (std::ranges::find(order, *field, &sort_by::field) != order.end())
            return query_problem(errc::query_bad_value, fmt::format("{} is a key already", name), at);
        order.push_back({*field, reversed != (*field == sort_field::rank)});
        if (key.size() == rest.size()) return order;
        rest.remove_prefix(key.size() + 1);
        column = at.to + 1;
    }
}

}  // namespace daybook::domain::filter
