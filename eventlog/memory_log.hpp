// The log in memory: for tests and simulation, with every fault of architecture §2.1 to order, step by step.
#pragma once

#include "eventlog/event_log.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace daybook::eventlog {

/// One append that has been handed over and that neither landed nor was given up (memory_log::hold).
struct held_append {
    std::uint64_t id = 0;     ///< for the steps below
    std::int64_t ticket = 0;  ///< of its appender
    bool abandoned = false;   ///< its appender is gone; it may land all the same (settled 16)
    new_record record{};
};

/// Ordinary use: appends land at once and are acknowledged in order from the log's own thread.
/// Under hold() they wait until the test decides each one's fate. Every step returns after the outcome it
/// caused has been reported, so a test needs no waiting; it must not be called from within an on_outcomes.
/// Threads: any for every member. Lifetime: outlives its readers and appenders.
class memory_log final : public event_log {
 public:
    explicit memory_log(std::int32_t partitions);
    ~memory_log() override;
    memory_log(const memory_log&) = delete;
    memory_log& operator=(const memory_log&) = delete;

    [[nodiscard]] std::int32_t partitions() const override;
    [[nodiscard]] domain::result<void> check_ground(deadline) override;
    [[nodiscard]] std::unique_ptr<log_reader> open_reader(std::vector<read_start>) override;
    [[nodiscard]] std::unique_ptr<log_appender> open_appender(std::int32_t partition, on_outcomes) override;
    [[nodiscard]] domain::result<std::vector<std::int64_t>> end_offsets(deadline) override;
    [[nodiscard]] domain::result<void> writable() const override;
    [[nodiscard]] std::string describe() const override;

    // Steps over held appends.
    void hold(std::int32_t partition);     ///< from now on appends to this partition wait
    void release(std::int32_t partition);  ///< everything held lands in order, later appends land at once
    [[nodiscard]] std::vector<held_append> held(std::int32_t partition) const;  ///< oldest first
    void land(std::uint64_t id);  ///< appended now and acknowledged
    void land_unacknowledged(
        std::uint64_t id);          ///< appended now, the acknowledgement is lost: reported unknown
    void delay(std::uint64_t id);   ///< reported unknown now, stays held: may land() later without a report
    void lose(std::uint64_t id);    ///< never lands, reported unknown
    void vanish(std::uint64_t id);  ///< never lands, never reported: only a deadline notices
    void duplicate(
        std::uint64_t id);  ///< appended now without acknowledgement, stays held: lands a second time

    // What others do.
    std::int64_t append_foreign(std::int32_t partition, new_record);  ///< another writer's record; its offset

    // What the ground does.
    void set_available(
        bool);  ///< false: the broker is away: reads and end checks fail, appends are held, not writable
    void fail_end_checks(std::size_t times);
    void on_end_check(std::function<void()>);  ///< runs after an end was read and before it is answered
    void set_writable(domain::result<void>);
    void truncate(std::int32_t partition,
                  std::int64_t end);  ///< unsynced records are gone; offsets will be used again
    [[nodiscard]] std::vector<record> records(std::int32_t partition) const;

    struct core;

 private:
    std::shared_ptr<core> core_;
};

}  // namespace daybook::eventlog
