// A task as its events leave it. The JSON form (settled 6a) is codec/task_json.hpp.
#pragma once

#include "domain/ids.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace daybook::domain {

/// In the order of life that lists sort by (settled 25a).
enum class status : std::uint8_t { open, in_progress, completed, cancelled, skipped, deleted, purged };
enum class priority : std::uint8_t { p1 = 1, p2, p3, p4 };

[[nodiscard]] std::string_view to_text(status) noexcept;
[[nodiscard]] std::string_view to_text(priority) noexcept;
[[nodiscard]] std::optional<status> parse_status(std::string_view) noexcept;
/// Canonical names only; the habits of people (`high`, `urgent`) are read by command_schema.
[[nodiscard]] std::optional<priority> parse_priority(std::string_view) noexcept;

/// Open or in progress.
[[nodiscard]] constexpr bool is_open(status s) noexcept {
    return s == status::open || s == status::in_progress;
}

/// A date as it was set (canonical text: all-day, floating, zoned or instant) and the instant that was
/// resolved when the event was decided (settled 8).
struct task_date {
    std::string text{};
    instant at{};
    bool operator==(const task_date&) const = default;
};

struct recurrence {
    std::string rule{};
    std::string anchor{"due"};            ///< `due` or `completion`
    std::string catch_up{"next_future"};  ///< `next_future` or `each`
    bool operator==(const recurrence&) const = default;
};

enum class reminder_kind : std::uint8_t { relative, absolute, cron };

struct reminder {
    reminder_id id{};
    reminder_kind kind = reminder_kind::relative;
    std::string value{};  ///< the text of `when`, `at` or `cron`
    std::string zone{};   ///< empty: the book's
    std::string state{"scheduled"};
    std::optional<reminder_id> snooze_of{};  ///< a child alarm of this reminder (M7); kind absolute then
    bool operator==(const reminder&) const = default;
};

enum class alarm_state : std::uint8_t { pending, fired, acked, missed };
[[nodiscard]] std::string_view to_text(alarm_state) noexcept;
[[nodiscard]] std::optional<alarm_state> parse_alarm_state(std::string_view) noexcept;

/// One instant of a reminder, from its scheduling on (M3). What was cancelled leaves nothing behind, so that
/// a reminder that moves away and back is scheduled under its old id.
struct alarm {
    fire_id id{};
    reminder_id reminder{};
    instant at{};      ///< when it is due; never fired before
    instant set_at{};  ///< when it was scheduled: lateness beyond the grace counts from the later of both
                       ///< (M4, M5)
    alarm_state state = alarm_state::pending;
    std::optional<instant> fired_at{};  ///< or found missed
    std::int64_t late_ms = 0;
    std::int64_t missed_count = 0;  ///< slots of a cron reminder that became one fire (M5)
    bool operator==(const alarm&) const = default;
};

/// A custom `x_` member (settled 21). Null never stands in a task: it clears.
using extra_value = std::variant<bool, std::int64_t, double, std::string>;

struct task {
    task_id id{};
    user_id user{};
    std::int64_t version = 0;
    std::string title{};
    std::string description{};
    domain::priority priority = priority::p3;
    std::vector<std::string> tags{};  ///< canonical `#tag`, in the order they were given
    domain::status status = status::open;
    std::optional<task_date> start{};
    std::optional<task_date> due{};
    std::optional<task_date> deadline{};
    std::optional<task_id> parent{};
    std::optional<project_id> project{};
    std::vector<task_id> depends_on{};
    std::optional<std::string> assignee{};
    std::optional<std::int64_t> duration{};  ///< minutes
    std::optional<std::int64_t> estimate{};  ///< minutes
    std::optional<std::int64_t> percent{};   ///< 0–100
    std::optional<series_id> series{};
    std::optional<domain::recurrence> recurrence{};
    std::optional<task_id> recurrence_parent{};
    std::int64_t recurrence_depth = 0;
    std::vector<reminder> reminders{};
    instant created_at{};
    instant updated_at{};
    std::optional<instant> started_at{};
    std::optional<instant> completed_at{};
    std::optional<instant> deleted_at{};
    std::map<std::string, extra_value> extras{};

    // Needed to decide, never shown as members.
    domain::status status_before = status::open;  ///< what restore leads back to
    command_id deleted_by{};  ///< restore brings back what this command deleted (settled 6e)
    event_id status_event{};  ///< the last status change (settled 12)
    std::int64_t comments = 0;
    std::string nominal{};        ///< place in the series, as its rule gave it (R7); empty: in none
    bool untouched = false;       ///< made by a reaction, and nothing but reactions since (R9)
    std::vector<alarm> alarms{};  ///< pending ones, then what became of the latest others (M3)

    bool operator==(const task&) const = default;
};

}  // namespace daybook::domain
