// Schedules: what sets them, and the reaction that fires a slot (C1–C5). The slots to come stand in the
// events, so that folding never computes one.
#include "domain/decide/schedules.hpp"

#include "domain/cron.hpp"
#include "domain/decide/reminder_shape.hpp"
#include "domain/derived_ids.hpp"
#include "domain/limits.hpp"
#include "domain/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

/// An expression with the zone that it is read in. Lifetime: that of the zones.
struct schedule_clock {
    cron_schedule cron{};
    const zone* where = nullptr;

    [[nodiscard]] std::optional<instant> next(const schedule& s, instant after) const {
        return cron_slots(cron, *where, after, s.created_at).next();
    }
};

/// Errors: those of parse_cron and cron_zone, zone_unknown.
result<schedule_clock> clock_of_schedule(const draft& d, const schedule& s, std::string_view book_zone) {
    auto cron = parse_cron(s.cron);
    if (!cron) return cron.error();
    if (d.context.zones == nullptr) return make_problem(errc::zone_unknown, "No time zones are loaded");
    const auto* home = d.context.zones->find(book_zone);
    if (home == nullptr)
        return make_problem(errc::zone_unknown, fmt::format("The zone `{}` is not known", book_zone));
    const auto where = cron_zone(*cron, s.zone, *d.context.zones, *home);
    if (!where) return where.error();
    return schedule_clock{*std::move(cron), *where};
}

/// Errors: not_found, version_mismatch.
result<schedule> find_subject_schedule(const draft& d) {
    const auto text = text_argument(d.cmd.args, "schedule_id");
    const auto id = schedule_id::parse(text);
    const auto* found = id ? find_schedule(d.reader.book().schedules, *id) : nullptr;
    if (found == nullptr)
        return make_problem(errc::not_found, fmt::format("There is no schedule {}", text),
                            "args.schedule_id");
    if (d.cmd.if_version && *d.cmd.if_version != found->version)
        return make_problem(
            errc::version_mismatch,
            fmt::format("The schedule has version {}, not {}", found->version, *d.cmd.if_version),
            "if_version");
    return *found;
}

json::object data_of(const schedule& s) { return {{"schedule_id", s.id.text()}}; }

void put_or_null(json::object& data, std::string_view name, const std::optional<instant>& at) {
    if (at)
        data[name] = to_text(*at);
    else
        data[name] = nullptr;
}

schedule_slot slot_at(const schedule& s, instant at) { return {schedule_slot_id(s.id, at), at}; }

/// The slot of the expression that comes after `after`, in place of the one that waits. Nothing where it is
/// the same. True: something changed.
bool put_next(json::object& data, const draft& d, const schedule& s, const schedule_clock& clock,
              instant after) {
    const auto from = std::max(after, s.last_slot.value_or(after));
    const auto next = clock.next(s, from);
    if (next == s.next_at && (!next || !s.paused)) return false;
    if (s.next_at) {
        const auto waits = schedule_slot_id(s.id, *s.next_at);
        if (std::any_of(s.pending.begin(), s.pending.end(), [&](const auto& p) { return p.id == waits; }))
            data["cancelled"] = slots_json({{waits, *s.next_at}}, false);
    }
    put_or_null(data, "next_at", next);
    if (next) data["scheduled"] = slots_json({slot_at(s, *next)}, true);
    data["tz_version"] = d.context.zones->version();
    return true;
}

/// What the command names of a schedule's members; `data` gets what changes.
void read_members(const draft& d, schedule& s, json::object& data) {
    const auto& args = d.cmd.args;
    const auto set = [&](std::string_view name, std::string& member, std::string_view otherwise) {
        const auto* value = args.if_contains(name);
        if (value == nullptr) return;
        std::string wanted(value->is_string() ? std::string_view(value->get_string()) : otherwise);
        if (wanted == member && data.contains("schedule_id")) return;
        member = std::move(wanted);
        data[name] = member.empty() ? json::value(nullptr) : json::value(member);
    };
    set("name", s.name, s.name);
    set("cron", s.cron, s.cron);
    set("zone", s.zone, {});
    set("misfire", s.misfire, "fire_once");
    if (const auto* window = args.if_contains("catchup_window")) {
        constexpr auto otherwise =
            std::chrono::duration_cast<std::chrono::minutes>(limits::catchup_window_default).count();
        const auto wanted = window->is_int64() ? window->get_int64() : std::int64_t{otherwise};
        if (wanted != s.catchup_window) data["catchup_window"] = s.catchup_window = wanted;
    }
    for (const auto* name : {"command", "reminder"}) {
        const auto* wanted = args.if_contains(name);
        if (wanted == nullptr) continue;
        json::object action{{name, *wanted}};
        if (action == s.action) continue;
        data[name] = *wanted;
        s.action = std::move(action);
    }
}

