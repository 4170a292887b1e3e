// Appends to one partition by an idempotent producer of its own (architecture §2.1 rule 2).
#pragma once

#include "eventlog/kafka_client.hpp"
#include "eventlog/outcome_gate.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace daybook::eventlog {

class kafka_appender final : public log_appender {
 public:
    kafka_appender(domain::result<kafka_handle> producer, std::string topic, std::int32_t partition,
                   on_outcomes);
    /// Purges and destroys the producer: a few milliseconds, whatever the brokers do. What was sent may still
    /// land.
    ~kafka_appender() override;
    kafka_appender(const kafka_appender&) = delete;
    kafka_appender& operator=(const kafka_appender&) = delete;

    using log_appender::append;
    void append(std::span<new_record> run) override;

 private:
    void produce(new_record&);
    void report_until_stopped(const std::stop_token&);
    void collect(rd_kafka_op_s* event);
    void add(std::int64_t ticket, std::optional<std::int64_t> offset, std::string reason);
    void add_refused();
    void refuse(std::int64_t ticket, std::string reason);

    kafka_handle producer_{};
    kafka_queue events_{};
    std::string topic_;
    std::int32_t partition_;
    std::int64_t next_ticket_ = 0;

    struct refused_append {
        std::int64_t ticket;
        std::string reason;
    };
    std::mutex refused_mutex_{};
    std::optional<refused_append>
        refused_{};  ///< the first record that never reached the producer; nothing follows it

    outcome_gate gate_;
    std::vector<append_outcome> outcomes_{};  ///< reporting thread only, as are the next two
    std::int64_t next_report_ = 0;
    bool unknown_before_ = false;
    std::jthread reporter_{};  // last: uses everything above
};

}  // namespace daybook::eventlog
