#include "domain/filter/fields.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>

namespace daybook::domain::filter {
namespace {

constexpr auto table = std::to_array<field_row>({
    {field::title, "title", value_kind::text, false, false, "words in the title"},
    {field::desc, "desc", value_kind::text, false, false, "words in the description"},
    {field::comment, "comment", value_kind::text, false, false, "words in a comment"},
    {field::tag, "tag", value_kind::tag, false, true, "a tag, also written #tag"},
    {field::project, "project", value_kind::name, false, true, "name or id of the project"},
    {field::priority, "priority", value_kind::priority, true, false, "P1 (first) to P4, also written p1"},
    {field::status, "status", value_kind::status, false, false,
     "open, in_progress, completed, cancelled, skipped, deleted"},
    {field::due, "due", value_kind::date, true, true, "when it is due"},
    {field::start, "start", value_kind::date, true, true, "when it starts"},
    {field::created, "created", value_kind::date, true, false, "when it was made"},
    {field::updated, "updated", value_kind::date, true, false, "when it changed last"},
    {field::completed, "completed", value_kind::date, true, true, "when it was completed"},
    {field::assignee, "assignee", value_kind::name, false, true, "who does it"},
    {field::series, "series", value_kind::id, false, true, "id of the series it recurs in"},
    {field::id, "id", value_kind::id, false, false, "id of the task"},
    {field::has, "has", value_kind::trait, false, false, "due, reminder, recurrence, subtask, comment"},
    {field::is, "is", value_kind::trait, false, false, "overdue, open, done, blocked, recurring, today"},
    {field::sort, "sort", value_kind::sort, false, false,
     "keys of the order, each with - behind it for descending"},
});

constexpr bool in_order() {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (static_cast<std::size_t>(table[i].field) != i) return false;
    return table.size() == static_cast<std::size_t>(field::sort) + 1;
}
static_assert(in_order(), "rows stand in the order of field, one each");

constexpr auto traits =
    std::to_array<std::string_view>({"due", "reminder", "recurrence", "subtask", "comment", "overdue", "open",
                                     "done", "blocked", "recurring", "today"});
static_assert(traits.size() == static_cast<std::size_t>(trait::is_today) + 1);

constexpr auto comparators = std::to_array<std::string_view>({"", "!=", "<", "<=", ">", ">="});
static_assert(comparators.size() == static_cast<std::size_t>(comparator::at_least) + 1);

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// Insertions, deletions and replacements between two short texts.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
        }
    }
    return row.back();
}

}  // namespace

std::span<const field_row> field_table() noexcept { return table; }

const field_row& row_of(field f) noexcept { return table[static_cast<std::size_t>(f)]; }

const field_row* find_field(std::string_view name) noexcept {
    const auto wanted = lower(name);
    const auto found = std::ranges::find(table, wanted, &field_row::name);
    return found == table.end() ? nullptr : &*found;
}

std::string_view nearest(std::string_view text, std::span<const std::string_view> candidates) {
    constexpr std::size_t length_max = 32;
    constexpr std::size_t beginning_min = 2;
    if (text.empty() || text.size() > length_max) return {};
    const auto wanted = lower(text);
    const auto tolerance = std::max<std::size_t>(1, wanted.size() / 3);
    std::string_view best;
    std::size_t best_steps = tolerance + 1;
    for (const auto candidate : candidates) {
        // What begins like it is what was meant: `prio`, `description`.
        const auto common = std::min(wanted.size(), candidate.size());
        const bool begins = common >= beginning_min &&
                            candidate.substr(0, common) == std::string_view(wanted).substr(0, common);
        const auto steps = begins ? 0 : distance(wanted, candidate);
        if (steps < best_steps) {
            best = candidate;
            best_steps = steps;
        }
    }
    return best;
}

std::string_view nearest_field(std::string_view name) {
    std::array<std::string_view, table.size()> names{};
    std::ranges::transform(table, names.begin(), &field_row::name);
    return nearest(name, names);
}

std::string_view to_text(comparator how) noexcept { return comparators[static_cast<std::size_t>(how)]; }

comparator take_comparator(std::string_view& rest) noexcept {
    for (const auto how : {comparator::not_equal, comparator::at_most, comparator::at_least, comparator::less,
                           comparator::greater}) {
        if (rest.starts_with(to_text(how))) {
            rest.remove_prefix(to_text(how).size());
            return how;
        }
    }
    if (rest.starts_with('=')) rest.remove_prefix(1);
    return comparator::equal;
}

std::string_view to_text(trait which) noexcept { return traits[static_cast<std::size_t>(which)]; }

field field_of(trait which) noexcept { return which <= trait::has_comment ? field::has : field::is; }

std::vector<std::string_view> trait_names(field f) {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < traits.size(); ++i)
        if (field_of(static_cast<trait>(i)) == f) names.push_back(traits[i]);
    return names;
}

std::optional<trait> parse_trait(field f, std::string_view name) noexcept {
    const auto wanted = lower(name);
    for (std::size_t i = 0; i < traits.size(); ++i)
        if (field_of(static_cast<trait>(i)) == f && traits[i] == wanted) return static_cast<trait>(i);
    return std::nullopt;
}

}  // namespace daybook::domain::filter
