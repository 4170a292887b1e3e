// Threads for blocking work (RocksDB reads, SQL, hashing) that coroutines can await without blocking their
// executor.
#pragma once

#include "domain/errc.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace daybook::platform::runtime {

/// A piece of work. Exactly one of run and refuse is called, once.
class pool_job {
 public:
    virtual ~pool_job() = default;
    virtual void run() noexcept = 0;                               ///< on a worker
    virtual void refuse(const domain::problem& why) noexcept = 0;  ///< on the thread that posts or stops
};

struct worker_pool_options {
    std::string name = "worker";  ///< threads are name-0, name-1, ...
    unsigned threads = 2;
    std::size_t waiting_max =
        4096;  ///< jobs that wait for a thread; one more is refused with 503 `overloaded`
};

/// Threads: any. Jobs start in the order they came.
class worker_pool {
 public:
    explicit worker_pool(worker_pool_options options);
    ~worker_pool();  ///< stop()

    /// Runs `work` on a worker and resumes the caller on its own executor with what it returned.
    /// `work`: a function without arguments that returns domain::result<T>. If it throws, the caller sees the
    /// same exception. Errors: `overloaded` if too many wait; `not_ready` after stop(). Lifetime: what `work`
    /// captures must live until the caller is resumed; a cancelled caller still waits. Use: `auto work = [..]
    /// { .. }; auto r = co_await pool.run(std::move(work));` (name the lambda first).
    template <class Work>
    [[nodiscard]] boost::asio::awaitable<std::invoke_result_t<Work&>> run(Work work);

    void post(std::unique_ptr<pool_job> job);
    /// Lets running jobs finish, refuses waiting ones, joins.
    void stop();
    [[nodiscard]] std::size_t waiting() const noexcept;

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace daybook::platform::runtime

#include "platform/runtime/worker_pool_run.hpp"
