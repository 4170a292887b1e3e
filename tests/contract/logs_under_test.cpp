#include "tests/contract/logs_under_test.hpp"

#include "eventlog/kafka_log.hpp"
#include "eventlog/memory_log.hpp"
#include "eventlog/rocks_log.hpp"
#include "tests/support/outcomes.hpp"
#include "tests/support/temporary_folder.hpp"

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <random>
#include <stdexcept>

namespace daybook::tests {
namespace {

class memory_under_test final : public log_under_test {
 public:
    explicit memory_under_test(std::int32_t partitions) : log_(partitions) {}
    eventlog::event_log& log() override { return log_; }

 private:
    eventlog::memory_log log_;
};

class rocks_under_test final : public log_under_test {
 public:
    explicit rocks_under_test(std::int32_t partitions) {
        eventlog::rocks_log_options options;
        options.folder = folder_.path() / "log";
        options.partitions = partitions;
        log_ = eventlog::rocks_log::open(options).value();
    }
    eventlog::event_log& log() override { return *log_; }

 private:
    temporary_folder folder_{};
    std::unique_ptr<eventlog::rocks_log> log_{};
};

class kafka_under_test final : public log_under_test {
 public:
    explicit kafka_under_test(std::int32_t partitions) {
        options_.brokers = broker_address().value();
        options_.topic = fresh_topic();
        options_.partitions = partitions;
        options_.other_topics = {};
        log_ = eventlog::kafka_log::open(options_, soon()).value();
    }
    eventlog::event_log& log() override { return *log_; }
    eventlog::event_log& log_of_another_process() override {
        if (!other_) other_ = eventlog::kafka_log::open(options_, soon()).value();
        return *other_;
    }

 private:
    eventlog::kafka_log_options options_{};
    std::unique_ptr<eventlog::kafka_log> log_{};
    std::unique_ptr<eventlog::kafka_log> other_{};
};

}  // namespace

std::string fresh_topic() {
    static const auto run = std::to_string(std::random_device{}());
    static std::atomic<int> counter{0};
    return "daybook-test-" + run + "-" + std::to_string(++counter);
}

std::optional<std::string> broker_address() {
    const char* address = std::getenv("DAYBOOK_TEST_KAFKA");
    if (address == nullptr || *address == '\0') return std::nullopt;
    return address;
}

const std::vector<std::string>& log_kinds() {
    static const auto kinds = [] {
        std::vector<std::string> found{"memory", "rocks"};
        const auto broker = broker_address();
        if (broker) found.emplace_back("kafka");
        std::cout << "contract suite of event_log runs on: memory, rocks"
                  << (broker ? ", kafka at " + *broker : " (not on kafka: DAYBOOK_TEST_KAFKA is not set)")
                  << std::endl;
        return found;
    }();
    return kinds;
}

std::unique_ptr<log_under_test> make_log(const std::string& kind, std::int32_t partitions) {
    if (kind == "memory") return std::make_unique<memory_under_test>(partitions);
    if (kind == "rocks") return std::make_unique<rocks_under_test>(partitions);
    if (kind == "kafka") return std::make_unique<kafka_under_test>(partitions);
    throw std::runtime_error("no such log: " + kind);
}

}  // namespace daybook::tests
