#include "domain/filter/normal_form.hpp"

#include "domain/filter/fields.hpp"
#include "domain/filter/lexer.hpp"
#include "domain/fold.hpp"

#include <algorithm>
#include <utility>

namespace daybook::domain::filter {
namespace {

constexpr std::uint8_t bit(auto value) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(value));
}
constexpr std::uint8_t open_statuses = bit(status::open) | bit(status::in_progress);
static_assert(listed_statuses ==
              (open_statuses | bit(status::completed) | bit(status::cancelled) | bit(status::skipped)));
constexpr std::uint8_t all_fields =
    bit(text_field::title) | bit(text_field::tags) | bit(text_field::description) | bit(text_field::comments);

template <class... Visitors>
struct overloaded : Visitors... {
    using Visitors::operator()...;
};

clause test_of(condition t, bool negated = false) { return {clause_kind::test, {}, std::move(t), negated}; }

/// Parts of the same kind are taken in, a single part stands for itself.
clause joined(clause_kind kind, std::vector<clause> parts) {
    clause out{kind, {}, {}, false};
    for (auto& part : parts) {
        if (part.kind == kind)
            std::move(part.parts.begin(), part.parts.end(), std::back_inserter(out.parts));
        else
            out.parts.push_back(std::move(part));
    }
    if (out.parts.size() != 1) return out;
    auto only = std::move(out.parts.front());
    return only;
}

clause opposite(clause c) {
    if (c.kind == clause_kind::test) {
        c.negated = !c.negated;
        return c;
    }
    c.kind = c.kind == clause_kind::every ? clause_kind::any : clause_kind::every;
    for (auto& part : c.parts) part = opposite(std::move(part));
    return c;
}

template <class Value>
std::size_t index_in(std::vector<Value>& values, Value value) {
    const auto found = std::ranges::find(values, value);
    if (found != values.end()) return static_cast<std::size_t>(found - values.begin());
    values.push_back(std::move(value));
    return values.size() - 1;
}

instant_field instant_of(field f) {
    switch (f) {
        case field::start: return instant_field::start;
        case field::created: return instant_field::created;
        case field::updated: return instant_field::updated;
        case field::completed: return instant_field::completed;
        default: return instant_field::due;
    }
}

std::uint8_t fields_of(const std::optional<field>& in) {
    if (!in) return all_fields;
    if (*in == field::title) return bit(text_field::title);
    return *in == field::desc ? bit(text_field::description) : bit(text_field::comments);
}

class binder {
 public:
    binder(const query_context& context, const query_language& language)
        : context_(context), language_(language) {}

    result<normal_form> bind(const query& q) {
        std::vector<clause> parts{test_of(status_among{})};
        if (q.where) {
            auto where = bind(*q.where, false);
            if (!where) return where.error();
            parts.push_back(std::move(*where));
        }
        const auto deleted = names_deleted_ ? bit(status::deleted) : std::uint8_t{0};
        parts.front().test = status_among{static_cast<std::uint8_t>(listed_statuses | deleted)};
        out_.where = joined(clause_kind::every, std::move(parts));
        return std::move(out_);
    }

 private:
    result<clause> bind(const node& n, bool negated) {
        if (const auto* of = std::get_if<negation>(&n.is)) return bind(of->of.front(), !negated);
        if (const auto* c = std::get_if<conjunction>(&n.is))
            return bind_all(c->parts, negated ? clause_kind::any : clause_kind::every, negated);
        if (const auto* d = std::get_if<disjunction>(&n.is))
            return bind_all(d->parts, negated ? clause_kind::every : clause_kind::any, negated);
        auto leaf = std::holds_alternative<text_term>(n.is)
                        ? bind_text(std::get<text_term>(n.is), n.at, negated)
                        : result<clause>(bind_leaf(std::get<comparison>(n.is)));
        if (!leaf) return leaf;
        return negated ? opposite(std::move(*leaf)) : std::move(*leaf);
    }

    result<clause> bind_all(const std::vector<node>& parts, clause_kind kind, bool negated) {
        std::vector<clause> bound;
        for (const auto& part : parts) {
            auto one = bind(part, negated);
            if (!one) return one;
            bound.push_back(std::move(*one));
        }
        return joined(kind, std::move(bound));
    }

