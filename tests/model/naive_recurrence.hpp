// The rules of recurrence told a second time, as slowly and plainly as possible: every day from the start is
// asked whether the rule names it. Shares no code with domain/recurrence but the parsed rule.
#pragma once

#include "domain/recurrence/expand.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace daybook::tests {

/// The first n occurrences that lie before `horizon`.
[[nodiscard]] std::vector<domain::recurring::occurrence> naive_expansion(const domain::recurring::series&,
                                                                         std::size_t n,
                                                                         std::chrono::local_days horizon);

}  // namespace daybook::tests
