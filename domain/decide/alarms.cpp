// Which alarms a task has pending: a function of its status, dates and reminders, kept in the same commit as
// the change (M2, M4, M6, M8). Instants are written in the event, so that folding never computes them (R11).
#include "domain/decide/alarms.hpp"

#include "domain/codec/task_patch.hpp"
#include "domain/cron.hpp"
#include "domain/derived_ids.hpp"
#include "domain/evolve.hpp"
#include "domain/reminder_time.hpp"

#include <algorithm>
#include <iterator>
#include <span>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;

std::optional<date_value> date_of(const std::optional<task_date>& date, const zone_table& zones) {
    if (!date) return std::nullopt;
    const auto value = parse_date(date->text, zones);
    return value ? std::optional(*value) : std::nullopt;
}

const alarm* pending_of(const task& t, const reminder_id& id) {
    const auto found = std::find_if(t.alarms.begin(), t.alarms.end(), [&](const alarm& a) {
        return a.reminder == id && a.state == alarm_state::pending;
    });
    return found == t.alarms.end() ? nullptr : &*found;
}

const alarm* find_alarm(const task& t, const fire_id& id) {
    const auto found =
        std::find_if(t.alarms.begin(), t.alarms.end(), [&](const alarm& a) { return a.id == id; });
    return found == t.alarms.end() ? nullptr : &*found;
}

json::object alarm_json(const alarm& a, bool with_instant) {
    json::object one{{"reminder_id", a.reminder.text()}, {"fire_id", a.id.text()}};
    if (with_instant) one["at"] = to_text(a.at);
    return one;
}

/// The alarms that one task should have pending at `now`.
class planner {
 public:
    planner(const task& t, const alarm_clock& clock, instant now)
        : task_(t),
          clock_(clock),
          dates_{date_of(t.due, *clock.zones), date_of(t.start, *clock.zones), *clock.home,
                 clock.all_day_time, *clock.zones},
          now_(now) {}

    [[nodiscard]] std::vector<alarm> wanted() const {
        std::vector<alarm> list;
        if (!is_open(task_.status)) return list;
        for (const auto& r : task_.reminders) {
            auto one = r.kind == reminder_kind::cron ? cron(r) : single(r);
            if (one) list.push_back(std::move(*one));
        }
        return list;
    }

 private:
    [[nodiscard]] static alarm of(const reminder& r, instant at) {
        alarm a;
        a.id = reminder_fire_id(r.id, at);
        a.reminder = r.id;
        a.at = at;
        return a;
    }

    [[nodiscard]] std::optional<instant> instant_of(const reminder& r) const {
        if (r.kind == reminder_kind::relative) {
            const auto offset = parse_reminder_offset(r.value);
            if (!offset) return std::nullopt;
            const auto moment = reminder_moment_of(*offset, dates_);
            return moment ? std::optional(moment->at) : std::nullopt;
        }
        const auto at = parse_date(r.value, *clock_.zones);
        if (!at) return std::nullopt;
        const auto* where = r.zone.empty() ? nullptr : clock_.zones->find(r.zone);
        return resolve(*at, where != nullptr ? *where : *clock_.home, clock_.all_day_time, *clock_.zones);
    }

    /// Without a due date the start says whether it is too late for a late reminder.
    [[nodiscard]] bool is_too_late() const {
        if (dates_.due) return is_past(*dates_.due, dates_, now_);
        return !dates_.start || is_past(*dates_.start, dates_, now_);
    }

    [[nodiscard]] std::optional<alarm> single(const reminder& r) const {
        const auto at = instant_of(r);
        if (!at) return std::nullopt;
        auto one = of(r, *at);
        if (const auto* known = find_alarm(task_, one.id))
            return known->state == alarm_state::pending ? std::optional(*known) : std::nullopt;
        // What was set to an instant that has passed says nothing any more; what counts from a date that is
        // still to come is late.
        const bool too_late = r.kind == reminder_kind::absolute || is_too_late();
        if (action_after_move(*at, too_late, now_) == move_action::none) return std::nullopt;
        return one;
    }

    [[nodiscard]] std::optional<alarm> cron(const reminder& r) const {
        // A slot that has come is dealt with when it fires.
        const auto* pending = pending_of(task_, r.id);
        if (pending != nullptr && pending->at <= now_) return *pending;
        const auto next = next_slot(task_, r, clock_, now_);
        if (!next) return std::nullopt;
        auto one = of(r, *next);
        if (const auto* known = find_alarm(task_, one.id))
            return known->state == alarm_state::pending ? std::optional(*known) : std::nullopt;
        return one;
    }

    const task& task_;
    const alarm_clock& clock_;
    reminder_dates dates_;
    instant now_;
};

bool has_snooze(const task& t) {
    return std::any_of(t.reminders.begin(), t.reminders.end(),
                       [](const reminder& r) { return r.snooze_of.has_value(); });
}

/// Snoozes end when the due date moves or the task closes (M7).
std::vector<reminder> without_snoozes(const task& t) {
    std::vector<reminder> kept;
    for (const auto& r : t.reminders)
        if (!r.snooze_of) kept.push_back(r);
    return kept;
}

bool touches_alarms(const event& e) {
    switch (e.type) {
        case event_type::task_created:
        case event_type::task_completed:
        case event_type::task_reopened:
        case event_type::task_skipped:
        case event_type::task_cancelled:
        case event_type::task_deleted:
        case event_type::task_restored: return true;
        default: break;
    }
    const auto names = {"due", "due_at", "start", "start_at", "reminders"};
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return e.data.contains(name); });
}

