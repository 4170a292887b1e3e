#include "domain/filter/fuzzy.hpp"

#include <algorithm>
#include <utility>

namespace daybook::domain::filter {
namespace {

/// In the order in which normalise() meets texts.
void reword(node& n, std::span<const std::optional<std::string>> words, std::size_t& next) {
    if (auto* c = std::get_if<conjunction>(&n.is)) {
        for (auto& part : c->parts) reword(part, words, next);
    } else if (auto* d = std::get_if<disjunction>(&n.is)) {
        for (auto& part : d->parts) reword(part, words, next);
    } else if (auto* not_this = std::get_if<negation>(&n.is)) {
        for (auto& part : not_this->of) reword(part, words, next);
    } else if (auto* text = std::get_if<text_term>(&n.is)) {
        if (next < words.size() && words[next]) text->text = *words[next];
        ++next;
    }
}

}  // namespace

std::vector<std::size_t> mistypable(const normal_form& query) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < query.texts.size(); ++i) {
        const auto& match = query.texts[i];
        if (match.positive && match.words.size() == 1 && match.last != text_ending::prefix) out.push_back(i);
    }
    return out;
}

normal_form loosened(normal_form query, std::span<const std::vector<std::string>> alike) {
    const auto which = mistypable(query);
    for (std::size_t i = 0; i < std::min(which.size(), alike.size()); ++i) {
        auto& words = query.texts[which[i]].alike;
        words = alike[i];
        std::ranges::sort(words);
    }
    return query;
}

query reworded(query q, std::span<const std::optional<std::string>> words) {
    std::size_t next = 0;
    if (q.where) reword(*q.where, words, next);
    return q;
}

}  // namespace daybook::domain::filter
