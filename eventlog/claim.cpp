#include "eventlog/claim.hpp"

#include "domain/json_text.hpp"
#include "domain/time.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

namespace daybook::eventlog {
namespace {

namespace json = boost::json;
using domain::errc;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t records_per_read = 1'000;
constexpr auto pause_first = 20ms;
constexpr auto pause_max = 1'000ms;
constexpr auto ask_timeout = 2'000ms;  // for an end check or one wait for records; then it is asked again

/// Sits between the appender and the owner's on_outcomes: keeps the claim's own outcome (ticket 0) for itself
/// and counts the others from 0. Threads: report() one of the log's; the rest the claiming thread's.
class claim_outcome {
 public:
    claim_outcome(on_outcomes owner, log_reader& wake) : owner_(std::move(owner)), reader_(&wake) {}

    void report(std::span<const append_outcome> outcomes) {
        if (!outcomes.empty() && outcomes.front().ticket == 0) {
            const std::scoped_lock lock(mutex_);
            unknown_ = !outcomes.front().offset.has_value();
            // Once the claim is settled the reader is gone.
            if (reader_ != nullptr) reader_->wake();
            outcomes = outcomes.subspan(1);
        }
        if (outcomes.empty()) return;
        shifted_.assign(outcomes.begin(), outcomes.end());
        for (auto& one : shifted_) --one.ticket;
        owner_(shifted_);
    }
    [[nodiscard]] bool unknown() const {
        const std::scoped_lock lock(mutex_);
        return unknown_;
    }
    void forget_reader() {
        const std::scoped_lock lock(mutex_);
        reader_ = nullptr;
    }

 private:
    on_outcomes owner_;
    std::vector<append_outcome> shifted_{};
    mutable std::mutex mutex_{};
    log_reader* reader_;
    bool unknown_ = false;
};

/// One call of claim_partition.
class claiming {
 public:
    claiming(event_log& log, std::int32_t partition, log_fold& fold, const on_verdict& sink,
             const on_outcomes& outcomes, const claim_options& options, std::stop_token stop)
        : log_(log),
          partition_(partition),
          fold_(fold),
          sink_(sink),
          outcomes_(outcomes),
          options_(options),
          stop_(std::move(stop)),
          owned_before_(!options.first_start) {
        const auto* current = fold_.current_claim();
        overtaken_ = owned_before_ && current != nullptr && !is_ours(*current);
    }

    domain::result<owned_partition> run() {
        auto pause = std::chrono::milliseconds(pause_first);
        while (!stop_.stop_requested()) {
            auto attempt = claim_once();
            if (attempt) {
                if (attempt->appender) return attempt;
            } else if (attempt.error().code != errc::log_unavailable) {
                return attempt.error();
            }
            wait(pause);
            pause = std::min(pause * 2, std::chrono::milliseconds(pause_max));
        }
        return domain::make_problem(errc::log_unavailable,
                                    fmt::format("stopped before partition {} was claimed", partition_));
    }

 private:
    [[nodiscard]] bool is_ours(const claim_data& claim) const {
        return claim.writer_id == options_.writer.writer_id;
    }

    // An attempt without an appender lost against another writer or timed out: the next one follows.
    domain::result<owned_partition> claim_once() {
        const auto reader = log_.open_reader({{partition_, fold_.read_offset()}});
        const std::stop_callback wake_on_stop(stop_, [&reader] { reader->wake(); });
        const auto ends = log_.end_offsets(steady_clock::now() + ask_timeout);
        if (!ends) return ends.error();
        const auto end = ends->at(static_cast<std::size_t>(partition_));
        while (fold_.read_offset() < end)
            if (auto read = read_some(*reader, steady_clock::now() + ask_timeout); !read) return read.error();
        if (auto fit = judge_position(); !fit) return fit.error();

        claim_data claim;
        const auto& at = fold_.checkpoint();
        const auto log_id = at.log_id ? at.log_id : domain::uuid::parse(options_.random_id());
        if (!log_id) return domain::make_problem(errc::internal, "claim_options::random_id gave no UUID");
        claim.log_id = *log_id;
        claim.epoch = at.epoch + 1;
        claim.claim_id = options_.random_id();
        claim.writer_id = options_.writer.writer_id;
        claim.address = options_.writer.address;
        claim.partitions = log_.partitions();

        const auto outcome = std::make_shared<claim_outcome>(outcomes_, *reader);
        auto appender = log_.open_appender(
            partition_, [outcome](std::span<const append_outcome> reported) { outcome->report(reported); });
        appender->append(encode_claim(claim, options_.now_ms(), options_.random_id()));

        const auto until = steady_clock::now() + options_.attempt_timeout;
        domain::result<void> read;
        while (!stop_.stop_requested() && read && steady_clock::now() < until &&
               fold_.checkpoint().epoch < claim.epoch && !outcome->unknown())
            read = read_some(*reader, until);
        outcome->forget_reader();
        // The appender must not outlive a failed attempt: an unknown claim is followed by nothing (rule 2).
        if (!read) return read.error();
        if (auto fit = judge_position(); !fit) return fit.error();
        const auto* current = fold_.current_claim();
        if (current == nullptr || current->claim_id != claim.claim_id) return owned_partition{};
        return owned_partition{*current, fold_.read_offset(), std::move(appender)};
    }

