// What GET /v1/tasks, GET /v1/search and saved filters share: a query from the parameters, a page, its end.
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

/// The answer of GET /v1/tasks. Errors: those of both above and of the view. Threads: a worker's.
[[nodiscard]] domain::result<platform::http::response> list_page(const read_side&, const read_context&);

}  // namespace daybook::projector
