// What is read of reminders: those of one task with their fires, and the fires of a book by their state.
#pragma once

#include "domain/errc.hpp"
#include "domain/task.hpp"
#include "projector/read_context.hpp"

#include <string>

namespace daybook::projector {

/// Each reminder as the task shows it, with its alarms: what is to come, then what happened. `body` ends with
/// the opening bracket of the list.
void append_reminders(std::string& body, const domain::task& of);

/// `state` (default upcoming), `limit`, `cursor`. Errors: field_invalid, cursor_mismatch, those of the view.
/// Complexity: reads the tasks that have an alarm of this state. Threads: a worker's.
[[nodiscard]] domain::result<platform::http::response> reminder_page(const read_context&);

}  // namespace daybook::projector
