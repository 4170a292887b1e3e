// Taking a partition over, and back after an unknown outcome (architecture §2.1 rules 1, 2, 5).
#include "command-api/decider.hpp"
#include "command-api/partition_writer.hpp"
#include "eventlog/last_applied.hpp"
#include "platform/obs/log.hpp"
#include "platform/runtime/machine.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace daybook::command_api {
namespace {

using domain::errc;
using domain::make_problem;
using domain::problem;
namespace obs = platform::obs;

constexpr auto check_deadline = std::chrono::seconds(5);
constexpr auto check_retry = std::chrono::milliseconds(200);

// The store must still stand on the log that it was folded from (architecture §2.1, ground rules). An
// unreachable log is waited for.
domain::result<void> check_store(eventlog::event_log& log, std::int32_t partition,
                                 const eventlog::fold_checkpoint& checkpoint, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    while (!stop.stop_requested()) {
        auto checked =
            eventlog::check_last_applied(log, partition, checkpoint, steady::now() + check_deadline);
        if (checked || checked.error().code != errc::log_unavailable) return checked;
        std::unique_lock lock(mutex);
        stopped.wait_for(lock, stop, check_retry, [] { return false; });
    }
    return make_problem(errc::log_unavailable, "stopped before the log answered");
}

}  // namespace

void partition_writer::start() {
    why_not_owned_ =
        make_problem(errc::not_ready, "partition " + std::to_string(partition_) + " is being taken over");
    auto opened = partition_state::open(store_, partition_, options_.state);
    if (!opened) return fail(opened.error());
    state_ = std::move(*opened);
    claim(true);
}

// The claiming thread owns the state, and the appender that is given up, until it posts them back.
void partition_writer::claim(bool first_start) {
    ++generation_;
    eventlog::claim_options options;
    options.writer = options_.identity;
    options.first_start = first_start;
    options.random_id = [this] { return platform::runtime::random_uuid(options_.now()).text(); };
    options.attempt_timeout = options_.claim_attempt_timeout;
    auto outcomes = [&host = host_, partition = partition_,
                     generation = generation_](std::span<const eventlog::append_outcome> all) {
        host.post_outcomes(partition, generation, all);
    };
    auto body = [this, options = std::move(options), outcomes = eventlog::on_outcomes(std::move(outcomes)),
                 state = std::move(state_), given_up = std::move(appender_), newest = last_at_,
                 first_start](std::stop_token stop) mutable {
        given_up.reset();
        newest = std::max(newest, state->newest_at());
        options.now_ms = [this, newest] {
            return std::max(options_.now(), newest).time_since_epoch().count();
        };
        claim_finished done{nullptr, make_problem(errc::log_unavailable, "not claimed"), {}};
        try {
            const auto checked = first_start ? check_store(log_, partition_, state->checkpoint(), stop)
                                             : domain::result<void>();
            eventlog::log_fold fold(partition_, state->checkpoint());
            const auto sink = [&](const eventlog::verdict& v) -> domain::result<void> {
                if (std::holds_alternative<eventlog::was_void>(v)) metrics_.void_records.add();
                if (const auto* c = std::get_if<eventlog::was_claim>(&v))
                    metrics_.void_records.add(static_cast<double>(c->voided.size()));
                if (const auto* commit = std::get_if<eventlog::commit>(&v))
                    return state->fold(*commit, fold.checkpoint());
                if (!std::holds_alternative<eventlog::was_pending>(v)) state->advance(fold.checkpoint());
                return {};
            };
            if (checked)
                done.owned = eventlog::claim_partition(log_, partition_, fold, sink, outcomes, options, stop);
            else
                done.owned = checked.error();
            if (const auto* current = fold.current_claim()) done.owner_address = current->address;
        } catch (const domain::problem_error& failed) {
            done.owned = failed.value();
        }
        done.state = std::move(state);
        host_.post_claim(partition_, std::move(done));
    };
    // std::jthread copies nothing but needs a movable callable; std::function would ask for copies.
    claiming_ = std::jthread(std::move(body));
}

