#include "projector/indexed_texts.hpp"

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

std::string in_words(const filter::text_match& match) {
    std::string out;
    for (const auto& w : match.words) out += (out.empty() ? "" : " ") + w.surface;
    return match.last == filter::text_ending::whole ? out : out + "*";
}

}  // namespace

indexed_texts::indexed_texts(const domain::user_id& user, const filter::normal_form& query,
                             const rocks_rows& rows)
    : query_(query), reader_(rows, user) {}

domain::result<void> indexed_texts::find() {
    for (const auto& match : query_.texts) {
        auto found = reader_.find(wanted_of(match));
        if (!found) return found.error();
        hits_.push_back(std::move(*found));
    }
    return {};
}

domain::result<std::int64_t> indexed_texts::weight(std::size_t index, const list_row& row) {
    return hits_[index].weight(row.ordinal);
}

std::optional<task_set> indexed_texts::candidates() const { return set_of(query_.where, hits_); }

std::vector<std::string> indexed_texts::steps() const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < hits_.size(); ++i) {
        out.push_back(fmt::format("postings of '{}': {}", in_words(query_.texts[i]), hits_[i].tasks.size()));
    }
    if (!hits_.empty()) out.push_back(fmt::format("keys of the index read: {}", reader_.read().keys));
    return out;
}

}  // namespace daybook::projector
