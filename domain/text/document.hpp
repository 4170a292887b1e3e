// The searchable text of one task: its fields, their weights and the positions of their words (S3, settled
// 29).
#pragma once

#include "domain/task.hpp"
#include "domain/text/analyser.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::domain {

/// In the order of positions and of falling weight.
enum class text_field : std::uint8_t { title, tags, description, comments };
inline constexpr std::size_t text_fields = 4;

/// What a term is worth in the best field that holds it (S3).
[[nodiscard]] constexpr std::int64_t weight_of(text_field f) noexcept {
    constexpr std::array<std::int64_t, text_fields> weights{8, 4, 2, 1};
    return weights[static_cast<std::size_t>(f)];
}

/// Positions are 1 to this one; per lexeme (a surface, or a stem) a task has at most so many (settled 29).
inline constexpr std::uint32_t text_position_max = 16'000;
inline constexpr std::uint32_t text_positions_per_lexeme_max = 250;
/// Surfaces and stems of a task together; later words are left out. A tsvector holds less than 1 MiB.
inline constexpr std::size_t text_bytes_max = 600 * 1024;

/// A text in the language that was in force when it was written (settled 8).
struct written_text {
    std::string text{};
    std::string language{};
    bool operator==(const written_text&) const = default;
};

struct text_document {
    written_text title{};
    std::vector<std::string> tags{};
    std::string tags_language{};
    written_text description{};
    std::vector<written_text> comments{};  ///< in the order of the log
    bool operator==(const text_document&) const = default;
};

/// A text_token of a document. `position` counts through the document; between two texts (a tag and a comment
/// are one each) one is left out, so no phrase crosses them. `first` and `last` are of the text `text` of the
/// field.
struct document_token {
    text_token word{};
    text_field field = text_field::title;
    std::uint32_t text = 0;  ///< which tag or comment; 0 for title and description
    bool operator==(const document_token&) const = default;
};

/// In the order of positions. A word whose surface or stem has its most positions already is left out and
/// keeps its place.
[[nodiscard]] std::vector<document_token> analyse(text_analyser&, const text_document&);

}  // namespace daybook::domain
