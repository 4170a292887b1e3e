// An event as the live feed tells it: in SSE and WebSocket frames and in the topics `task-updates` and
// `reminders`.
#pragma once

#include "domain/event.hpp"
#include "domain/ids.hpp"

#include <string>

namespace daybook::domain {

/// Appends one line of JSON, members in this order:
///   position event_id event_type timestamp task_id version command_id actor{type,id} source data{…}
/// They say what they say in the event (event_json.hpp); `position` is that of its record.
void append_delta(std::string& out, const event&, const position&);

}  // namespace daybook::domain
