// The implementations of event_log that the contract suite runs on, each made fresh for one test.
#pragma once

#include "eventlog/event_log.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace daybook::tests {

/// One log with nothing in it, and what it stands on. Its destructor takes everything away again.
class log_under_test {
 public:
    virtual ~log_under_test() = default;
    [[nodiscard]] virtual eventlog::event_log& log() = 0;
    /// The log as another process would open it; the same object where only one process can.
    [[nodiscard]] virtual eventlog::event_log& log_of_another_process() { return log(); }
};

/// `memory`, `rocks`, and `kafka` if DAYBOOK_TEST_KAFKA names a broker. Printed once, so that nobody is
/// fooled.
[[nodiscard]] const std::vector<std::string>& log_kinds();
[[nodiscard]] std::unique_ptr<log_under_test> make_log(const std::string& kind, std::int32_t partitions);

/// A topic name that no test of this or another run uses.
[[nodiscard]] std::string fresh_topic();

/// `host:port` of the broker, if there is one.
[[nodiscard]] std::optional<std::string> broker_address();

}  // namespace daybook::tests
