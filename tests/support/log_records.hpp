// Records for tests of the log: claims and events whose proof is spelled out.
#pragma once

#include "eventlog/claim.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace daybook::tests {

inline constexpr std::int64_t some_instant_ms = 1'700'000'000'000;

/// The log whose id ends in this digit.
inline domain::uuid log_number(char digit) {
    return domain::uuid::parse(std::string("00000000-0000-4000-8000-00000000000") + digit).value();
}

inline eventlog::claim_data claim_of(std::int64_t epoch, std::string_view claim_id,
                                     std::string_view writer_id = "w1", char log_digit = '1',
                                     std::int32_t partitions = 2) {
    return {log_number(log_digit), epoch,     std::string(claim_id), std::string(writer_id),
            "127.0.0.1:8080",      partitions};
}

inline eventlog::new_record claim_record(const eventlog::claim_data& claim) {
    return eventlog::encode_claim(claim, some_instant_ms, "00000000-0000-4000-8000-0000000000ff");
}

struct event_spec {
    std::string_view claim;
    std::int64_t epoch = 1;
    std::int64_t seq = 1;
    int part = 1;
    int parts = 1;
    std::string_view text = "x";  ///< tells records apart
};

inline eventlog::new_record event_record(const event_spec& of) {
    auto value = fmt::format(
        R"({{"event_id":"0198c7a0-0000-7000-8000-000000000001","event_type":"task.created","schema_version":"1.0",)"
        R"("timestamp":"2026-08-22T08:00:00.123Z","user_id":"ana","task_id":"0198c7a0-0000-7000-8000-000000000002",)"
        R"("version":1,"command_id":"c1","correlation_id":"c1","causation_id":"","actor":{{"type":"user","id":"ana"}},)"
        R"("source":"http","data":{{"title":"{}"}},"log":{{"epoch":{},"claim":"{}",)"
        R"("seq":{},"part":"{}/{}","hash":"0123456789abcdef0123456789abcdef","at":"2026-08-22T08:00:00.124Z"}}}})",
        of.text, of.epoch, of.claim, of.seq, of.part, of.parts);
    return {some_instant_ms, "ana", std::move(value), {}};
}

inline eventlog::record at_offset(std::int64_t offset, const eventlog::new_record& from,
                                  std::int32_t partition = 0) {
    return {partition, offset, from.timestamp_ms, from.key, from.value, from.headers};
}

}  // namespace daybook::tests
