#include "eventlog/kafka_log.hpp"

#include "eventlog/kafka_appender.hpp"
#include "eventlog/kafka_reader.hpp"
#include "eventlog/kafka_topic.hpp"
#include "eventlog/kafka_watch.hpp"
#include "eventlog/validity.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace daybook::eventlog {
namespace {

using domain::errc;
using std::chrono::steady_clock;

constexpr auto leader_asked_every = std::chrono::milliseconds(20);
constexpr std::int32_t replicas_wanted = 3;
constexpr std::size_t records_until_claim =
    64;  // a claim is the first record unless strangers wrote before it
constexpr std::size_t reader_queue_kbytes = 64 * 1'024;  // of all its partitions
constexpr std::size_t queue_kbytes_min = 2'048;          // two of the largest records
constexpr std::string_view week_ms = "604800000";

bool leader_moves(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
           error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           error == RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH || error == RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH;
}

domain::problem other_partitions(const std::string& topic, std::int32_t found, std::int32_t wanted,
                                 std::string_view whose) {
    return domain::make_problem(
        errc::log_unsafe, fmt::format("topic {} has {} partitions, {} {}", topic, found, whose, wanted),
        "partitions", "Keys would fall elsewhere: use a topic with the right number of partitions.");
}

domain::result<void> make_missing(rd_kafka_t* asker, const kafka_log_options& options, deadline until) {
    std::vector<new_topic> missing;
    for (const auto& name : options.other_topics) {
        const auto view = look_at(asker, name, until);
        if (!view) return view.error();
        if (view->topic) continue;
        missing.push_back({name,
                           options.partitions.value_or(partitions_default),
                           options.replicas.value_or(view->brokers >= replicas_wanted ? replicas_wanted : 1),
                           {{"retention.ms", std::string(week_ms)}}});
    }
    const auto view = look_at(asker, options.topic, until);
    if (!view) return view.error();
    if (!view->topic) {
        const auto replicas =
            options.replicas.value_or(view->brokers >= replicas_wanted ? replicas_wanted : 1);
        missing.push_back({options.topic, options.partitions.value_or(partitions_default), replicas,
                           log_topic_settings(replicas)});
    }
    return make_topics(asker, missing, until);
}

}  // namespace

kafka_log::kafka_log(kafka_log_options options, std::int32_t partitions, kafka_handle asker)
    : options_(std::move(options)), partitions_(partitions), asker_(std::move(asker)) {}
kafka_log::~kafka_log() = default;

domain::result<std::unique_ptr<kafka_log>> kafka_log::open(kafka_log_options options, deadline until) {
    auto asker = open_kafka(kafka_role::asker, options.brokers, options.properties);
    if (!asker) return asker.error();
    auto watcher = open_kafka(kafka_role::asker, options.brokers, options.properties);
    if (!watcher) return watcher.error();
    if (options.create_if_missing)
        if (auto made = make_missing(asker->get(), options, until); !made) return made.error();
    const auto view = look_at(asker->get(), options.topic, until);
    if (!view) return view.error();
    if (!view->topic)
        return domain::make_problem(errc::log_unsafe, fmt::format("topic {} does not exist", options.topic),
                                    "topic");
    if (options.partitions && *options.partitions != view->topic->partitions)
        return other_partitions(options.topic, view->topic->partitions, *options.partitions, "asked for are");
    std::unique_ptr<kafka_log> log(
        new kafka_log(std::move(options), view->topic->partitions, std::move(*asker)));
    log->watch_ = std::make_shared<kafka_watch>(std::move(*watcher), log->options_.topic);
    if (auto safe = log->check_ground(until); !safe) return safe.error();
    return log;
}

std::string kafka_log::describe() const {
    return fmt::format("kafka {} at {}", options_.topic, options_.brokers);
}

domain::result<void> kafka_log::check_ground(deadline until) {
    const auto view = look_at(asker_.get(), options_.topic, until);
    if (!view) return view.error();
    if (!view->topic)
        return domain::make_problem(errc::log_truncated, fmt::format("topic {} is gone", options_.topic));
    if (view->topic->partitions != partitions_)
        return other_partitions(options_.topic, view->topic->partitions, partitions_, "at start it had");
    if (auto safe = check_topic_settings(asker_.get(), options_.topic, *view->topic, until); !safe)
        return safe;
    const auto first = offsets_at(RD_KAFKA_OFFSET_BEGINNING, until);
    if (!first) return first.error();
    for (std::size_t p = 0; p < first->size(); ++p)
        if ((*first)[p] != 0)
            return domain::make_problem(
                errc::log_truncated,
                fmt::format("partition {} of topic {} begins at offset {}, its first records "
                            "are lost",
                            p, options_.topic, (*first)[p]));
    return check_birth(until);
}

