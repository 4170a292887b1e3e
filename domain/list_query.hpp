// The plain filters and orders of GET /v1/tasks (api §3) as one value with one meaning: `matches` and `sort_key` are
// the definition, both stores are tested against them. The query language compiles to the same value later.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/errc.hpp"
#include "domain/task.hpp"
#include "domain/zone.hpp"

namespace daybook::domain {

enum class sort_field : std::uint8_t { due, start, created, updated, completed, priority, status, title, id };

struct sort_by {
    sort_field field = sort_field::due;
    bool descending = false;
    bool operator==(const sort_by&) const = default;
};

struct list_query {
    std::vector<std::string> search{};        ///< folded words, each a substring of the folded title or description
    std::vector<domain::priority> priorities{};  ///< any of
    std::vector<std::string> tags{};          ///< all of, folded
    std::vector<domain::status> statuses{};   ///< any of; empty: every status but deleted
    std::optional<bool> completed{};
    std::optional<instant> due_before{};      ///< exclusive
    std::optional<instant> due_after{};       ///< inclusive
    std::optional<std::string> project{};     ///< id or name, as sent
    std::optional<project_id> project_resolved{};  ///< filled by the view; none with `project` set matches nothing
    sort_by order{};
    std::size_t limit = 50;
    std::optional<std::string> after_key{};   ///< from a cursor: sort key and id of the last row seen
    std::optional<task_id> after_id{};
    std::optional<std::int64_t> page{};       ///< from 1; instead of a cursor
};

/// What a query takes from the caller and the moment.
struct query_context {
    instant now{};
    const zone* caller_zone = nullptr;
};

/// Paging is applied by the store; this is the filter alone. Deleted tasks only where statuses name deleted; purged never.
[[nodiscard]] bool matches(const task&, const list_query&);

/// Bytes that sort as memcmp in the order of S2a, empty values last in both directions (the key of an empty value
/// differs by direction); ties are broken by id ascending. Titles by ICU root collation, cut to 256 bytes (settled 21).
[[nodiscard]] std::string sort_key(const task&, const sort_by&);

/// What a sort key holds, for stores that sort by columns: nothing where the value is empty, milliseconds for instants,
/// the number for priority and status, the bytes of the ascending key for titles and ids. Errors: cursor_mismatch for
/// bytes that are no key of this order.
using sort_value = std::variant<std::monostate, std::int64_t, std::string>;
[[nodiscard]] result<sort_value> sort_value_of(std::string_view key, const sort_by&);

/// NFKD, marks dropped, case folded (settled 25a).
[[nodiscard]] std::string fold_text(std::string_view);

/// Opaque text for a page's end: sort key, id and the hash of filter and order. Decoding fails with cursor_mismatch for
/// another query or anything that is no cursor (PG1).
[[nodiscard]] std::string encode_cursor(const list_query&, std::string_view last_key, const task_id& last_id);
[[nodiscard]] result<void> apply_cursor(list_query&, std::string_view cursor);

/// From the decoded query parameters of a URL. Errors: 422 naming the parameter; unknown parameters are refused.
[[nodiscard]] result<list_query> parse_list_query(const std::vector<std::pair<std::string, std::string>>& parameters,
                                                  const query_context&);

}  // namespace daybook::domain
