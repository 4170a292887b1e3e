// Likeness of words by their trigrams, as PostgreSQL's pg_trgm counts it: for words that somebody mistyped
// (S2).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace daybook::domain {

/// Words at least as alike are answers where the exact pass found nothing.
inline constexpr double fuzzy_likeness_min = 0.3;

/// The trigrams of a folded word, each once: three code points in a row of the word with two spaces in front
/// and one behind. Threads: any number.
class trigram_set {
 public:
    explicit trigram_set(std::string_view folded) { assign(folded); }
    void assign(std::string_view folded);
    [[nodiscard]] std::size_t size() const noexcept { return grams_.size(); }
    /// Those in both by those in either; 0 to 1. Complexity: linear.
    [[nodiscard]] double likeness(const trigram_set& other) const;

 private:
    std::vector<std::uint64_t> grams_;  ///< ascending, 21 bits a code point
};

}  // namespace daybook::domain
