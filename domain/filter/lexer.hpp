// From the text of a query to its terms, each with its columns. Knows quotes and spaces, not what fields
// mean.
#pragma once

#include "domain/errc.hpp"
#include "domain/filter/ast.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace daybook::domain::filter {

enum class token_kind : std::uint8_t {
    open,
    close,  ///< ( )
    minus,  ///< - in front of a term
    word_and,
    word_or,
    word_not,
    word,
    prefix,
    phrase,      ///< text: without star, quotes and escapes
    tag,         ///< text: with its #
    comparison,  ///< name, how, text: field:[op]value
    end,
};

struct token {
    token_kind kind = token_kind::end;
    std::string text{};
    bool quoted = false;  ///< the text of a comparison stood in quotes
    std::string name{};   ///< of a comparison, as written
    comparator how = comparator::equal;
    span at{};
    span name_at{};   ///< of a comparison
    span value_at{};  ///< of a comparison: behind the comparator
};

/// The last one is `end`. Spaces are Unicode's; AND, OR and NOT are words of the language in capitals only;
/// in quotes
/// \" and \\ stand for " and \. Errors: query.syntax, query.too_long, with columns.
[[nodiscard]] result<std::vector<token>> read_tokens(std::string_view text);

/// A failure of the language as every part of it reports one (S4): `field` is q, `expected` stands in
/// `extra`. Without a span (what came as a plain parameter) there is no column.
[[nodiscard]] problem query_problem(errc, std::string detail, span at, std::string hint = {},
                                    std::vector<std::string_view> expected = {});

/// The text in quotes, with escapes.
[[nodiscard]] std::string quoted(std::string_view text);
/// Whether a bare run of characters would be read as it is: not empty, no spaces, quotes or parentheses.
[[nodiscard]] bool can_stand_bare(std::string_view text);

}  // namespace daybook::domain::filter
