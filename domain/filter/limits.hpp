// Limits of the query language beside those of domain/limits.hpp, in a file of their own: only what reads
// queries needs them.
#pragma once

#include "domain/limits.hpp"

namespace daybook::domain::limits {

inline constexpr std::size_t query_depth_max = 8;  ///< parentheses inside each other (S4)
inline constexpr auto query_deadline = 2s;         ///< of one query in one store (query.timeout)
inline constexpr std::size_t candidates_max = 20;  ///< of a completion

}  // namespace daybook::domain::limits
