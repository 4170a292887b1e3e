#include "projector/query_routes.hpp"

#include "domain/codec/book_json.hpp"
#include "domain/codec/task_json.hpp"
#include "domain/codec/task_patch.hpp"
#include "domain/json_text.hpp"
#include "platform/http/ascii.hpp"
#include "projector/filter_routes.hpp"
#include "projector/history_json.hpp"
#include "projector/list_request.hpp"
#include "projector/read_context.hpp"
#include "projector/reminder_routes.hpp"
#include "projector/search_routes.hpp"
#include "projector/sync_routes.hpp"

#include <boost/json/serialize.hpp>

#include <array>
#include <charconv>
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

/// Reads from a store in this process go on here, others on a worker (view_reader: blocking).
template <class Read>
awaitable<result<http::response>> read_where_it_belongs(const read_side& side, bool blocks, Read read) {
    if (!blocks) co_return read();
    co_return co_await side.pool.run(std::move(read));
}

domain::user_id own_book(const http::request& from) { return domain::user_id(from.caller.book); }

/// Unknown, purged and other books' ids read alike, byte for byte (settled 35, api §3).
domain::problem no_such_task() { return make_problem(errc::not_found, "There is no such task"); }

result<domain::task_id> task_of(const http::request& from) {
    const auto id = domain::task_id::parse(from.path_parameter("id"));
    if (!id) return no_such_task();
    return *id;
}

bool etag_matches(const http::request& from, const std::string& etag) {
    const auto header = from.header("If-None-Match");
    if (!header) return false;
    auto rest = *header;
    while (!rest.empty()) {
        auto one = http::trimmed(http::cut_front(rest, ','));
        if (one.starts_with("W/")) one.remove_prefix(2);  // compared weakly (RFC 9110 §13.1.2)
        if (one == "*" || one == etag) return true;
    }
    return false;
}

answer get_task(const read_side& side, http::request from) {
    const auto id = task_of(from);
    if (!id) co_return id.error();
    auto context = co_await begin_read(side, from, own_book(from));
    if (!context) co_return context.error();
    if (const auto known = refuse_unknown(*context, {}); !known) co_return known.error();
    auto read = [&from, context = &*context, id = *id]() -> result<http::response> {
        const auto found = context->on->reader().get(context->user, id);
        if (!found) return found.error();
        if (!*found || (*found)->task->status == domain::status::purged) return no_such_task();
        const auto etag = domain::task_etag(*(*found)->task, (*found)->around);
        auto made = etag_matches(from, etag)
                        ? http::empty_response(304)
                        : answer_at(*context, domain::render_task(*(*found)->task, (*found)->around));
        made.headers.emplace_back("ETag", etag);
        return made;
    };
    co_return co_await read_where_it_belongs(side, context->blocks, std::move(read));
}

answer list_tasks(const read_side& side, http::request from) {
    auto context = co_await begin_read(side, from, own_book(from));
    if (!context) co_return context.error();
    auto read = [&side, context = &*context] { return list_page(side, *context); };
    co_return co_await side.pool.run(std::move(read));
}

/// The filters that history and audit share, and the page's place.
result<history_query> history_filters(const read_context& context) {
    history_query query;
    query.actor = parameter(context, "actor");
    query.field = parameter(context, "field");
    query.type = parameter(context, "type");
    const auto limit = page_limit(context);
    if (!limit) return limit.error();
    query.limit = *limit;
    for (const auto& [name, member] :
         {std::pair{"since", &history_query::since}, std::pair{"until", &history_query::until}}) {
        const auto text = parameter(context, name);
        if (!text) continue;
        const auto at = domain::parse_instant(*text);
        if (!at)
            return make_problem(errc::field_invalid,
                                std::string(name) + " is an instant such as 2026-08-31T00:00:00Z", name);
        query.*member = *at;
    }
    if (const auto task = parameter(context, "task")) {
        query.task = domain::task_id::parse(*task);
        if (!query.task) return make_problem(errc::field_invalid, "task is the id of a task", "task");
    }
    if (const auto cursor = parameter(context, "cursor")) {
        const auto [end, error] =
            std::from_chars(cursor->data(), cursor->data() + cursor->size(), query.after_offset);
        if (error != std::errc{} || end != cursor->data() + cursor->size() || query.after_offset < 0)
            return make_problem(errc::cursor_mismatch, "The cursor is none of this list", "cursor");
    }
    return query;
}

