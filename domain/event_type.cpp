#include "domain/event.hpp"

#include <algorithm>
#include <array>

namespace daybook::domain {
namespace {

constexpr auto names = std::to_array<std::string_view>({
    "task.created",        "task.updated",       "task.started",     "task.stopped",     "task.completed",
    "task.reopened",       "task.skipped",       "task.cancelled",   "task.deleted",     "task.restored",
    "task.purged",         "task.rescheduled",   "task.tagged",      "task.untagged",    "task.moved",
    "task.commented",      "task.unblocked",     "series.created",   "series.updated",   "series.split",
    "series.ended",        "occurrences.missed", "reminder.created", "reminder.updated", "reminder.cancelled",
    "reminder.scheduled",  "reminder.fired",     "reminder.acked",   "reminder.snoozed", "reminder.missed",
    "schedule.created",    "schedule.updated",   "schedule.paused",  "schedule.resumed", "schedule.fired",
    "schedule.recomputed", "schedule.deleted",   "command.undone",   "book.configured",  "project.created",
    "project.updated",     "project.deleted",    "filter.saved",     "filter.deleted",
});
static_assert(names.size() == static_cast<std::size_t>(event_type::filter_deleted) + 1);

struct named {
    std::string_view text;
    event_type type;
};
constexpr auto sorted = [] {
    std::array<named, names.size()> rows{};
    for (std::size_t i = 0; i < names.size(); ++i) rows[i] = named{names[i], static_cast<event_type>(i)};
    std::sort(rows.begin(), rows.end(), [](const named& a, const named& b) { return a.text < b.text; });
    return rows;
}();

}  // namespace

std::string_view to_text(event_type type) noexcept { return names[static_cast<std::size_t>(type)]; }

std::optional<event_type> parse_event_type(std::string_view text) noexcept {
    const auto found =
        std::lower_bound(sorted.begin(), sorted.end(), text,
                         [](const named& row, std::string_view wanted) { return row.text < wanted; });
    if (found == sorted.end() || found->text != text) return std::nullopt;
    return found->type;
}

}  // namespace daybook::domain
