// What the log gives below the program: appends with N in flight, and reading all of it. Beside raw_limits in
// one run the ratio shows what the log itself costs. Each prints one JSON object.
//
//   log_limits append embedded FOLDER SECONDS N P    N records of 512 bytes in flight on each of P partitions
//   log_limits append kafka BROKER SECONDS N P       likewise, on a topic of its own
//   log_limits fold embedded FOLDER | kafka BROKER TOPIC   read every partition from the beginning through
//   log_fold
#include "eventlog/kafka_log.hpp"
#include "eventlog/rocks_log.hpp"
#include "eventlog/validity.hpp"
#include "tests/support/log_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

namespace el = daybook::eventlog;
using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

std::int64_t clock_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// Keeps N records in flight on one partition; the latencies are from append to outcome.
struct stream {
    std::mutex mutex{};
    std::condition_variable changed{};
    std::vector<steady::time_point> sent{};
    std::vector<double> latencies_ms{};
    std::unique_ptr<el::log_appender> appender{};  // last: reports to the above

    void receive(std::span<const el::append_outcome> outcomes) {
        const auto now = steady::now();
        {
            const std::scoped_lock lock(mutex);
            for (const auto& one : outcomes) {
                if (!one.offset) throw std::runtime_error(one.reason);
                latencies_ms.push_back(std::chrono::duration<double, std::milli>(
                                           now - sent[static_cast<std::size_t>(one.ticket)])
                                           .count());
            }
        }
        changed.notify_one();
    }
};

el::new_record next_record(std::int64_t seq) {
    auto made = daybook::tests::event_record({"bench", 1, seq});
    made.timestamp_ms = clock_ms();
    made.headers = el::record_headers("00000000-0000-4000-8000-0000000000ff", "task.created");
    made.value.insert(made.value.find("\"title\":\"") + 9, std::string(512 - made.value.size(), 'x'));
    return made;
}

int append(el::event_log& log, double seconds, std::size_t in_flight) {
    std::vector<std::unique_ptr<stream>> streams;
    for (std::int32_t p = 0; p < log.partitions(); ++p) {
        streams.push_back(std::make_unique<stream>());
        auto& one = *streams.back();
        one.appender = log.open_appender(p, [&one](auto outcomes) { one.receive(outcomes); });
        one.appender->append(
            daybook::tests::claim_record(daybook::tests::claim_of(1, "bench", "w", '1', log.partitions())));
        one.sent.push_back(steady::now());
        std::unique_lock lock(one.mutex);
        one.changed.wait(lock, [&] { return one.latencies_ms.size() == 1; });
    }
    const auto begun = steady::now();
    const auto until = begun + std::chrono::duration<double>(seconds);
    // One thread a partition, as the sequencer has it.
    std::vector<std::jthread> threads;
    for (auto& each : streams)
        threads.emplace_back([&one = *each, until, in_flight] {
            for (std::int64_t seq = 1; steady::now() < until; ++seq) {
                auto record = next_record(seq);
                {
                    std::unique_lock lock(one.mutex);
                    one.changed.wait(lock,
                                     [&] { return one.sent.size() - one.latencies_ms.size() < in_flight; });
                    one.sent.push_back(steady::now());
                }
                one.appender->append(std::move(record));
            }
            std::unique_lock lock(one.mutex);
            one.changed.wait(lock, [&] { return one.sent.size() == one.latencies_ms.size(); });
        });
    threads.clear();
    const auto took = std::chrono::duration<double>(steady::now() - begun).count();
    std::vector<double> all;
    for (const auto& one : streams)
        all.insert(all.end(), one->latencies_ms.begin() + 1, one->latencies_ms.end());
    std::sort(all.begin(), all.end());
    const auto at = [&](double q) {
        return all[static_cast<std::size_t>(q * static_cast<double>(all.size() - 1))];
    };
    fmt::print(
        "{{\"log\":\"{}\",\"partitions\":{},\"in_flight\":{},\"records\":{},\"per_s\":{:.0f},\"p50_ms\":{:."
        "3f},"
        "\"p99_ms\":{:.3f}",
        log.describe(), log.partitions(), in_flight, all.size(), static_cast<double>(all.size()) / took,
        at(0.5), at(0.99));
    if (const auto* embedded = dynamic_cast<const el::rocks_log*>(&log))
        fmt::print(",\"records_per_sync\":{:.1f}", static_cast<double>(embedded->figures().records) /
                                                       static_cast<double>(embedded->figures().syncs));
    fmt::print("}}\n");
    return 0;
}

int fold(el::event_log& log) {
    const auto ends = log.end_offsets(steady::now() + 10s).value();
    std::vector<el::read_start> starts;
    std::vector<el::log_fold> folds;
    std::int64_t left = 0;
    for (std::int32_t p = 0; p < log.partitions(); ++p) {
        starts.push_back({p, 0});
        folds.emplace_back(p, el::fold_checkpoint{});
        left += ends[static_cast<std::size_t>(p)];
    }
    const auto total = left;
    const auto reader = log.open_reader(starts);
    std::vector<el::record> records;
    std::int64_t commits = 0;
    std::chrono::duration<double> reading{};
    const auto begun = steady::now();
    while (left > 0) {
        records.clear();
        const auto asked = steady::now();
        reader->read(records, 5'000, steady::now() + 10s).value();
        reading += steady::now() - asked;
        left -= static_cast<std::int64_t>(records.size());
        for (auto& one : records)
            if (std::holds_alternative<el::commit>(
                    folds[static_cast<std::size_t>(one.partition)].feed(std::move(one)).value()))
                ++commits;
    }
    const auto took = std::chrono::duration<double>(steady::now() - begun).count();
    fmt::print(
        "{{\"log\":\"{}\",\"records\":{},\"commits\":{},\"per_s\":{:.0f},\"read_only_per_s\":{:.0f}}}\n",
        log.describe(), total, commits, static_cast<double>(total) / took,
        static_cast<double>(total) / reading.count());
    return 0;
}

std::unique_ptr<el::event_log> open(std::string_view kind, const std::string& where, const std::string& topic,
                                    std::optional<std::int32_t> partitions) {
    if (kind == "embedded") {
        el::rocks_log_options options;
        options.folder = where;
        options.partitions = partitions;
        return el::rocks_log::open(options).value();
    }
    el::kafka_log_options options;
    options.brokers = where;
    options.topic = topic;
    options.partitions = partitions;
    options.other_topics = {};
    return el::kafka_log::open(options, steady::now() + 20s).value();
}

}  // namespace

int main(int argc, char** argv) try {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() == 6 && words[0] == "append") {
        const auto topic = "log-limits-" + std::to_string(std::random_device{}());
        const auto log = open(words[1], words[2], topic, std::stoi(words[5]));
        return append(*log, std::stod(words[3]), std::stoul(words[4]));
    }
    if (words.size() >= 3 && words[0] == "fold")
        return fold(*open(words[1], words[2], words.size() > 3 ? words[3] : "task-events", std::nullopt));
    fmt::print(stderr,
               "usage: log_limits append embedded|kafka WHERE SECONDS IN_FLIGHT PARTITIONS\n"
               "       log_limits fold embedded|kafka WHERE [TOPIC]\n");
    return 2;
} catch (const std::exception& failed) {
    fmt::print(stderr, "log_limits: {}\n", failed.what());
    return 1;
}
