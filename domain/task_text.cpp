// The one table of each enumeration's texts.
#include "domain/command.hpp"
#include "domain/task.hpp"

#include <algorithm>
#include <array>

namespace daybook::domain {
namespace {

constexpr auto statuses = std::to_array<std::string_view>(
    {"open", "in_progress", "completed", "cancelled", "skipped", "deleted", "purged"});
constexpr auto priorities = std::to_array<std::string_view>({"P1", "P2", "P3", "P4"});
constexpr auto commands = std::to_array<std::string_view>({
    "create_task",
    "update_task",
    "start_task",
    "stop_task",
    "complete_task",
    "reopen_task",
    "cancel_task",
    "skip_task",
    "reschedule_task",
    "delete_task",
    "restore_task",
    "purge_task",
    "change_tags",
    "add_tags",
    "remove_tags",
    "move_task",
    "add_comment",
    "configure_book",
    "create_project",
    "update_project",
    "delete_project",
    "save_filter",
    "delete_filter",
    "create_reminder",
    "update_reminder",
    "cancel_reminder",
    "snooze_reminder",
    "ack_reminder",
    "end_series",
    "update_series",
    "split_series",
    "create_recurring_task",
    "complete_recurring_task",
    "create_schedule",
    "update_schedule",
    "pause_schedule",
    "resume_schedule",
    "run_schedule",
    "backfill_schedule",
    "delete_schedule",
    "create_occurrence",
    "fire_reminder",
    "fire_schedule",
    "recompute_book",
});
constexpr auto alarm_states = std::to_array<std::string_view>({"pending", "fired", "acked", "missed"});
static_assert(alarm_states.size() == static_cast<std::size_t>(alarm_state::missed) + 1);
static_assert(statuses.size() == static_cast<std::size_t>(status::purged) + 1);
static_assert(commands.size() == static_cast<std::size_t>(command_type::recompute_book) + 1);

template <std::size_t Size>
std::optional<std::size_t> index_of(const std::array<std::string_view, Size>& texts,
                                    std::string_view text) noexcept {
    const auto found = std::find(texts.begin(), texts.end(), text);
    if (found == texts.end()) return std::nullopt;
    return static_cast<std::size_t>(found - texts.begin());
}

}  // namespace

std::string_view to_text(status s) noexcept { return statuses[static_cast<std::size_t>(s)]; }

std::string_view to_text(priority p) noexcept { return priorities[static_cast<std::size_t>(p) - 1]; }

std::optional<status> parse_status(std::string_view text) noexcept {
    const auto index = index_of(statuses, text);
    return index ? std::optional(static_cast<status>(*index)) : std::nullopt;
}

std::optional<priority> parse_priority(std::string_view text) noexcept {
    const auto index = index_of(priorities, text);
    return index ? std::optional(static_cast<priority>(*index + 1)) : std::nullopt;
}

std::string_view to_text(alarm_state s) noexcept { return alarm_states[static_cast<std::size_t>(s)]; }

std::optional<alarm_state> parse_alarm_state(std::string_view text) noexcept {
    const auto index = index_of(alarm_states, text);
    return index ? std::optional(static_cast<alarm_state>(*index)) : std::nullopt;
}

std::string_view to_text(command_type type) noexcept { return commands[static_cast<std::size_t>(type)]; }

std::optional<command_type> parse_command_type(std::string_view text) noexcept {
    const auto index = index_of(commands, text);
    return index ? std::optional(static_cast<command_type>(*index)) : std::nullopt;
}

}  // namespace daybook::domain
