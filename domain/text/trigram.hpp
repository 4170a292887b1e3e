// Likeness of words by their trigrams, as PostgreSQL's pg_trgm counts it: for words that somebody mistyped
// (S2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
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

/// Of the words of a book those that are most like one: what the fuzzy pass looks for instead (S2, settled
/// 29). Threads: one.
class alike_words {
 public:
    static constexpr std::size_t most = 50;
    explicit alike_words(std::string_view folded) : wanted_(folded) {}
    /// Each word once, in any order. `grams`: of the word.
    void offer(std::string_view word, const trigram_set& grams);
    /// The most alike first; words equally alike by their bytes.
    [[nodiscard]] std::vector<std::string> best() const;

 private:
    trigram_set wanted_;
    std::vector<std::pair<double, std::string>> found_{};
};

}  // namespace daybook::domain
