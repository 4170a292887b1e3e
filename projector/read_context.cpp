#include "projector/read_context.hpp"

#include <algorithm>
#include <charconv>

#include "domain/json_text.hpp"
#include "domain/limits.hpp"

namespace daybook::projector {
namespace {

namespace http = platform::http;
using domain::errc;
using domain::make_problem;

domain::result<view_runner*> runner_of(const read_side& side, std::optional<std::string_view> store) {
    if (side.runners.empty()) return make_problem(errc::view_unavailable, "no view is kept here");
    if (!store) return side.runners.front().get();
    if (*store != "rocks" && *store != "postgres")
        return make_problem(errc::field_invalid, "store is rocks or postgres", "store");
    for (const auto& runner : side.runners)
        if (runner->name() == *store) return runner.get();
    return make_problem(errc::view_unavailable, "this server keeps no " + std::string(*store) + " view", "store",
                        "Start it with --postgres, or leave store out.");
}

domain::result<std::chrono::milliseconds> wait_of(std::optional<std::string_view> text) {
    if (!text) return std::chrono::milliseconds(domain::limits::wait_default);
    std::int64_t value = -1;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < 0 ||
        value > std::chrono::milliseconds(domain::limits::wait_max).count())
        return make_problem(errc::field_invalid, "wait_ms is a number from 0 to 5000", "wait_ms");
    return std::chrono::milliseconds(value);
}

bool is_common(std::string_view name) { return name == "store" || name == "min_position" || name == "wait_ms"; }

}  // namespace

boost::asio::awaitable<domain::result<read_context>> begin_read(const read_side& side, const http::request& from,
                                                                domain::user_id user) {
    const auto store = from.query_parameter("store");
    if (!store) co_return store.error();
    const auto minimum = from.query_parameter("min_position");
    if (!minimum) co_return minimum.error();
    const auto wait_text = from.query_parameter("wait_ms");
    if (!wait_text) co_return wait_text.error();
    const auto wait = wait_of(*wait_text);
    if (!wait) co_return wait.error();
    const auto runner = runner_of(side, *store);
    if (!runner) co_return runner.error();

    read_context made;
    made.user = std::move(user);
    auto& progress = (*runner)->progress_of();
    const auto partition = eventlog::partition_of(made.user.text(), side.log.partitions());
    if (*minimum) {
        const auto position = domain::position::parse(**minimum);
        if (!position) co_return make_problem(errc::field_invalid, "min_position is no position", "min_position");
        if (position->partition != partition)
            co_return make_problem(errc::position_foreign, "min_position is of another partition than this book", "min_position");
        const auto deadline = std::chrono::steady_clock::now() + *wait;
        const auto reached = co_await progress.wait_for(*position, deadline);
        if (!reached) co_return reached.error();
    }
    made.on = (*runner)->serving();
    if (!made.on) co_return make_problem(errc::view_unavailable, "the " + std::string((*runner)->name()) + " view is not open yet");
    made.blocks = (*runner)->name() != "rocks";
    made.position = progress.position_of(partition);  // before the view is read: what is read is that far at least
    made.lag_ms = progress.lag_ms(partition);
    made.stale = !*minimum && made.lag_ms >= std::chrono::milliseconds(domain::limits::stale_after).count();
    for (const auto& each : from.query)
        if (!is_common(each.first)) made.parameters.push_back(each);
    co_return made;
}

domain::result<void> refuse_unknown(const read_context& context, std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : context.parameters)
        if (std::find(known.begin(), known.end(), name) == known.end())
            return make_problem(errc::field_unknown, "there is no parameter " + name, name);
    return {};
}

std::optional<std::string> parameter(const read_context& context, std::string_view name) {
    for (const auto& [each, value] : context.parameters)
        if (each == name) return value;
    return std::nullopt;
}

domain::result<std::size_t> page_limit(const read_context& context) {
    const auto text = parameter(context, "limit");
    if (!text) return domain::limits::page_size_default;
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < 1 || value > domain::limits::page_size_max)
        return make_problem(errc::field_invalid, "limit is a number from 1 to 200", "limit");
    return value;
}

void append_standing(std::string& body, const read_context& context) {
    body += ",\"position\":";
    if (context.position)
        domain::append_json_string(body, context.position->text());
    else
        body += "null";
    body += ",\"lag_ms\":";
    domain::append_json_integer(body, context.lag_ms);
    if (context.stale) body += ",\"stale\":true";
    body += '}';
}

http::response answer_at(const read_context& context, std::string body) {
    auto made = http::json_text_response(200, std::move(body));
    if (context.position) made.headers.emplace_back("Daybook-Position", context.position->text());
    return made;
}

}  // namespace daybook::projector
