#include "projector/indexed_texts.hpp"

#include "projector/column_filter.hpp"

#include <fmt/format.h>

#include <variant>

namespace daybook::projector {
namespace {

namespace filter = domain::filter;

wanted_text wanted_of(const filter::text_match& match) {
    wanted_text out;
    for (const auto& w : match.words) out.words.push_back({w.surface, w.stem});
    out.whole = match.last != filter::text_ending::prefix;
    out.prefix = match.last != filter::text_ending::whole;
    out.fields = match.fields;
    out.alike = match.alike;
    return out;
}

/// What the texts say of a clause: a set that holds all its answers, none if they say nothing. Exact where
/// the clause is made of texts alone, without negation.
std::optional<task_set> set_of(const filter::clause& c, const std::vector<text_hits>& hits) {
    if (c.kind == filter::clause_kind::test) {
        const auto* text = std::get_if<filter::holds_text>(&c.test);
        return text != nullptr && !c.negated ? std::optional(hits[text->index].tasks) : std::nullopt;
    }
    const bool every = c.kind == filter::clause_kind::every;
    std::optional<task_set> out;
    if (!every) out.emplace();
    for (const auto& part : c.parts) {
        auto set = set_of(part, hits);
        if (!set && every) continue;
        if (!set) return std::nullopt;  // one side of an "or" may be anything
        if (!out)
            out = std::move(set);
        else if (every)
            out->keep_only(*set);
        else
            out->add(*set);
    }
    return out;
}

}  // namespace

indexed_texts::indexed_texts(const domain::user_id& user, const filter::normal_form& query,
                             const rocks_rows& rows)
    : query_(query), reader_(rows, user) {}

domain::result<void> indexed_texts::find(query_run& run) {
    for (const auto& match : query_.texts) {
        auto found = reader_.find(wanted_of(match), run);
        if (!found) return found.error();
        run.did(fmt::format("postings of {}: {}", in_words(match), found->tasks.size()));
        hits_.push_back(std::move(*found));
    }
    if (!hits_.empty()) run.did(fmt::format("keys of the index read: {}", reader_.read().keys));
    return {};
}

domain::result<std::int64_t> indexed_texts::weight(std::size_t index, const list_row& row) {
    return hits_[index].weight(row.ordinal);
}

std::optional<task_set> indexed_texts::candidates() const { return set_of(query_.where, hits_); }

std::int64_t indexed_texts::rank(std::uint32_t ordinal) const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < hits_.size(); ++i)
        if (query_.texts[i].positive) sum += hits_[i].weight(ordinal);
    return sum;
}

}  // namespace daybook::projector