/// A reminder that has nothing to come says so from the start (M4: none).
void name_states(json::object& data, const std::vector<alarm>& wanted, const task& after) {
    auto* list = data.if_contains("reminders");
    if (list == nullptr || !list->is_array()) return;
    auto named = after.reminders;
    for (auto& r : named) {
        const bool has_any =
            std::any_of(wanted.begin(), wanted.end(), [&](const alarm& a) { return a.reminder == r.id; }) ||
            std::any_of(after.alarms.begin(), after.alarms.end(), [&](const alarm& a) {
                return a.reminder == r.id && a.state != alarm_state::pending;
            });
        if (!has_any && is_open(after.status)) r.state = "cancelled";
    }
    *list = reminders_json(named);
}

}  // namespace

alarm_clock alarm_clock_of(const decide_context& context, const book_state& settings) {
    const auto clock = clock_of(context, settings.zone, settings.all_day_time);
    if (!clock) return {};
    return {clock->home, clock->all_day_time, context.zones};
}

std::optional<instant> slot_limit(const task& t, const alarm_clock& clock) {
    const auto due = date_of(t.due, *clock.zones);
    if (!due) return std::nullopt;
    if (due->kind != date_kind::all_day) return t.due->at;
    return clock.home->to_instant(due->local + std::chrono::days{1});
}

std::optional<instant> next_slot(const task& t, const reminder& r, const alarm_clock& clock, instant after) {
    const auto schedule = parse_cron(r.value);
    if (!schedule) return std::nullopt;
    const auto where = cron_zone(*schedule, r.zone, *clock.zones, *clock.home);
    if (!where) return std::nullopt;
    const auto next = cron_slots(*schedule, **where, after, t.created_at).next();
    const auto limit = slot_limit(t, clock);
    if (next && limit && *next > *limit) return std::nullopt;
    return next;
}

void draft::add_alarm_changes(const book_state& settings) {
    alarms_added_ = true;
    // Most commands touch no reminder: they pay for a look at their events only.
    if (std::none_of(events_.begin(), events_.end(), touches_alarms)) return;
    std::optional<alarm_clock> clock;
    std::vector<event> all;
    all.reserve(events_.size());
    for (std::size_t i = 0; i < events_.size();) {
        auto end = i + 1;
        while (end < events_.size() && events_[end].task == events_[i].task) ++end;
        const auto group = std::span(events_).subspan(i, end - i);
        i = end;
        const auto before = find_reminded(group);
        const bool has_reminders = before || std::any_of(group.begin(), group.end(), [](const event& e) {
                                       return e.data.contains("reminders");
                                   });
        if (has_reminders && !clock) clock.emplace(alarm_clock_of(context, settings));
        if (!has_reminders || !clock->home) {
            std::move(group.begin(), group.end(), std::back_inserter(all));
            continue;
        }
        add_group_with_alarms(all, group, before.get(), *clock);
    }
    events_ = std::move(all);
}

/// The task before these events, if it has reminders that they may concern.
task_ptr draft::find_reminded(std::span<const event> group) const {
    const auto& first = group.front();
    if (!first.task || first.version <= 1 || std::none_of(group.begin(), group.end(), touches_alarms))
        return nullptr;
    auto before = reader.find(*first.task);
    return before && (!before->reminders.empty() || !before->alarms.empty()) ? before : nullptr;
}

void draft::add_group_with_alarms(std::vector<event>& out, std::span<event> group, const task* before,
                                  const alarm_clock& clock) const {
    std::optional<task> after;
    if (before != nullptr) after = *before;
    if (!after && group.front().version > 1)
        if (const auto known = reader.find(*group.front().task)) after = *known;
    const auto due_before = after ? after->due : std::nullopt;
    const bool is_new = !after;
    for (const auto& e : group) after = evolve(after ? &*after : nullptr, e);
    const bool due_moved = !is_new && due_before != after->due;
    const bool snoozes_end = (due_moved || !is_open(after->status)) && has_snooze(*after);
    if (snoozes_end) after->reminders = without_snoozes(*after);
    const auto wanted = planner(*after, clock, context.now).wanted();
    for (auto& e : group) name_states(e.data, wanted, *after);
    const auto id = after->id;
    std::move(group.begin(), group.end(), std::back_inserter(out));
    append_alarm_events(out, id, *after, wanted, snoozes_end);
}

void draft::add_alarm_changes_of(const task& untouched, const book_state& settings) {
    const auto clock = alarm_clock_of(context, settings);
    if (clock.home == nullptr) return;
    append_alarm_events(events_, untouched.id, untouched, planner(untouched, clock, context.now).wanted(),
                        false);
}

void draft::append_alarm_events(std::vector<event>& out, const task_id& id, const task& after,
                                const std::vector<alarm>& wanted, bool snoozes_end) const {
    auto version = after.version;
    const auto is_wanted = [&](const alarm& a) {
        return std::any_of(wanted.begin(), wanted.end(), [&](const alarm& w) { return w.id == a.id; });
    };
    json::array cancelled;
    for (const auto& a : after.alarms)
        if (a.state == alarm_state::pending && !is_wanted(a)) cancelled.push_back(alarm_json(a, false));
    json::array scheduled;
    for (const auto& a : wanted)
        if (find_alarm(after, a.id) == nullptr) scheduled.push_back(alarm_json(a, true));
    const auto add = [&](event_type type, json::object data) {
        out.push_back(made(type, ++version, std::move(data)));
        out.back().task = id;
    };
    if (!cancelled.empty() || snoozes_end) {
        json::object data{{"cancelled", std::move(cancelled)}};
        if (snoozes_end) data["reminders"] = reminders_json(after.reminders);
        add(event_type::reminder_cancelled, std::move(data));
    }
    if (!scheduled.empty())
        add(event_type::reminder_scheduled,
            {{"scheduled", std::move(scheduled)}, {"tz_version", context.zones->version()}});
}

}  // namespace daybook::domain::deciding
