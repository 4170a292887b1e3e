#include "command-api/command_routes.hpp"

#include "command-api/batch_json.hpp"
#include "domain/codec/book_json.hpp"
#include "domain/codec/task_json.hpp"
#include "domain/json_text.hpp"
#include "domain/schedule.hpp"
#include "platform/http/ascii.hpp"
#include "platform/runtime/machine.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace daybook::command_api {
namespace {

namespace http = platform::http;
namespace json = boost::json;
using boost::asio::awaitable;
using domain::append_json_integer;
using domain::append_json_string;
using domain::command_type;
using domain::errc;
using domain::make_problem;
using domain::result;
using platform::auth::scope;
using platform::runtime::random_uuid;

/// Where a single route finds its command's arguments, and what its answer shows.
struct single_route {
    http::method method;
    std::string_view pattern;
    command_type type;
    std::string_view id_argument;   ///< of the path's {id}; empty: none
    std::string_view created_at{};  ///< collection of a create: 201 and Location
    bool has_body = true;
    bool takes_scope = false;  ///< scope_parameters
};

/// Arguments of a delete that stand in the query: it has no body.
constexpr std::array<std::string_view, 2> scope_parameters{"children", "occurrences"};

constexpr auto single_routes = std::to_array<single_route>({
    {http::method::post, "/v1/tasks", command_type::create_task, "", "/v1/tasks/"},
    {http::method::patch, "/v1/tasks/{id}", command_type::update_task, "task_id"},
    {http::method::delete_, "/v1/tasks/{id}", command_type::delete_task, "task_id", "", false, true},
    {http::method::post, "/v1/tasks/{id}/start", command_type::start_task, "task_id"},
    {http::method::post, "/v1/tasks/{id}/stop", command_type::stop_task, "task_id"},
    {http::method::post, "/v1/tasks/{id}/complete", command_type::complete_task, "task_id"},
    {http::method::post, "/v1/tasks/{id}/reopen", command_type::reopen_task, "task_id"},
    {http::method::post, "/v1/tasks/{id}/cancel", command_type::cancel_task, "task_id"},
    {http::method::post, "/v1/tasks/{id}/skip", command_type::skip_task, "task_id"},
    {http::method::post, "/v1/tasks/{id}/reschedule", command_type::reschedule_task, "task_id"},
    {http::method::post, "/v1/tasks/{id}/restore", command_type::restore_task, "task_id"},
    {http::method::post, "/v1/tasks/{id}/move", command_type::move_task, "task_id"},
    {http::method::post, "/v1/tasks/{id}/comments", command_type::add_comment, "task_id"},
    {http::method::post, "/v1/tasks/{id}/tags", command_type::change_tags, "task_id"},
    {http::method::post, "/v1/tasks/{id}/reminders", command_type::create_reminder, "task_id"},
    {http::method::patch, "/v1/tasks/{id}/reminders/{reminder_id}", command_type::update_reminder, "task_id"},
    {http::method::delete_, "/v1/tasks/{id}/reminders/{reminder_id}", command_type::cancel_reminder,
     "task_id", "", false},
    {http::method::post, "/v1/tasks/{id}/reminders/{reminder_id}/snooze", command_type::snooze_reminder,
     "task_id"},
    {http::method::post, "/v1/tasks/{id}/reminders/{reminder_id}/ack", command_type::ack_reminder, "task_id"},
    {http::method::post, "/v1/projects", command_type::create_project, "", "/v1/projects/"},
    {http::method::patch, "/v1/projects/{id}", command_type::update_project, "project_id"},
    {http::method::delete_, "/v1/projects/{id}", command_type::delete_project, "project_id", "", false},
    {http::method::post, "/v1/tasks/{id}/series", command_type::update_series, "task_id"},
    {http::method::post, "/v1/tasks/{id}/split", command_type::split_series, "task_id"},
    {http::method::post, "/v1/schedules", command_type::create_schedule, "", "/v1/schedules/"},
    {http::method::patch, "/v1/schedules/{id}", command_type::update_schedule, "schedule_id"},
    {http::method::delete_, "/v1/schedules/{id}", command_type::delete_schedule, "schedule_id", "", false},
    {http::method::post, "/v1/schedules/{id}/pause", command_type::pause_schedule, "schedule_id"},
    {http::method::post, "/v1/schedules/{id}/resume", command_type::resume_schedule, "schedule_id"},
    {http::method::post, "/v1/schedules/{id}/run", command_type::run_schedule, "schedule_id"},
    {http::method::post, "/v1/schedules/{id}/backfill", command_type::backfill_schedule, "schedule_id"},
    {http::method::post, "/v1/filters", command_type::save_filter, "", "/v1/filters/"},
    {http::method::patch, "/v1/filters/{id}", command_type::save_filter, "filter_id"},
    {http::method::delete_, "/v1/filters/{id}", command_type::delete_filter, "filter_id", "", false},
    {http::method::patch, "/v1/book", command_type::configure_book, ""},
});

void set_caller(command_batch& batch, const http::request& from) {
    batch.user = domain::user_id(from.caller.book);
    batch.actor = {std::string(from.caller.actor_type), from.caller.user};
    batch.service_scope = from.caller.scopes.has(scope::service);
}

/// A parameter that nobody reads would be an argument that is dropped (B2).
result<void> refuse_unknown_parameters(const http::request& from, bool takes_scope) {
    for (const auto& [name, value] : from.query)
        if (!takes_scope || std::ranges::find(scope_parameters, name) == scope_parameters.end())
            return make_problem(
                errc::field_unknown, "there is no parameter " + name + " here", name,
                takes_scope ? "It takes children=cascade, keep or refuse, and occurrences=this or all."
                            : "Arguments of a write stand in its body.");
    return {};
}

/// A header that would count must stand once, and one that cannot count must not look as if it did.
result<void> check_headers(const http::request& from, bool single) {
    for (const auto* name : {"Idempotency-Key", "If-Match"})
        if (from.headers.count(name) > 1)
            return make_problem(errc::request_malformed, "the header stands more than once", name,
                                "Keep one of them.");
    if (from.header("If-None-Match"))
        return make_problem(errc::request_malformed, "If-None-Match is a condition of reads only",
                            "If-None-Match", "A create with a task_id that exists is refused anyway.");
    if (single) return {};
    for (const auto* name : {"Idempotency-Key", "If-Match"})
        if (from.header(name))
            return make_problem(errc::request_malformed, "a batch has no such header", name,
                                "Each command has its own id and if_version.");
    return {};
}

/// The version that one strong ETag names; none if it cannot be a tag of ours. Tags of one version differ in
/// what stands around the task: all of them name that version (decision 12).
std::optional<std::int64_t> version_of_tag(std::string_view tag) {
    if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') return std::nullopt;
    tag = tag.substr(1, tag.size() - 2);
    std::int64_t version = 0;
    const auto [stop, failed] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
    if (failed != std::errc{} || version < 0) return std::nullopt;
    if (stop != tag.data() + tag.size() && *stop != '-') return std::nullopt;
    return version;
}

/// The versions that If-Match lists, ascending, each once; empty if any will do.
result<std::vector<std::int64_t>> read_if_match(const http::request& from) {
    std::vector<std::int64_t> versions;
    const auto text = from.header("If-Match");
    if (!text || *text == "*") return versions;
    bool weak = false;
    for (auto rest = *text; !rest.empty();) {
        const auto tag = http::trimmed(http::cut_front(rest, ','));
        if (tag.empty()) continue;  // a list may have empty places (RFC 9110 §5.6.1)
        const bool is_weak = tag.starts_with("W/");
        const auto version = version_of_tag(is_weak ? tag.substr(2) : tag);
        if (!version)
            return make_problem(errc::request_malformed,
                                "If-Match is ETags of this resource, such as \"3\" or \"3\", \"4\"",
                                "If-Match");
        weak = weak || is_weak;
        if (!is_weak) versions.push_back(*version);
    }
    if (versions.empty() && weak)
        return make_problem(errc::version_mismatch, "If-Match compares strongly; a weak tag never matches",
                            "If-Match");
    if (versions.empty()) return make_problem(errc::request_malformed, "If-Match names no ETag", "If-Match");
    std::ranges::sort(versions);
    versions.erase(std::unique(versions.begin(), versions.end()), versions.end());
    return versions;
}

result<domain::command_id> read_command_id(const http::request& from, bool service_scope,
                                           domain::instant now) {
    const auto key = from.header("Idempotency-Key");
    if (!key) return domain::command_id(random_uuid(now).text());
    auto id = domain::parse_command_id(*key, service_scope);
    if (!id) {
        auto why = id.error();
        why.field = "Idempotency-Key";
        return why;
    }
    return id;
}

/// An id of the path as an argument. Errors: field_unknown if the body says it too, not_found for a text that
/// cannot be an id: it names nothing, as any id that nobody has.
result<void> take_id(json::object& args, const http::request& from, std::string_view parameter,
                     std::string_view argument) {
    if (args.contains(argument))
        return make_problem(errc::field_unknown, "the path names it already", std::string(argument));
    const auto id = from.path_parameter(parameter);
    if (!domain::uuid::parse(id)) {
        const auto noun = argument.substr(0, argument.find('_'));
        return make_problem(errc::not_found, "There is no " + std::string(noun) + " " + std::string(id),
                            std::string(argument));
    }
    args[argument] = id;
    return {};
}

result<json::object> read_args(const http::request& from, const single_route& route) {
    json::object args;
    if (route.has_body && !from.body.empty()) {
        auto body = from.json();
        if (!body) return body.error();
        if (!body->is_object()) return make_problem(errc::field_invalid, "the body is an object");
        args = std::move(body->as_object());
    } else if (!route.has_body && !from.body.empty()) {
        return make_problem(errc::request_malformed, "this request has no body");
    }
    if (route.takes_scope)
        for (const auto name : scope_parameters) {
            const auto value = from.query_parameter(name);
            if (!value) return value.error();
            if (*value) args[name] = **value;
        }
    if (route.id_argument.empty()) return args;
    if (auto named = take_id(args, from, "id", route.id_argument); !named) return named.error();
    if (route.pattern.find("{reminder_id}") != std::string_view::npos)
        if (auto named = take_id(args, from, "reminder_id", "reminder_id"); !named) return named.error();
    return args;
}

result<command_batch> read_single(const http::request& from, const single_route& route, domain::instant now) {
    command_batch batch;
    set_caller(batch, from);
    batch.wants_resource = true;
    if (auto known = refuse_unknown_parameters(from, route.takes_scope); !known) return known.error();
    if (auto fine = check_headers(from, true); !fine) return fine.error();
    auto id = read_command_id(from, batch.service_scope, now);
    if (!id) return id.error();
    auto versions = read_if_match(from);
    if (!versions) return versions.error();
    auto args = read_args(from, route);
    if (!args) return args.error();
    auto& item = batch.items.emplace_back();
    item.command.id = std::move(*id);
    item.command.type = route.type;
    if (!versions->empty()) {
        item.command.if_version = versions->front();
        item.command.or_versions.assign(versions->begin() + 1, versions->end());
    }
    item.command.args = std::move(*args);
    check_at_the_door(batch, false);
    return batch;
}

struct renderer {
    std::string& out;
    std::string& id;
    std::string& etag;

