#include "command-api/partition_writer.hpp"

#include "command-api/decider.hpp"
#include "domain/project.hpp"
#include "platform/obs/log.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace daybook::command_api {
namespace {

using domain::errc;
using domain::make_problem;
using domain::problem;
namespace obs = platform::obs;

// The log is woken once a turn of the sequencer; within a long turn it begins to write this early.
constexpr std::size_t send_at_records = 64;

// While an earlier attempt may still be in the log unseen, nobody may conclude from a 503 that nothing is
// there.
problem with_unknown_attempt(problem p) {
    p.extra["earlier_attempt"] = "unknown";
    return p;
}

bool is_about_the_log(const problem& p) { return domain::row_of(p.code).http_status >= 500; }

}  // namespace

partition_writer::partition_writer(std::int32_t partition, eventlog::event_log& log,
                                   platform::rocks::store& store, writer_host& host,
                                   const writer_options& options, sequencer_metrics& metrics)
    : partition_(partition), log_(log), store_(store), host_(host), options_(options), metrics_(metrics) {}

partition_writer::~partition_writer() = default;

void partition_writer::take(command_batch batch, std::unique_ptr<batch_completion> done,
                            steady::time_point deadline, bool log_writable, const problem& why_not) {
    waiting_batch waiting;
    waiting.batch = std::move(batch);
    waiting.done = std::move(done);
    waiting.deadline = deadline;
    const auto count = waiting.batch.items.size();
    waiting.fates.assign(count, fate::settled);
    waiting.answer.results.reserve(count);

    if (ownership_ != ownership::owned) {
        bool open = false;
        for (std::size_t i = 0; i < count; ++i) {
            const auto& item = waiting.batch.items[i];
            waiting.answer.results.push_back(
                rejected_answer(item, item.refused ? *item.refused : with_unknown_attempt(not_owned())));
            if (!item.refused && open_keys_.contains(key_of(waiting.batch, i))) open = true;
        }
        if (!open) {
            if (waiting.batch.mode == batch_mode::atomic && count > 0)
                for (std::size_t i = 0; i < count && !waiting.answer.failed; ++i)
                    if (waiting.batch.items[i].refused)
                        waiting.answer.failed = at_index(*waiting.batch.items[i].refused, i);
            if (waiting.batch.mode == batch_mode::atomic && !waiting.answer.failed)
                waiting.answer.failed = with_unknown_attempt(not_owned());
            return finish(std::move(waiting));
        }
        for (std::size_t i = 0; i < count; ++i)
            if (!waiting.batch.items[i].refused) waiting.fates[i] = fate::attached;
        waiting_.push_back(std::move(waiting));
        return;
    }

    std::optional<problem> closed;
    if (!log_writable)
        closed = why_not;
    else if (store_failed_)
        closed = store_failed_;
    else if (suspect(steady::now()))
        closed = make_problem(errc::log_unavailable,
                              "the log has not acknowledged for a while; nothing was written");
    try {
        decider(*this, waiting, std::move(closed)).run();
    } catch (const domain::problem_error& failed) {
        // The decision store cannot be read. What was appended of this batch goes on; nothing new is decided.
        for (std::size_t i = waiting.answer.results.size(); i < count; ++i)
            waiting.answer.results.push_back(rejected_answer(waiting.batch.items[i], failed.value()));
        if (waiting.batch.mode == batch_mode::atomic && !waiting.answer.failed)
            waiting.answer.failed = failed.value();
        obs::log_error("the decision store cannot be read",
                       {{"partition", partition_}, {"detail", failed.what()}});
    }
    if (waiting.acked_needed <= acked_ && !waiting.judged_behind) return finish(std::move(waiting));
    if (waiting.judged_behind && *waiting.judged_behind == issued_ && issued_ == acked_) ask_for(waiting);
    waiting_.push_back(std::move(waiting));
}

void partition_writer::append(built_commit commit, std::vector<std::string> command_keys) {
    in_flight_commit sent;
    sent.records = commit.records.size();
    sent.bytes = commit.bytes;
    sent.last_seq = commit.parts.back().event.log.seq;
    sent.last_crc = commit.last_crc;
    sent.at = commit.parts.back().event.log.at;
    sent.appended_at = steady::now();
    sent.command_keys = std::move(command_keys);
    std::ranges::move(commit.records, std::back_inserter(unsent_));
    issued_ += static_cast<std::int64_t>(sent.records);
    sent.last_ticket = issued_ - 1;
    in_flight_records_ += sent.records;
    in_flight_bytes_ += sent.bytes;
    last_at_ = sent.at;
    in_flight_.push_back(std::move(sent));
    if (unsent_.size() >= send_at_records) send();
}

void partition_writer::send() {
    if (unsent_.empty()) return;
    appender_->append(std::span(unsent_));
    unsent_.clear();
}

