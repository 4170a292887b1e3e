#include "eventlog/memory_log.hpp"

#include "eventlog/outcome_gate.hpp"
#include "eventlog/partition_ends.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace daybook::eventlog {
namespace {

using domain::errc;

constexpr std::string_view lost_acknowledgement = "the acknowledgement was lost";

domain::problem away() {
    return domain::make_problem(errc::log_unavailable, "the memory log is set unavailable");
}

}  // namespace

struct memory_log::core {
    /// Reports wait for those of earlier tickets, whatever order a test lets the records land in.
    struct appender_state {
        outcome_gate gate;
        std::int64_t next_to_report = 0;
        std::map<std::int64_t, append_outcome> waiting{};
        bool after_unknown = false;
    };
    struct in_flight {
        std::int32_t partition;
        held_append append;
        std::shared_ptr<appender_state> of;  // none once it was reported or its appender is gone
    };
    struct report {
        std::shared_ptr<appender_state> to;
        append_outcome outcome;
    };

    explicit core(std::int32_t count)
        : records(static_cast<std::size_t>(count)),
          holding(static_cast<std::size_t>(count), false),
          ends(std::vector<std::int64_t>(static_cast<std::size_t>(count), 0)) {}

    mutable std::mutex mutex;
    std::vector<std::vector<record>> records;
    std::vector<bool> holding;
    std::map<std::uint64_t, in_flight> held;  // by id, so oldest first
    std::uint64_t next_id = 1;
    bool available = true;
    std::size_t end_checks_to_fail = 0;
    std::function<void()> end_check_hook;
    domain::result<void> can_write;
    partition_ends ends;

    std::mutex report_mutex;
    std::condition_variable_any report_changed;
    std::deque<report> reports;
    bool reporting = false;
    std::jthread reporter;  // last: uses everything above

    // The following want `mutex` held.
    std::int64_t place(std::int32_t partition, const new_record& from) {
        auto& log = records.at(static_cast<std::size_t>(partition));
        const auto offset = static_cast<std::int64_t>(log.size());
        log.push_back(record{partition, offset, from.timestamp_ms, from.key, from.value, from.headers});
        const std::pair<std::int32_t, std::int64_t> moved(partition, offset + 1);
        ends.set({&moved, 1});
        return offset;
    }
    void tell(const std::shared_ptr<appender_state>& to, append_outcome outcome) {
        if (!to) return;
        to->waiting.emplace(outcome.ticket, std::move(outcome));
        {
            const std::scoped_lock lock(report_mutex);
            for (auto next = to->waiting.begin();
                 next != to->waiting.end() && next->first == to->next_to_report;) {
                if (to->after_unknown) {
                    next->second.offset.reset();
                    next->second.reason = "an earlier record is unknown";
                }
                to->after_unknown = !next->second.offset.has_value();
                reports.push_back(report{to, std::move(next->second)});
                next = to->waiting.erase(next);
                ++to->next_to_report;
            }
        }
        report_changed.notify_all();
    }
    void land(std::map<std::uint64_t, in_flight>::iterator at) {
        const auto taken = std::move(held.extract(at).mapped());
        const auto offset = place(taken.partition, taken.append.record);
        tell(taken.of, append_outcome{taken.append.ticket, offset, {}});
    }

    void settle() {
        std::unique_lock lock(report_mutex);
        report_changed.wait(lock, [&] { return reports.empty() && !reporting; });
    }
    void report_until_stopped(const std::stop_token& stop) {
        std::unique_lock lock(report_mutex);
        while (report_changed.wait(lock, stop, [&] { return !reports.empty(); })) {
            auto taken = std::exchange(reports, {});
            reporting = true;
            lock.unlock();
            std::vector<append_outcome> batch;
            for (std::size_t i = 0; i < taken.size();) {
                batch.clear();
                const auto to = taken[i].to;
                for (; i < taken.size() && taken[i].to == to; ++i)
                    batch.push_back(std::move(taken[i].outcome));
                to->gate.report(batch);
            }
            lock.lock();
            reporting = false;
            report_changed.notify_all();
        }
    }
};

