#include "domain/text/document.hpp"

#include <algorithm>
#include <unordered_map>

namespace daybook::domain {
namespace {

/// Counts what a lexeme has; the views live as long as the tokens that were counted.
class lexeme_limit {
 public:
    bool admits(const text_token& word) {
        auto& surface = surfaces_[word.surface];
        auto& stem = stems_[word.stem];
        if (surface == text_positions_per_lexeme_max || stem == text_positions_per_lexeme_max) return false;
        ++surface;
        ++stem;
        return true;
    }

 private:
    std::unordered_map<std::string, std::uint32_t> surfaces_;
    std::unordered_map<std::string, std::uint32_t> stems_;
};

}  // namespace

std::vector<document_token> analyse(text_analyser& by, const text_document& document) {
    std::vector<document_token> out;
    std::vector<text_token> words;
    std::uint32_t position = 0;
    const auto add = [&](std::string_view text, std::string_view language, text_field field,
                         std::size_t number) {
        if (position >= text_position_max) return;
        words.clear();
        by.append(text, language, position, text_position_max - position, words);
        if (words.empty()) return;
        position = words.back().position + 1;
        for (auto& w : words) out.push_back({std::move(w), field, static_cast<std::uint32_t>(number)});
    };
    add(document.title.text, document.title.language, text_field::title, 0);
    for (std::size_t i = 0; i < document.tags.size(); ++i)
        add(document.tags[i], document.tags_language, text_field::tags, i);
    add(document.description.text, document.description.language, text_field::description, 0);
    for (std::size_t i = 0; i < document.comments.size(); ++i) {
        add(document.comments[i].text, document.comments[i].language, text_field::comments, i);
    }
    if (out.size() > text_positions_per_lexeme_max) {
        lexeme_limit limit;
        std::erase_if(out, [&](const auto& token) { return !limit.admits(token.word); });
    }
    std::size_t bytes = 0;
    const auto beyond = std::ranges::find_if(out, [&](const auto& token) {
        bytes += token.word.surface.size() + token.word.stem.size();
        return bytes > text_bytes_max;
    });
    out.erase(beyond, out.end());
    return out;
}

}  // namespace daybook::domain
