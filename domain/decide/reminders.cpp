// Reminders by themselves: create, update, cancel, snooze, acknowledge, and the reaction that fires them
// (M1–M7).
#include "domain/codec/task_patch.hpp"
#include "domain/cron.hpp"
#include "domain/decide/alarms.hpp"
#include "domain/decide/reminder_shape.hpp"
#include "domain/derived_ids.hpp"
#include "domain/limits.hpp"
#include "domain/reminder_catch_up.hpp"
#include "domain/reminder_time.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

struct found_reminder {
    task_ptr subject;
    std::size_t index = 0;
    [[nodiscard]] const reminder& one() const { return subject->reminders[index]; }
};

/// Errors: those of find_subject, task_deleted, not_found for a reminder that the task does not have.
result<found_reminder> find_reminder(const draft& d) {
    auto subject = find_subject(d);
    if (!subject) return subject.error();
    if ((*subject)->status == status::deleted) return status_refusal(**subject, "changed");
    const auto id = reminder_id::parse(text_argument(d.cmd.args, "reminder_id"));
    const auto& list = (*subject)->reminders;
    const auto found =
        std::find_if(list.begin(), list.end(), [&](const reminder& r) { return id && r.id == *id; });
    if (found == list.end())
        return make_problem(
            errc::not_found,
            fmt::format("The task has no reminder {}", text_argument(d.cmd.args, "reminder_id")),
            "args.reminder_id");
    return found_reminder{*subject, static_cast<std::size_t>(found - list.begin())};
}

/// Errors: those of read_reminder, reminder_no_base.
result<reminder_wish> wished(const draft& d, const task& of) {
    if (d.context.zones == nullptr) return make_problem(errc::zone_unknown, "No time zones are loaded");
    auto wish = read_reminder(d.cmd.args, *d.context.zones, "args");
    if (!wish) return wish;
    if (wish->kind != reminder_kind::relative) return wish;
    const auto base = base_of_relative(wish->value).value_or(due_date);
    if (base == start_date ? of.start.has_value() : of.due.has_value()) return wish;
    return make_problem(
        errc::reminder_no_base,
        fmt::format("The reminder `{}` counts from {}, which is not set", wish->value, date_names[base]),
        "args.when");
}

json::object reminder_data(const reminder_id& id, const std::vector<reminder>& list) {
    return {{"reminder_id", id.text()}, {"reminders", reminders_json(list)}};
}

std::size_t count_own(const std::vector<reminder>& list) {
    return static_cast<std::size_t>(
        std::count_if(list.begin(), list.end(), [](const reminder& r) { return !r.snooze_of; }));
}

/// When a snooze ends. Errors: reminder_invalid, date_invalid, field_invalid for what is not in the future.
result<instant> snooze_end(const draft& d) {
    const auto clock = alarm_clock_of(d.context, d.reader.book());
    if (clock.home == nullptr) return make_problem(errc::zone_unknown, "The zone of the book is not known");
    instant at{};
    const auto length = text_argument(d.cmd.args, "for");
    const auto field = length.empty() ? "args.until" : "args.for";
    if (!length.empty()) {
        const auto offset = parse_reminder_offset(length);
        if (!offset) {
            auto bad = offset.error();
            bad.field = field;
            return bad;
        }
        const auto local = clock.home->to_local(d.context.now) + std::chrono::days(std::abs(offset->days));
        const auto whole = offset->days == 0 ? d.context.now : clock.home->to_instant(local);
        at = whole + (offset->exact < std::chrono::seconds(0) ? -offset->exact : offset->exact);
    } else {
        const auto date = parse_date(text_argument(d.cmd.args, "until"), *clock.zones);
        if (!date) {
            auto bad = date.error();
            bad.field = field;
            return bad;
        }
        at = resolve(*date, *clock.home, clock.all_day_time, *clock.zones);
    }
    if (at > d.context.now) return std::chrono::time_point_cast<milliseconds>(at);
    return make_problem(errc::field_invalid, "A snooze ends in the future", field);
}

json::object fire_data(const fire_id& id, const reminder& of, instant at, std::int64_t count) {
    return {{"fire_id", id.text()},
            {"reminder_id", of.id.text()},
            {"scheduled_at", to_text(at)},
            {"missed_count", count}};
}