namespace {

class memory_appender final : public log_appender {
 public:
    memory_appender(std::shared_ptr<memory_log::core> log, std::int32_t partition, on_outcomes outcomes)
        : log_(std::move(log)),
          partition_(partition),
          state_(new memory_log::core::appender_state{outcome_gate(std::move(outcomes))}) {}
    memory_appender(const memory_appender&) = delete;
    memory_appender& operator=(const memory_appender&) = delete;

    ~memory_appender() override {
        state_->gate.close();
        const std::scoped_lock lock(log_->mutex);
        for (auto& [id, held] : log_->held) {
            if (held.of != state_) continue;
            held.of = nullptr;
            held.append.abandoned = true;
        }
    }

    using log_appender::append;
    void append(std::span<new_record> run) override {
        const std::scoped_lock lock(log_->mutex);
        for (auto& next : run) append_locked(std::move(next));
    }

 private:
    void append_locked(new_record next) {
        const auto ticket = next_ticket_++;
        if (log_->available && !log_->holding.at(static_cast<std::size_t>(partition_))) {
            log_->tell(state_, append_outcome{ticket, log_->place(partition_, next), {}});
            return;
        }
        const auto id = log_->next_id++;
        log_->held.emplace(
            id, memory_log::core::in_flight{partition_, {id, ticket, false, std::move(next)}, state_});
    }

    std::shared_ptr<memory_log::core> log_;
    std::int32_t partition_;
    std::shared_ptr<memory_log::core::appender_state> state_;
    std::int64_t next_ticket_ = 0;
};

class memory_reader final : public log_reader {
 public:
    memory_reader(std::shared_ptr<memory_log::core> log, std::vector<read_start> starts)
        : log_(std::move(log)), at_(std::move(starts)) {}

    domain::result<void> read(std::vector<record>& out, std::size_t records_max, deadline until) override {
        log_->ends.wait(at_, until, [this] { return woken_.load(); });
        woken_ = false;
        const std::scoped_lock lock(log_->mutex);
        if (!log_->available) return away();
        std::size_t taken = 0;
        for (auto& at : at_) {
            const auto& from = log_->records.at(static_cast<std::size_t>(at.partition));
            if (at.offset > static_cast<std::int64_t>(from.size()))
                return domain::make_problem(errc::log_truncated,
                                            fmt::format("partition {} ends at {}, before offset {}",
                                                        at.partition, from.size(), at.offset));
            for (; taken < records_max && at.offset < static_cast<std::int64_t>(from.size());
                 ++taken, ++at.offset)
                out.push_back(from[static_cast<std::size_t>(at.offset)]);
        }
        return {};
    }
    void wake() override {
        woken_ = true;
        log_->ends.notify();
    }

 private:
    std::shared_ptr<memory_log::core> log_;
    std::vector<read_start> at_;
    std::atomic<bool> woken_ = false;
};

}  // namespace

memory_log::memory_log(std::int32_t count) : core_(std::make_shared<core>(count)) {
    core_->reporter =
        std::jthread([log = core_.get()](const std::stop_token& stop) { log->report_until_stopped(stop); });
}

memory_log::~memory_log() {
    core_->reporter.request_stop();
    core_->reporter.join();
}

std::int32_t memory_log::partitions() const { return static_cast<std::int32_t>(core_->records.size()); }
std::string memory_log::describe() const { return "memory"; }

domain::result<void> memory_log::check_ground(deadline) {
    const std::scoped_lock lock(core_->mutex);
    if (!core_->available) return away();
    return {};
}

std::unique_ptr<log_reader> memory_log::open_reader(std::vector<read_start> starts) {
    return std::make_unique<memory_reader>(core_, std::move(starts));
}

std::unique_ptr<log_appender> memory_log::open_appender(std::int32_t partition, on_outcomes outcomes) {
    return std::make_unique<memory_appender>(core_, partition, std::move(outcomes));
}

