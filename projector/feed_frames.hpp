// What SSE and WebSocket share of a live session: what was told, what is told again, why it ends.
#pragma once

#include "domain/errc.hpp"
#include "projector/feed_session.hpp"
#include "projector/feed_topics.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::projector {

struct feed_client {
    const read_side& side;
    feed& from;
    std::unique_ptr<feed_session> session;
    feed_topics topics{};
    std::vector<std::string> fires{};  ///< told before it was live
    std::int64_t sent_offset = -1;     ///< what the client resumes from
};

/// The deltas that the client wants, in order; remembers fires.
[[nodiscard]] std::vector<delta_ptr> wanted_of(feed_client&, feed_news);
/// `{"position":…}`: all before it has been told.
[[nodiscard]] std::string place_json(const feed_session&);
/// Fires to tell again, now that it is live (M7); nothing where reminders are not asked for.
[[nodiscard]] boost::asio::awaitable<domain::result<std::vector<std::string>>> fires_again(
    std::shared_ptr<feed_client>);
/// `slow`, or the code of the problem; counts it.
[[nodiscard]] std::string closing_reason(feed_client&, const domain::problem&);

}  // namespace daybook::projector
