// What the filters of history and audit mean, the same for both stores.
#pragma once

#include "projector/view.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace daybook::projector {

/// Looks at a record's value. Cheap for values that cannot match. Threads: any, one object each.
class history_matcher {
 public:
    explicit history_matcher(const history_query&);
    /// True if every filter but `after_offset` and `limit` holds. `task` receives the event's task, if it has
    /// one.
    [[nodiscard]] bool matches(std::string_view value, std::optional<domain::task_id>& task) const;

 private:
    const history_query& query_;
    std::string needle_;  ///< bytes that every matching value contains; empty if there are none to look for
};

}  // namespace daybook::projector
