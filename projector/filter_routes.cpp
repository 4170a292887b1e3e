#include "projector/filter_routes.hpp"

#include "domain/codec/book_json.hpp"
#include "domain/filter/limits.hpp"
#include "domain/fold.hpp"
#include "domain/json_text.hpp"
#include "platform/http/problem_response.hpp"
#include "projector/list_request.hpp"
#include "projector/read_context.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace daybook::projector {
namespace {

namespace http = platform::http;
using boost::asio::awaitable;
using domain::errc;
using domain::make_problem;
using domain::result;
using platform::auth::scope;
using answer = awaitable<result<http::response>>;
using clock = std::chrono::steady_clock;

domain::user_id own_book(const http::request& from) { return domain::user_id(from.caller.book); }

/// By id, else by name letter for letter, else without regard to case; of several the least id.
result<domain::saved_filter> find_filter(const read_context& context, std::string_view sent) {
    auto filters = context.on->reader().filters(context.user);
    if (!filters) return filters.error();
    const auto id = domain::filter_id::parse(sent);
    const auto folded = domain::fold_text(sent);
    const auto first = [&](auto is_it) { return std::ranges::find_if(*filters, is_it); };
    auto found = first([&](const auto& f) { return id == f.id; });
    if (found == filters->end()) found = first([&](const auto& f) { return f.name == sent; });
    if (found == filters->end())
        found = first([&](const auto& f) { return domain::fold_text(f.name) == folded; });
    // Another book's filter reads as one that never was (api §3).
    if (found == filters->end()) return make_problem(errc::not_found, "There is no such filter");
    return std::move(*found);
}

/// Of the filter itself, not of the store: the rest of the list is answered all the same.
bool concerns_the_query(errc code) {
    return code == errc::query_timeout || (code >= errc::query_syntax && code <= errc::query_too_deep);
}

/// The filter as every answer shows it, and how many tasks it finds now; a null with the reason where that
/// cannot be said.
result<void> append_counted(std::string& body, const read_side& side, const read_context& context,
                            const domain::saved_filter& filter, clock::time_point deadline) {
    const auto count = [&]() -> result<task_page> {
        if (clock::now() >= deadline)
            return make_problem(errc::query_timeout, "The filters before it took all the time", {},
                                "Ask for this one alone.");
        auto one = context;
        one.parameters = {{"q", filter.query}, {"limit", "1"}};
        const auto request = list_request_of(side, one);
        if (!request) return request.error();
        return context.on->reader().list(context.user, request->query);
    };
    domain::render_filter(body, filter);
    body.pop_back();
    body += ",\"count\":";
    if (const auto page = count()) {
        domain::append_json_integer(body, page->total_count);
        if (page->total_is_lower_bound) body += ",\"count_is_lower_bound\":true";
    } else if (concerns_the_query(page.error().code)) {
        body += "null,\"error\":";
        body += http::render_problem(page.error(), {});
    } else {
        return page.error();
    }
    body += '}';
    return {};
}

result<http::response> all_filters(const read_side& side, const read_context& context) {
    const auto counts = parameter(context, "counts").value_or("1");
    if (counts != "1" && counts != "0") return make_problem(errc::field_invalid, "1 or 0", "counts");
    const auto filters = context.on->reader().filters(context.user);
    if (!filters) return filters.error();
    const auto deadline = clock::now() + domain::limits::query_deadline;
    std::string body = "{\"items\":[";
    for (const auto& each : *filters) {
        if (body.back() != '[') body += ',';
        if (counts == "0") {
            domain::render_filter(body, each);
        } else if (auto done = append_counted(body, side, context, each, deadline); !done) {
            return done.error();
        }
    }
    body += ']';
    append_standing(body, context);
    return answer_at(context, std::move(body));
}

answer list_filters(const read_side& side, http::request from) {
    auto context = co_await begin_read(side, from, own_book(from));
    if (!context) co_return context.error();
    if (const auto known = refuse_unknown(*context, {"counts"}); !known) co_return known.error();
    auto read = [&side, context = &*context] { return all_filters(side, *context); };
    co_return co_await side.pool.run(std::move(read));
}

answer get_filter(const read_side& side, http::request from) {
    auto context = co_await begin_read(side, from, own_book(from));
    if (!context) co_return context.error();
    if (const auto known = refuse_unknown(*context, {}); !known) co_return known.error();
    auto read = [&side, &from, context = &*context]() -> result<http::response> {
        const auto filter = find_filter(*context, from.path_parameter("id"));
        if (!filter) return filter.error();
        std::string body;
        const auto deadline = clock::now() + domain::limits::query_deadline;
        if (auto done = append_counted(body, side, *context, *filter, deadline); !done) return done.error();
        return answer_at(*context, std::move(body));
    };
    co_return co_await side.pool.run(std::move(read));
}

/// GET /v1/tasks with the filter as its `q`.
answer run_filter(const read_side& side, http::request from) {
    auto context = co_await begin_read(side, from, own_book(from));
    if (!context) co_return context.error();
    if (parameter(*context, "q"))
        co_return make_problem(errc::field_invalid, "The filter is the query", "q",
                               "Narrow it with search, tag, status and the other parameters.");
    auto read = [&side, &from, context = &*context]() -> result<http::response> {
        const auto filter = find_filter(*context, from.path_parameter("id"));
        if (!filter) return filter.error();
        context->parameters.emplace_back("q", filter->query);
        return list_page(side, *context);
    };
    co_return co_await side.pool.run(std::move(read));
}

struct filter_route {
    std::string_view pattern;
    platform::auth::scope_set needs;
    answer (*handle)(const read_side&, http::request);
};

constexpr auto table = std::to_array<filter_route>({
    {"/v1/filters", scope::read, list_filters},
    {"/v1/filters/{id}", scope::read, get_filter},
    {"/v1/filters/{id}/tasks", scope::read, run_filter},
});

}  // namespace

std::vector<http::route> filter_routes(const read_side& side) {
    std::vector<http::route> routes;
    for (const auto& row : table)
        routes.push_back(
            {http::method::get, row.pattern, row.needs,
             [&side, handle = row.handle](http::request r) { return handle(side, std::move(r)); }});
    return routes;
}

std::vector<std::string_view> filter_patterns() {
    std::vector<std::string_view> patterns;
    for (const auto& row : table) patterns.push_back(row.pattern);
    return patterns;
}

}  // namespace daybook::projector
