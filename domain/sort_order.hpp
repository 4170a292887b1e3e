// Orders of lists (S2a, settled 25a): keys as bytes that compare in the order of the values.
#pragma once

#include "domain/errc.hpp"
#include "domain/task.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace daybook::domain {

enum class sort_field : std::uint8_t {
    due,
    start,
    created,
    updated,
    completed,
    priority,
    status,
    title,
    id,
    rank
};
inline constexpr std::size_t sort_field_count = static_cast<std::size_t>(sort_field::rank) + 1;

[[nodiscard]] std::string_view to_text(sort_field) noexcept;
/// The name as the query language and `sort_by` write it.
[[nodiscard]] std::optional<sort_field> parse_sort_field(std::string_view) noexcept;

struct sort_by {
    sort_field field = sort_field::due;
    bool descending = false;
    bool operator==(const sort_by&) const = default;
};

/// The first key decides, the next ones where it is equal, the id last. Each field at most once.
using sort_order = std::vector<sort_by>;

/// Bytes that sort as memcmp in the order, empty values last in both directions (the key of an empty value
/// differs by direction); ties are broken by id ascending. Titles by ICU root collation, cut to 256 bytes
/// (settled 21).
[[nodiscard]] std::string sort_key(const task&, const sort_order&, std::int64_t rank = 0);
[[nodiscard]] std::string sort_key(const task&, const sort_by&, std::int64_t rank = 0);

/// What a sort key holds, for stores that sort by columns: nothing where the value is empty, milliseconds for
/// instants, the number for priority, status and rank, the bytes of the ascending key for titles and ids. One
/// a key of the order. Errors: cursor_mismatch for bytes that are no key of this order.
using sort_value = std::variant<std::monostate, std::int64_t, std::string>;
[[nodiscard]] result<std::vector<sort_value>> sort_values_of(std::string_view key, const sort_order&);

/// Bytes of the longest key there is.
[[nodiscard]] std::size_t sort_key_bytes_max(const sort_order&) noexcept;

}  // namespace daybook::domain
