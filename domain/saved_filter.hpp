// Which saved filter an event is about, and whether a text may be saved as one.
#pragma once

#include "domain/book.hpp"
#include "domain/event.hpp"

#include <optional>
#include <string_view>

namespace daybook::domain {

[[nodiscard]] bool is_about_filter(event_type) noexcept;

/// The filter that a filter event is about (settled 5); nothing for other events. decode_event refuses a
/// filter event that names none.
[[nodiscard]] std::optional<filter_id> filter_of(const event&);

/// A query that filter::parse takes, at least one character of it no space. Looks at no book: names of
/// projects and tags may come and go. Errors: those of filter::parse and field_invalid, at `field`.
[[nodiscard]] result<void> check_saved_query(std::string_view text, std::string_view field);

}  // namespace daybook::domain
