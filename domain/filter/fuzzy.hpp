// The second pass of a query that found nothing: words that look like the ones asked for count as well (S2).
#pragma once

#include "domain/filter/normal_form.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace daybook::domain::filter {

/// Which texts of the query may be mistyped: single words, not `pre*`, that must hold. Indexes into
/// normal_form::texts.
[[nodiscard]] std::vector<std::size_t> mistypable(const normal_form&);

/// The query with these words, one list a text of mistypable(), counting as the ones asked for.
[[nodiscard]] normal_form loosened(normal_form, std::span<const std::vector<std::string>> alike);

/// The query with other words: one a text of the normal form, none keeps the text. What it prints as may be
/// offered to whoever mistyped it.
[[nodiscard]] query reworded(query, std::span<const std::optional<std::string>> words);

}  // namespace daybook::domain::filter