misfire_policy policy_of(const schedule& s) {
    if (s.misfire == "all") return misfire_policy::all;
    return s.misfire == "skip" ? misfire_policy::skip : misfire_policy::fire_once;
}

/// What came of what a schedule does.
struct action_outcome {
    std::string name{"applied"};
    std::optional<problem> why{};
    std::vector<event> events{};
    std::optional<task_id> task{};
};

json::object filled_args(const json::object& args, const schedule_clock& clock, instant slot) {
    const auto local = clock.where->to_local(slot);
    const auto wall = nominal_text(local, false);
    return filled_template(args, nominal_text(local, true), fmt::format("{}[{}]", wall, clock.where->name()));
}

action_outcome act(const draft& d, const schedule& s, const schedule_clock& clock, instant slot) {
    action_outcome made;
    if (const auto* wanted = s.action.if_contains("command"); wanted != nullptr && wanted->is_object()) {
        const auto& said = wanted->get_object();
        const auto type = parse_command_type(text_argument(said, "type"));
        const auto* args = said.if_contains("args");
        if (!type || args == nullptr || !args->is_object()) {
            made.name = "rejected";
            return made;
        }
        command inner;
        inner.id = d.cmd.id;
        inner.type = *type;
        inner.args = filled_args(args->get_object(), clock, slot);
        draft within(d.reader, inner, d.context);
        auto decided = check_schema(inner) ? dispatch(within) : decision(check_schema(inner).error());
        if (!decided) {
            made.name = "rejected";
            made.why = decided.error();
        } else if (auto* yes = std::get_if<accepted>(&*decided)) {
            made.events = std::move(yes->events);
            made.task = yes->task;
        } else {
            made.name = "no_op";
            made.task = std::get<no_op>(*decided).task;
        }
        return made;
    }
    const auto* reminder = s.action.if_contains("reminder");
    if (reminder == nullptr || !reminder->is_object()) return made;
    made.task = task_argument(reminder->get_object(), "task_id");
    if (!made.task) return made;
    // A closed task is not reminded of (M6).
    const auto task = d.reader.find(*made.task);
    if (!task || !is_open(task->status)) made.name = "no_op";
    return made;
}

/// schedule.fired and what it did. `data` holds what stands beside: the slots to come.
void add_fire(draft& d, const schedule& s, const schedule_clock& clock, const schedule_slot& slot,
              json::object data) {
    auto done = act(d, s, clock, slot.at);
    data["slot_id"] = slot.id.text();
    data["scheduled_at"] = to_text(slot.at);
    data["outcome"] = done.name;
    if (done.task) data["task_id"] = done.task->text();
    if (done.why) data["error"] = {{"code", row_of(done.why->code).code}, {"detail", done.why->detail}};
    if (const auto* reminder = s.action.if_contains("reminder");
        reminder != nullptr && done.name == "applied") {
        auto shown = *reminder;
        shown.get_object()["text"] = filled_args(reminder->get_object(), clock, slot.at)["text"];
        data["reminder"] = std::move(shown);
    }
    const auto cause = d.add_book_event(event_type::schedule_fired, s.version + 1, std::move(data));
    d.absorb(std::move(done.events), cause);
}

}  // namespace

bool add_recomputed(draft& d, const schedule& s, std::string_view book_zone) {
    if (s.paused) return false;
    const auto clock = clock_of_schedule(d, s, book_zone);
    if (!clock) return false;
    // A slot that has come is dealt with when it fires.
    if (s.next_at && *s.next_at <= d.context.now) return false;
    auto data = data_of(s);
    if (!put_next(data, d, s, *clock, d.context.now)) return false;
    d.add_book_event(event_type::schedule_recomputed, s.version + 1, std::move(data));
    return true;
}

