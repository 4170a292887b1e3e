#include "projector/schedule_routes.hpp"

#include "domain/codec/task_json.hpp"
#include "domain/cron.hpp"
#include "domain/derived_ids.hpp"
#include "domain/json_text.hpp"
#include "domain/limits.hpp"
#include "domain/schedule.hpp"
#include "projector/preview_routes.hpp"
#include "projector/read_context.hpp"

#include <boost/json/serialize.hpp>

#include <array>
#include <utility>

namespace daybook::projector {
namespace {

namespace http = platform::http;
using domain::errc;
using domain::make_problem;
using domain::result;
using platform::auth::scope;
using answer = boost::asio::awaitable<result<http::response>>;
using page = result<http::response> (*)(const read_side&, const read_context&, std::string_view id);

result<domain::book_state> book_of(const read_context& context) {
    auto found = context.on->reader().book(context.user);
    if (!found) return found.error();
    return std::move(*found).value_or(domain::book_state{});
}

/// Unknown and other books' ids read alike (settled 35).
result<domain::schedule> schedule_of_book(const domain::book_state& book, std::string_view id) {
    const auto parsed = domain::schedule_id::parse(id);
    const auto* found = parsed ? domain::find_schedule(book.schedules, *parsed) : nullptr;
    if (found == nullptr) return make_problem(errc::not_found, "There is no such schedule");
    return *found;
}

result<http::response> all_schedules(const read_side&, const read_context& context, std::string_view) {
    const auto book = book_of(context);
    if (!book) return book.error();
    std::string body = "{\"items\":[";
    for (const auto& each : book->schedules) {
        if (body.back() != '[') body += ',';
        body += boost::json::serialize(domain::schedule_json(each, false));
    }
    body += ']';
    append_standing(body, context);
    return answer_at(context, std::move(body));
}

result<http::response> one_schedule(const read_side&, const read_context& context, std::string_view id) {
    const auto book = book_of(context);
    if (!book) return book.error();
    const auto found = schedule_of_book(*book, id);
    if (!found) return found.error();
    auto made = answer_at(context, boost::json::serialize(domain::schedule_json(*found, false)));
    made.headers.emplace_back("ETag", domain::version_etag(found->version));
    return made;
}

result<http::response> next_slots(const read_side& side, const read_context& context, std::string_view id) {
    const auto n = preview_count(context);
    if (!n) return n.error();
    const auto book = book_of(context);
    if (!book) return book.error();
    const auto found = schedule_of_book(*book, id);
    if (!found) return found.error();
    const auto cron = domain::parse_cron(found->cron);
    const auto* home = side.zones.find(book->zone);
    if (!cron || home == nullptr)
        return make_problem(errc::zone_unknown, "the book's zone " + book->zone + " is not known here");
    const auto where = domain::cron_zone(*cron, found->zone, side.zones, *home);
    if (!where) return where.error();
    domain::cron_slots slots(*cron, **where, side.now(), found->created_at);
    std::string body = "{\"paused\":";
    body += found->paused ? "true" : "false";
    body += ",\"items\":[";
    for (std::size_t i = 0; i < *n; ++i) {
        const auto slot = slots.next();
        if (!slot) break;
        if (i > 0) body += ',';
        body += "{\"slot\":";
        domain::append_json_string(body, domain::to_text(*slot));
        body += ",\"local\":";
        domain::append_json_string(body, domain::nominal_text((*where)->to_local(*slot), false));
        body += '}';
    }
    body += ']';
    append_standing(body, context);
    return answer_at(context, std::move(body));
}

struct schedule_route {
    std::string_view pattern;
    platform::auth::scope_set needs;
    page made;
    std::string_view takes;  ///< its parameter; empty: none
};

constexpr auto table = std::to_array<schedule_route>({
    {"/v1/schedules", scope::read, all_schedules, ""},
    {"/v1/schedules/{id}", scope::read, one_schedule, ""},
    {"/v1/schedules/{id}/preview", scope::read, next_slots, "n"},
});

answer handle(const read_side& side, http::request from, const schedule_route& route) {
    auto context = co_await begin_read(side, from, domain::user_id(from.caller.book));
    if (!context) co_return context.error();
    const auto known = route.takes.empty() ? refuse_unknown(*context, {}) : refuse_unknown(*context, {"n"});
    if (!known) co_return known.error();
    const std::string id(route.pattern.find("{id}") == std::string_view::npos ? std::string_view{}
                                                                              : from.path_parameter("id"));
    auto read = [&side, &id, context = &*context, made = route.made] { return made(side, *context, id); };
    co_return co_await side.pool.run(std::move(read));
}

}  // namespace

std::vector<http::route> schedule_routes(const read_side& side) {
    std::vector<http::route> routes;
    for (const auto& row : table)
        routes.push_back({http::method::get, row.pattern, row.needs,
                          [&side, &row](http::request r) { return handle(side, std::move(r), row); }});
    return routes;
}

std::vector<std::string_view> schedule_patterns() {
    std::vector<std::string_view> patterns;
    for (const auto& row : table) patterns.push_back(row.pattern);
    return patterns;
}

}  // namespace daybook::projector
