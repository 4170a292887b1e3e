#include "app/open_log.hpp"

#include "eventlog/kafka_log.hpp"
#include "eventlog/rocks_log.hpp"

#include <chrono>
#include <fstream>
#include <iterator>
#include <utility>

namespace daybook::app {
namespace {

template <class Log>
domain::result<std::unique_ptr<eventlog::event_log>> opened(domain::result<std::unique_ptr<Log>> log) {
    if (!log) return log.error();
    return std::unique_ptr<eventlog::event_log>(std::move(*log));
}

}  // namespace

domain::result<eventlog::kafka_properties> kafka_properties_of(const std::string& kafka_config) {
    if (kafka_config.empty()) return eventlog::kafka_properties();
    std::ifstream file(kafka_config);
    if (!file)
        return domain::make_problem(domain::errc::config_invalid, kafka_config + " cannot be read",
                                    "kafka-config");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    return eventlog::parse_kafka_config(text);
}

domain::result<std::unique_ptr<eventlog::event_log>> open_log(const log_settings& s) {
    if (s.kafka.empty()) {
        eventlog::rocks_log_options options;
        options.folder = s.folder;
        options.partitions = s.partitions;
        options.create_if_missing = s.create;
        return opened(eventlog::rocks_log::open(std::move(options)));
    }
    eventlog::kafka_log_options options;
    options.brokers = s.kafka;
    options.topic = s.topic;
    options.partitions = s.partitions;
    options.create_if_missing = s.create;
    auto properties = kafka_properties_of(s.kafka_config);
    if (!properties) return properties.error();
    options.properties = std::move(*properties);
    return opened(
        eventlog::kafka_log::open(std::move(options), std::chrono::steady_clock::now() + s.patience));
}

}  // namespace daybook::app
