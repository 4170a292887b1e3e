// The plan of a query over columns in memory: who holds its texts (candidates), what the filter keeps of
// them, in which order, which page. Each step is noted with its count.
#pragma once

#include "domain/list_query.hpp"
#include "projector/indexed_texts.hpp"
#include "projector/list_columns.hpp"
#include "projector/list_selector.hpp"
#include "projector/query_run.hpp"

#include <optional>
#include <span>

namespace daybook::projector {

/// The same answer as list_selector gives. `projects`: those of the query, resolved; `texts`: found in the
/// same state. Errors: query_timeout, cursor_mismatch.
[[nodiscard]] domain::result<selected_page> select_from_columns(
    const domain::list_query&, std::span<const std::optional<domain::project_id>> projects,
    const book_columns&, const indexed_texts& texts, query_run&);

}  // namespace daybook::projector