decision create_schedule(draft& d) {
    const auto& known = d.reader.book().schedules;
    const auto asked = schedule_id::parse(text_argument(d.cmd.args, "schedule_id"));
    if (d.cmd.if_version && *d.cmd.if_version != 0)
        return make_problem(errc::version_mismatch, "The schedule does not exist yet", "if_version");
    schedule fresh;
    fresh.id = asked ? *asked : schedule_id(uuid::v7(d.context.now, d.context.entropy()));
    if (find_schedule(known, fresh.id) != nullptr)
        return make_problem(errc::field_invalid, "There is a schedule with this id already",
                            "args.schedule_id");
    if (known.size() >= limits::schedules_max)
        return make_problem(errc::limit_exceeded,
                            fmt::format("A book has at most {} schedules", limits::schedules_max), "args");
    auto data = data_of(fresh);
    data["misfire"] = fresh.misfire;
    data["catchup_window"] = fresh.catchup_window =
        std::chrono::duration_cast<std::chrono::minutes>(limits::catchup_window_default).count();
    fresh.created_at = d.timestamp();
    read_members(d, fresh, data);
    if (auto fits = check_cron(fresh.cron, fresh.zone, *d.context.zones, "args.cron"); !fits)
        return fits.error();
    const auto clock = clock_of_schedule(d, fresh, d.reader.book().zone);
    if (!clock) return clock.error();
    put_next(data, d, fresh, *clock, d.context.now);
    d.add_book_event(event_type::schedule_created, 1, std::move(data));
    return d.finish(std::nullopt);
}

decision update_schedule(draft& d) {
    const auto before = find_subject_schedule(d);
    if (!before) return before.error();
    auto after = *before;
    auto data = data_of(after);
    read_members(d, after, data);
    if (data.size() == 1) return no_op{};
    if (data.contains("cron") || data.contains("zone")) {
        if (auto fits = check_cron(after.cron, after.zone, *d.context.zones, "args.cron"); !fits)
            return fits.error();
        const auto clock = clock_of_schedule(d, after, d.reader.book().zone);
        if (!clock) return clock.error();
        if (!after.paused) put_next(data, d, after, *clock, d.context.now);
    }
    d.add_book_event(event_type::schedule_updated, before->version + 1, std::move(data));
    return d.finish(std::nullopt);
}

decision pause_schedule(draft& d) {
    const auto found = find_subject_schedule(d);
    if (!found) return found.error();
    if (found->paused) return no_op{};
    auto data = data_of(*found);
    data["next_at"] = nullptr;
    if (!found->pending.empty()) data["cancelled"] = slots_json(found->pending, false);
    d.add_book_event(event_type::schedule_paused, found->version + 1, std::move(data));
    return d.finish(std::nullopt);
}

decision resume_schedule(draft& d) {
    const auto found = find_subject_schedule(d);
    if (!found) return found.error();
    if (!found->paused) return no_op{};
    const auto clock = clock_of_schedule(d, *found, d.reader.book().zone);
    if (!clock) return clock.error();
    auto data = data_of(*found);
    put_next(data, d, *found, *clock, d.context.now);
    d.add_book_event(event_type::schedule_resumed, found->version + 1, std::move(data));
    return d.finish(std::nullopt);
}

decision delete_schedule(draft& d) {
    const auto found = find_subject_schedule(d);
    if (!found) return found.error();
    auto data = data_of(*found);
    if (!found->pending.empty()) data["cancelled"] = slots_json(found->pending, false);
    d.add_book_event(event_type::schedule_deleted, found->version + 1, std::move(data));
    return d.finish(std::nullopt);
}

decision run_schedule(draft& d) {
    const auto found = find_subject_schedule(d);
    if (!found) return found.error();
    const auto clock = clock_of_schedule(d, *found, d.reader.book().zone);
    if (!clock) return clock.error();
    add_fire(d, *found, *clock, slot_at(*found, d.timestamp()),
             {{"schedule_id", found->id.text()}, {"late_ms", 0}, {"missed_count", 1}, {"extra", true}});
    return d.finish(std::nullopt);
}

