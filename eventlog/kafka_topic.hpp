// Topics as ground to stand on: what is there, what is missing, what is unsafe.
#pragma once

#include "eventlog/kafka_client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace daybook::eventlog {

struct topic_shape {
    std::int32_t partitions = 0;
    std::int32_t replicas = 0;  ///< the least of any partition
    bool led = false;           ///< every partition has a leader
};

struct broker_view {
    std::int32_t brokers = 0;
    std::optional<topic_shape> topic{};  ///< none: it does not exist
};

/// Errors: log_unavailable.
[[nodiscard]] domain::result<broker_view> look_at(rd_kafka_s* asker, const std::string& topic, deadline);

struct new_topic {
    std::string name{};
    std::int32_t partitions = 1;
    std::int32_t replicas = 1;
    kafka_properties settings{};
};

/// Settings that never lose a record of the log (architecture §2).
[[nodiscard]] kafka_properties log_topic_settings(std::int32_t replicas);

/// Makes the topics that are missing; one that another process makes meanwhile is no error. Returns when they
/// are led. Errors: log_unavailable, log_unsafe (the broker refuses to make one).
[[nodiscard]] domain::result<void> make_topics(rd_kafka_s* asker, const std::vector<new_topic>&, deadline);

/// Errors: log_unsafe naming the setting and the command that mends it; log_unavailable.
[[nodiscard]] domain::result<void> check_topic_settings(rd_kafka_s* asker, const std::string& topic,
                                                        const topic_shape&, deadline);

}  // namespace daybook::eventlog
