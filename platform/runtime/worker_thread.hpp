// A thread with a name (shown by ps and gdb) that is asked to stop and joined by its destructor.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <thread>

namespace daybook::platform::runtime {

class worker_thread {
 public:
    worker_thread() = default;
    /// `name`: at most 15 bytes, longer ones are cut. If `body` throws, the error is logged and `on_failure`
    /// called with its text; without on_failure the process ends (a dead worker must not be silent).
    worker_thread(std::string name, std::function<void(std::stop_token)> body,
                  std::function<void(std::string)> on_failure = nullptr);

    worker_thread(worker_thread&&) noexcept = default;
    worker_thread& operator=(worker_thread&&) noexcept = default;
    ~worker_thread() = default;

    void request_stop() noexcept { thread_.request_stop(); }
    void join() {
        if (thread_.joinable()) thread_.join();
    }
    [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }

 private:
    std::jthread thread_;
};

/// Names the calling thread.
void set_thread_name(const std::string& name) noexcept;

}  // namespace daybook::platform::runtime
