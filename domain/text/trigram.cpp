#include "domain/text/trigram.hpp"

#include "domain/utf8.hpp"

#include <algorithm>

namespace daybook::domain {

void trigram_set::assign(std::string_view folded) {
    constexpr unsigned bits = 21;
    constexpr std::uint64_t mask = (std::uint64_t{1} << (3 * bits)) - 1;
    grams_.clear();
    std::uint64_t gram = (std::uint64_t{U' '} << bits) | U' ';
    const auto add = [&](char32_t c) {
        gram = ((gram << bits) | c) & mask;
        grams_.push_back(gram);
    };
    while (!folded.empty()) {
        const auto c = take_code_point(folded);
        if (!c) folded.remove_prefix(1);
        add(c.value_or(0xFFFD));
    }
    add(U' ');
    std::ranges::sort(grams_);
    const auto doubled = std::ranges::unique(grams_);
    grams_.erase(doubled.begin(), doubled.end());
}

double trigram_set::likeness(const trigram_set& other) const {
    std::size_t both = 0;
    for (auto a = grams_.begin(), b = other.grams_.begin(); a != grams_.end() && b != other.grams_.end();) {
        if (*a == *b)
            ++both, ++a, ++b;
        else if (*a < *b)
            ++a;
        else
            ++b;
    }
    return static_cast<double>(both) / static_cast<double>(grams_.size() + other.grams_.size() - both);
}

void alike_words::offer(std::string_view word, const trigram_set& grams) {
    const auto likeness = wanted_.likeness(grams);
    if (likeness >= fuzzy_likeness_min) found_.emplace_back(likeness, word);
}

std::vector<std::string> alike_words::best() const {
    auto sorted = found_;
    std::ranges::sort(sorted, [](const auto& a, const auto& b) {
        return a.first > b.first || (a.first == b.first && a.second < b.second);
    });
    if (sorted.size() > most) sorted.resize(most);
    std::vector<std::string> out;
    for (auto& [likeness, word] : sorted) out.push_back(std::move(word));
    return out;
}

}  // namespace daybook::domain
