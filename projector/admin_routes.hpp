// What operators ask the projector (api §3): views and their rebuild, the log, verify; and the export of a
// book.
#pragma once

#include "platform/http/router.hpp"
#include "projector/read_side.hpp"

#include <string_view>
#include <vector>

namespace daybook::projector {

/// `side` outlives the routes and has its runners before the first request. Long scans run on workers of
/// their own, so they never hold up other reads.
///
///   GET    /v1/admin/views[?hash=1] {"views":[{name,version,state,error,partitions:[…],rebuild:{…}}]} POST
///   /v1/admin/views/{name}/rebuild       202; name: rocks, postgres or all DELETE
///   /v1/admin/views/{name}/rebuild       cancels, waits for the end GET
///   /v1/admin/log?partition=|from=[&limit=&raw=1&user=&task=&type=]
///                                               records to the end at the time of the call, one JSON line
///                                               each
///   GET    /v1/admin/verify[?view=]             a line a view and partition, then
///   {"equal",records,events,voids} GET    /v1/export[?events=1&store=]         the own book: tasks in order
///   of id, or records in order of offset
///
/// A stream that fails on the way ends with one line {"error":{code,detail}}.
[[nodiscard]] std::vector<platform::http::route> admin_routes(const read_side& side);

/// The patterns of these routes, for roles that say who serves them.
[[nodiscard]] std::vector<std::string_view> admin_patterns();

}  // namespace daybook::projector
