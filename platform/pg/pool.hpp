// A bounded set of sessions for readers.
#pragma once

#include "domain/errc.hpp"
#include "platform/pg/connection.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace daybook::platform::pg {

struct pool_options {
    connection_options connection{};
    std::size_t sessions_max = 8;
    std::chrono::milliseconds wait_deadline{2'000};  ///< for a session to become free
    std::chrono::milliseconds retry_after{
        250};  ///< after a failed connect, others fail at once for this long
};

/// Threads: any.
class pool {
 public:
    explicit pool(pool_options);
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;

    /// A session on loan; goes back at the end of the scope, or is closed if it is lost or left in a
    /// transaction. Lifetime: within the pool's.
    class lease {
     public:
        lease(pool* owner, std::unique_ptr<connection> session)
            : owner_(owner), session_(std::move(session)) {}
        lease(lease&&) noexcept = default;
        lease& operator=(lease&&) = delete;
        ~lease();
        connection& operator*() const noexcept { return *session_; }
        connection* operator->() const noexcept { return session_.get(); }

     private:
        pool* owner_;
        std::unique_ptr<connection> session_;
    };
    /// Errors: view_unavailable, also when all sessions stay busy until the deadline.
    [[nodiscard]] domain::result<lease> take();

 private:
    void give_back(std::unique_ptr<connection>);

    pool_options options_;
    std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<connection>> idle_;
    std::size_t open_ = 0;  ///< idle, on loan or being opened
    std::chrono::steady_clock::time_point refuse_until_{};
    domain::problem refusal_{};
};

}  // namespace daybook::platform::pg
