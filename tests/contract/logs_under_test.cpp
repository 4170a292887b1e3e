#include "tests/contract/logs_under_test.hpp"

#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "eventlog/memory_log.hpp"
#include "eventlog/rocks_log.hpp"
#include "tests/support/temporary_folder.hpp"

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

}  // namespace

std::optional<std::string> broker_address() {
    const char* address = std::getenv("DAYBOOK_TEST_KAFKA");
    if (address == nullptr || *address == '\0') return std::nullopt;
    return address;
}

const std::vector<std::string>& log_kinds() {
    static const auto kinds = [] {
        std::vector<std::string> found{"memory", "rocks"};
        std::string text = "contract suite of event_log runs on: memory, rocks";
        std::cout << text << std::endl;
        return found;
    }();
    return kinds;
}

std::unique_ptr<log_under_test> make_log(const std::string& kind, std::int32_t partitions) {
    if (kind == "memory") return std::make_unique<memory_under_test>(partitions);
    if (kind == "rocks") return std::make_unique<rocks_under_test>(partitions);
    throw std::runtime_error("no such log: " + kind);
}

}  // namespace daybook::tests