    domain::result<void> read_some(log_reader& reader, deadline until) {
        if (stop_.stop_requested()) return domain::make_problem(errc::log_unavailable, "asked to stop");
        records_.clear();
        const auto read = reader.read(records_, records_per_read, until);
        for (auto& next : records_) {
            auto judged = fold_.feed(std::move(next));
            if (!judged) return judged.error();
            if (const auto* claimed = std::get_if<was_claim>(&*judged)) {
                if (is_ours(claimed->claim)) owned_before_ = true;
                overtaken_ = owned_before_ && !is_ours(claimed->claim);
            }
            if (auto taken = sink_(*judged); !taken) return taken.error();
        }
        return read;
    }

    [[nodiscard]] domain::result<void> judge_position() const {
        const auto* current = fold_.current_claim();
        if (overtaken_)
            return domain::make_problem(
                errc::writer_moved, fmt::format("partition {} is written by {} since epoch {}", partition_,
                                                current->address, current->epoch));
        if (current != nullptr && current->partitions != log_.partitions())
            return domain::make_problem(errc::log_unsafe,
                                        fmt::format("{} has {} partitions, the log was born with {}",
                                                    log_.describe(), log_.partitions(), current->partitions),
                                        {},
                                        "Partitions are fixed at creation: use a topic with the old number.");
        return {};
    }

    void wait(std::chrono::milliseconds time) {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any().wait_for(lock, stop_, time, [] { return false; });
    }

    event_log& log_;
    std::int32_t partition_;
    log_fold& fold_;
    const on_verdict& sink_;
    const on_outcomes& outcomes_;
    const claim_options& options_;
    std::stop_token stop_;
    bool owned_before_;       // a claim of ours has been valid
    bool overtaken_ = false;  // and another writer's followed it
    std::vector<record> records_{};
};

}  // namespace

std::vector<std::pair<std::string, std::string>> record_headers(std::string_view event_id,
                                                                std::string_view event_type) {
    return {{"content-type", "application/json"},
            {"ce_specversion", "1.0"},
            {"ce_id", std::string(event_id)},
            {"ce_type", std::string(event_type)},
            {"ce_source", "/daybook"}};
}

new_record encode_claim(const claim_data& claim, std::int64_t at_ms, std::string_view event_id) {
    const auto at = domain::to_text(domain::instant(std::chrono::milliseconds(at_ms)));
    json::object value;
    value["event_id"] = event_id;
    value["event_type"] = "log.claimed";
    value["schema_version"] = "1.0";
    value["timestamp"] = at;
    value["user_id"] = "";
    value["task_id"] = nullptr;
    value["version"] = claim.epoch;
    value["command_id"] = "";
    value["correlation_id"] = "";
    value["causation_id"] = "";
    value["actor"] = json::object{{"type", "system"}, {"id", "daybook"}};
    value["source"] = "command-api";
    value["data"] =
        json::object{{"log_id", claim.log_id.text()}, {"epoch", claim.epoch},
                     {"claim_id", claim.claim_id},    {"writer_id", claim.writer_id},
                     {"address", claim.address},      {"partitions", std::int64_t{claim.partitions}}};
    value["log"] = json::object{{"epoch", claim.epoch}, {"claim", claim.claim_id}, {"seq", 0}, {"at", at}};
    std::string line;
    domain::append_json(line, value);
    return new_record{at_ms, std::nullopt, std::move(line), record_headers(event_id, "log.claimed")};
}

domain::result<owned_partition> claim_partition(event_log& log, std::int32_t partition, log_fold& fold,
                                                const on_verdict& sink, const on_outcomes& outcomes,
                                                const claim_options& options, std::stop_token stop) {
    return claiming(log, partition, fold, sink, outcomes, options, std::move(stop)).run();
}

}  // namespace daybook::eventlog