domain::result<std::vector<std::int64_t>> memory_log::end_offsets(deadline) {
    std::function<void()> hook;
    std::vector<std::int64_t> ends;
    {
        const std::scoped_lock lock(core_->mutex);
        if (!core_->available) return away();
        if (core_->end_checks_to_fail > 0) {
            --core_->end_checks_to_fail;
            return domain::make_problem(errc::log_unavailable, "an end check that was set to fail");
        }
        ends = core_->ends.all();
        hook = core_->end_check_hook;
    }
    if (hook) hook();
    return ends;
}

domain::result<void> memory_log::writable() const {
    const std::scoped_lock lock(core_->mutex);
    if (!core_->available) return away();
    return core_->can_write;
}

void memory_log::hold(std::int32_t partition) {
    const std::scoped_lock lock(core_->mutex);
    core_->holding.at(static_cast<std::size_t>(partition)) = true;
}

void memory_log::release(std::int32_t partition) {
    {
        const std::scoped_lock lock(core_->mutex);
        core_->holding.at(static_cast<std::size_t>(partition)) = false;
        for (auto at = core_->held.begin(); at != core_->held.end();) {
            const auto one = at++;
            if (one->second.partition == partition) core_->land(one);
        }
    }
    core_->settle();
}

std::vector<held_append> memory_log::held(std::int32_t partition) const {
    const std::scoped_lock lock(core_->mutex);
    std::vector<held_append> found;
    for (const auto& [id, one] : core_->held)
        if (one.partition == partition) found.push_back(one.append);
    return found;
}

void memory_log::land(std::uint64_t id) {
    {
        const std::scoped_lock lock(core_->mutex);
        if (const auto at = core_->held.find(id); at != core_->held.end()) core_->land(at);
    }
    core_->settle();
}

void memory_log::land_unacknowledged(std::uint64_t id) {
    delay(id);
    land(id);
}

void memory_log::delay(std::uint64_t id) {
    {
        const std::scoped_lock lock(core_->mutex);
        auto& one = core_->held.at(id);
        core_->tell(std::exchange(one.of, nullptr),
                    append_outcome{one.append.ticket, std::nullopt, std::string(lost_acknowledgement)});
    }
    core_->settle();
}

void memory_log::lose(std::uint64_t id) {
    delay(id);
    vanish(id);
}

void memory_log::vanish(std::uint64_t id) {
    const std::scoped_lock lock(core_->mutex);
    core_->held.erase(id);
}

void memory_log::duplicate(std::uint64_t id) {
    const std::scoped_lock lock(core_->mutex);
    const auto& one = core_->held.at(id);
    core_->place(one.partition, one.append.record);
}

std::int64_t memory_log::append_foreign(std::int32_t partition, new_record next) {
    const std::scoped_lock lock(core_->mutex);
    return core_->place(partition, next);
}

void memory_log::set_available(bool available) {
    {
        const std::scoped_lock lock(core_->mutex);
        core_->available = available;
        if (available)
            for (auto at = core_->held.begin(); at != core_->held.end();) {
                const auto one = at++;
                if (!core_->holding.at(static_cast<std::size_t>(one->second.partition))) core_->land(one);
            }
    }
    core_->settle();
    core_->ends.notify();
}

void memory_log::fail_end_checks(std::size_t times) {
    const std::scoped_lock lock(core_->mutex);
    core_->end_checks_to_fail = times;
}

void memory_log::on_end_check(std::function<void()> hook) {
    const std::scoped_lock lock(core_->mutex);
    core_->end_check_hook = std::move(hook);
}

void memory_log::set_writable(domain::result<void> can_write) {
    const std::scoped_lock lock(core_->mutex);
    core_->can_write = std::move(can_write);
}

void memory_log::truncate(std::int32_t partition, std::int64_t end) {
    const std::scoped_lock lock(core_->mutex);
    core_->records.at(static_cast<std::size_t>(partition)).resize(static_cast<std::size_t>(end));
    const std::pair<std::int32_t, std::int64_t> moved(partition, end);
    core_->ends.set({&moved, 1});
}

std::vector<record> memory_log::records(std::int32_t partition) const {
    const std::scoped_lock lock(core_->mutex);
    return core_->records.at(static_cast<std::size_t>(partition));
}

}  // namespace daybook::eventlog
