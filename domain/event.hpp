// An event: one immutable fact, one record of the log (architecture §2). The JSON form is
// codec/event_json.hpp.
#pragma once

#include "domain/ids.hpp"
#include "domain/log_proof.hpp"
#include "domain/time.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::domain {

/// Every type that a reader knows (semantics §0). An unknown text stops a view.
enum class event_type : std::uint8_t {
    task_created,
    task_updated,
    task_started,
    task_stopped,
    task_completed,
    task_reopened,
    task_skipped,
    task_cancelled,
    task_deleted,
    task_restored,
    task_purged,
    task_rescheduled,
    task_tagged,
    task_untagged,
    task_moved,
    task_commented,
    task_unblocked,
    series_created,
    series_updated,
    series_split,
    series_ended,
    occurrences_missed,
    reminder_created,
    reminder_updated,
    reminder_cancelled,
    reminder_scheduled,
    reminder_fired,
    reminder_acked,
    reminder_snoozed,
    reminder_missed,
    schedule_created,
    schedule_updated,
    schedule_paused,
    schedule_resumed,
    schedule_fired,
    schedule_recomputed,
    schedule_deleted,
    command_undone,
    book_configured,
    project_created,
    project_updated,
    project_deleted,
    filter_saved,
    filter_deleted,
};

[[nodiscard]] std::string_view to_text(event_type) noexcept;  ///< `task.created`
[[nodiscard]] std::optional<event_type> parse_event_type(std::string_view) noexcept;

struct actor {
    std::string type{"user"};  ///< `user`, `service` or `system`
    std::string id{};
    bool operator==(const actor&) const = default;
};

struct event {
    event_id id{};
    event_type type = event_type::task_created;
    std::string schema_version{"1.0"};
    instant timestamp{};  ///< when it happened; never goes backwards within a book
    user_id user{};
    std::optional<task_id> task{};  ///< none where the subject is in `data` (settled 5)
    std::int64_t version = 0;       ///< of the subject, from 1
    command_id command{};
    std::string correlation_id{};
    std::string causation_id{};
    domain::actor actor{};
    std::string source{};        ///< http, cli, import, reactor
    boost::json::object data{};  ///< a merge patch of the subject's members with their values afterwards (6b)
    log_proof log{};

    bool operator==(const event&) const = default;
};

}  // namespace daybook::domain
