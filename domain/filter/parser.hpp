// From terms to the tree of a query (S1): and binds closer than or, two terms side by side are joined by and.
#pragma once

#include "domain/errc.hpp"
#include "domain/filter/ast.hpp"

#include <string_view>

namespace daybook::domain::filter {

/// An empty text is the query of everything. Errors, all 422 with `column` and `field` q: query.syntax with
/// what was expected, query.unknown_field with the nearest name, query.bad_value, query.too_long (characters
/// or terms), query.too_deep.
[[nodiscard]] result<query> parse(std::string_view text);

}  // namespace daybook::domain::filter
