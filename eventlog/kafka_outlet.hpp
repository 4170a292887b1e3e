// A topic beside the log, for consumers outside: written at least once, never read back as truth.
#pragma once

#include "eventlog/event_log.hpp"
#include "eventlog/kafka_client.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::eventlog {

struct outlet_options {
    std::string brokers{};
    std::string topic{};
    kafka_properties properties{};
};

/// Threads: one.
class kafka_outlet {
 public:
    /// Errors: log_unavailable, log_unsafe (there is no such topic), config_invalid.
    [[nodiscard]] static domain::result<std::unique_ptr<kafka_outlet>> open(outlet_options, deadline);
    ~kafka_outlet();
    kafka_outlet(const kafka_outlet&) = delete;
    kafka_outlet& operator=(const kafka_outlet&) = delete;

    [[nodiscard]] std::int32_t partitions() const noexcept { return partitions_; }
    [[nodiscard]] const std::string& topic() const noexcept { return options_.topic; }
    /// Puts each record where Kafka's own partitioner would put its key and returns when all of them are
    /// acknowledged. Waits for brokers that are away. Errors: log_unavailable (it was stopped, or a record
    /// was refused): some of them may be there.
    [[nodiscard]] domain::result<void> write(std::span<const new_record>, const std::stop_token&);
    /// What this header says in the last record of each partition; none where there is no record, or no such
    /// header. Errors: log_unavailable.
    [[nodiscard]] domain::result<std::vector<std::optional<std::string>>> last_headers(std::string_view name,
                                                                                       deadline) const;

 private:
    kafka_outlet(outlet_options, std::int32_t partitions, kafka_handle producer);
    [[nodiscard]] domain::result<void> produce(const new_record&);

    outlet_options options_;
    std::int32_t partitions_;
    kafka_handle producer_;
    kafka_queue events_;
};

}  // namespace daybook::eventlog