// One claim tells how many partitions the log was born with, and whether it is still the same log; a writer
// checks its own partition when it claims, a store when it starts (last_applied.hpp).
domain::result<void> kafka_log::check_birth(deadline until) {
    const auto ends = end_offsets(until);
    if (!ends) return ends.error();
    for (std::int32_t p = 0; p < partitions_; ++p) {
        const auto end = (*ends)[static_cast<std::size_t>(p)];
        if (end == 0) continue;
        const auto reader = open_reader({{p, 0}});
        std::vector<record> records;
        const auto most = std::min<std::size_t>(records_until_claim, static_cast<std::size_t>(end));
        while (records.size() < most) {
            const auto before = records.size();
            if (auto read = reader->read(records, most - before, until); !read) return read;
            if (records.size() == before)
                return domain::make_problem(errc::log_unavailable,
                                            fmt::format("partition {} could not be read in time", p));
        }
        log_fold fold(p, {});
        for (auto& one : records) {
            const auto judged = fold.feed(std::move(one));
            if (!judged) return judged.error();
            const auto* claimed = std::get_if<was_claim>(&*judged);
            if (claimed == nullptr) continue;
            if (claimed->claim.partitions != partitions_)
                return other_partitions(options_.topic, partitions_, claimed->claim.partitions,
                                        "the log was born with");
            return same_log(p, claimed->claim.log_id);
        }
    }
    return {};
}

domain::result<void> kafka_log::same_log(std::int32_t partition, const domain::uuid& log_id) {
    const std::scoped_lock lock(seen_mutex_);
    const auto [at, first] = log_ids_seen_.try_emplace(partition, log_id);
    if (first || at->second == log_id) return {};
    return domain::make_problem(errc::log_foreign,
                                fmt::format("topic {} was made anew: partition {} is the log {}, it was {}",
                                            options_.topic, partition, log_id.text(), at->second.text()));
}

std::unique_ptr<log_reader> kafka_log::open_reader(std::vector<read_start> starts) {
    const auto queue_kbytes = std::clamp(reader_queue_kbytes / std::max<std::size_t>(starts.size(), 1),
                                         queue_kbytes_min, kafka_queue_kbytes_default);
    return std::make_unique<kafka_reader>(
        open_kafka(kafka_role::consumer, options_.brokers, options_.properties, queue_kbytes), options_.topic,
        std::move(starts), watch_);
}

std::unique_ptr<log_appender> kafka_log::open_appender(std::int32_t partition, on_outcomes outcomes) {
    return std::make_unique<kafka_appender>(
        open_kafka(kafka_role::producer, options_.brokers, options_.properties), options_.topic, partition,
        std::move(outcomes));
}

domain::result<std::vector<std::int64_t>> kafka_log::end_offsets(deadline until) {
    return offsets_at(RD_KAFKA_OFFSET_END, until);
}

// A leader that moves, or is new, is asked again; all else is told at once.
domain::result<std::vector<std::int64_t>> kafka_log::offsets_at(std::int64_t which, deadline until) const {
    const auto doing = fmt::format("asking the leaders for offsets of {}", options_.topic);
    std::vector<std::int64_t> offsets(static_cast<std::size_t>(partitions_), 0);
    while (true) {
        const kafka_partition_list asked(rd_kafka_topic_partition_list_new(partitions_));
        for (std::int32_t p = 0; p < partitions_; ++p)
            rd_kafka_topic_partition_list_add(asked.get(), options_.topic.c_str(), p)->offset = which;
        auto error = rd_kafka_offsets_for_times(asker_.get(), asked.get(), kafka_timeout_ms(until));
        for (int i = 0; i < asked->cnt && error == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
            const auto& one = asked->elems[i];
            error = one.err;
            if (error == RD_KAFKA_RESP_ERR_NO_ERROR && one.offset < 0)
                return domain::make_problem(errc::log_unavailable, doing + ": no offset");
            offsets.at(static_cast<std::size_t>(one.partition)) = one.offset;
        }
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return offsets;
        if (!leader_moves(error) || steady_clock::now() + leader_asked_every >= until)
            return kafka_problem(error, doing);
        std::this_thread::sleep_for(leader_asked_every);
        // Its answer puts the new leader into the client's memory; if it fails, so does the next question.
        (void)look_at(asker_.get(), options_.topic, until);
    }
}

domain::result<void> kafka_log::writable() const { return watch_->state(); }

}  // namespace daybook::eventlog
