// The command side of the program behind one call: submit a batch, get its answer when it is true. Finds the
// book's partition.
#pragma once

#include "command-api/batch.hpp"
#include "command-api/partition_writer.hpp"
#include "domain/errc.hpp"
#include "eventlog/event_log.hpp"
#include "platform/obs/metrics.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace daybook::command_api {

struct handler_options {
    std::filesystem::path folder{};  ///< of the decision store
    writer_options writer{};         ///< identity and clock default to random and the system's
};

/// Threads: any. `log` and `figures` outlive it; figures may be null.
class command_handler {
 public:
    /// Opens the decision store and starts to take all partitions over; does not wait for it.
    /// Errors: those of the store.
    [[nodiscard]] static domain::result<std::unique_ptr<command_handler>> start(
        eventlog::event_log& log, handler_options options, platform::obs::metrics* figures);
    ~command_handler();

    /// Answers on the caller's executor. Precondition: check_at_the_door went over the batch. Never fails as
    /// such: failures stand in the answer. A caller that is cancelled still waits; what was submitted is
    /// decided.
    [[nodiscard]] boost::asio::awaitable<batch_answer> submit(command_batch);
    /// The same for callers without an executor: `done` runs on the sequencer's thread and must not block.
    void submit(command_batch, std::function<void(batch_answer)> done);
    void submit(command_batch, std::unique_ptr<batch_completion> done);

    /// Takes nothing new, ends what is in flight, writes the checkpoint. True if nothing was left open.
    bool stop(std::chrono::milliseconds deadline);
    [[nodiscard]] std::vector<partition_status> statuses() const;
    /// Every partition is owned.
    [[nodiscard]] bool ready() const;

 private:
    struct impl;
    explicit command_handler(std::unique_ptr<impl>);
    std::unique_ptr<impl> impl_;
};

namespace detail {

template <class Handler>
class awaited_answer final : public batch_completion {
    using executor = boost::asio::associated_executor_t<Handler>;

 public:
    explicit awaited_answer(Handler handler)
        : guard_(boost::asio::get_associated_executor(handler)), handler_(std::move(handler)) {}

    void complete(batch_answer answer) noexcept override {
        const auto where = guard_.get_executor();
        auto completion = [handler = std::move(handler_), answer = std::move(answer)]() mutable {
            handler(std::move(answer));
        };
        boost::asio::post(where, std::move(completion));
        guard_.reset();
    }

 private:
    boost::asio::executor_work_guard<executor> guard_;
    Handler handler_;
};

}  // namespace detail

inline boost::asio::awaitable<batch_answer> command_handler::submit(command_batch batch) {
    auto initiate = [this]<class Handler>(Handler&& handler, command_batch taken) {
        using completion = detail::awaited_answer<std::decay_t<Handler>>;
        submit(std::move(taken), std::unique_ptr<batch_completion>(
                                     std::make_unique<completion>(std::forward<Handler>(handler))));
    };
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(batch_answer)>(
        std::move(initiate), boost::asio::use_awaitable, std::move(batch));
}

}  // namespace daybook::command_api
