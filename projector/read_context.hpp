// What every read has in common (api §3, settled 24, 25): which store, from which position on, and how far it
// lags.
#pragma once

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "platform/http/message.hpp"
#include "projector/read_side.hpp"
#include "projector/view.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook::projector {

/// A read that may go ahead: the view has reached what the caller asked for.
struct read_context {
    domain::user_id user{};
    std::shared_ptr<view> on{};
    bool blocks = false;  ///< the store is not in this process: read on a worker
    std::optional<domain::position>
        position{};  ///< the answer is of this position or later; none: an empty partition
    std::int64_t lag_ms = 0;
    bool stale = false;  ///< lags a second or more and no min_position was asked for
    std::vector<std::pair<std::string, std::string>> parameters{};  ///< of the query, without the common ones
};

/// As min_position: where the log ends when the request comes.
inline constexpr std::string_view from_the_end = "end";

/// Reads `store`, `min_position` (a position or `end`; `minimum_default` where it is absent, empty: none),
/// `wait_ms` and waits. Never blocks the I/O thread. `user`: whose book. Errors: view_unavailable (no such
/// store here, or it does not answer yet), view_stopped (it has stopped before the position, or before it was
/// open), 422 for malformed parameters, position_foreign, position_not_reached.
[[nodiscard]] boost::asio::awaitable<domain::result<read_context>> begin_read(
    const read_side& side, const platform::http::request& from, domain::user_id user,
    std::string_view minimum_default = {});

/// 422 naming the first parameter that is not among `known`.
[[nodiscard]] domain::result<void> refuse_unknown(const read_context&,
                                                  std::initializer_list<std::string_view> known);
[[nodiscard]] std::optional<std::string> parameter(const read_context&, std::string_view name);
/// `limit`: 1 to page_size_max, page_size_default where absent.
[[nodiscard]] domain::result<std::size_t> page_limit(const read_context&);

/// Appends `,"position":…,"lag_ms":…[,"stale":true]}`: the end of every list.
void append_standing(std::string& body, const read_context&);
/// An answer with Daybook-Position, and Daybook-Lag-Ms where it is stale.
[[nodiscard]] platform::http::response answer_at(const read_context&, std::string body);

}  // namespace daybook::projector
