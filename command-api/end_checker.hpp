// Asks the log for its ends on a thread that may block (rule 3, settled 17). One check at a time, for all
// partitions; whoever asks gets the number of a check that has not started yet (counterexample 6).
#pragma once

#include "domain/errc.hpp"
#include "eventlog/event_log.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace daybook::command_api {

class end_checker {
 public:
    /// `report` is called on the checker's thread.
    using on_result = std::function<void(std::uint64_t id, domain::result<std::vector<std::int64_t>>)>;
    end_checker(eventlog::event_log& log, on_result report);
    ~end_checker();

    /// Threads: any. Never blocks.
    [[nodiscard]] std::uint64_t ask();

 private:
    void run(const std::stop_token&);

    eventlog::event_log& log_;
    on_result report_;
    std::mutex mutex_;
    std::condition_variable_any wanted_changed_;
    std::uint64_t wanted_ = 0;
    std::uint64_t started_ = 0;
    std::jthread thread_;
};

}  // namespace daybook::command_api
