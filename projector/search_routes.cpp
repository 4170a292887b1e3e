#include "projector/search_routes.hpp"

#include "domain/codec/task_json.hpp"
#include "domain/filter/complete.hpp"
#include "domain/filter/evaluate.hpp"
#include "domain/json_text.hpp"
#include "domain/utf8.hpp"
#include "projector/list_request.hpp"
#include "projector/read_context.hpp"
#include "projector/written_texts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace daybook::projector {
namespace {

namespace http = platform::http;
namespace filter = domain::filter;
using boost::asio::awaitable;
using domain::errc;
using domain::make_problem;
using domain::result;
using platform::auth::scope;
using answer = awaitable<result<http::response>>;

constexpr auto field_names = std::to_array<std::string_view>({"title", "tags", "description", "comments"});
static_assert(field_names.size() == domain::text_fields);

domain::user_id own_book(const http::request& from) { return domain::user_id(from.caller.book); }

std::string_view text_of(const domain::text_document& document, const domain::document_token& token) {
    switch (token.field) {
        case domain::text_field::title: return document.title.text;
        case domain::text_field::tags: return document.tags[token.text];
        case domain::text_field::description: return document.description.text;
        case domain::text_field::comments: return document.comments[token.text].text;
    }
    return {};
}

/// `{"title":[{"from":1,"to":5}],"comments":[{"index":0,"from":…}]}`: columns as in queries, of the text as
/// it stands.
void append_highlights(std::string& body, const domain::text_document& document,
                       const std::vector<domain::document_token>& words, const filter::normal_form& where) {
    std::vector<std::size_t> places;
    for (const auto& match : where.texts) {
        if (!match.positive) continue;
        const auto found = filter::places_of(match, words);
        places.insert(places.end(), found.begin(), found.end());
    }
    std::ranges::sort(places);
    places.erase(std::unique(places.begin(), places.end()), places.end());
    body += '{';
    std::string_view open;
    for (const auto place : places) {
        const auto& token = words[place];
        const auto name = field_names[static_cast<std::size_t>(token.field)];
        if (name != open) {
            if (!open.empty()) body += "],";
            body += '"';
            body += name;
            body += "\":[";
            open = name;
        } else {
            body += ',';
        }
        const auto text = text_of(document, token);
        const auto column = [&](std::size_t byte) {
            return 1 +
                   static_cast<std::int64_t>(domain::count_code_points(text.substr(0, byte)).value_or(byte));
        };
        body += '{';
        if (token.field == domain::text_field::tags || token.field == domain::text_field::comments) {
            body += "\"index\":";
            domain::append_json_integer(body, token.text);
            body += ',';
        }
        body += "\"from\":";
        domain::append_json_integer(body, column(token.word.first));
        body += ",\"to\":";
        domain::append_json_integer(body, column(token.word.last));
        body += '}';
    }
    body += open.empty() ? "}" : "]}";
}

result<http::response> search_page(const read_side& side, const read_context& context) {
    const auto request = list_request_of(side, context);
    if (!request) return request.error();
    if (!request->query.asked.where)
        return make_problem(errc::field_required, "A search needs a query", "q",
                            "GET /v1/tasks lists without one.");
    auto& reader = context.on->reader();
    const auto found = list_or_alike(reader, context.user, request->query);
    if (!found) return found.error();
    const auto& where = found->query.where;
    std::string body = "{\"items\":[";
    for (const auto& row : found->page.items) {
        const auto document = reader.document(context.user, row.task->id);
        if (!document) return document.error();
        const auto words = domain::analyse(analyser_of_thread(), *document);
        if (body.back() != '[') body += ',';
        body += "{\"task\":";
        domain::render_task(body, *row.task, row.around);
        body += ",\"rank\":";
        domain::append_json_integer(body, filter::rank_of(where, words));
        body += ",\"highlights\":";
        append_highlights(body, *document, words, where);
        body += '}';
    }
    body += ']';
    if (found->fuzzy || found->page.total_count == 0) {
        const auto meant = did_you_mean(reader, context.user, request->query);
        if (!meant) return meant.error();
        if (*meant) {
            body += ",\"did_you_mean\":";
            domain::append_json_string(body, **meant);
        }
    }
    if (auto ended = append_page_end(body, context, *request, *found); !ended) return ended.error();
    return answer_at(context, std::move(body));
}

/// Names of the book: tags by how many open tasks have them, projects as they stand.
result<http::response> candidates(const read_context& context) {
    const auto text = parameter(context, "q").value_or("");
    const auto length = domain::count_code_points(text);
    if (!length) return make_problem(errc::query_syntax, "The query is not UTF-8", "q");
    auto column = static_cast<std::int64_t>(*length) + 1;
    if (const auto sent = parameter(context, "column")) {
        const auto [end, error] = std::from_chars(sent->data(), sent->data() + sent->size(), column);
        if (error != std::errc{} || end != sent->data() + sent->size() || column < 1)
            return make_problem(errc::field_invalid, "A column is a whole number from 1", "column");
    }
    auto tags = context.on->reader().tags(context.user);
    if (!tags) return tags.error();
    std::ranges::stable_sort(*tags, std::greater{}, &tag_count::open);
    std::vector<std::string> tag_names;
    for (const auto& each : *tags) tag_names.push_back(each.tag);
    const auto projects = context.on->reader().projects(context.user);
    if (!projects) return projects.error();
    std::vector<std::string> project_names;
    for (const auto& each : *projects)
        if (!each.deleted) project_names.push_back(each.name);
    std::string body = "{\"items\":[";
    for (const auto& each : filter::complete(text, column, {tag_names, project_names})) {
        if (body.back() != '[') body += ',';
        body += "{\"kind\":";
        domain::append_json_string(body, filter::to_text(each.kind));
        body += ",\"text\":";
        domain::append_json_string(body, each.text);
        body += ",\"help\":";
        domain::append_json_string(body, each.help);
        body += ",\"from\":";
        domain::append_json_integer(body, each.replaces.from);
        body += ",\"to\":";
        domain::append_json_integer(body, each.replaces.to);
        body += '}';
    }
    body += ']';
    append_standing(body, context);
    return answer_at(context, std::move(body));
}

answer search(const read_side& side, http::request from) {
    auto context = co_await begin_read(side, from, own_book(from));
    if (!context) co_return context.error();
    auto read = [&side, context = &*context] { return search_page(side, *context); };
    co_return co_await side.pool.run(std::move(read));
}

answer complete_query(const read_side& side, http::request from) {
    auto context = co_await begin_read(side, from, own_book(from));
    if (!context) co_return context.error();
    if (const auto known = refuse_unknown(*context, {"q", "column"}); !known) co_return known.error();
    auto read = [context = &*context] { return candidates(*context); };
    co_return co_await side.pool.run(std::move(read));
}

struct search_route {
    std::string_view pattern;
    platform::auth::scope_set needs;
    answer (*handle)(const read_side&, http::request);
};

constexpr auto table = std::to_array<search_route>({
    {"/v1/search", scope::read, search},
    {"/v1/query/complete", scope::read, complete_query},
});

}  // namespace

std::vector<http::route> search_routes(const read_side& side) {
    std::vector<http::route> routes;
    for (const auto& row : table)
        routes.push_back(
            {http::method::get, row.pattern, row.needs,
             [&side, handle = row.handle](http::request r) { return handle(side, std::move(r)); }});
    return routes;
}

std::vector<std::string_view> search_patterns() {
    std::vector<std::string_view> patterns;
    for (const auto& row : table) patterns.push_back(row.pattern);
    return patterns;
}

}  // namespace daybook::projector