result<http::response> history_page(const read_side& side, const read_context& context, history_query query) {
    auto& reader = context.on->reader();
    const auto wanted = query.limit;
    ++query.limit;  // one more tells whether there is a next page
    auto entries = reader.history(context.user, query);
    if (!entries) return entries.error();
    const bool more = entries->size() > wanted;
    if (more) entries->resize(wanted);
    auto place = context.position.value_or(domain::position{});
    place.partition = eventlog::partition_of(context.user.text(), side.log.partitions());
    std::string body = "{\"items\":[";
    if (auto appended = append_history(body, reader, context.user, place, *entries); !appended)
        return appended.error();
    body += "],\"next_cursor\":";
    if (more)
        domain::append_json_string(body, std::to_string(entries->back().offset));
    else
        body += "null";
    append_standing(body, context);
    return answer_at(context, std::move(body));
}

/// History or comments of one task of the own book; 404 where the task itself is.
answer task_events(const read_side& side, http::request from, bool comments) {
    const auto id = task_of(from);
    if (!id) co_return id.error();
    auto context = co_await begin_read(side, from, own_book(from));
    if (!context) co_return context.error();
    const auto known =
        comments ? refuse_unknown(*context, {"limit", "cursor"})
                 : refuse_unknown(*context, {"actor", "field", "type", "since", "until", "limit", "cursor"});
    if (!known) co_return known.error();
    auto query = history_filters(*context);
    if (!query) co_return query.error();
    query->task = *id;
    if (comments) query->type = "task.commented";
    auto read = [&side, context = &*context, query = *query]() -> result<http::response> {
        const auto found = context->on->reader().get(context->user, *query.task);
        if (!found) return found.error();
        if (!*found || (*found)->task->status == domain::status::purged) return no_such_task();
        return history_page(side, *context, query);
    };
    co_return co_await side.pool.run(std::move(read));
}

/// The audit of the own book; admin and service scope name another by `user` (settled 35).
answer get_audit(const read_side& side, http::request from) {
    const auto named = from.query_parameter("user");
    if (!named) co_return named.error();
    auto user = own_book(from);
    if (*named && **named != user.text()) {
        if (!from.caller.scopes.has(scope::admin))
            co_return make_problem(errc::forbidden, "the audit of another book needs scope admin", "user");
        auto parsed = domain::parse_user_id(**named);
        if (!parsed) co_return parsed.error();
        user = std::move(*parsed);
    } else if (!from.caller.scopes.has(scope::read) && !*named) {
        co_return make_problem(errc::field_required, "name the book whose audit you want", "user");
    }
    auto context = co_await begin_read(side, from, std::move(user));
    if (!context) co_return context.error();
    const auto known = refuse_unknown(
        *context, {"user", "task", "actor", "field", "type", "since", "until", "limit", "cursor"});
    if (!known) co_return known.error();
    auto query = history_filters(*context);
    if (!query) co_return query.error();
    auto read = [&side, context = &*context, query = *query] { return history_page(side, *context, query); };
    co_return co_await side.pool.run(std::move(read));
}

answer get_reminders(const read_side& side, http::request from) {
    const auto id = task_of(from);
    if (!id) co_return id.error();
    auto context = co_await begin_read(side, from, own_book(from));
    if (!context) co_return context.error();
    if (const auto known = refuse_unknown(*context, {}); !known) co_return known.error();
    auto read = [context = &*context, id = *id]() -> result<http::response> {
        const auto found = context->on->reader().get(context->user, id);
        if (!found) return found.error();
        if (!*found || (*found)->task->status == domain::status::purged) return no_such_task();
        std::string body = "{\"items\":[";
        append_reminders(body, *(*found)->task);
        body += ']';
        append_standing(body, *context);
        return answer_at(*context, std::move(body));
    };
    co_return co_await read_where_it_belongs(side, context->blocks, std::move(read));
}

answer list_reminders(const read_side& side, http::request from) {
    auto context = co_await begin_read(side, from, own_book(from));
    if (!context) co_return context.error();
    if (const auto known = refuse_unknown(*context, {"state", "limit", "cursor"}); !known)
        co_return known.error();
    auto read = [context = &*context] { return reminder_page(*context); };
    co_return co_await side.pool.run(std::move(read));
}

