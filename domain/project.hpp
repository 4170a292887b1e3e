// What is true of projects for everybody: which one an event is about, and the name that tasks show.
#pragma once

#include "domain/book.hpp"
#include "domain/event.hpp"

#include <optional>
#include <string>

namespace daybook::domain {

[[nodiscard]] bool is_about_project(event_type) noexcept;

/// The project that a project event is about (settled 5); nothing for other events. decode_event refuses a
/// project event that names none.
[[nodiscard]] std::optional<project_id> project_of(const event&);

/// The name by which tasks show their project: none of a project that is not known or is deleted (settled
/// 6a). The task keeps the id.
[[nodiscard]] std::optional<std::string> shown_name(const std::optional<project>&);

}  // namespace daybook::domain
