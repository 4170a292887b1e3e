// The thin layer over librdkafka's C API: handles that close themselves, configuration, errors as problems.
// librdkafka's header is not included here; its types are named only.
#pragma once

#include "domain/errc.hpp"
#include "eventlog/event_log.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct rd_kafka_s;
struct rd_kafka_topic_s;
struct rd_kafka_queue_s;
struct rd_kafka_topic_partition_list_s;
struct rd_kafka_op_s;  // rd_kafka_event_t

namespace daybook::eventlog {

struct kafka_closer {
    void operator()(rd_kafka_s*) const noexcept;
    void operator()(rd_kafka_topic_s*) const noexcept;
    void operator()(rd_kafka_queue_s*) const noexcept;
    void operator()(rd_kafka_topic_partition_list_s*) const noexcept;
    void operator()(rd_kafka_op_s*) const noexcept;
};
using kafka_handle = std::unique_ptr<rd_kafka_s, kafka_closer>;
using kafka_topic_handle = std::unique_ptr<rd_kafka_topic_s, kafka_closer>;
using kafka_queue = std::unique_ptr<rd_kafka_queue_s, kafka_closer>;
using kafka_partition_list = std::unique_ptr<rd_kafka_topic_partition_list_s, kafka_closer>;
using kafka_event = std::unique_ptr<rd_kafka_op_s, kafka_closer>;

using kafka_properties = std::vector<std::pair<std::string, std::string>>;

/// Which settings the protocol owns for a handle (architecture §2.1, ground rules).
enum class kafka_role : std::uint8_t {
    producer,  ///< one partition, one claim: idempotent, acks=all, no message time-out, reports as events
    consumer,  ///< reads records: read_uncommitted, errors instead of resets, CRCs checked
    asker,     ///< end offsets, metadata and administration
};

/// Lines of `name=value`, `#` comments. Errors: config_invalid naming the line: no such form, or a property
/// that the protocol owns (settled 32).
[[nodiscard]] domain::result<kafka_properties> parse_kafka_config(std::string_view text);

inline constexpr std::size_t kafka_queue_kbytes_default = 65'536;

/// `queue_kbytes`: what a consumer fetches ahead of its reader, per partition.
/// Errors: config_invalid (librdkafka refuses a property or value).
[[nodiscard]] domain::result<kafka_handle> open_kafka(kafka_role, const std::string& brokers,
                                                      const kafka_properties&,
                                                      std::size_t queue_kbytes = kafka_queue_kbytes_default);

/// What is left until the deadline, at least 1 and at most an hour.
[[nodiscard]] int kafka_timeout_ms(deadline);

/// log_unavailable with librdkafka's text, unless the code says otherwise.
[[nodiscard]] domain::problem kafka_problem(int rd_kafka_resp_err, std::string_view doing);

}  // namespace daybook::eventlog
