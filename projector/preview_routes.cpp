#include "projector/preview_routes.hpp"

#include "domain/canonical_input.hpp"
#include "domain/cron.hpp"
#include "domain/derived_ids.hpp"
#include "domain/json_text.hpp"
#include "domain/limits.hpp"
#include "domain/recurrence/expand.hpp"
#include "domain/wall_clock.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace daybook::projector {
namespace {

namespace http = platform::http;
namespace recurring = domain::recurring;
using boost::asio::awaitable;
using domain::errc;
using domain::make_problem;
using domain::result;
using platform::auth::scope;
using answer = awaitable<result<http::response>>;

constexpr std::size_t preview_default = 10;

/// A problem of a text, at the parameter that holds it.
domain::problem at_parameter(domain::problem p, std::string_view name) {
    p.field = name;
    return p;
}

result<std::string> required(const read_context& context, std::string_view name) {
    auto said = parameter(context, name);
    if (!said)
        return make_problem(errc::field_required, "the parameter " + std::string(name) + " is missing",
                            std::string(name));
    return *std::move(said);
}

/// Where dates without a zone are, and when all-day dates are.
struct surroundings {
    const domain::zone* home = nullptr;
    std::chrono::minutes all_day_time{};
};

result<surroundings> surroundings_of(const read_side& side, const read_context& context) {
    const auto found = context.on->reader().book(context.user);
    if (!found) return found.error();
    const auto book = found->value_or(domain::book_state{});
    surroundings made;
    made.home = side.zones.find(book.zone);
    if (made.home == nullptr)
        return make_problem(errc::zone_unknown, "the book's zone " + book.zone + " is not known here");
    made.all_day_time = domain::parse_time_of_day(book.all_day_time).value_or(std::chrono::hours(9));
    return made;
}

void append_member(std::string& body, std::string_view name, std::string_view value) {
    body += body.back() == '{' ? "\"" : ",\"";
    body += name;
    body += "\":";
    if (value.empty())
        body += "null";
    else
        domain::append_json_string(body, value);
}

result<http::response> occurrences_page(const read_side& side, const read_context& context) {
    const auto rule = required(context, "rule");
    if (!rule) return rule.error();
    const auto start_text = required(context, "start");
    if (!start_text) return start_text.error();
    const auto n = preview_count(context);
    if (!n) return n.error();
    const auto start = domain::parse_date(*start_text, side.zones);
    if (!start) return at_parameter(start.error(), "start");
    const auto series = recurring::make_series(*rule, *start, side.zones);
    if (!series) return at_parameter(series.error(), "rule");
    if (const auto yields = recurring::check_yields(*series); !yields)
        return at_parameter(yields.error(), "rule");
    std::optional<domain::local_time> after;
    if (const auto text = parameter(context, "after")) {
        const auto parsed = domain::parse_date(*text, side.zones);
        if (!parsed) return at_parameter(parsed.error(), "after");
        if (parsed->kind == domain::date_kind::absolute || parsed->kind == domain::date_kind::zoned)
            return make_problem(errc::date_invalid,
                                "after is a wall clock of the series, such as 2026-08-31T09:00", "after");
        after = parsed->local;
    }
    const auto around = surroundings_of(side, context);
    if (!around) return around.error();

    const bool all_day = series->kind == recurring::series_kind::all_day;
    const auto& home = series->home != nullptr ? *series->home : *around->home;
    const auto found = recurring::expand(*series, *n, after);
    std::string body = "{\"rule\":";
    domain::append_json_string(body, series->how.text());
    body += ",\"items\":[";
    for (const auto& each : found.instances) {
        if (body.back() != '[') body += ',';
        auto due = *start;
        due.local = each.nominal;
        const auto clock = all_day ? each.nominal + around->all_day_time : each.nominal;
        const auto at = each.at.value_or(home.to_instant(clock));
        if (due.kind == domain::date_kind::absolute) due.at = at;
        body += '{';
        append_member(body, "nominal", domain::nominal_text(each.nominal, all_day));
        append_member(body, "due", due.text());
        append_member(body, "due_at", domain::to_text(at));
        append_member(body, "local", domain::nominal_text(home.to_local(at), false));
        append_member(body, "note", all_day ? "" : domain::name_of(domain::note_of(home, clock)));
        body += '}';
    }
    body += found.ended ? "],\"ended\":true" : "],\"ended\":false";
    append_standing(body, context);
    return answer_at(context, std::move(body));
}

result<http::response> cron_page(const read_side& side, const read_context& context) {
    const auto expression = required(context, "expr");
    if (!expression) return expression.error();
    const auto n = preview_count(context);
    if (!n) return n.error();
    auto after = side.now();
    if (const auto text = parameter(context, "after")) {
        const auto parsed = domain::parse_instant(*text);
        if (!parsed)
            return make_problem(errc::date_invalid, "after is an instant such as 2026-08-31T09:00:00Z",
                                "after");
        after = *parsed;
    }
    const auto schedule = domain::parse_cron(*expression);
    if (!schedule) return at_parameter(schedule.error(), "expr");
    const auto around = surroundings_of(side, context);
    if (!around) return around.error();
    const auto where =
        domain::cron_zone(*schedule, parameter(context, "zone").value_or(""), side.zones, *around->home);
    if (!where) return at_parameter(where.error(), "zone");

    domain::cron_slots slots(*schedule, **where, after, after);
    std::string body = "{\"zone\":";
    domain::append_json_string(body, (*where)->name());
    body += ",\"items\":[";
    for (std::size_t i = 0; i < *n; ++i) {
        const auto slot = slots.next();
        if (!slot) break;
        const auto local = (*where)->to_local(*slot);
        // A fixed hour that no clock shows fires later than its fields say (C3).
        const bool moved = !schedule->every && !schedule->matches(local);
        const auto note = moved ? domain::wall_clock_note::gap : domain::note_of(**where, local);
        if (i > 0) body += ',';
        body += '{';
        append_member(body, "slot", domain::to_text(*slot));
        append_member(body, "local", domain::nominal_text(local, false));
        append_member(body, "note", domain::name_of(note));
        body += '}';
    }
    body += ']';
    append_standing(body, context);
    return answer_at(context, std::move(body));
}

using page = result<http::response> (*)(const read_side&, const read_context&);

answer preview(const read_side& side, const read_context& context, page made) {
    auto read = [&side, &context, made] { return made(side, context); };
    co_return co_await side.pool.run(std::move(read));
}

answer preview_occurrences(const read_side& side, http::request from) {
    auto context = co_await begin_read(side, from, domain::user_id(from.caller.book));
    if (!context) co_return context.error();
    if (const auto known = refuse_unknown(*context, {"rule", "start", "n", "after"}); !known)
        co_return known.error();
    co_return co_await preview(side, *context, occurrences_page);
}

answer preview_cron(const read_side& side, http::request from) {
    auto context = co_await begin_read(side, from, domain::user_id(from.caller.book));
    if (!context) co_return context.error();
    if (const auto known = refuse_unknown(*context, {"expr", "zone", "n", "after"}); !known)
        co_return known.error();
    co_return co_await preview(side, *context, cron_page);
}

struct preview_route {
    std::string_view pattern;
    platform::auth::scope_set needs;
    answer (*handle)(const read_side&, http::request);
};

constexpr auto table = std::to_array<preview_route>({
    {"/v1/preview/occurrences", scope::read, preview_occurrences},
    {"/v1/preview/cron", scope::read, preview_cron},
});

}  // namespace

result<std::size_t> preview_count(const read_context& context) {
    const auto text = parameter(context, "n");
    if (!text) return preview_default;
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < 1 ||
        value > domain::limits::preview_max)
        return make_problem(errc::field_invalid, "n is a number from 1 to 100", "n");
    return value;
}

std::vector<http::route> preview_routes(const read_side& side) {
    std::vector<http::route> routes;
    for (const auto& row : table)
        routes.push_back(
            {http::method::get, row.pattern, row.needs,
             [&side, handle = row.handle](http::request r) { return handle(side, std::move(r)); }});
    return routes;
}

std::vector<std::string_view> preview_patterns() {
    std::vector<std::string_view> patterns;
    for (const auto& row : table) patterns.push_back(row.pattern);
    return patterns;
}

}  // namespace daybook::projector
