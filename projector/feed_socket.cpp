#include "projector/feed_socket.hpp"

#include "domain/json_text.hpp"
#include "domain/limits.hpp"
#include "platform/http/json_strict.hpp"
#include "projector/feed_frames.hpp"
#include "projector/feed_query.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <unordered_set>
#include <utility>

namespace daybook::projector {
namespace {

namespace http = platform::http;
namespace json = boost::json;
using boost::asio::awaitable;
using domain::errc;
using domain::make_problem;
using domain::result;
using http::close_code;

struct subscription {
    feed_topics topics{};
    std::string query{};  ///< empty: every task
    feed_start start{};
};

struct talk_state : feed_client {
    std::shared_ptr<http::websocket> socket;
    std::string query{};
};
using state_ptr = std::shared_ptr<talk_state>;

result<void> read_topics(subscription& into, const json::value& names) {
    const auto* list = names.if_array();
    if (list == nullptr || list->empty())
        return make_problem(errc::field_invalid, "subscribe is a list of topics: tasks, reminders",
                            "subscribe");
    for (const auto& name : *list) {
        const auto* text = name.if_string();
        if (auto added =
                into.topics.add(text == nullptr ? std::string_view() : std::string_view(*text), "subscribe");
            !added)
            return added.error();
    }
    return {};
}

/// `{"subscribe":["tasks","reminders"],"query":"…","since":"POSITION"}`
result<subscription> read_subscription(const std::string& text, std::int32_t partition) {
    auto parsed = http::parse_json_strict(text);
    if (!parsed) return parsed.error();
    const auto* members = parsed->if_object();
    if (members == nullptr) return make_problem(errc::field_invalid, "the first message is a JSON object");
    subscription out;
    for (const auto& [name, value] : *members) {
        if (name == "subscribe") {
            if (auto read = read_topics(out, value); !read) return read.error();
            continue;
        }
        const std::string field(name);
        if (name != "query" && name != "since")
            return make_problem(errc::field_unknown, "there is no member " + field, field);
        const auto* string = value.if_string();
        if (string == nullptr) return make_problem(errc::field_invalid, field + " is a text", field);
        if (name == "query") {
            out.query = *string;
            continue;
        }
        auto start = parse_feed_start(*string, partition);
        if (!start) return start.error();
        out.start = *start;
    }
    if (!out.topics.tasks && !out.topics.reminders)
        return make_problem(errc::field_required, "say what to subscribe to", "subscribe");
    return out;
}

/// The problem as a message, then its code as the reason of the close.
awaitable<void> refuse(std::shared_ptr<http::websocket> socket, domain::problem why) {
    const std::string code(domain::row_of(why.code).code);
    json::object shown{{"code", code}, {"detail", why.detail}};
    if (!why.field.empty()) shown["field"] = why.field;
    if (!why.hint.empty()) shown["hint"] = why.hint;
    if (why.column) shown["column"] = *why.column;
    std::string text = "{\"error\":";
    domain::append_json(text, shown);
    text += '}';
    const bool told = co_await socket->write(text);
    if (told) co_await socket->close(close_code::policy_violation, code);
}

/// The first message, which must come soon.
awaitable<std::optional<std::string>> first_message(std::shared_ptr<http::websocket> socket) {
    boost::asio::steady_timer patience(co_await boost::asio::this_coro::executor,
                                       domain::limits::read_deadline);
    patience.async_wait([socket](const boost::system::error_code& cancelled) {
        if (!cancelled) socket->end(close_code::policy_violation, "nothing was subscribed to");
    });
    auto text = co_await socket->read();
    patience.cancel();
    co_return text;
}

/// Keeps a read under way, so that pings are answered and the end is seen; a further message is one too many.
awaitable<void> read_on(state_ptr state) {
    const auto more = co_await state->socket->read();
    if (more) co_await state->socket->close(close_code::policy_violation, "one subscription a connection");
    state->session->end();
}

awaitable<result<std::unordered_set<domain::task_id>>> matching(state_ptr state,
                                                                std::vector<domain::task_id> changed) {
    auto look = [state, changed = std::move(changed)]() -> result<std::unordered_set<domain::task_id>> {
        const auto view = state->side.runners.front()->serving();
        if (!view) return make_problem(errc::view_unavailable, "the view is not open");
        return matching_tasks(state->side, view->reader(), state->session->user(), state->query, changed);
    };
    auto found = co_await state->side.pool.run(std::move(look));
    co_return found;
}

/// A task that does not match is named without its data: a client that shows it takes it away.
std::string with_match(const delta& d, bool matches) {
    std::string text;
    if (matches) {
        text = d.json();
        text.back() = ',';
        text += "\"matches\":true}";
        return text;
    }
    text = "{\"position\":";
    domain::append_json_string(text, d.position);
    text += ",\"event_type\":";
    domain::append_json_string(text, domain::to_text(d.type));
    text += ",\"task_id\":";
    domain::append_json_string(text, d.task->text());
    text += ",\"version\":";
    domain::append_json_integer(text, d.version);
    text += ",\"matches\":false}";
    return text;
}

awaitable<result<bool>> tell_matching(state_ptr state, std::vector<delta_ptr> deltas) {
    std::vector<domain::task_id> changed;
    std::unordered_set<domain::task_id> seen;
    for (const auto& each : deltas)
        if (each->task && seen.insert(*each->task).second) changed.push_back(*each->task);
    const auto found = co_await matching(state, std::move(changed));
    if (!found) co_return found.error();
    for (const auto& each : deltas) {
        const std::string text =
            each->task ? with_match(*each, found->contains(*each->task)) : std::string(each->json());
        if (!co_await state->socket->write(text)) co_return false;
    }
    co_return true;
}

/// False when the client is gone.
awaitable<result<bool>> tell(state_ptr state, std::vector<delta_ptr> deltas) {
    if (!state->query.empty() && !deltas.empty()) {
        auto told = co_await tell_matching(state, std::move(deltas));
        co_return told;
    }
    for (const auto& each : deltas)
        if (!co_await state->socket->write(each->json())) co_return false;
    co_return true;
}

awaitable<result<bool>> tell_ready(state_ptr state) {
    std::string ready = place_json(*state->session);
    ready.insert(1, "\"ready\":true,");
    if (!co_await state->socket->write(ready)) co_return false;
    if (const auto at = state->session->position()) state->sent_offset = at->offset;
    const auto again = co_await fires_again(state);
    if (!again) co_return again.error();
    for (const auto& fire : *again)
        if (!co_await state->socket->write(fire)) co_return false;
    co_return true;
}

/// One round of news. False when the client is gone.
awaitable<result<bool>> tell_next(state_ptr state) {
    auto news = co_await state->session->next();
    if (!news) co_return news.error();
    if (state->session->has_ended()) co_return false;
    const bool live_now = news->live_now;
    auto deltas = wanted_of(*state, std::move(*news));
    const bool something = !deltas.empty() || live_now;
    auto told = co_await tell(state, std::move(deltas));
    if (!told || !*told) co_return told;
    if (live_now) {
        auto ready = co_await tell_ready(state);
        co_return ready;
    }
    if (something) co_return true;
    const auto at = state->session->position();
    if (!at || at->offset == state->sent_offset) co_return true;  // the socket's own ping says the rest
    state->sent_offset = at->offset;
    const std::string place = place_json(*state->session);
    const bool heard = co_await state->socket->write(place);
    co_return heard;
}

awaitable<result<state_ptr>> open_talk(const read_side& side, feed& from, domain::user_id user,
                                       std::shared_ptr<http::websocket> socket, subscription wanted) {
    const auto view = side.runners.front()->serving();
    if (!view) co_return make_problem(errc::view_unavailable, "the view is not open yet");
    if (!wanted.query.empty()) {
        auto check = [&side, view, user, text = wanted.query] {
            return check_feed_query(side, view->reader(), user, text);
        };
        const auto readable = co_await side.pool.run(std::move(check));
        if (!readable) co_return readable.error();
    }
    auto session = co_await feed_session::open(side, from, user, wanted.start);
    if (!session) co_return session.error();
    auto made = std::make_shared<talk_state>(talk_state{
        {side, from, std::move(*session), wanted.topics, {}, -1}, std::move(socket), wanted.query});
    co_return made;
}

}  // namespace

awaitable<void> talk_of_feed(const read_side& side, feed& from, domain::user_id user,
                             std::shared_ptr<http::websocket> socket) {
    const auto first = co_await first_message(socket);
    if (!first) co_return;
    auto wanted = read_subscription(*first, eventlog::partition_of(user.text(), side.log.partitions()));
    if (!wanted) {
        co_await refuse(socket, wanted.error());
        co_return;
    }
    const auto opened = co_await open_talk(side, from, std::move(user), socket, std::move(*wanted));
    if (!opened) {
        co_await refuse(socket, opened.error());
        co_return;
    }
    const state_ptr state = *opened;
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::co_spawn(executor, read_on(state), boost::asio::detached);
    for (;;) {
        const auto told = co_await tell_next(state);
        if (told && *told) continue;
        if (told) co_return;
        const bool is_slow = told.error().code == errc::overloaded;
        const auto reason = closing_reason(*state, told.error());
        co_await socket->close(is_slow ? close_code::try_again_later : close_code::internal_error, reason);
        co_return;
    }
}

}  // namespace daybook::projector
