// A whole book as JSON lines (api §1 `export`).
#pragma once

#include "platform/http/message.hpp"
#include "platform/runtime/worker_pool.hpp"
#include "projector/read_side.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace daybook::projector {

/// The caller's own book. Tasks (deleted ones too) in order of id, as every other answer shows them; each is
/// as it is when its page is read, at or past Daybook-Position. With `events=1` the records of the book
/// instead, in order of offset, byte for byte. Events of purged tasks are left out (settled 37).
[[nodiscard]] boost::asio::awaitable<domain::result<platform::http::response>> export_book(
    const read_side& side, std::shared_ptr<platform::runtime::worker_pool> scans,
    platform::http::request from);

}  // namespace daybook::projector
