// A query as its author wrote it (S1): what the parser makes and the printer writes. Dates stay relative,
// names stay names; normal_form.hpp binds them to a moment.
#pragma once

#include "domain/ids.hpp"
#include "domain/sort_order.hpp"
#include "domain/task.hpp"
#include "domain/zone.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace daybook::domain::filter {

/// Columns of the query's text in code points from 1; `to` is the one behind the last.
struct span {
    std::int64_t from = 0;
    std::int64_t to = 0;
    bool operator==(const span&) const = default;
};

enum class field : std::uint8_t {
    title,
    desc,
    comment,
    tag,
    project,
    priority,
    status,
    due,
    start,
    created,
    updated,
    completed,
    assignee,
    series,
    id,
    has,
    is,
    sort,
};

enum class comparator : std::uint8_t { equal, not_equal, less, at_most, greater, at_least };

/// What `has:` and `is:` ask.
enum class trait : std::uint8_t {
    has_due,
    has_reminder,
    has_recurrence,
    has_subtask,
    has_comment,
    is_overdue,
    is_open,
    is_done,
    is_blocked,
    is_recurring,
    is_today,
};

/// `none`: the field is empty.
struct none_value {
    bool operator==(const none_value&) const = default;
};

enum class date_form : std::uint8_t {
    day,
    wall_clock,
    absolute,
    today,
    tomorrow,
    yesterday,
    end_of_week,
    end_of_month,
    offset,
};

/// A date as it was written. A day is its whole day, an instant or a wall clock that moment.
struct date_point {
    date_form form = date_form::today;
    local_time local{};      ///< day (its midnight), wall_clock
    instant at{};            ///< absolute
    std::int32_t count = 0;  ///< offset: that many units from today, back if negative
    char unit = 'd';         ///< offset: d, w, m or y
    bool operator==(const date_point&) const = default;
};

template <class T>
struct between {
    T first{};
    T last{};  ///< inclusive
    bool operator==(const between&) const = default;
};

/// Text: a canonical tag, or the name of a project or an assignee.
using operand = std::variant<none_value, std::string, priority, between<priority>, status, date_point,
                             between<date_point>, uuid, trait>;

/// `field:[op]value`; also `#tag` (tag) and `p1` (priority).
struct comparison {
    filter::field field = field::tag;
    filter::comparator how = comparator::equal;
    operand value{};
    bool operator==(const comparison&) const = default;
};

enum class text_kind : std::uint8_t { word, prefix, phrase };

/// A word, a prefix or a phrase in any text of a task or in one field.
struct text_term {
    std::optional<filter::field> in{};  ///< title, desc or comment
    text_kind kind = text_kind::word;
    std::string text{};        ///< as written, without quotes and star
    bool also_prefix = false;  ///< the word that ends the query: somebody may still be typing it (S2)
    bool operator==(const text_term&) const = default;
};

struct node;

struct conjunction {
    std::vector<node> parts{};
    bool operator==(const conjunction&) const;
};
struct disjunction {
    std::vector<node> parts{};
    bool operator==(const disjunction&) const;
};
struct negation {
    std::vector<node> of{};  ///< one
    bool operator==(const negation&) const;
};

struct node {
    std::variant<comparison, text_term, conjunction, disjunction, negation> is{};
    span at{};
    /// Equal meaning of equal shape; where it stands does not count.
    bool operator==(const node& other) const { return is == other.is; }
};

struct query {
    std::optional<node> where{};  ///< none: every task
    sort_order order{};           ///< `sort:`; empty: none was given
    bool operator==(const query&) const = default;
};

/// Both nodes at once; either may be absent. Conjunctions are joined, not nested.
[[nodiscard]] std::optional<node> both(std::optional<node> a, std::optional<node> b);
/// Any of the nodes; none for an empty list, the node itself for one.
[[nodiscard]] std::optional<node> any_of(std::vector<node>);
[[nodiscard]] node compare(filter::field, comparator, operand);

/// Calls `each` with every leaf and whether it stands under an odd number of negations.
template <class Each>
void each_leaf(const node& n, const Each& each, bool negated = false) {
    if (const auto* c = std::get_if<conjunction>(&n.is)) {
        for (const auto& part : c->parts) each_leaf(part, each, negated);
    } else if (const auto* d = std::get_if<disjunction>(&n.is)) {
        for (const auto& part : d->parts) each_leaf(part, each, negated);
    } else if (const auto* not_this = std::get_if<negation>(&n.is)) {
        for (const auto& part : not_this->of) each_leaf(part, each, !negated);
    } else {
        each(n, negated);
    }
}

/// Whether a word, prefix or phrase stands in it that must hold: then the best rank comes first.
[[nodiscard]] bool has_positive_text(const query&);

}  // namespace daybook::domain::filter
