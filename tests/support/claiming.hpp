// Writers for tests of the protocol: they claim for real and append events with the proof of their claim.
#pragma once

#include "eventlog/claim.hpp"
#include "tests/support/log_records.hpp"
#include "tests/support/outcomes.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace daybook::tests {

/// UUID texts that differ within the process.
inline std::string next_uuid() {
    static std::atomic<std::uint32_t> counter{0};
    return fmt::format("00000000-0000-4000-9000-{:012x}", ++counter);
}

inline std::int64_t clock_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// One process that writes one partition. Threads: one.
class test_writer {
 public:
    test_writer(eventlog::event_log& log, std::string writer_id, std::int32_t partition = 0)
        : log_(log), partition_(partition), writer_id_(std::move(writer_id)), fold_(partition, {}) {}

    domain::result<void> claim(std::stop_token stop = {}, std::chrono::milliseconds attempt = patience) {
        owned_.appender.reset();
        eventlog::claim_options options;
        options.writer = {writer_id_, writer_id_ + ".example:8080"};
        options.first_start = first_;
        options.random_id = next_uuid;
        options.now_ms = clock_ms;
        options.attempt_timeout = attempt;
        outcomes_ = std::make_unique<collected_outcomes>();
        auto owned = eventlog::claim_partition(
            log_, partition_, fold_,
            [this](const eventlog::verdict& judged) -> domain::result<void> {
                if (const auto* whole = std::get_if<eventlog::commit>(&judged))
                    applied_.push_back(whole->parts.size());
                return {};
            },
            outcomes_->receiver(), options, std::move(stop));
        if (!owned) return owned.error();
        first_ = false;
        seq_ = 0;
        owned_ = std::move(*owned);
        return {};
    }
    /// Appends one event with the next seq of the claim.
    void append(std::string_view text = "x", int part = 1, int parts = 1) {
        owned_.appender->append(event(text, part, parts));
    }
    eventlog::new_record event(std::string_view text = "x", int part = 1, int parts = 1) {
        auto made = event_record({owned_.claim.claim_id, owned_.claim.epoch, ++seq_, part, parts, text});
        made.timestamp_ms = clock_ms();
        return made;
    }
    void give_up() { owned_.appender.reset(); }

    [[nodiscard]] const eventlog::owned_partition& owned() const { return owned_; }
    [[nodiscard]] collected_outcomes& outcomes() { return *outcomes_; }
    [[nodiscard]] const eventlog::log_fold& fold() const { return fold_; }
    [[nodiscard]] std::size_t commits_seen() const { return applied_.size(); }

 private:
    eventlog::event_log& log_;
    std::int32_t partition_;
    std::string writer_id_;
    eventlog::log_fold fold_;
    std::unique_ptr<collected_outcomes> outcomes_{};
    eventlog::owned_partition owned_{};
    std::int64_t seq_ = 0;
    bool first_ = true;
    std::vector<std::size_t> applied_{};
};

/// What a reader makes of one record: `claim`, `commit`, `part`, or the reason to be void.
inline std::vector<std::string> judge_all(const std::vector<eventlog::record>& records,
                                          std::int32_t partition = 0) {
    eventlog::log_fold fold(partition, {});
    std::vector<std::string> verdicts;
    for (const auto& one : records) {
        const auto judged = fold.feed(one).value();
        if (std::holds_alternative<eventlog::was_claim>(judged)) verdicts.emplace_back("claim");
        if (std::holds_alternative<eventlog::commit>(judged)) verdicts.emplace_back("commit");
        if (std::holds_alternative<eventlog::was_pending>(judged)) verdicts.emplace_back("part");
        if (const auto* nothing = std::get_if<eventlog::was_void>(&judged))
            verdicts.emplace_back(eventlog::to_text(nothing->reason));
    }
    return verdicts;
}

inline std::vector<std::string> judge_all(eventlog::event_log& log, std::int32_t partition = 0) {
    const auto end = log.end_offsets(soon()).value().at(static_cast<std::size_t>(partition));
    return judge_all(read_records(log, partition, 0, static_cast<std::size_t>(end)), partition);
}

}  // namespace daybook::tests
