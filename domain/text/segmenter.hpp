// Unicode word boundaries over UTF-8: ICU's, with a short cut for ASCII that gives the same.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace daybook::domain {

/// A word of a text. `normal` is its NFKC form; it lives until the next call of the segmenter.
struct text_segment {
    std::uint32_t first = 0;  ///< bytes [first, last) of the text
    std::uint32_t last = 0;
    std::string_view normal{};
    bool ascii = false;
};

/// Words between ASCII white space are found independently of each other. Threads: one.
class segmenter {
 public:
    segmenter();
    ~segmenter();
    segmenter(const segmenter&) = delete;
    segmenter& operator=(const segmenter&) = delete;

    /// The next words of `text`, which are at least one unless the text is at its end; `from` moves behind
    /// them. Only segments with a letter, a digit or a pictograph. Texts are cut at 4 GiB.
    void next(std::string_view text, std::size_t& from, std::vector<text_segment>& out);

 private:
    struct icu_part;
    std::unique_ptr<icu_part> icu_;
};

}  // namespace daybook::domain
