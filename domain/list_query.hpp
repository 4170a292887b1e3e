// What GET /v1/tasks asks (api §3): one query, whether it came as `q` or as plain parameters, its order and
// its page. filter/evaluate.hpp is its meaning, both stores are tested against that.
#pragma once

#include "domain/errc.hpp"
#include "domain/filter/normal_form.hpp"
#include "domain/fold.hpp"
#include "domain/sort_order.hpp"
#include "domain/task.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook::domain {

struct list_query {
    filter::query asked{};        ///< `q` and all parameters, joined by and; what a cursor is good for
    filter::normal_form where{};  ///< the same, bound to the moment; what stores read
    sort_order order{sort_by{}};  ///< never empty
    std::size_t limit = 50;
    std::optional<std::string> after_key{};  ///< from a cursor: sort key and id of the last row seen
    std::optional<task_id> after_id{};
    std::optional<std::int64_t> page{};  ///< from 1; instead of a cursor
};

using query_parameters = std::vector<std::pair<std::string, std::string>>;

/// From the decoded parameters of a URL. Errors: those of filter::parse for `q`; 422 naming the parameter;
/// unknown parameters are refused.
[[nodiscard]] result<list_query> parse_list_query(const query_parameters&, const filter::query_context&,
                                                  const filter::query_language&);

/// The order that a query has where nobody says one: the best rank first where there are words, else by due
/// date (S3, settled 25a).
[[nodiscard]] sort_order default_order(const filter::query&);

/// Opaque text for a page's end: sort key, id and the hash of filter and order. Decoding fails with
/// cursor_mismatch for another query or anything that is no cursor (PG1).
[[nodiscard]] std::string encode_cursor(const list_query&, std::string_view last_key, const task_id& last_id);
[[nodiscard]] result<void> apply_cursor(list_query&, std::string_view cursor);

}  // namespace daybook::domain
