// A list, and where it is empty and has words, the list of what looks like them (S2). The same for both
// stores.
#pragma once

#include "domain/list_query.hpp"
#include "projector/view.hpp"

#include <optional>
#include <string>

namespace daybook::projector {

struct fuzzy_page {
    task_page page{};
    domain::list_query query{};  ///< what the page answers: the query, or the loosened one
    bool fuzzy = false;          ///< the query itself finds nothing, the loosened one does
};

/// Errors: those of view_reader::list() and alike().
[[nodiscard]] domain::result<fuzzy_page> list_or_alike(view_reader&, const domain::user_id&,
                                                       const domain::list_query&);

/// Of a query that finds nothing: the query with the words that no task of the book holds replaced by those
/// that are most like them; none if there is no such word. Errors: as above.
[[nodiscard]] domain::result<std::optional<std::string>> did_you_mean(view_reader&, const domain::user_id&,
                                                                      const domain::list_query&);

}  // namespace daybook::projector
