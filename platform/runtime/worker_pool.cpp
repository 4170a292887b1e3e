#include "platform/runtime/worker_pool.hpp"

#include "platform/runtime/worker_thread.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace daybook::platform::runtime {

struct worker_pool::impl {
    worker_pool_options options;
    mutable std::mutex mutex;
    std::condition_variable_any arrived;
    std::deque<std::unique_ptr<pool_job>> waiting;
    bool stopped = false;
    std::vector<worker_thread> threads;

    void work(const std::stop_token& wish) {
        while (true) {
            std::unique_ptr<pool_job> job;
            {
                std::unique_lock lock(mutex);
                arrived.wait(lock, wish, [this] { return !waiting.empty(); });
                if (wish.stop_requested() || waiting.empty()) return;
                job = std::move(waiting.front());
                waiting.pop_front();
            }
            job->run();
        }
    }
};

worker_pool::worker_pool(worker_pool_options options) : impl_(std::make_unique<impl>()) {
    impl_->options = std::move(options);
    for (unsigned i = 0; i < std::max(1U, impl_->options.threads); ++i) {
        impl_->threads.emplace_back(fmt::format("{}-{}", impl_->options.name, i),
                                    [core = impl_.get()](std::stop_token wish) { core->work(wish); });
    }
}

worker_pool::~worker_pool() { stop(); }

void worker_pool::post(std::unique_ptr<pool_job> job) {
    std::unique_lock lock(impl_->mutex);
    const bool stopped = impl_->stopped;
    if (!stopped && impl_->waiting.size() < impl_->options.waiting_max) {
        impl_->waiting.push_back(std::move(job));
        lock.unlock();
        impl_->arrived.notify_one();
        return;
    }
    lock.unlock();
    if (stopped) {
        job->refuse(domain::make_problem(domain::errc::not_ready, "the server is stopping"));
    } else {
        job->refuse(domain::make_problem(
            domain::errc::overloaded,
            fmt::format("{} jobs wait for {}", impl_->options.waiting_max, impl_->options.name)));
    }
}

void worker_pool::stop() {
    std::deque<std::unique_ptr<pool_job>> refused;
    {
        const std::scoped_lock lock(impl_->mutex);
        impl_->stopped = true;
        refused.swap(impl_->waiting);
    }
    for (auto& job : refused)
        job->refuse(domain::make_problem(domain::errc::not_ready, "the server is stopping"));
    for (auto& thread : impl_->threads) thread.request_stop();
    for (auto& thread : impl_->threads) thread.join();
}

std::size_t worker_pool::waiting() const noexcept {
    const std::scoped_lock lock(impl_->mutex);
    return impl_->waiting.size();
}

}  // namespace daybook::platform::runtime
