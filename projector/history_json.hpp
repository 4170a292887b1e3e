// Events as history and audit show them (H1): who, when, through what, and each member with its old and new
// value.
#pragma once

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "projector/view.hpp"

#include <string>
#include <vector>

namespace daybook::projector {

/// Appends one JSON object per entry, comma-separated:
/// {position,timestamp,at,event_id,event_type,task_id,version,actor,source,command_id,correlation_id,causation_id,
///  changes:[{field,old,new}]}. Old values come from the subject's own earlier events, which are read from
///  `from`.
/// Precondition: the entries are of the user's book, in offset order. Errors: those of the reader.
[[nodiscard]] domain::result<void> append_history(std::string& out, view_reader& from, const domain::user_id&,
                                                  const domain::position& log_and_partition,
                                                  const std::vector<history_entry>& entries);

/// The members that differ between two states, both as JSON objects: {field, old, new} in the order of
/// `after`. What follows from other members or from the envelope (versions, times of change, names of
/// projects) is left out.
[[nodiscard]] boost::json::array changed_members(const boost::json::object& before,
                                                 const boost::json::object& after);

}  // namespace daybook::projector
