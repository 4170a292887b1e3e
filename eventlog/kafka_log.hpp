// The log on a Kafka topic, through librdkafka's C API and without transactions (architecture §2.1).
#pragma once

#include "domain/ids.hpp"
#include "eventlog/event_log.hpp"
#include "eventlog/kafka_client.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace daybook::eventlog {

struct kafka_log_options {
    std::string brokers{};  ///< `host:port[,host:port]`
    std::string topic{"task-events"};
    kafka_properties properties{};  ///< TLS, SASL and the like, from parse_kafka_config
    /// What the topic must have, and gets if it is made here; none: what it has, or partitions_default.
    std::optional<std::int32_t> partitions{};
    /// For topics made here; none: 3 where there are as many brokers, otherwise 1.
    std::optional<std::int32_t> replicas{};
    bool create_if_missing = true;
    /// Made beside the log if missing; they may be lost and are never checked.
    std::vector<std::string> other_topics{"reminders", "task-updates"};
};

class kafka_watch;

/// Threads: those of event_log, and one that asks the brokers four times a second whether they answer:
/// writable() turns within a second either way, with or without traffic. Readers and appenders may outlive
/// the log object, not the process's brokers.
class kafka_log final : public event_log {
 public:
    /// Makes missing topics, then checks the ground. Errors: log_unavailable (no broker answers, retry),
    /// log_unsafe, log_truncated, config_invalid.
    [[nodiscard]] static domain::result<std::unique_ptr<kafka_log>> open(kafka_log_options, deadline);
    ~kafka_log() override;
    kafka_log(const kafka_log&) = delete;
    kafka_log& operator=(const kafka_log&) = delete;

    [[nodiscard]] std::int32_t partitions() const override { return partitions_; }
    [[nodiscard]] domain::result<void> check_ground(deadline) override;
    [[nodiscard]] std::unique_ptr<log_reader> open_reader(std::vector<read_start>) override;
    [[nodiscard]] std::unique_ptr<log_appender> open_appender(std::int32_t partition, on_outcomes) override;
    [[nodiscard]] domain::result<std::vector<std::int64_t>> end_offsets(deadline) override;
    [[nodiscard]] domain::result<void> writable() const override;
    [[nodiscard]] std::string describe() const override;

 private:
    kafka_log(kafka_log_options, std::int32_t partitions, kafka_handle asker);
    [[nodiscard]] domain::result<std::vector<std::int64_t>> offsets_at(std::int64_t which, deadline) const;
    [[nodiscard]] domain::result<void> check_birth(deadline);
    [[nodiscard]] domain::result<void> same_log(std::int32_t partition, const domain::uuid& log_id);

    kafka_log_options options_;
    std::int32_t partitions_;
    kafka_handle asker_;
    std::shared_ptr<kafka_watch> watch_;
    std::mutex seen_mutex_{};
    std::map<std::int32_t, domain::uuid> log_ids_seen_{};  ///< of partitions whose first claim was read
};

}  // namespace daybook::eventlog
