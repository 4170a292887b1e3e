#include "projector/list_request.hpp"

#include "domain/codec/task_json.hpp"
#include "domain/json_text.hpp"
#include "projector/written_texts.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace daybook::projector {

namespace {

/// What the fuzzy pass looked for, for the plan.
std::string alike_in_words(const domain::filter::normal_form& query) {
    std::string out = "nothing holds the words as they are; words that look like them:";
    for (const auto& match : query.texts) {
        if (match.alike.empty()) continue;
        out += fmt::format(" {} as {};", match.words.front().surface, fmt::join(match.alike, ", "));
    }
    out.pop_back();
    return out;
}

}  // namespace

domain::result<list_request> list_request_of(const read_side& side, const read_context& context) {
    list_request out;
    auto parameters = context.parameters;
    const auto explain =
        std::ranges::find(parameters, "explain", &std::pair<std::string, std::string>::first);
    if (explain != parameters.end()) {
        if (explain->second != "1" && explain->second != "0")
            return domain::make_problem(domain::errc::field_invalid, "1 or 0", "explain");
        out.explain = explain->second == "1";
        parameters.erase(explain);
    }
    const auto found = context.on->reader().book(context.user);
    if (!found) return found.error();
    const auto book = found->value_or(domain::book_state{});
    domain::filter::query_context moment;
    moment.now = side.now();
    moment.caller_zone = side.zones.find(book.zone);
    moment.week_start = domain::filter::parse_weekday(book.week_start).value_or(std::chrono::Monday);
    auto query = domain::parse_list_query(parameters, moment, {analyser_of_thread(), book.language});
    if (!query) return query.error();
    out.query = std::move(*query);
    out.language = book.language;
    return out;
}

domain::result<void> append_page_end(std::string& body, const read_context& context,
                                     const list_request& request, const fuzzy_page& found) {
    const auto& page = found.page;
    body += ",\"total_count\":";
    domain::append_json_integer(body, page.total_count);
    if (page.total_is_lower_bound) body += ",\"total_is_lower_bound\":true";
    body += ",\"page\":";
    if (request.query.page)
        domain::append_json_integer(body, *request.query.page);
    else
        body += "null";
    body += ",\"total_pages\":";
    const auto limit = static_cast<std::int64_t>(request.query.limit);
    domain::append_json_integer(body, (page.total_count + limit - 1) / limit);
    body += ",\"next_cursor\":";
    if (page.next_cursor)
        domain::append_json_string(body, *page.next_cursor);
    else
        body += "null";
    if (found.fuzzy) body += ",\"fuzzy\":true";
    if (request.explain) {
        const auto plan = context.on->reader().explain(context.user, found.query);
        if (!plan) return plan.error();
        body += ",\"plan\":[";
        if (found.fuzzy) domain::append_json_string(body, alike_in_words(found.query.where));
        for (const auto& line : *plan) {
            if (body.back() != '[') body += ',';
            domain::append_json_string(body, line);
        }
        body += ']';
    }
    append_standing(body, context);
    return {};
}

domain::result<platform::http::response> list_page(const read_side& side, const read_context& context) {
    const auto request = list_request_of(side, context);
    if (!request) return request.error();
    const auto found = list_or_alike(context.on->reader(), context.user, request->query);
    if (!found) return found.error();
    std::string body = "{\"items\":[";
    for (const auto& row : found->page.items) {
        if (body.back() != '[') body += ',';
        domain::render_task(body, *row.task, row.around);
    }
    body += ']';
    if (auto ended = append_page_end(body, context, *request, *found); !ended) return ended.error();
    return answer_at(context, std::move(body));
}

}  // namespace daybook::projector