void add_fire(draft& d, const task& t, const reminder& of, instant at, std::int64_t count, bool missed) {
    auto data = fire_data(reminder_fire_id(of.id, at), of, at, count);
    if (!missed) data["late_ms"] = std::max<std::int64_t>((d.context.now - at).count(), 0);
    d.add(missed ? event_type::reminder_missed : event_type::reminder_fired, t, std::move(data));
}

/// M5: the slots that have come since are one fire at the newest; those beyond the grace are one that was
/// missed.
void fire_slots(draft& d, const task& t, const reminder& of, const alarm& due, const alarm_clock& clock) {
    const auto schedule = parse_cron(of.value);
    const auto where =
        schedule ? cron_zone(*schedule, of.zone, *clock.zones, *clock.home) : result<const zone*>(clock.home);
    if (!schedule || !where) return;
    // The slot before: `@every` counts on from there.
    const auto last = schedule->every ? due.at - *schedule->every : due.at - milliseconds(1);
    const waiting_cron waiting{of.id.text(), &*schedule, *where, last, slot_limit(t, clock)};
    const auto plan =
        plan_catch_up(d.context.now, std::chrono::duration_cast<std::chrono::seconds>(limits::reminder_grace),
                      {}, std::span(&waiting, 1));
    for (const auto& each : plan.missed) add_fire(d, t, of, each.at, each.missed_count.value_or(1), true);
    for (const auto& each : plan.fire) add_fire(d, t, of, each.at, each.missed_count.value_or(1), false);
    const auto next = next_slot(t, of, clock, d.context.now);
    if (!next) return;
    json::array scheduled{json::object{{"reminder_id", of.id.text()},
                                       {"fire_id", reminder_fire_id(of.id, *next).text()},
                                       {"at", to_text(*next)}}};
    d.add(event_type::reminder_scheduled, t,
          {{"scheduled", std::move(scheduled)}, {"tz_version", d.context.zones->version()}});
}

}  // namespace

decision create_reminder(draft& d) {
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& subject = **found;
    if (subject.status == status::deleted) return status_refusal(subject, "changed");
    const auto wish = wished(d, subject);
    if (!wish) return wish.error();
    if (count_own(subject.reminders) >= limits::reminders_max)
        return make_problem(errc::limit_exceeded,
                            fmt::format("A task has at most {} reminders", limits::reminders_max), "args");
    const auto asked = reminder_id::parse(text_argument(d.cmd.args, "reminder_id"));
    auto list = subject.reminders;
    auto& one = list.emplace_back();
    one.id = asked ? *asked : reminder_id(uuid::v7(d.context.now, d.context.entropy()));
    one.kind = wish->kind;
    one.value = wish->value;
    one.zone = wish->zone;
    for (const auto& known : subject.reminders)
        if (known.id == one.id)
            return make_problem(errc::field_invalid, "The task has a reminder with this id",
                                "args.reminder_id");
    d.add(event_type::reminder_created, subject, reminder_data(one.id, list));
    return d.finish(subject.id);
}

decision update_reminder(draft& d) {
    const auto found = find_reminder(d);
    if (!found) return found.error();
    const auto& subject = *found->subject;
    const auto wish = wished(d, subject);
    if (!wish) return wish.error();
    const auto& before = found->one();
    if (wish->kind == before.kind && wish->value == before.value && wish->zone == before.zone)
        return no_op{subject.id};
    auto list = subject.reminders;
    auto& one = list[found->index];
    one.kind = wish->kind;
    one.value = wish->value;
    one.zone = wish->zone;
    std::erase_if(list, [&](const reminder& r) { return r.snooze_of == before.id; });
    d.add(event_type::reminder_updated, subject, reminder_data(before.id, list));
    return d.finish(subject.id);
}