    void operator()(const std::monostate&) const { out += "{}"; }
    void operator()(const task_resource& shown) const {
        domain::render_task(out, *shown.task, shown.around);
        id = shown.task->id.text();
        etag = domain::task_etag(*shown.task, shown.around);
    }
    void operator()(const domain::project& shown) const {
        domain::render_project(out, shown);
        id = shown.id.text();
        etag = domain::version_etag(shown.version);
    }
    void operator()(const domain::schedule& shown) const {
        out += json::serialize(domain::schedule_json(shown, false));
        id = shown.id.text();
        etag = domain::version_etag(shown.version);
    }
    void operator()(const domain::saved_filter& shown) const {
        domain::render_filter(out, shown);
        id = shown.id.text();
        etag = domain::version_etag(shown.version);
    }
    void operator()(const domain::book_state& shown) const {
        domain::render_book(out, shown);
        etag = domain::version_etag(shown.version);
    }
};

http::response write_single(const command_answer& answer, const single_route& route) {
    std::string body;
    std::string id;
    std::string etag;
    std::visit(renderer{body, id, etag}, answer.resource);
    body.pop_back();
    const auto separator = [&body] { return body.size() > 1 ? "," : ""; };
    if (answer.status == answer_status::no_op) body.append(separator()).append("\"no_op\":true");
    if (answer.status == answer_status::replayed) body.append(separator()).append("\"replayed\":true");
    if (!answer.warnings.empty()) {
        body.append(separator()).append("\"warnings\":");
        write_warnings(body, answer.warnings);
    }
    body += '}';
    // A body that names its filter changes it.
    const auto* filter = std::get_if<domain::saved_filter>(&answer.resource);
    const bool was_there = filter != nullptr && filter->version > 1;
    const bool created = !route.created_at.empty() && answer.status == answer_status::applied && !was_there;
    auto made = http::json_text_response(created ? 201 : 200, std::move(body));
    if (!etag.empty()) made.headers.emplace_back("ETag", std::move(etag));
    if (created) made.headers.emplace_back("Location", std::string(route.created_at) + id);
    if (answer.position) made.headers.emplace_back("Daybook-Position", answer.position->text());
    return made;
}

/// Over a single route the arguments are the body's own members, and there is no list of commands.
domain::problem single_problem(domain::problem why) {
    if (why.field.starts_with("args.")) why.field.erase(0, 5);
    why.extra.erase("index");
    return why;
}

awaitable<result<http::response>> answer_single(http::request from, command_handler& commands,
                                                const single_route& route, domain::instant now) {
    auto batch = read_single(from, route, now);
    if (!batch) co_return batch.error();
    // What no state decides leaves at once (settled 4).
    if (batch->items.front().refused) co_return single_problem(*batch->items.front().refused);
    auto taken = std::move(*batch);
    const auto answer = co_await commands.submit(std::move(taken));
    if (answer.failed) co_return single_problem(*answer.failed);
    const auto& one = answer.results.front();
    if (one.error) co_return single_problem(*one.error);
    // The repeat of a command whose task was purged since: nobody reads it (ST1, settled 37).
    if (const auto* shown = std::get_if<task_resource>(&one.resource);
        shown != nullptr && shown->task->status == domain::status::purged)
        co_return make_problem(errc::not_found, "There is no task " + shown->task->id.text());
    co_return write_single(one, route);
}

awaitable<result<http::response>> answer_batch(http::request from, command_handler& commands,
                                               domain::instant now) {
    if (auto known = refuse_unknown_parameters(from, false); !known) co_return known.error();
    if (auto fine = check_headers(from, false); !fine) co_return fine.error();
    auto body = from.json();
    if (!body) co_return body.error();
    command_batch batch;
    set_caller(batch, from);
    if (auto read = read_batch(batch, *body, now); !read) co_return read.error();
    if (batch.items.size() > 1) batch.correlation_id = random_uuid(now).text();
    check_at_the_door(batch, true);
    const auto answer = co_await commands.submit(std::move(batch));
    if (answer.failed) co_return *answer.failed;
    auto made = http::json_text_response(200, write_answer(answer));
    if (answer.position) made.headers.emplace_back("Daybook-Position", answer.position->text());
    co_return made;
}

}  // namespace

std::vector<http::route> command_route_shapes() {
    std::vector<http::route> routes;
    routes.push_back({http::method::post, "/v1/commands", scope::write, nullptr});
    for (const auto& single : single_routes)
        routes.push_back({single.method, single.pattern, scope::write, nullptr});
    return routes;
}

std::vector<http::route> command_routes(command_handler& commands, std::function<domain::instant()> now) {
    auto routes = command_route_shapes();
    routes[0].handler = [&commands, now](http::request r) {
        return answer_batch(std::move(r), commands, now());
    };
    for (std::size_t i = 0; i < single_routes.size(); ++i)
        routes[i + 1].handler = [&commands, &single = single_routes[i], now](http::request r) {
            return answer_single(std::move(r), commands, single, now());
        };
    return routes;
}

}  // namespace daybook::command_api
