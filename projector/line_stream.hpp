// Answers of any length as JSON lines, made piece by piece on a worker while the peer takes them.
#pragma once

#include "domain/errc.hpp"
#include "platform/http/message.hpp"
#include "platform/runtime/worker_pool.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace daybook::projector {

/// The next piece (may be empty), or none at the end. Called by one worker at a time; may block. The stop is
/// requested when the peer goes away.
using make_piece = std::function<domain::result<std::optional<std::string>>(const std::stop_token&)>;

/// How much a piece should hold at least before it is sent, and how many records it may look at.
inline constexpr std::size_t piece_bytes = std::size_t{128} * 1024;
inline constexpr std::size_t piece_records = 4'096;

/// 200 with NDJSON. A failure on the way becomes the last line: {"error":{code,detail,hint}}.
[[nodiscard]] platform::http::response line_stream(std::shared_ptr<platform::runtime::worker_pool>,
                                                   make_piece);

}  // namespace daybook::projector
