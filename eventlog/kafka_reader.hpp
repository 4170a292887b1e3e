// Reads partitions of a topic by a consumer handle of its own: our offsets, no group, read_uncommitted.
#pragma once

#include "eventlog/kafka_client.hpp"
#include "eventlog/kafka_watch.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace daybook::eventlog {

class kafka_reader final : public log_reader {
 public:
    /// Without a consumer every read says why there is none.
    kafka_reader(domain::result<kafka_handle> consumer, const std::string& topic, std::vector<read_start>,
                 std::shared_ptr<const kafka_watch>);
    ~kafka_reader() override;
    kafka_reader(const kafka_reader&) = delete;
    kafka_reader& operator=(const kafka_reader&) = delete;

    [[nodiscard]] domain::result<void> read(std::vector<record>& out, std::size_t records_max,
                                            deadline) override;
    void wake() override;

 private:
    struct taken_messages;
    [[nodiscard]] domain::result<void> take(const taken_messages&, std::vector<record>& out);

    kafka_handle consumer_{};
    kafka_topic_handle topic_{};
    kafka_queue queue_{};
    std::vector<read_start> next_;
    std::shared_ptr<const kafka_watch> watch_;
    std::optional<domain::problem> broken_{};  ///< an error that no later read can mend
    std::atomic<bool> woken_ = false;
};

}  // namespace daybook::eventlog