void partition_writer::on_claim(claim_finished done) {
    if (claiming_.joinable()) claiming_.join();
    state_ = std::move(done.state);
    if (!done.owned) {
        const auto& why = done.owned.error();
        if (why.code == errc::writer_moved) {
            ownership_ = ownership::moved;
            why_not_owned_ = why;
            if (!done.owner_address.empty()) why_not_owned_.extra["owner"] = done.owner_address;
            metrics_.takeovers_lost.add();
            obs::log_warn("another writer took the partition over",
                          {{"partition", partition_}, {"owner", done.owner_address}});
            return resolve_waiting(why_not_owned_);
        }
        return fail(why);
    }
    claim_ = done.owned->claim;
    appender_ = std::move(done.owned->appender);
    base_offset_ = done.owned->next_offset;
    issued_ = acked_ = 0;
    acked_at_ask_.clear();
    checked_ = 0;
    last_at_ = std::max(last_at_, state_->newest_at());
    ownership_ = ownership::owned;
    unwritten_since_ = steady::now();
    obs::log_info("partition owned",
                  {{"partition", partition_}, {"epoch", claim_.epoch}, {"next_offset", base_offset_}});
    resolve_waiting(
        make_problem(errc::log_unavailable, "the command was withdrawn before it reached the log"));
}

void partition_writer::fail(problem why) {
    obs::log_error(
        "partition cannot be written",
        {{"partition", partition_}, {"error", domain::row_of(why.code).code}, {"detail", why.detail}});
    // Whether what was in flight is in the log cannot be told any more: its deadline answers.
    ownership_ = ownership::failed;
    why_not_owned_ = std::move(why);
}

void partition_writer::recover(std::string why) {
    metrics_.recoveries.add();
    obs::log_warn("an outcome is unknown: reading back and claiming again",
                  {{"partition", partition_}, {"reason", why}, {"in_flight", in_flight_.size()}});
    ownership_ = ownership::recovering;
    why_not_owned_ =
        make_problem(errc::log_unavailable, "the outcome of the last records is being read back");
    for (auto& commit : in_flight_)
        for (auto& key : commit.command_keys) open_keys_.insert(std::move(key));
    in_flight_.clear();
    unsent_.clear();
    in_flight_records_ = 0;
    in_flight_bytes_ = 0;
    state_->withdraw();
    claim(false);
}

// The log was read behind a higher valid claim: what is not in it now never will be. From the last decision
// to the first: a commit that was found proves the state that everything before it was judged on (rule 3 b).
void partition_writer::resolve_waiting(const problem& for_the_lost) {
    open_keys_.clear();
    bool proven = false;
    for (auto waiting = waiting_.rbegin(); waiting != waiting_.rend(); ++waiting) {
        for (auto i = waiting->fates.size(); i-- > 0;) resolve_item(*waiting, i, for_the_lost, proven);
    }
    for (auto& waiting : std::exchange(waiting_, {})) finish(std::move(waiting));
}

void partition_writer::resolve_item(waiting_batch& waiting, std::size_t i, const problem& for_the_lost,
                                    bool& proven) {
    const auto meant = std::exchange(waiting.fates[i], fate::settled);
    if (meant == fate::settled || (meant == fate::judged && proven)) return;
    const bool atomic = waiting.batch.mode == batch_mode::atomic;
    if (atomic && waiting.answer.failed) {  // nothing of it was appended, and what it was judged on is gone
        waiting.answer.failed = for_the_lost;
        return;
    }
    const auto& item = waiting.batch.items[i];
    auto& answer = waiting.answer.results[i];
    const auto found =
        meant == fate::judged
            ? nullptr
            : state_->remembered(waiting.batch.user, item.command.id,
                                 std::max(options_.now(), state_->newest_at()), sight::confirmed);
    if (found && found->hash != item.hash) {
        answer = rejected_answer(item, id_reused(item));
    } else if (found && (meant == fate::attached || found->events != answer.events)) {
        // Also where the new owner was sent the same command and decided it: what the log says is the
        // outcome.
        answer = replayed_answer(item, *found, position_at(found->last_offset));
    } else if (found) {
        // Valid by its seq, yet it may stand at another offset than the expected one.
        answer.position = position_at(found->last_offset);
        proven = true;
    } else {
        answer = rejected_answer(item, for_the_lost);
    }
    if (atomic && answer.error) waiting.answer.failed = at_index(*answer.error, i);
}

}  // namespace daybook::command_api
