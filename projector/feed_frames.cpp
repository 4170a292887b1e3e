#include "projector/feed_frames.hpp"

#include "domain/json_text.hpp"

#include <utility>

namespace daybook::projector {

std::vector<delta_ptr> wanted_of(feed_client& client, feed_news news) {
    std::erase_if(news.deltas, [&](const delta_ptr& each) { return !client.topics.want(*each); });
    for (const auto& each : news.deltas)
        if (!each->fire_id.empty()) client.fires.push_back(each->fire_id);
    if (!news.deltas.empty()) client.sent_offset = news.deltas.back()->offset;
    if (!news.live_now && client.session->is_live()) client.fires.clear();
    return std::move(news.deltas);
}

std::string place_json(const feed_session& session) {
    std::string out = "{\"position\":";
    if (const auto at = session.position())
        domain::append_json_string(out, at->text());
    else
        out += "null";
    out += '}';
    return out;
}

boost::asio::awaitable<domain::result<std::vector<std::string>>> fires_again(
    std::shared_ptr<feed_client> client) {
    if (!client->topics.reminders) co_return std::vector<std::string>();
    auto read = [client]() -> domain::result<std::vector<std::string>> {
        const auto view = client->side.runners.front()->serving();
        if (!view) return domain::make_problem(domain::errc::view_unavailable, "the view is not open");
        return unacknowledged_fires(view->reader(), client->session->user(), client->side.now(),
                                    client->fires);
    };
    auto found = co_await client->side.pool.run(std::move(read));
    co_return found;
}

std::string closing_reason(feed_client& client, const domain::problem& why) {
    if (why.code == domain::errc::overloaded) return "slow";
    std::string reason(domain::row_of(why.code).code);
    client.from.count_closed(reason);
    return reason;
}

}  // namespace daybook::projector
