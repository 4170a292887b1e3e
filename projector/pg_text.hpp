// Words of tasks as tsvectors of ours, and of queries as tsquerys: PostgreSQL parses no text.
// Lexemes, by their first character:
//   u user      whose task it is, so that one index serves books of every size; no positions
//   t tag       folded; no positions
//   f surface   every word as it stands, folded, with its positions
//   s stem      every word by its stem, with its positions
// Weights: A title, B tags, C description, D comments.
#pragma once

#include "domain/filter/normal_form.hpp"
#include "domain/ids.hpp"
#include "domain/text/document.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::projector {

/// Binary form, as PostgreSQL sends it back. Source: src/backend/utils/adt/tsvector.c, tsvectorsend().
[[nodiscard]] std::string tsvector_of(const domain::user_id&, std::span<const std::string> folded_tags,
                                      std::span<const domain::document_token> words);

/// Text form of the query that holds where filter::weight_of is positive; with `only`, where that field holds
/// it.
[[nodiscard]] std::string tsquery_of(const domain::user_id&, const domain::filter::text_match&,
                                     std::optional<domain::text_field> only = {});
[[nodiscard]] std::string tsquery_of_tag(const domain::user_id&, std::string_view folded_tag);

/// One row a surface of the book of user $1.
inline constexpr std::string_view words_of_book_sql =
    "SELECT DISTINCT substr(w.lexeme, 2) FROM tasks t, unnest(t.words) AS w WHERE t.user_id = $1 AND "
    "starts_with(w.lexeme, 'f')";

/// What the words of a version depend on: the layout above and the analyser.
[[nodiscard]] const std::string& pg_view_stamp();

}  // namespace daybook::projector
