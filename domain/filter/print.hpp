// The way back: a tree as the text of a query.
#pragma once

#include "domain/filter/ast.hpp"

#include <string>

namespace daybook::domain::filter {

/// For every tree that parse() made, parse(to_text(q)) is q.
[[nodiscard]] std::string to_text(const query&);

/// One text for all queries that differ only in the order of their terms; for hashes, not for the parser.
[[nodiscard]] std::string canonical_text(const query&);

/// `due,priority-`: what stands behind `sort:`.
[[nodiscard]] std::string to_text(const sort_order&);

}  // namespace daybook::domain::filter
