#include "projector/line_stream.hpp"

#include "domain/json_text.hpp"
#include "projector/admin_json.hpp"

#include <utility>

namespace daybook::projector {
namespace {

using piece = std::optional<std::string>;

struct stream_state {
    std::shared_ptr<platform::runtime::worker_pool> pool;
    make_piece make;
    std::stop_source stop;
    bool ended = false;
};

/// Lives in the answer: gone with the peer. Workers keep the state itself alive.
struct stop_with_answer {
    std::shared_ptr<stream_state> state;
    explicit stop_with_answer(std::shared_ptr<stream_state> s) : state(std::move(s)) {}
    stop_with_answer(const stop_with_answer&) = delete;
    stop_with_answer& operator=(const stop_with_answer&) = delete;
    ~stop_with_answer() { state->stop.request_stop(); }
};

boost::asio::awaitable<piece> next_piece(std::shared_ptr<stream_state> state) {
    if (state->ended) co_return std::nullopt;
    domain::result<piece> made = piece(std::string());
    while (made && *made && (*made)->empty()) {  // an empty piece would end the body
        auto work = [state]() -> domain::result<piece> { return state->make(state->stop.get_token()); };
        made = co_await state->pool->run(std::move(work));
    }
    if (made && *made) co_return std::move(*made);
    state->ended = true;
    if (made) co_return std::nullopt;
    boost::json::object line;
    line["error"] = problem_json(made.error());
    std::string text;
    domain::append_json(text, line);
    text += '\n';
    co_return text;
}

}  // namespace

platform::http::response line_stream(std::shared_ptr<platform::runtime::worker_pool> pool, make_piece make) {
    const auto guard = std::make_shared<stop_with_answer>(
        std::make_shared<stream_state>(stream_state{std::move(pool), std::move(make), {}, false}));
    platform::http::response out;
    out.content_type = platform::http::media_ndjson;
    out.stream = [guard] { return next_piece(guard->state); };
    return out;
}

}  // namespace daybook::projector