/// A list that is small by nature: `read` gives the items' JSON, comma-separated.
template <class Items>
answer small_list(const read_side& side, http::request from, Items items) {
    auto context = co_await begin_read(side, from, own_book(from));
    if (!context) co_return context.error();
    if (const auto known = refuse_unknown(*context, {}); !known) co_return known.error();
    auto read = [context = &*context, items]() -> result<http::response> {
        std::string body = "{\"items\":[";
        if (auto done = items(body, *context); !done) return done.error();
        body += ']';
        append_standing(body, *context);
        return answer_at(*context, std::move(body));
    };
    co_return co_await side.pool.run(std::move(read));
}

result<void> append_tags(std::string& body, const read_context& context) {
    const auto tags = context.on->reader().tags(context.user);
    if (!tags) return tags.error();
    for (const auto& each : *tags) {
        if (body.back() != '[') body += ',';
        body += "{\"tag\":";
        domain::append_json_string(body, each.tag);
        body += ",\"open\":";
        domain::append_json_integer(body, each.open);
        body += ",\"total\":";
        domain::append_json_integer(body, each.total);
        body += '}';
    }
    return {};
}

result<void> append_projects(std::string& body, const read_context& context) {
    const auto projects = context.on->reader().projects(context.user);
    if (!projects) return projects.error();
    for (const auto& each : *projects) {
        if (each.deleted) continue;
        if (body.back() != '[') body += ',';
        domain::render_project(body, each);
    }
    return {};
}

answer get_book(const read_side& side, http::request from) {
    auto context = co_await begin_read(side, from, own_book(from));
    if (!context) co_return context.error();
    if (const auto known = refuse_unknown(*context, {}); !known) co_return known.error();
    auto read = [context = &*context]() -> result<http::response> {
        const auto found = context->on->reader().book(context->user);
        if (!found) return found.error();
        domain::book_state shown =
            found->value_or(domain::book_state{});  // a book without events has the defaults
        shown.user = context->user;
        std::string body;
        domain::render_book(body, shown);
        auto made = answer_at(*context, std::move(body));
        made.headers.emplace_back("ETag", domain::version_etag(shown.version));
        return made;
    };
    co_return co_await read_where_it_belongs(side, context->blocks, std::move(read));
}

answer get_history(const read_side& side, http::request from) {
    return task_events(side, std::move(from), false);
}
answer get_comments(const read_side& side, http::request from) {
    return task_events(side, std::move(from), true);
}
answer get_tags(const read_side& side, http::request from) {
    return small_list(side, std::move(from), append_tags);
}
answer get_projects(const read_side& side, http::request from) {
    return small_list(side, std::move(from), append_projects);
}

struct read_route {
    std::string_view pattern;
    platform::auth::scope_set needs;
    answer (*handle)(const read_side&, http::request);
};

constexpr auto table = std::to_array<read_route>({
    {"/v1/tasks", scope::read, list_tasks},
    {"/v1/tasks/{id}", scope::read, get_task},
    {"/v1/tasks/{id}/history", scope::read, get_history},
    {"/v1/tasks/{id}/comments", scope::read, get_comments},
    {"/v1/tasks/{id}/reminders", scope::read, get_reminders},
    {"/v1/reminders", scope::read, list_reminders},
    {"/v1/tags", scope::read, get_tags},
    {"/v1/projects", scope::read, get_projects},
    {"/v1/book", scope::read, get_book},
    {"/v1/audit", scope::read | scope::admin, get_audit},
});

}  // namespace

std::vector<http::route> query_routes(const read_side& side) {
    std::vector<http::route> routes;
    for (const auto& row : table)
        routes.push_back(
            {http::method::get, row.pattern, row.needs,
             [&side, handle = row.handle](http::request r) { return handle(side, std::move(r)); }});
    for (auto& route : search_routes(side)) routes.push_back(std::move(route));
    for (auto& route : sync_routes(side)) routes.push_back(std::move(route));
    for (auto& route : filter_routes(side)) routes.push_back(std::move(route));
    return routes;
}

std::vector<std::string_view> query_patterns() {
    std::vector<std::string_view> patterns;
    for (const auto& row : table) patterns.push_back(row.pattern);
    for (const auto pattern : search_patterns()) patterns.push_back(pattern);
    for (const auto pattern : sync_patterns()) patterns.push_back(pattern);
    for (const auto pattern : filter_patterns()) patterns.push_back(pattern);
    return patterns;
}

}  // namespace daybook::projector
