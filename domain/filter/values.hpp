// What may stand behind the colon of each field, read into the tree.
#pragma once

#include "domain/errc.hpp"
#include "domain/filter/fields.hpp"
#include "domain/filter/lexer.hpp"

namespace daybook::domain::filter {

/// A leaf of any field but sort. Errors: query.syntax where the value is missing, query.bad_value.
[[nodiscard]] result<node> read_comparison(const token&, const field_row&);
/// `#tag`. Errors: query.syntax, query.bad_value.
[[nodiscard]] result<node> read_tag(const token&);
/// `p1` to `p4` in either case.
[[nodiscard]] std::optional<node> read_priority_word(const token&);
/// `sort:key[-]{,key}`. Rank comes best first unless a - says otherwise. Errors: query.syntax,
/// query.bad_value.
[[nodiscard]] result<sort_order> read_sort(const token&);

}  // namespace daybook::domain::filter
