// What could be typed at a place of a query: fields, values, tags and projects.
#pragma once

#include "domain/filter/ast.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::domain::filter {

enum class candidate_kind : std::uint8_t { field, value, comparator, tag, project, word };

struct candidate {
    candidate_kind kind = candidate_kind::field;
    std::string text{};  ///< what to put in the place of `replaces`
    std::string help{};  ///< one line, or empty
    span replaces{};     ///< columns of the query
    bool operator==(const candidate&) const = default;
};

[[nodiscard]] std::string_view to_text(candidate_kind) noexcept;

/// Names of the caller's book, in the order they shall be offered.
struct known_names {
    std::span<const std::string> tags{};  ///< with #
    std::span<const std::string> projects{};
};

/// `column`: where the cursor stands, from 1; the character at it is not typed yet. Whatever the text is,
/// there is an answer; inside a quoted text and behind the end of the text's column it is empty. At most
/// limits::candidates_max.
[[nodiscard]] std::vector<candidate> complete(std::string_view text, std::int64_t column, const known_names&);

}  // namespace daybook::domain::filter