void partition_writer::acknowledge(std::size_t commits, const in_flight_commit& last) {
    eventlog::fold_checkpoint behind = state_->checkpoint();
    behind.take(claim_);
    behind.seq = last.last_seq;
    behind.last_offset = base_offset_ + last.last_ticket;
    behind.next_offset = behind.last_offset + 1;
    behind.last_crc = last.last_crc;
    if (auto confirmed = state_->confirm(commits, std::move(behind), last.at); !confirmed)
        note_store(confirmed);
    if (!unwritten_since_) unwritten_since_ = steady::now();
}

void partition_writer::on_outcomes(std::uint64_t generation, std::span<const eventlog::append_outcome> all) {
    if (generation != generation_ || ownership_ != ownership::owned) return;
    const auto now = steady::now();
    metrics_.group_records.observe(static_cast<double>(all.size()));
    std::size_t commits = 0;
    in_flight_commit last;
    std::optional<std::string> unknown;
    for (const auto& outcome : all) {
        // Success is exactly the expected offset, with every earlier record since the claim a success (rule
        // 2).
        if (outcome.ticket != acked_ || !outcome.offset || *outcome.offset != base_offset_ + acked_ ||
            acked_ >= issued_) {
            unknown = outcome.offset ? "offset " + std::to_string(*outcome.offset) + " instead of " +
                                           std::to_string(base_offset_ + acked_)
                                     : outcome.reason;
            break;
        }
        ++acked_;
        if (in_flight_.front().last_ticket != outcome.ticket) continue;
        last = std::move(in_flight_.front());
        in_flight_.pop_front();
        in_flight_records_ -= last.records;
        in_flight_bytes_ -= last.bytes;
        metrics_.append_seconds.observe(std::chrono::duration<double>(now - last.appended_at).count());
        ++commits;
    }
    if (commits > 0) acknowledge(commits, last);
    if (unknown) return recover(std::move(*unknown));
    leave();
}

void partition_writer::on_check(std::uint64_t id, const domain::result<std::vector<std::int64_t>>& ends) {
    if (ownership_ != ownership::owned) return;
    const auto asked = acked_at_ask_.find(id);
    if (asked == acked_at_ask_.end()) return;
    const auto acked_then = asked->second;
    acked_at_ask_.erase(asked);
    if (ends) {
        const auto end = (*ends)[static_cast<std::size_t>(partition_)];
        if (end < base_offset_ + acked_then)
            return recover("the log ends before records that it acknowledged");
        if (end <= base_offset_ + acked_) {
            checked_ = std::max(checked_, id);
        } else if (in_flight_.empty()) {
            return recover("a record that is not ours stands at the end of the log");
        }
    }
    // Without an answer, or with own records behind the check: ask again, or let their acknowledgement tell.
    for (auto& waiting : waiting_)
        if (waiting.check == id && checked_ < id) waiting.check = 0;
    leave();
}

void partition_writer::ask_for(waiting_batch& waiting) {
    waiting.check = host_.ask_end_check();
    acked_at_ask_[waiting.check] = acked_;
}

void partition_writer::leave() {
    while (!waiting_.empty()) {
        auto& first = waiting_.front();
        if (acked_ < first.acked_needed) return;
        if (first.judged_behind && acked_ <= *first.judged_behind &&
            (first.check == 0 || checked_ < first.check))
            break;
        auto ready = std::move(first);
        waiting_.pop_front();
        finish(std::move(ready));
    }
    if (acked_ != issued_) return;  // an acknowledgement to come serves those that wait
    for (auto& waiting : waiting_)
        if (waiting.judged_behind && waiting.check == 0) ask_for(waiting);
}

void partition_writer::fill_replayed(waiting_batch& waiting) {
    if (!waiting.batch.wants_resource || !state_) return;
    const auto book = state_->read(waiting.batch.user, sight::confirmed);
    for (auto& answer : waiting.answer.results)
        if (answer.status == answer_status::replayed) answer.resource = resource_of(*book, answer);
}

void partition_writer::finish(waiting_batch waiting) {
    auto& answer = waiting.answer;
    try {
        if (ownership_ == ownership::owned || ownership_ == ownership::moved) fill_replayed(waiting);
    } catch (const domain::problem_error& failed) {
        answer.failed = failed.value();
    }
    const bool all_about_the_log =
        !answer.results.empty() && std::ranges::all_of(answer.results, [](const command_answer& a) {
            return a.error && is_about_the_log(*a.error);
        });
    if (!answer.failed && all_about_the_log) answer.failed = answer.results.front().error;
    if (answer.failed) {
        metrics_.commands_rejected.add(static_cast<double>(waiting.batch.items.size()));
        if (domain::row_of(answer.failed->code).http_status == 503) metrics_.batches_refused.add();
        if (answer.failed->code == errc::outcome_unknown) metrics_.outcomes_unknown.add();
        answer.results.clear();
        answer.temp_ids.clear();
        return waiting.done->complete(std::move(answer));
    }
    for (const auto& one : answer.results) {
        switch (one.status) {
            case answer_status::applied: metrics_.commands_applied.add(); break;
            case answer_status::no_op: metrics_.commands_no_op.add(); break;
            case answer_status::replayed: metrics_.commands_replayed.add(); break;
            case answer_status::rejected: metrics_.commands_rejected.add(); break;
        }
        if (one.position && (!answer.position || *answer.position < *one.position))
            answer.position = one.position;
    }
    waiting.done->complete(std::move(answer));
}

