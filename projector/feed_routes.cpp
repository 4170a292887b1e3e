#include "projector/feed_routes.hpp"

#include "domain/json_text.hpp"
#include "projector/feed_frames.hpp"
#include "projector/feed_socket.hpp"
#include "projector/read_context.hpp"

#include <boost/json/object.hpp>

#include <array>
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

/// An SSE answer that is being sent.
struct event_stream_state : feed_client {
    bool ended = false;
};
using state_ptr = std::shared_ptr<event_stream_state>;

/// A browser keeps the last `id` even of a block without data.
void append_id(std::string& out, event_stream_state& state) {
    const auto at = state.session->position();
    if (!at) return;
    state.sent_offset = at->offset;
    out += "id: " + at->text() + '\n';
}

void append_ready(std::string& out, event_stream_state& state) {
    append_id(out, state);
    out += "event: ready\ndata: " + place_json(*state.session) + "\n\n";
}

/// The reason, by which a client knows to resume.
std::string closing(event_stream_state& state, const domain::problem& why) {
    state.ended = true;
    std::string out = "event: closed\ndata: {\"reason\":";
    domain::append_json_string(out, closing_reason(state, why));
    out += ",\"detail\":";
    domain::append_json_string(out, why.detail);
    out += "}\n\n";
    return out;
}

awaitable<std::optional<std::string>> next_piece(state_ptr state) {
    if (state->ended) co_return std::nullopt;
    auto news = co_await state->session->next();
    if (!news) co_return closing(*state, news.error());
    const bool live_now = news->live_now;
    std::string out;
    for (const auto& each : wanted_of(*state, std::move(*news))) out += each->frame;
    if (live_now) {
        append_ready(out, *state);
        const auto again = co_await fires_again(state);
        if (!again) co_return out + closing(*state, again.error());
        for (const auto& fire : *again) out += "event: reminder.fired\ndata: " + fire + "\n\n";
    }
    if (!out.empty()) co_return out;
    const auto at = state->session->position();
    if (at && at->offset != state->sent_offset) append_id(out, *state);
    co_return out.empty() ? ":\n\n" : out + '\n';
}

result<feed_topics> topics_of(const read_context& context) {
    feed_topics topics;
    auto rest = parameter(context, "topics").value_or("tasks,reminders");
    while (!rest.empty()) {
        const auto comma = rest.find(',');
        if (auto added = topics.add(std::string_view(rest).substr(0, comma), "topics"); !added)
            return added.error();
        rest.erase(0, comma == std::string::npos ? comma : comma + 1);
    }
    if (!topics.tasks && !topics.reminders)
        return make_problem(errc::field_invalid, "topics is tasks, reminders or both", "topics");
    return topics;
}

/// What a browser that reconnects sends goes before what its page once wrote into the URL.
result<feed_start> start_of(const http::request& from, const read_context& context, std::int32_t partition) {
    const auto resumed = from.header("Last-Event-ID");
    if (resumed && !resumed->empty()) return parse_feed_start(*resumed, partition);
    const auto since = parameter(context, "since");
    if (!since) return feed_start();
    return parse_feed_start(*since, partition);
}

answer get_events(const read_side& side, feed& of, http::request from) {
    auto context = co_await begin_read(side, from, domain::user_id(from.caller.book));
    if (!context) co_return context.error();
    if (const auto known = refuse_unknown(*context, {"since", "topics"}); !known) co_return known.error();
    const auto topics = topics_of(*context);
    if (!topics) co_return topics.error();
    const auto partition = eventlog::partition_of(context->user.text(), side.log.partitions());
    const auto start = start_of(from, *context, partition);
    if (!start) co_return start.error();
    auto session = co_await feed_session::open(side, of, context->user, *start);
    if (!session) co_return session.error();
    const auto state = std::make_shared<event_stream_state>(
        event_stream_state{{side, of, std::move(*session), *topics, {}, -1}, false});
    http::response out;
    out.content_type = http::media_event_stream;
    out.headers.emplace_back("Cache-Control", "no-store");
    out.headers.emplace_back("X-Accel-Buffering", "no");  // a proxy that gathers bytes would hold it back
    out.stream = [state] { return next_piece(state); };
    out.live = true;
    co_return out;
}

answer get_ws(const read_side& side, feed& of, http::request from) {
    if (!from.query.empty())
        co_return make_problem(errc::field_unknown, "there is no parameter " + from.query.front().first,
                               from.query.front().first, "The first message says what is subscribed to.");
    http::response out;
    out.talk = [&side, &of,
                user = domain::user_id(from.caller.book)](std::shared_ptr<http::websocket> socket) {
        return talk_of_feed(side, of, user, std::move(socket));
    };
    co_return out;
}

answer post_ticket(platform::auth::ticket_table& tickets, http::request from) {
    if (!from.body.empty())
        co_return make_problem(errc::field_unknown, "a ticket is asked for without a body");
    auto ticket = tickets.issue(from.caller);
    if (!ticket) co_return ticket.error();
    boost::json::object shown{{"ticket", *ticket}, {"expires_in_ms", tickets.life().count()}};
    auto out = http::json_response(201, shown);
    out.headers.emplace_back("Cache-Control", "no-store");
    co_return out;
}

struct feed_route {
    std::string_view pattern;
    platform::auth::scope_set needs;
    answer (*handle)(const read_side&, feed&, http::request);
    std::string_view produces;
};

constexpr auto table = std::to_array<feed_route>({
    {"/v1/events", scope::read, get_events, http::media_event_stream},
    {"/v1/ws", scope::read, get_ws, http::media_json},
});

}  // namespace

std::vector<http::route> feed_routes(const read_side& side, feed& of, platform::auth::ticket_table& tickets) {
    std::vector<http::route> routes;
    for (const auto& row : table) {
        http::route one{http::method::get, row.pattern, row.needs, {}, row.produces};
        one.handler = [&side, &of, to = row.handle](http::request r) { return to(side, of, std::move(r)); };
        one.takes_ticket = true;
        one.is_websocket = row.handle == get_ws;
        routes.push_back(std::move(one));
    }
    const http::handler issue = [&tickets](http::request r) { return post_ticket(tickets, std::move(r)); };
    routes.push_back({http::method::post, "/v1/tickets", scope::read, issue});
    return routes;
}

std::vector<std::string_view> feed_patterns() {
    std::vector<std::string_view> patterns;
    for (const auto& row : table) patterns.push_back(row.pattern);
    patterns.emplace_back("/v1/tickets");
    return patterns;
}

}  // namespace daybook::projector
