// The template part of worker_pool::run; included by worker_pool.hpp only.
#pragma once

#include "platform/runtime/worker_pool.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>

namespace daybook::platform::runtime::detail {

template <class Handler, class Work>
class awaited_job final : public pool_job {
    using outcome = std::invoke_result_t<Work&>;
    using executor = boost::asio::associated_executor_t<Handler>;

 public:
    awaited_job(Handler handler, Work work)
        : guard_(boost::asio::get_associated_executor(handler)),
          handler_(std::move(handler)),
          work_(std::move(work)) {}

    void run() noexcept override {
        std::exception_ptr error;
        auto got = do_work(error);
        resume(std::move(error), std::move(got));
    }
    void refuse(const domain::problem& why) noexcept override { resume(nullptr, why); }

 private:
    /// What the work holds goes before the waiter is told: it may own the pool, which must not end on this
    /// thread.
    outcome do_work(std::exception_ptr& error) noexcept {
        auto work = std::move(work_);
        try {
            return work();
        } catch (...) {
            error = std::current_exception();
            return domain::make_problem(domain::errc::internal, "the work threw");
        }
    }

    void resume(std::exception_ptr error, outcome got) noexcept {
        const auto where = guard_.get_executor();
        auto completion = [handler = std::move(handler_), error = std::move(error),
                           got = std::move(got)]() mutable { handler(std::move(error), std::move(got)); };
        boost::asio::post(where, std::move(completion));
        guard_.reset();
    }

    boost::asio::executor_work_guard<executor> guard_;
    Handler handler_;
    Work work_;
};

}  // namespace daybook::platform::runtime::detail

namespace daybook::platform::runtime {

template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> worker_pool::run(Work work) {
    using outcome = std::invoke_result_t<Work&>;
    auto initiate = [this]<class Handler>(Handler&& handler, Work job_work) {
        using job = detail::awaited_job<std::decay_t<Handler>, Work>;
        post(std::make_unique<job>(std::forward<Handler>(handler), std::move(job_work)));
    };
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&,
                                       void(std::exception_ptr, outcome)>(
        std::move(initiate), boost::asio::use_awaitable, std::move(work));
}

}  // namespace daybook::platform::runtime
