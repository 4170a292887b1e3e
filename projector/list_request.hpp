// What GET /v1/tasks and GET /v1/search share: a query from the parameters, the end of a page.
#pragma once

#include "domain/errc.hpp"
#include "domain/list_query.hpp"
#include "projector/fuzzy_list.hpp"
#include "projector/read_context.hpp"
#include "projector/read_side.hpp"
#include "projector/view.hpp"

#include <string>
#include <string_view>

namespace daybook::projector {

struct list_request {
    domain::list_query query{};
    std::string language{};  ///< of the book, in which the query's words are read
    bool explain = false;    ///< `explain=1`: the answer says how it was found
};

/// What the parameters ask of the book at this moment, in its zone and language. Errors:
/// domain::parse_list_query, those of the view.
[[nodiscard]] domain::result<list_request> list_request_of(const read_side&, const read_context&);

/// Appends `,"total_count":…` to the last member and the closing brace. Errors: those of the view.
[[nodiscard]] domain::result<void> append_page_end(std::string& body, const read_context&,
                                                   const list_request&, const fuzzy_page&);

}  // namespace daybook::projector
