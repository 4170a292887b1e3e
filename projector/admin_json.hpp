// Views, rebuilds and checks as JSON for operators.
#pragma once

#include "domain/errc.hpp"
#include "projector/rebuild.hpp"
#include "projector/runner.hpp"
#include "projector/verify.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace daybook::projector {

[[nodiscard]] boost::json::object problem_json(const domain::problem&);

/// {name,version,state,error,partitions:[{partition,position,head,lag_events,lag_ms,state,events,events_per_second,voids,
/// hash?}],rebuild}. `position` is the last one visible, null while there is none; `head` the log's next
/// offset. `hashes`: one a partition, or empty.
[[nodiscard]] boost::json::object view_json(const view_runner&, const rebuild_status&,
                                            const std::vector<std::string>& hashes);

/// {state,records,records_total,percent,events,events_per_second,seconds,seconds_left,error}
[[nodiscard]] boost::json::object rebuild_json(const rebuild_status&);

/// {view,partition,equal,offset,rows,hash,log_hash,first_difference?}
[[nodiscard]] boost::json::object verify_row_json(const verify_row&);

}  // namespace daybook::projector
