// What the decision store remembers of a command that appended, so that a repeat is answered with the first
// outcome (B2). Everything in it comes from the log: a store that was deleted folds the same again.
#pragma once

#include "domain/errc.hpp"
#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::command_api {

struct remembered_command {
    std::string hash{};                     ///< settled 3
    std::optional<domain::task_id> task{};  ///< the subject: that of the command's first event
    std::optional<domain::project_id> project{};
    std::optional<domain::schedule_id> schedule{};
    std::optional<domain::filter_id> filter{};
    std::int64_t version = 0;  ///< of the subject after the command
    std::vector<domain::event_id> events{};
    std::vector<std::int64_t> offsets{};  ///< of the command's own records, as many as events
    std::int64_t last_offset = 0;  ///< of the commit's last part: the position of the answer (settled 24)
    std::string correlation_id{};  ///< the batch
    domain::instant at{};          ///< append time of its last record: the window counts it

    bool operator==(const remembered_command&) const = default;

    /// Adds the command's next record. The first one decides what the subject is.
    void add(const domain::event&, std::int64_t offset);

    /// Grammar (numbers big-endian): format=1 u8, hash_len u32, hash, subject u8 ('T' task, 'P' project,
    /// 'H' schedule, 'F' filter, '-' none), [uuid 16], version i64, at_ms i64, last_offset i64, count u32,
    /// count × (event_id 16, offset
    /// i64), correlation_len u32, correlation.
    [[nodiscard]] std::string encode() const;
    /// Errors: log_damaged.
    [[nodiscard]] static domain::result<remembered_command> decode(std::string_view stored);
};

}  // namespace daybook::command_api
