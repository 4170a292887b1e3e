#include "domain/derived_ids.hpp"

#include "domain/date.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <string>

namespace daybook::domain {
namespace {

uuid joined(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const auto part : parts) {
        if (!text.empty()) text += '\n';
        text += part;
    }
    return uuid::v5(daybook_namespace, text);
}

}  // namespace

std::string nominal_text(local_time nominal, bool all_day) {
    date_value value;
    value.kind = all_day ? date_kind::all_day : date_kind::floating;
    value.local = nominal;
    return value.text();
}

task_id occurrence_task_id(series_id series, local_time nominal, bool all_day) {
    return task_id(joined({"occurrence", series.text(), nominal_text(nominal, all_day)}));
}

task_id repeated_occurrence_task_id(series_id series, local_time nominal, bool all_day, std::int64_t depth) {
    return task_id(
        joined({"occurrence", series.text(), nominal_text(nominal, all_day), std::to_string(depth)}));
}

task_id copied_task_id(task_id occurrence, task_id original) {
    return task_id(joined({"copy", "task", occurrence.text(), original.text()}));
}

reminder_id copied_reminder_id(task_id occurrence, reminder_id original) {
    return reminder_id(joined({"copy", "reminder", occurrence.text(), original.text()}));
}

series_id successor_series_id(series_id ended) { return series_id(joined({"successor", ended.text()})); }

fire_id reminder_fire_id(reminder_id reminder, instant scheduled) {
    return fire_id(joined({"fire", reminder.text(), to_text(scheduled)}));
}

slot_id schedule_slot_id(schedule_id schedule, instant slot) {
    return slot_id(joined({"slot", schedule.text(), to_text(slot)}));
}

slot_id backfilled_slot_id(schedule_id schedule, instant slot, std::int64_t version) {
    return slot_id(joined({"slot", schedule.text(), to_text(slot), std::to_string(version)}));
}

uuid recompute_cause(std::string_view tz_version, std::int64_t round) {
    return joined({"zones", tz_version, std::to_string(round)});
}

command_id reaction_command_id(std::string_view reaction, const uuid& cause) {
    return command_id("daybook:" + joined({"reaction", reaction, cause.text()}).text());
}

}  // namespace daybook::domain