decision backfill_schedule(draft& d) {
    const auto found = find_subject_schedule(d);
    if (!found) return found.error();
    const auto clock = clock_of_schedule(d, *found, d.reader.book().zone);
    if (!clock) return clock.error();
    std::array<instant, 2> range{};
    const std::array<std::string_view, 2> names{"from", "until"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto at = parse_instant(text_argument(d.cmd.args, names[i]));
        if (!at)
            return make_problem(errc::date_invalid,
                                fmt::format("{} is an instant such as 2026-08-31T00:00:00Z", names[i]),
                                fmt::format("args.{}", names[i]));
        range[i] = *at;
    }
    if (range[1] > d.context.now)
        return make_problem(errc::field_invalid, "A backfill is of slots that have passed", "args.until");
    if (found->paused) return make_problem(errc::status_conflict, "The schedule is paused: resume it first");
    std::vector<schedule_slot> slots;
    cron_slots all(clock->cron, *clock->where, range[0] - milliseconds(1), found->created_at);
    for (auto at = all.next(); at && *at <= range[1]; at = all.next()) {
        const bool waits = std::any_of(found->pending.begin(), found->pending.end(),
                                       [&](const schedule_slot& slot) { return slot.at == *at; });
        if (!waits) slots.push_back({backfilled_slot_id(found->id, *at, found->version + 1), *at});
        if (slots.size() + found->pending.size() > limits::backfill_slots_max + 1)
            return make_problem(
                errc::limit_exceeded,
                fmt::format("At most {} slots of a backfill wait at a time", limits::backfill_slots_max),
                "args");
    }
    if (slots.empty()) return no_op{};
    auto data = data_of(*found);
    data["backfill"] = slots.size();
    data["scheduled"] = slots_json(slots, true);
    data["tz_version"] = d.context.zones->version();
    d.add_book_event(event_type::schedule_updated, found->version + 1, std::move(data));
    return d.finish(std::nullopt);
}

decision fire_schedule(draft& d) {
    const auto id = schedule_id::parse(text_argument(d.cmd.args, "schedule_id"));
    const auto* found = id ? find_schedule(d.reader.book().schedules, *id) : nullptr;
    if (found == nullptr) return no_op{};  // deleted while the reaction was on its way
    const auto& s = *found;
    const auto wanted = slot_id::parse(text_argument(d.cmd.args, "slot_id"));
    const auto due = std::find_if(s.pending.begin(), s.pending.end(),
                                  [&](const schedule_slot& slot) { return wanted && slot.id == *wanted; });
    if (due == s.pending.end() || s.paused) return no_op{};
    const auto now = d.context.now;
    if (now < due->at)
        return make_problem(errc::not_ready, fmt::format("The slot is due at {}", to_text(due->at)));
    const auto clock = clock_of_schedule(d, s, d.reader.book().zone);
    if (!clock) return clock.error();
    auto data = data_of(s);
    if (due->id != schedule_slot_id(s.id, due->at)) {
        data["late_ms"] = (now - due->at).count();
        data["missed_count"] = 1;
        data["extra"] = true;
        add_fire(d, s, *clock, *due, std::move(data));
        return d.finish(std::nullopt);
    }

    // C4. The slot before is where `@every` counts on from.
    const auto last = clock->cron.every ? due->at - *clock->cron.every : due->at - milliseconds(1);
    const auto policy = policy_of(s);
    const auto window = std::chrono::seconds(std::chrono::minutes(s.catchup_window));
    auto plan = after_misfire(clock->cron, *clock->where, last, now, policy, window);
    if (policy == misfire_policy::skip && now - due->at <= limits::misfire_after)
        plan = {{{due->at, 1}}, clock->next(s, std::max(now, due->at))};
    // What was missed fires one by one, each in a commit of its own.
    if (policy == misfire_policy::all && plan.fires.size() > 1) plan.next = plan.fires[1].slot;
    put_or_null(data, "next_at", plan.next);
    if (plan.next) data["scheduled"] = slots_json({slot_at(s, *plan.next)}, true);
    data["tz_version"] = d.context.zones->version();
    // The fire may stand for a later slot than the one that waited.
    if (plan.fires.empty() || plan.fires.front().slot != due->at)
        data["cancelled"] = slots_json({*due}, false);
    if (plan.fires.empty()) {
        data["passed"] = to_text(due->at);
        d.add_book_event(event_type::schedule_updated, s.version + 1, std::move(data));
        return d.finish(std::nullopt);
    }
    const auto& fire = plan.fires.front();
    data["late_ms"] = (now - fire.slot).count();
    data["missed_count"] = fire.missed_count;
    add_fire(d, s, *clock, slot_at(s, fire.slot), std::move(data));
    return d.finish(std::nullopt);
}

}  // namespace daybook::domain::deciding