    result<clause> bind_text(const text_term& t, span at, bool negated) {
        text_match match;
        for (auto& word : language_.analyser.tokens(t.text, language_.language))
            match.words.push_back({std::move(word.surface), std::move(word.stem)});
        if (match.words.empty()) {
            auto none = query_problem(errc::query_bad_value, "there is no word in `" + t.text + "`", at,
                                      "Only letters, digits and pictographs can be searched for.");
            if (!none.column) none.field = "search";
            return none;
        }
        if (t.kind == text_kind::prefix)
            match.last = text_ending::prefix;
        else if (t.also_prefix)
            match.last = text_ending::either;
        match.fields = fields_of(t.in);
        match.positive = !negated;
        match.at = at;
        out_.texts.push_back(std::move(match));
        return test_of(holds_text{out_.texts.size() - 1});
    }

    clause bind_leaf(const comparison& c) {
        auto equal = std::visit(
            overloaded{
                [&](const none_value&) { return test_of(is_empty{c.field}); },
                [&](const std::string& name) { return named(c.field, name); },
                [&](priority p) { return test_of(priority_among{priorities(c.how, p)}); },
                [&](const between<priority>& r) {
                    const auto first = priorities(comparator::at_least, r.first);
                    return test_of(priority_among{
                        static_cast<std::uint8_t>(first & priorities(comparator::at_most, r.last))});
                },
                [&](status s) {
                    names_deleted_ = names_deleted_ || s == status::deleted;
                    return test_of(status_among{bit(s)});
                },
                [&](const date_point& d) { return test_of(within(c, d)); },
                [&](const between<date_point>& r) {
                    return test_of(instant_within{instant_of(c.field), resolve(r.first, context_).from,
                                                  resolve(r.last, context_).until});
                },
                [&](const uuid& id) {
                    return c.field == field::id ? test_of(has_id{id}) : test_of(of_series{id});
                },
                [&](trait t) { return taken_apart(t); },
            },
            c.value);
        return c.how == comparator::not_equal ? opposite(std::move(equal)) : equal;
    }

    clause named(field f, const std::string& name) {
        if (f == field::tag) return test_of(has_tag{index_in(out_.tags, fold_text(name))});
        if (f == field::project) return test_of(in_project{index_in(out_.projects, name)});
        return test_of(assigned_to{fold_text(name)});
    }

    static std::uint8_t priorities(comparator how, priority than) {
        std::uint8_t mask = 0;
        for (const auto p : {priority::p1, priority::p2, priority::p3, priority::p4}) {
            const bool in = how == comparator::less       ? p < than
                            : how == comparator::at_most  ? p <= than
                            : how == comparator::greater  ? p > than
                            : how == comparator::at_least ? p >= than
                                                          : p == than;
            if (in) mask = static_cast<std::uint8_t>(mask | bit(p));
        }
        return mask;
    }

    [[nodiscard]] instant_within within(const comparison& c, const date_point& d) const {
        const auto when = resolve(d, context_);
        const auto column = instant_of(c.field);
        switch (c.how) {
            case comparator::less: return {column, std::nullopt, when.from};
            case comparator::at_most: return {column, std::nullopt, when.until};
            case comparator::greater: return {column, when.until, std::nullopt};
            case comparator::at_least: return {column, when.from, std::nullopt};
            case comparator::equal:
            case comparator::not_equal: break;
        }
        return {column, when.from, when.until};
    }

    [[nodiscard]] clause taken_apart(trait t) const {
        const auto day = today(context_);
        switch (t) {
            case trait::has_due: return test_of(is_empty{field::due}, true);
            case trait::is_open: return test_of(status_among{open_statuses});
            case trait::is_done: return test_of(status_among{bit(status::completed)});
            case trait::is_today: return test_of(instant_within{instant_field::due, day.from, day.until});
            case trait::is_overdue: {
                // A day is over at the next midnight, a time when it has come (R4).
                std::vector<clause> timed{
                    test_of(instant_within{instant_field::due, std::nullopt, context_.now}),
                    test_of(due_all_day{}, true)};
                std::vector<clause> late{test_of(instant_within{instant_field::due, std::nullopt, day.from}),
                                         joined(clause_kind::every, std::move(timed))};
                std::vector<clause> both{test_of(status_among{open_statuses}),
                                         joined(clause_kind::any, std::move(late))};
                return joined(clause_kind::every, std::move(both));
            }
            case trait::has_reminder:
            case trait::has_recurrence:
            case trait::has_subtask:
            case trait::has_comment:
            case trait::is_blocked:
            case trait::is_recurring: break;
        }
        return test_of(has_trait{t});
    }

    const query_context& context_;
    const query_language& language_;
    normal_form out_{};
    bool names_deleted_ = false;
};

}  // namespace

result<normal_form> normalise(const query& q, const query_context& context, const query_language& language) {
    return binder(context, language).bind(q);
}

}  // namespace daybook::domain::filter
