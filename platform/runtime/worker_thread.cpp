#include "platform/runtime/worker_thread.hpp"

#include "platform/obs/log.hpp"

#include <exception>
#include <pthread.h>
#include <utility>

namespace daybook::platform::runtime {
namespace {

void fail(const std::string& name, std::string error, const std::function<void(std::string)>& on_failure) {
    obs::log_error("a thread failed", {{"thread", name}, {"error", error}});
    if (!on_failure) std::terminate();
    on_failure(std::move(error));
}

}  // namespace

void set_thread_name(const std::string& name) noexcept {
    const std::string cut = name.substr(0, 15);  // the kernel's limit
    ::pthread_setname_np(::pthread_self(), cut.c_str());
}

worker_thread::worker_thread(std::string name, std::function<void(std::stop_token)> body,
                             std::function<void(std::string)> on_failure) {
    auto run = [name = std::move(name), body = std::move(body),
                on_failure = std::move(on_failure)](const std::stop_token& wish) {
        set_thread_name(name);
        try {
            body(wish);
        } catch (const std::exception& e) {
            fail(name, e.what(), on_failure);
        } catch (...) {
            fail(name, "an exception that is no std::exception", on_failure);
        }
    };
    thread_ = std::jthread(std::move(run));
}

}  // namespace daybook::platform::runtime
