// One thread that decides for all partitions (architecture §2.1 rule 4). Everything reaches it through
// one mailbox: batches from the doors, outcomes from the log, finished claims, end checks.
#pragma once

#include "command-api/end_checker.hpp"
#include "command-api/partition_writer.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace daybook::command_api {

/// Threads: submit and statuses any, the rest one. Lifetime: `log`, `store`, `options` and `metrics` outlive
/// it.
class sequencer final : private writer_host {
 public:
    sequencer(std::string name, std::vector<std::int32_t> partitions, eventlog::event_log& log,
              platform::rocks::store& store, const writer_options& options, sequencer_metrics& metrics);
    /// Without a stop before it: as if the process had died, but that waiting answers still come (503, 504).
    ~sequencer() override;

    /// Starts taking over all its partitions, all at once.
    void start();
    /// Precondition: the batch's book lives in one of its partitions. The completion is called on the
    /// sequencer's thread; after stop at once with not_ready.
    void submit(std::int32_t partition, command_batch, std::unique_ptr<batch_completion>);
    /// Takes nothing new, lets what is in flight end until the deadline, writes the state, ends the thread.
    /// True if nothing had to be left open.
    bool stop(steady::time_point deadline) { return end(deadline, true); }
    [[nodiscard]] std::vector<partition_status> statuses() const;

 private:
    struct submitted {
        std::int32_t partition = 0;
        command_batch batch{};
        std::unique_ptr<batch_completion> done{};
        steady::time_point deadline{};
    };
    struct outcomes {
        std::int32_t partition = 0;
        std::uint64_t generation = 0;
        std::vector<eventlog::append_outcome> all{};
    };
    struct claimed {
        std::int32_t partition = 0;
        claim_finished done;
    };
    struct checked {
        std::uint64_t id = 0;
        domain::result<std::vector<std::int64_t>> ends;
    };
    using message = std::variant<submitted, outcomes, claimed, checked>;

    void post_outcomes(std::int32_t partition, std::uint64_t generation,
                       std::span<const eventlog::append_outcome>) override;
    void post_claim(std::int32_t partition, claim_finished) override;
    std::uint64_t ask_end_check() override { return checker_.ask(); }

    bool end(steady::time_point deadline, bool write_state);
    void post(message);
    void run();
    void handle(message&, bool writable, const domain::problem& why_not);
    [[nodiscard]] partition_writer& writer(std::int32_t partition);
    [[nodiscard]] bool idle() const;
    void publish_statuses();

    std::string name_;
    eventlog::event_log& log_;
    const writer_options& options_;
    sequencer_metrics& metrics_;

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::vector<message> mailbox_;
    bool stopping_ = false;  ///< submit refuses
    steady::time_point stop_at_{};
    bool write_state_ = true;
    bool stopped_clean_ = true;

    mutable std::mutex statuses_mutex_;
    std::vector<partition_status> statuses_;

    std::vector<std::unique_ptr<partition_writer>> writers_;
    std::vector<std::int32_t> partitions_;
    end_checker checker_;  ///< ends before the mailbox does
    std::thread thread_;
};

}  // namespace daybook::command_api
