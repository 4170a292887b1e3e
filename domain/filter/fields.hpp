// The fields of the language, the one table: what each is called and what can stand behind its colon.
#pragma once

#include "domain/filter/ast.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace daybook::domain::filter {

enum class value_kind : std::uint8_t { text, tag, name, priority, status, date, id, trait, sort };

struct field_row {
    filter::field field;
    std::string_view name;
    value_kind takes;
    bool ordered;       ///< < <= > >= and a..b
    bool can_be_empty;  ///< `none`
    std::string_view help;
};

[[nodiscard]] std::span<const field_row> field_table() noexcept;
[[nodiscard]] const field_row& row_of(field) noexcept;
/// Without regard to the case of ASCII letters; null for an unknown name.
[[nodiscard]] const field_row* find_field(std::string_view name) noexcept;
/// The known name that is most like it; empty if none is near.
[[nodiscard]] std::string_view nearest_field(std::string_view name);

[[nodiscard]] std::string_view to_text(comparator) noexcept;  ///< empty for equal
/// Takes a comparator off the front; equal if there is none.
[[nodiscard]] comparator take_comparator(std::string_view& rest) noexcept;

/// Values of `has:` or `is:` in the order of `trait`.
[[nodiscard]] std::vector<std::string_view> trait_names(field);
[[nodiscard]] std::string_view to_text(trait) noexcept;  ///< without `has:` or `is:`
[[nodiscard]] field field_of(trait) noexcept;
[[nodiscard]] std::optional<trait> parse_trait(field, std::string_view name) noexcept;

/// The candidate that is most like the text; empty if none is near. For hints.
[[nodiscard]] std::string_view nearest(std::string_view text, std::span<const std::string_view> candidates);

}  // namespace daybook::domain::filter