void partition_writer::expire(steady::time_point now) {
    while (!waiting_.empty() && waiting_.front().deadline <= now) {
        auto late = std::move(waiting_.front());
        waiting_.pop_front();
        const bool maybe_in_log = std::ranges::any_of(
            late.fates, [](fate f) { return f == fate::appended || f == fate::attached; });
        late.answer.failed =
            maybe_in_log
                ? make_problem(errc::outcome_unknown,
                               "the log has not acknowledged within the request's deadline")
                : make_problem(errc::log_unavailable, "the log did not answer within the request's deadline");
        finish(std::move(late));
    }
}

void partition_writer::tick(steady::time_point now) {
    send();
    if (ownership_ == ownership::owned && !in_flight_.empty() &&
        now - in_flight_.front().appended_at >= options_.append_deadline)
        recover("not acknowledged within the append deadline");
    expire(now);
    if (!state_ || !unwritten_since_ || now - *unwritten_since_ < options_.flush_after) return;
    note_store(state_->flush());
    unwritten_since_.reset();
    if (state_->has_unwritten()) unwritten_since_ = now;
}

steady::time_point partition_writer::next_timer() const {
    auto next = steady::time_point::max();
    if (ownership_ == ownership::owned && !in_flight_.empty())
        next = std::min(next, in_flight_.front().appended_at + options_.append_deadline);
    if (!waiting_.empty()) next = std::min(next, waiting_.front().deadline);
    if (state_ && unwritten_since_) next = std::min(next, *unwritten_since_ + options_.flush_after);
    return next;
}

void partition_writer::stop(bool write_state) {
    if (claiming_.joinable()) {
        claiming_.request_stop();
        claiming_.join();
    }
    expire(steady::time_point::max());
    unsent_.clear();
    appender_.reset();
    if (!state_) return;
    state_->withdraw();
    if (write_state) note_store(state_->flush());
}

// What cannot be written waits in memory; nothing new is taken until it could be.
void partition_writer::note_store(const domain::result<void>& written) {
    if (!written && !store_failed_)
        obs::log_error("the decision store cannot be written",
                       {{"partition", partition_}, {"detail", written.error().detail}});
    store_failed_ = written ? std::nullopt : std::optional(written.error());
}

partition_status partition_writer::status() const {
    partition_status made;
    made.partition = partition_;
    made.state = ownership_;
    if (ownership_ != ownership::owned) made.detail = why_not_owned_.detail;
    made.epoch = claim_.epoch;
    made.next_offset = base_offset_ + acked_;
    made.in_flight = in_flight_records_;
    return made;
}

problem partition_writer::not_owned() const { return why_not_owned_; }

bool partition_writer::suspect(steady::time_point now) const {
    return !in_flight_.empty() && now - in_flight_.front().appended_at > options_.suspect_after;
}

std::string partition_writer::key_of(const command_batch& batch, std::size_t item) const {
    return entity_key(batch.user, entity_kind::remembered, batch.items[item].command.id.text());
}

domain::position partition_writer::position_at(std::int64_t offset) const {
    return {state_ && state_->checkpoint().log_id ? *state_->checkpoint().log_id : claim_.log_id, partition_,
            offset};
}

resource partition_writer::task_resource_of(domain::book_reader& book, const domain::task_id& id) const {
    auto found = book.find(id);
    if (!found) return {};
    task_resource made;
    for (const auto& target : found->depends_on)
        if (const auto other = book.find(target); other && domain::is_open(other->status))
            made.around.blocked = true;
    if (found->project) made.around.project_name = domain::shown_name(book.find_project(*found->project));
    made.task = std::move(found);
    return made;
}

resource partition_writer::resource_of(domain::book_reader& book, const command_answer& answer) const {
    if (answer.task) return task_resource_of(book, *answer.task);
    if (answer.project) {
        if (auto found = book.find_project(*answer.project)) return std::move(*found);
        return {};
    }
    if (answer.schedule) {
        const auto* found = domain::find_schedule(book.book().schedules, *answer.schedule);
        return found != nullptr ? resource(*found) : resource();
    }
    if (answer.filter) {
        if (auto found = book.find_filter(*answer.filter)) return std::move(*found);
        return {};
    }
    return book.book();
}

}  // namespace daybook::command_api
