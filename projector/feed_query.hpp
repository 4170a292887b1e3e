// Which of the tasks that changed are answers to a session's query.
#pragma once

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "projector/read_side.hpp"
#include "projector/view.hpp"

#include <string>
#include <unordered_set>
#include <vector>

namespace daybook::projector {

/// The query can be read in this book. Errors: those of domain::parse_list_query.
[[nodiscard]] domain::result<void> check_feed_query(const read_side&, view_reader&, const domain::user_id&,
                                                    const std::string& text);

/// Those of `changed` that match now, each judged as the view has it. Blocks. Errors: those of the view.
[[nodiscard]] domain::result<std::unordered_set<domain::task_id>> matching_tasks(
    const read_side&, view_reader&, const domain::user_id&, const std::string& query,
    const std::vector<domain::task_id>& changed);

}  // namespace daybook::projector
