#include "domain/filter/parser.hpp"

#include "domain/filter/fields.hpp"
#include "domain/filter/lexer.hpp"
#include "domain/filter/limits.hpp"
#include "domain/filter/values.hpp"

#include <fmt/format.h>

#include <utility>

namespace daybook::domain::filter {
namespace {

using kind = token_kind;

class parser {
 public:
    explicit parser(std::vector<token> tokens) : tokens_(std::move(tokens)) {}

    result<query> all() {
        if (auto sorted = take_sorts(); !sorted) return sorted.error();
        if (now().kind != kind::end) {
            auto where = disjunction_of_terms();
            if (!where) return where.error();
            if (now().kind == kind::close)
                return query_problem(errc::query_syntax, "This parenthesis was never opened", now().at, {},
                                     {"term", "OR", "end"});
            out_.where = std::move(*where);
        }
        mark_last_word();
        return std::move(out_);
    }

 private:
    [[nodiscard]] const token& now() const { return tokens_[at_]; }
    /// `end` is never left.
    const token& take() { return now().kind == kind::end ? now() : tokens_[at_++]; }

    [[nodiscard]] problem expected_term() const {
        return query_problem(
            errc::query_syntax, "expected term", now().at,
            "A term is a word, a \"phrase\", a #tag, p1 to p4, field:value or a group in parentheses.",
            {"term"});
    }

    [[nodiscard]] static bool begins_term(const token& t) {
        switch (t.kind) {
            case kind::close:
            case kind::word_and:
            case kind::word_or:
            case kind::end: return false;
            default: return true;
        }
    }

    [[nodiscard]] bool at_sort() const {
        if (now().kind != kind::comparison) return false;
        const auto* row = find_field(now().name);
        return row != nullptr && row->field == field::sort;
    }

    /// `sort:` is no term: it may stand before, between and behind the terms of the whole query.
    result<void> take_sorts() {
        for (; at_sort(); take()) {
            if (depth_ > 0)
                return query_problem(errc::query_syntax, "sort: cannot stand in parentheses", now().at,
                                     "It orders the whole query: put it at the end.");
            if (!out_.order.empty())
                return query_problem(errc::query_syntax, "sort: is given twice", now().at,
                                     "Write all keys in one: sort:priority,due.");
            auto order = read_sort(now());
            if (!order) return order.error();
            out_.order = std::move(*order);
        }
        return {};
    }

    result<node> disjunction_of_terms() {
        disjunction any;
        while (true) {
            auto part = conjunction_of_terms();
            if (!part) return part.error();
            any.parts.push_back(std::move(*part));
            if (now().kind != kind::word_or) break;
            take();
        }
        return joined(std::move(any));
    }

    result<node> conjunction_of_terms() {
        conjunction every;
        while (true) {
            auto part = maybe_negated();
            if (!part) return part.error();
            every.parts.push_back(std::move(*part));
            if (auto sorted = take_sorts(); !sorted) return sorted.error();
            if (now().kind == kind::word_and)
                take();
            else if (!begins_term(now()))
                break;
        }
        return joined(std::move(every));
    }

    /// Two negations are none, so that `NOT NOT q` is q.
    result<node> maybe_negated() {
        if (auto sorted = take_sorts(); !sorted) return sorted.error();
        const auto from = now().at.from;
        bool negated = false;
        for (; now().kind == kind::minus || now().kind == kind::word_not; take()) negated = !negated;
        if (at_sort() && now().at.from != from)
            return query_problem(errc::query_syntax, "sort: cannot be negated", now().at,
                                 "A - behind a key reverses it.");
        auto of = term();
        if (!of || !negated) return of;
        const span at{from, of->at.to};
        negation out;
        out.of.push_back(std::move(*of));
        return node{std::move(out), at};
    }

    result<node> term() {
        if (!begins_term(now())) return expected_term();
        if (now().kind == kind::open) return group();
        if (++terms_ > limits::query_terms_max)
            return query_problem(errc::query_too_long,
                                 fmt::format("A query has at most {} terms", limits::query_terms_max),
                                 now().at, "Narrow it, or put it into several queries.");
        return leaf(take());
    }

    result<node> group() {
        const auto opening = now().at;
        if (++depth_ > limits::query_depth_max)
            return query_problem(errc::query_too_deep,
                                 fmt::format("Parentheses go at most {} deep", limits::query_depth_max),
                                 opening);
        take();
        auto inside = disjunction_of_terms();
        if (!inside) return inside;
        if (now().kind != kind::close)
            return query_problem(errc::query_syntax,
                                 "expected ) for the parenthesis at column " + std::to_string(opening.from),
                                 now().at, {}, {")", "term", "OR"});
        inside->at = {opening.from, take().at.to};
        --depth_;
        return inside;
    }

    result<node> leaf(const token& t) {
        switch (t.kind) {
            case kind::tag: return read_tag(t);
            case kind::comparison: {
                const auto* row = find_field(t.name);
                if (row != nullptr) return read_comparison(t, *row);
                const auto near = nearest_field(t.name);
                return query_problem(
                    errc::query_unknown_field,
                    fmt::format("unknown field {}{}{}", t.name, near.empty() ? "" : ", did you mean ", near),
                    t.name_at, "Text with a colon in it stands in quotes.");
            }
            case kind::word:
                if (auto priority = read_priority_word(t)) return std::move(*priority);
                return node{text_term{.kind = text_kind::word, .text = t.text}, t.at};
            case kind::prefix: return node{text_term{.kind = text_kind::prefix, .text = t.text}, t.at};
            default: break;
        }
        if (t.text.empty())
            return query_problem(errc::query_syntax, "expected text between the quotes", t.at, {}, {"text"});
        return node{text_term{.kind = text_kind::phrase, .text = t.text}, t.at};
    }

    template <class Join>
    static node joined(Join parts) {
        if (parts.parts.size() == 1) return std::move(parts.parts.front());
        const span at{parts.parts.front().at.from, parts.parts.back().at.to};
        return node{std::move(parts), at};
    }

    /// S2: the word whose last character is the last of the query is also a prefix.
    void mark_last_word() {
        if (!out_.where || tokens_.size() < 2) return;
        const auto end = tokens_.back().at.from;
        const auto& final = tokens_[tokens_.size() - 2];
        if (final.at.to != end || (final.kind != kind::word && final.kind != kind::comparison)) return;
        auto* last = &*out_.where;
        while (true) {
            if (auto* c = std::get_if<conjunction>(&last->is))
                last = &c->parts.back();
            else if (auto* d = std::get_if<disjunction>(&last->is))
                last = &d->parts.back();
            else if (auto* n = std::get_if<negation>(&last->is))
                last = &n->of.back();
            else
                break;
        }
        auto* term = std::get_if<text_term>(&last->is);
        if (term != nullptr && term->kind == text_kind::word) term->also_prefix = last->at.to == end;
    }

    std::vector<token> tokens_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::size_t terms_ = 0;
    query out_{};
};

}  // namespace

result<query> parse(std::string_view text) {
    auto tokens = read_tokens(text);
    if (!tokens) return tokens.error();
    return parser(std::move(*tokens)).all();
}

}  // namespace daybook::domain::filter
