#include "domain/reminder_catch_up.hpp"

#include <algorithm>
#include <tuple>

namespace daybook::domain {
namespace {

void count_slot(std::optional<late_fire>& entry, const std::string& id, instant slot) {
    if (!entry) entry = late_fire{id, slot, 0};
    entry->at = slot;
    entry->missed_count = *entry->missed_count + 1;
}

}  // namespace

catch_up_plan plan_catch_up(instant now, std::chrono::seconds grace, std::span<const waiting_fire> singles,
                            std::span<const waiting_cron> crons) {
    catch_up_plan plan;
    const auto oldest = now - grace;
    for (const auto& each : singles)
        if (each.at <= now)
            (each.at >= oldest ? plan.fire : plan.missed).push_back({each.id, each.at, std::nullopt});
    for (const auto& each : crons) {
        const auto end = each.until ? std::min(now, *each.until) : now;
        std::optional<late_fire> fire;
        std::optional<late_fire> missed;
        cron_slots slots(*each.schedule, *each.where, each.last, each.last);
        for (auto slot = slots.next(); slot && *slot <= end; slot = slots.next())
            count_slot(*slot >= oldest ? fire : missed, each.id, *slot);
        if (fire) plan.fire.push_back(*std::move(fire));
        if (missed) plan.missed.push_back(*std::move(missed));
    }
    const auto by_time = [](const late_fire& a, const late_fire& b) {
        return std::tie(a.at, a.id) < std::tie(b.at, b.id);
    };
    std::sort(plan.fire.begin(), plan.fire.end(), by_time);
    std::sort(plan.missed.begin(), plan.missed.end(), by_time);
    return plan;
}

}  // namespace daybook::domain
