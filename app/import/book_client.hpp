// A book of a running server, as an import needs it: read whole, then given commands.
#pragma once

#include "app/import/plan.hpp"
#include "domain/errc.hpp"
#include "platform/http/http_client.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace daybook::app::import {

enum class command_status : std::uint8_t { applied, nothing, replayed, refused };

struct command_result {
    command_status status = command_status::refused;
    std::string reason{};  ///< of a refusal: code and detail
};

/// Threads: one.
class book_client {
 public:
    explicit book_client(std::unique_ptr<platform::http::client>);

    /// Every task but purged ones, projects, and (if asked) which comments are there; not older than what the
    /// log held before, or than what send() did.
    [[nodiscard]] domain::result<current_book> read(bool with_comments);

    /// In order, at most a batch at a time. `done` is told of each batch. What the server has no answer for
    /// yet (503, 504, a lost connection) is sent again with the same ids for up to a minute.
    [[nodiscard]] domain::result<std::vector<command_result>> send(
        std::span<const planned_command>, const std::function<void(std::size_t)>& done);

 private:
    [[nodiscard]] domain::result<boost::json::object> get(std::string target);
    /// `/v1/tasks?…` page after page.
    template <class Each>
    [[nodiscard]] domain::result<void> each_item(const std::string& target, Each each);
    [[nodiscard]] domain::result<boost::json::object> post_batch(const std::string& body);

    /// Calls `work` until it succeeds, fails for good, or a minute has passed. A server that never answered
    /// is not waited for.
    template <class Work>
    auto patiently(Work work) -> decltype(work());

    std::unique_ptr<platform::http::client> server_;
    bool reached_ = false;
    std::string position_{};  ///< of the last answer to a batch
};

}  // namespace daybook::app::import
