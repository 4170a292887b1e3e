#include "command-api/sequencer.hpp"

#include "platform/runtime/worker_thread.hpp"

#include <algorithm>
#include <limits>

namespace daybook::command_api {
namespace {

using domain::errc;
using domain::make_problem;

// Messages that may wait; beyond them a batch is refused.
constexpr std::size_t mailbox_messages_max = 100'000;

void refuse(std::unique_ptr<batch_completion> done, domain::problem why) {
    batch_answer answer;
    answer.failed = std::move(why);
    done->complete(std::move(answer));
}

}  // namespace

sequencer::sequencer(std::string name, std::vector<std::int32_t> partitions, eventlog::event_log& log,
                     platform::rocks::store& store, const writer_options& options, sequencer_metrics& metrics)
    : name_(std::move(name)),
      log_(log),
      options_(options),
      metrics_(metrics),
      partitions_(std::move(partitions)),
      checker_(log, [this](std::uint64_t id, domain::result<std::vector<std::int64_t>> ends) {
          post(checked{id, std::move(ends)});
      }) {
    writer_host& host = *this;
    for (const auto partition : partitions_)
        writers_.push_back(
            std::make_unique<partition_writer>(partition, log, store, host, options, metrics_));
    publish_statuses();
}

sequencer::~sequencer() { end(steady::now(), false); }

void sequencer::start() {
    thread_ = std::thread([this] { run(); });
}

// Wakes the thread behind the lock, which it would otherwise run into.
void sequencer::post(message m) {
    bool was_empty = false;
    {
        const std::lock_guard lock(mutex_);
        was_empty = mailbox_.empty();
        mailbox_.push_back(std::move(m));
    }
    if (was_empty) arrived_.notify_one();
}

void sequencer::submit(std::int32_t partition, command_batch batch, std::unique_ptr<batch_completion> done) {
    const auto deadline = steady::now() + options_.request_deadline;
    bool taken = false;
    bool was_empty = false;
    {
        const std::lock_guard lock(mutex_);
        taken = !stopping_ && mailbox_.size() < mailbox_messages_max;
        was_empty = mailbox_.empty();
        if (taken) mailbox_.push_back(submitted{partition, std::move(batch), std::move(done), deadline});
    }
    if (taken && was_empty) arrived_.notify_one();
    if (taken) return;
    refuse(std::move(done), make_problem(errc::not_ready, "the server is stopping or takes no more batches"));
}

void sequencer::post_outcomes(std::int32_t partition, std::uint64_t generation,
                              std::span<const eventlog::append_outcome> all) {
    post(outcomes{partition, generation, {all.begin(), all.end()}});
}

void sequencer::post_claim(std::int32_t partition, claim_finished done) {
    post(claimed{partition, std::move(done)});
}

partition_writer& sequencer::writer(std::int32_t partition) {
    const auto at = std::ranges::find(partitions_, partition) - partitions_.begin();
    return *writers_.at(static_cast<std::size_t>(at));
}

void sequencer::handle(message& m, bool writable, const domain::problem& why_not) {
    if (auto* batch = std::get_if<submitted>(&m))
        writer(batch->partition)
            .take(std::move(batch->batch), std::move(batch->done), batch->deadline, writable, why_not);
    else if (auto* acked = std::get_if<outcomes>(&m))
        writer(acked->partition).on_outcomes(acked->generation, acked->all);
    else if (auto* claim = std::get_if<claimed>(&m))
        writer(claim->partition).on_claim(std::move(claim->done));
    else if (auto* check = std::get_if<checked>(&m))
        for (auto& w : writers_) w->on_check(check->id, check->ends);
}

bool sequencer::idle() const {
    return std::ranges::all_of(writers_, [](const auto& w) { return w->idle(); });
}

void sequencer::publish_statuses() {
    const std::lock_guard lock(statuses_mutex_);
    statuses_.resize(writers_.size());
    for (std::size_t i = 0; i < writers_.size(); ++i) statuses_[i] = writers_[i]->status();
}

std::vector<partition_status> sequencer::statuses() const {
    const std::lock_guard lock(statuses_mutex_);
    return statuses_;
}

void sequencer::run() {
    platform::runtime::set_thread_name(name_);
    for (auto& w : writers_) w->start();
    std::vector<message> turn;
    while (true) {
        auto wake_at = steady::time_point::max();
        for (const auto& w : writers_) wake_at = std::min(wake_at, w->next_timer());
        bool stopping = false;
        auto stop_at = steady::time_point::max();
        {
            std::unique_lock lock(mutex_);
            const auto ready = [this] { return !mailbox_.empty(); };
            if (stopping_) wake_at = std::min(wake_at, stop_at_);
            const bool leave_at_once = stopping_ && idle();
            if (!leave_at_once && mailbox_.empty()) {
                // The far future overflows inside the library: an hour is as good.
                const auto until = std::min(wake_at, steady::now() + std::chrono::hours(1));
                const bool stopping_before = stopping_;
                arrived_.wait_until(lock, until, [&] { return ready() || stopping_ != stopping_before; });
            }
            turn.swap(mailbox_);
            stopping = stopping_;
            stop_at = stop_at_;
        }
        const auto writable = log_.writable();
        const auto why_not = writable ? domain::problem{} : writable.error();
        for (auto& m : turn) handle(m, writable.has_value(), why_not);
        metrics_.queued_batches.set(static_cast<double>(std::ranges::count_if(
            turn, [](const message& m) { return std::holds_alternative<submitted>(m); })));
        turn.clear();
        const auto now = steady::now();
        std::size_t in_flight = 0;
        for (auto& w : writers_) {
            w->tick(now);
            in_flight += w->in_flight_records();
        }
        metrics_.in_flight_records.set(static_cast<double>(in_flight));
        publish_statuses();
        if (stopping && (idle() || now >= stop_at)) break;
    }
    stopped_clean_ = idle();
    for (auto& w : writers_) w->stop(write_state_);
}

bool sequencer::end(steady::time_point deadline, bool write_state) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return stopped_clean_;
        stopping_ = true;
        stop_at_ = deadline;
        write_state_ = write_state;
        arrived_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    // Batches that came between the last turn and the end.
    std::vector<message> left;
    {
        const std::lock_guard lock(mutex_);
        left.swap(mailbox_);
    }
    for (auto& m : left)
        if (auto* batch = std::get_if<submitted>(&m))
            refuse(std::move(batch->done), make_problem(errc::not_ready, "the server is stopping"));
    return stopped_clean_;
}

}  // namespace daybook::command_api
