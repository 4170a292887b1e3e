// state + event -> state. Total: every event that decodes has an effect or none, never an error (architecture
// §3).
#pragma once

#include "domain/book.hpp"
#include "domain/event.hpp"
#include "domain/task.hpp"

#include <memory>
#include <optional>

namespace daybook::domain {

/// The task after the event; `before` is null for the first one. Precondition: event.task is set.
/// `data` is a merge patch (6b), so one rule serves all task events; version, updated_at, status_event,
/// deleted_by and the comment count come from the envelope. Reads no clock and no zone (R11).
[[nodiscard]] task evolve(const task* before, const event&);
/// The same on the task itself. Precondition: an earlier event of its made it.
void advance(task&, const event&);

/// The book's own state after any of its events.
[[nodiscard]] book_state evolve(const book_state& before, const event&);
/// The same on the book itself.
void advance(book_state&, const event&);

/// The project after a project event.
[[nodiscard]] project evolve(const std::optional<project>& before, const event&);

/// The filter after a filter event.
[[nodiscard]] saved_filter evolve(const std::optional<saved_filter>& before, const event&);

/// The series that an event has as its subject (settled 5); none for every other type.
[[nodiscard]] std::optional<series_id> series_of(const event&);
/// The series after one of its events.
[[nodiscard]] series evolve(const std::optional<series>& before, const event&);

}  // namespace daybook::domain