decision cancel_reminder(draft& d) {
    const auto found = find_reminder(d);
    if (!found) return found.error();
    const auto& subject = *found->subject;
    const auto id = found->one().id;
    auto list = subject.reminders;
    std::erase_if(list, [&](const reminder& r) { return r.id == id || r.snooze_of == id; });
    const auto stays = [&](const alarm& a) {
        return a.state != alarm_state::pending ||
               std::any_of(list.begin(), list.end(), [&](const reminder& r) { return r.id == a.reminder; });
    };
    json::array cancelled;
    for (const auto& a : subject.alarms)
        if (!stays(a))
            cancelled.push_back(json::object{{"reminder_id", a.reminder.text()}, {"fire_id", a.id.text()}});
    auto data = reminder_data(id, list);
    data["cancelled"] = std::move(cancelled);
    d.add(event_type::reminder_cancelled, subject, std::move(data));
    return d.finish(subject.id);
}

decision snooze_reminder(draft& d) {
    const auto found = find_reminder(d);
    if (!found) return found.error();
    const auto& subject = *found->subject;
    if (!is_open(subject.status)) return status_refusal(subject, "snoozed");
    const auto until = snooze_end(d);
    if (!until) return until.error();
    const auto of = found->one().snooze_of.value_or(found->one().id);
    auto list = subject.reminders;
    std::erase_if(list, [&](const reminder& r) { return r.snooze_of == of; });
    auto& child = list.emplace_back();
    child.id = reminder_id(uuid::v7(d.context.now, d.context.entropy()));
    child.kind = reminder_kind::absolute;
    child.value = to_text(*until);
    child.snooze_of = of;
    auto data = reminder_data(of, list);
    data["snooze_id"] = child.id.text();
    data["until"] = to_text(*until);
    d.add(event_type::reminder_snoozed, subject, std::move(data));
    return d.finish(subject.id);
}

decision ack_reminder(draft& d) {
    const auto found = find_reminder(d);
    if (!found) return found.error();
    const auto& subject = *found->subject;
    const auto of = found->one().snooze_of.value_or(found->one().id);
    const auto asked = fire_id::parse(text_argument(d.cmd.args, "fire_id"));
    const auto rings = [&](const alarm& a) {
        if (a.state != alarm_state::fired && a.state != alarm_state::acked) return false;
        if (asked) return a.id == *asked;
        return a.reminder == of ||
               std::any_of(subject.reminders.begin(), subject.reminders.end(),
                           [&](const reminder& r) { return r.id == a.reminder && r.snooze_of == of; });
    };
    const auto latest = std::find_if(subject.alarms.rbegin(), subject.alarms.rend(), rings);
    if (latest == subject.alarms.rend())
        return make_problem(errc::status_conflict,
                            "The reminder has not fired, so there is nothing to acknowledge");
    if (latest->state == alarm_state::acked) return no_op{subject.id};
    d.add(event_type::reminder_acked, subject,
          {{"reminder_id", latest->reminder.text()}, {"fire_id", latest->id.text()}});
    return d.finish(subject.id);
}

decision fire_reminder(draft& d) {
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& subject = **found;
    const auto id = fire_id::parse(text_argument(d.cmd.args, "fire_id"));
    const auto due = std::find_if(subject.alarms.begin(), subject.alarms.end(), [&](const alarm& a) {
        return id && a.id == *id && a.state == alarm_state::pending;
    });
    if (due == subject.alarms.end() || !is_open(subject.status)) return no_op{subject.id};
    const auto of = std::find_if(subject.reminders.begin(), subject.reminders.end(),
                                 [&](const reminder& r) { return r.id == due->reminder; });
    if (of == subject.reminders.end()) return no_op{subject.id};
    // The reaction's clock may be ahead of the writer's (M8: never early).
    if (d.context.now < due->at)
        return make_problem(errc::not_ready, fmt::format("The reminder is due at {}", to_text(due->at)));
    const auto clock = alarm_clock_of(d.context, d.reader.book());
    if (of->kind == reminder_kind::cron) {
        if (clock.home != nullptr) fire_slots(d, subject, *of, *due, clock);
        return d.finish(subject.id);
    }
    const auto late = d.context.now - std::max(due->at, due->set_at);
    add_fire(d, subject, *of, due->at, 0, late > limits::reminder_grace);
    return d.finish(subject.id);
}

}  // namespace daybook::domain::deciding
