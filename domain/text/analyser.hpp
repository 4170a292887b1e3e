// From text to words: what full text search knows of a text (S2). Every store and the evaluator take these
// tokens, so that they cannot differ; words of a query go through the same analyser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::domain {

/// One word of a text. A word is a segment of Unicode's word boundaries (UAX #29; Chinese, Japanese, Thai,
/// Lao, Khmer and Burmese by dictionary) with at least one letter, digit or pictograph.
struct text_token {
    std::string surface{};  ///< NFKC, without ignorable characters, folded (settled 25a); never empty
    std::string stem{};     ///< by the language, then folded; the surface where the language has no stemmer
    std::uint32_t position = 0;  ///< from 1, of words in this text
    std::uint32_t first = 0;     ///< bytes [first, last) of the text as it was given
    std::uint32_t last = 0;
    bool operator==(const text_token&) const = default;
};

inline constexpr std::size_t token_bytes_max =
    256;  ///< of surface and stem: longer words are cut, in queries too
inline constexpr std::size_t stemmed_bytes_max = 128;  ///< longer words are their own stem

/// Names the rules and the data that tokens depend on: ours, ICU's and Snowball's. What was made with another
/// stamp must be made anew, never mixed.
[[nodiscard]] const std::string& text_analyser_stamp();

/// A language that has a stemmer, by Snowball's name or ISO code. Any other text is `simple`: words are their
/// own stems.
[[nodiscard]] bool has_stemmer(std::string_view language);

/// Threads: one; make one for each. Costs about a millisecond to make and keeps the words it met (bounded).
class text_analyser {
 public:
    text_analyser();
    ~text_analyser();
    text_analyser(text_analyser&&) noexcept;
    text_analyser& operator=(text_analyser&&) noexcept;

    /// Any bytes are accepted; what is not UTF-8 is no part of a word. Deterministic. Complexity: linear.
    [[nodiscard]] std::vector<text_token> tokens(std::string_view text, std::string_view language);
    /// Puts them behind what `out` holds; their positions go on from `position` (exclusive). At most `most`
    /// of them.
    void append(std::string_view text, std::string_view language, std::uint32_t position, std::size_t most,
                std::vector<text_token>& out);

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace daybook::domain
