#include "projector/read_context.hpp"

#include "domain/json_text.hpp"
#include "domain/limits.hpp"
#include "eventlog/last_applied.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

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
    return make_problem(errc::view_unavailable, "this server keeps no " + std::string(*store) + " view",
                        "store", "Start it with --postgres, or leave store out.");
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

/// 503 with the reason of a view that stopped, or nothing.
std::optional<domain::problem> stopped(const view_runner& runner) {
    const auto status = runner.status();
    if (status.state != view_state::stopped) return std::nullopt;
    const auto& why = status.error;
    auto p = make_problem(errc::view_stopped, fmt::format("the {} view stopped", runner.name()), {},
                          "Look at /v1/admin/views; docs/operations.md says how to go on.");
    if (why) p.detail += fmt::format(": {}: {}", domain::row_of(why->code).code, why->detail);
    if (why && !why->hint.empty()) p.hint = why->hint;
    return p;
}

constexpr auto end_patience = std::chrono::seconds(2);

/// The last position that the log holds now for this partition; none if it is empty.
domain::result<std::optional<domain::position>> log_end(eventlog::event_log& log, std::int32_t partition) {
    const auto until = std::chrono::steady_clock::now() + end_patience;
    const auto ends = log.end_offsets(until);
    if (!ends) return ends.error();
    const auto end = ends->at(static_cast<std::size_t>(partition));
    if (end == 0) return std::optional<domain::position>();
    const auto id = eventlog::read_log_id(log, partition, until);
    if (!id) return id.error();
    if (!*id) return std::optional<domain::position>();  // only a stranger's records
    return std::optional(domain::position{**id, partition, end - 1});
}

boost::asio::awaitable<domain::result<std::optional<domain::position>>> minimum_of(const read_side& side,
                                                                                   std::string text,
                                                                                   std::int32_t partition) {
    if (text == from_the_end) {
        auto ask = [&side, partition] { return log_end(side.log, partition); };
        co_return co_await side.pool.run(std::move(ask));
    }
    const auto position = domain::position::parse(text);
    if (!position)
        co_return make_problem(errc::field_invalid, "min_position is a position or `end`", "min_position");
    if (position->partition != partition)
        co_return make_problem(errc::position_foreign, "min_position is of another partition than this book",
                               "min_position");
    co_return std::optional(*position);
}

bool is_common(std::string_view name) {
    return name == "store" || name == "min_position" || name == "wait_ms";
}

}  // namespace

boost::asio::awaitable<domain::result<read_context>> begin_read(const read_side& side,
                                                                const http::request& from,
                                                                domain::user_id user,
                                                                std::string_view minimum_default) {
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
    std::string wanted(minimum_default);
    if (*minimum) wanted = **minimum;
    if (!wanted.empty()) {
        const auto position = co_await minimum_of(side, wanted, partition);
        if (!position) co_return position.error();
        if (*position) {
            auto deadline = std::chrono::steady_clock::now();
            if (!stopped(**runner)) deadline += *wait;
            const auto reached = co_await progress.wait_for(**position, deadline);
            if (!reached) {
                const bool late = reached.error().code == errc::position_not_reached;
                if (const auto why = stopped(**runner); late && why) co_return *why;
                co_return reached.error();
            }
        }
    }
    made.on = (*runner)->serving();
    if (!made.on) {
        if (const auto why = stopped(**runner)) co_return *why;
        auto closed = make_problem(errc::view_unavailable,
                                   fmt::format("the {} view is not open yet", (*runner)->name()));
        if (const auto why = (*runner)->status().error)
            closed.detail += fmt::format(": {}: {}", domain::row_of(why->code).code, why->detail);
        co_return closed;
    }
    made.blocks = (*runner)->name() != "rocks";
    made.position =
        progress.position_of(partition);  // before the view is read: what is read is that far at least
    made.lag_ms = progress.lag_ms(partition);
    made.stale =
        wanted.empty() && made.lag_ms >= std::chrono::milliseconds(domain::limits::stale_after).count();
    for (const auto& each : from.query)
        if (!is_common(each.first)) made.parameters.push_back(each);
    co_return made;
}

domain::result<void> refuse_unknown(const read_context& context,
                                    std::initializer_list<std::string_view> known) {
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
    if (error != std::errc{} || end != text->data() + text->size() || value < 1 ||
        value > domain::limits::page_size_max)
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
    if (context.stale) made.headers.emplace_back("Daybook-Lag-Ms", std::to_string(context.lag_ms));
    return made;
}

}  // namespace daybook::projector
