// One client's way along its book (Y2): what it missed, read from the view's history, then what happens. The
// same for SSE and WebSocket.
#pragma once

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "projector/feed.hpp"
#include "projector/read_side.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::projector {

/// Where a client goes on: behind a position, or at the beginning. Neither: from now on.
struct feed_start {
    std::optional<domain::position> since{};
    bool from_beginning = false;
};

/// `POSITION` or `beginning`. Errors: field_invalid, position_foreign (of another partition than the book's).
[[nodiscard]] domain::result<feed_start> parse_feed_start(std::string_view text, std::int32_t partition);

struct feed_news {
    std::vector<delta_ptr> deltas{};  ///< in the order of the log, each once
    bool live_now = false;            ///< what was missed has been told; said once
};

/// Threads: one executor's; the seat is given up there. Lifetime: within that of the read side and the feed.
class feed_session {
 public:
    /// Waits until the view has reached `since`. Errors: overloaded, position_foreign, position_not_reached.
    [[nodiscard]] static boost::asio::awaitable<domain::result<std::unique_ptr<feed_session>>> open(
        const read_side&, feed&, domain::user_id, feed_start);

    /// What is next; nothing in it when a heartbeat has passed without news. Errors end the session:
    /// overloaded (it was too slow), view_stopped, view_unavailable.
    [[nodiscard]] boost::asio::awaitable<domain::result<feed_news>> next();
    /// next() returns at once with nothing from now on: the client is gone.
    void end();
    [[nodiscard]] bool has_ended() const noexcept { return ended_; }
    [[nodiscard]] bool is_live() const noexcept { return stage_ == stage::live; }
    /// Behind this the client is told everything; none before the book's partition has a log.
    [[nodiscard]] std::optional<domain::position> position() const;
    [[nodiscard]] const domain::user_id& user() const noexcept { return user_; }
    [[nodiscard]] std::int32_t partition() const noexcept { return partition_; }

 private:
    enum class stage : std::uint8_t { behind, joined, live };
    feed_session(const read_side&, feed&, domain::user_id, std::unique_ptr<feed_seat>);
    [[nodiscard]] boost::asio::awaitable<domain::result<feed_news>> catch_up();
    [[nodiscard]] boost::asio::awaitable<domain::result<feed_news>> follow();
    [[nodiscard]] view_runner& runner() const { return *side_.runners.front(); }

    const read_side& side_;
    feed& feed_;
    domain::user_id user_;
    std::int32_t partition_;
    std::unique_ptr<feed_seat> seat_;
    stage stage_ = stage::behind;
    bool ended_ = false;
    std::int64_t last_ = -1;  ///< offset; all of the book up to it has been told
};

/// Fires of the last 24 h that nobody has acknowledged, of tasks that are still open, oldest first, each as
/// the JSON of a delta without position and with `redelivered` (M7). `known`: fire ids that the client has
/// just been told of. Reads every open task of the book. Errors: those of the view.
[[nodiscard]] domain::result<std::vector<std::string>> unacknowledged_fires(
    view_reader&, const domain::user_id&, domain::instant now, const std::vector<std::string>& known);

}  // namespace daybook::projector
