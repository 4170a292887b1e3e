// create_occurrence: the reaction to a closed occurrence (R5, R6, R8–R10, settled 10–12). The task id comes
// from the series and the nominal date, so whoever reacts, and however often, there is one child.
#include "domain/codec/task_patch.hpp"
#include "domain/decide/series.hpp"
#include "domain/decide/tree.hpp"
#include "domain/derived_ids.hpp"
#include "domain/limits.hpp"
#include "domain/recurrence/next.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;
using std::chrono::days;
using std::chrono::floor;

/// What the new occurrence takes over from the closed one, and where it stands in its series.
struct next_place {
    series in{};
    series_ground ground{};
    local_time nominal{};
    std::chrono::seconds step{};  ///< from the closed one's nominal date, by the wall clock
    std::int64_t depth = 0;
};

/// The date moved along with the series: by whole days where it has no time.
date_value shifted(date_value date, std::chrono::seconds step) {
    switch (date.kind) {
        case date_kind::all_day: date.local += floor<days>(step); break;
        case date_kind::floating:
        case date_kind::zoned: date.local += step; break;
        case date_kind::absolute: date.at += step; break;
    }
    return date;
}

/// The series' own date at its new place.
date_value placed(const next_place& place) {
    auto date = place.ground.start;
    if (date.kind == date_kind::absolute)
        date.at = instant(place.nominal.time_since_epoch());
    else
        date.local = place.nominal;
    return date;
}

class copier {
 public:
    copier(const draft& d, const book_clock& clock, std::chrono::seconds step)
        : draft_(d), clock_(clock), step_(step) {}

    /// What a copy has of its original (R8); dates move along, and the time of the series is kept.
    [[nodiscard]] json::object members(const task& of, const task_id& copy, const date_value* due_now) const {
        json::object data;
        data["title"] = of.title;
        data["status"] = to_text(status::open);
        data["priority"] = to_text(of.priority);
        if (!of.description.empty()) data["description"] = of.description;
        if (!of.tags.empty()) {
            json::array tags;
            for (const auto& tag : of.tags) tags.emplace_back(tag);
            data["tags"] = std::move(tags);
        }
        add_dates(data, of, due_now);
        if (of.assignee) data["assignee"] = *of.assignee;
        if (of.duration) data["duration"] = *of.duration;
        if (of.estimate) data["estimate"] = *of.estimate;
        std::vector<reminder> reminders;
        for (const auto& r : of.reminders) {
            if (r.kind == reminder_kind::absolute) continue;
            auto& again = reminders.emplace_back(r);
            again.id = copied_reminder_id(copy, r.id);
            again.state = "scheduled";
        }
        if (!reminders.empty()) data["reminders"] = reminders_json(reminders);
        for (const auto& [name, value] : of.extras) data[name] = extra_json(value);
        return data;
    }

 private:
    void add_dates(json::object& data, const task& of, const date_value* due_now) const {
        const auto& zones = *draft_.context.zones;
        const std::array<const std::optional<task_date>*, 3> dates{&of.start, &of.due, &of.deadline};
        const auto series_date = of.due ? due_date : start_date;
        bool any = false;
        for (std::size_t i = 0; i < dates.size(); ++i) {
            if (!*dates[i]) continue;
            auto value = parse_date((*dates[i])->text, zones);
            if (!value) continue;
            const auto moved = due_now != nullptr && i == series_date ? *due_now : shifted(*value, step_);
            put_date(data, date_names[i],
                     task_date{moved.text(), resolve(moved, *clock_.home, clock_.all_day_time, zones)});
            any = true;
        }
        if (any) put_date_zone(data, draft_.reader.book().zone, zones.version());
    }

    const draft& draft_;
    const book_clock& clock_;
    std::chrono::seconds step_;
};

/// The subtasks of the closed occurrence that come again, parents first: what was done or still open.
std::vector<task_ptr> subtasks(const book_reader& reader, const task& closed) {
    auto tree = descendants(reader, closed.id, [&](const task& t) {
        const bool counts = is_open(t.status) || t.status == status::completed;
        // A recurring subtask is copied once, as its latest occurrence.
        const bool is_latest = reader.occurrences_after(t.id).empty();
        return counts && is_latest;
    });
    if (tree.size() > limits::occurrence_subtasks_max) tree.resize(limits::occurrence_subtasks_max);
    return tree;
}

class occurrence_maker {
 public:
    occurrence_maker(draft& d, const task& closed, next_place place, const book_clock& clock)
        : draft_(d), closed_(closed), place_(std::move(place)), copier_(d, clock, place_.step) {}

    /// Creates the occurrence, or brings it back where a reopening had withdrawn it; nothing where it is
    /// there.
    void make() {
        const bool all_day = place_.ground.how.kind == recurring::series_kind::all_day;
        const auto nominal = nominal_text(place_.nominal, all_day);
        auto id = occurrence_task_id(place_.in.id, place_.nominal, all_day);
        auto existing = draft_.reader.find(id);
        // Done early with anchor=completion, a date comes back that another occurrence has had.
        if (existing && existing->recurrence_parent != closed_.id) {
            id = repeated_occurrence_task_id(place_.in.id, place_.nominal, all_day, place_.depth);
            existing = draft_.reader.find(id);
        }
        if (existing && (existing->status != status::deleted || !existing->untouched)) return;
        const auto due = placed(place_);
        auto data = copier_.members(closed_, id, &due);
        if (closed_.project) {
            const auto project = draft_.reader.find_project(*closed_.project);
            if (project && !project->deleted) data["project_id"] = closed_.project->text();
        }
        data["series_id"] = place_.in.id.text();
        data["recurrence"] = recurrence_json(place_.in.recurrence);
        data["recurrence_parent_id"] = closed_.id.text();
        data["recurrence_depth"] = place_.depth;
        data["nominal"] = nominal;
        data["engine_version"] = recurrence_engine;
        if (existing) return bring_back(*existing, std::move(data));
        task blank;
        blank.id = id;
        blank.user = draft_.reader.book().user;
        // A place that has filled up since must not end the series.
        if (closed_.parent && check_place(draft_.reader, id, *closed_.parent))
            data["parent_id"] = closed_.parent->text();
        draft_.add(event_type::task_created, blank, std::move(data));
        copy_subtasks(id);
    }

 private:
    void copy_subtasks(const task_id& top) {
        std::map<task_id, task_id> copies{{closed_.id, top}};
        for (const auto& t : subtasks(draft_.reader, closed_)) {
            const auto above = copies.find(*t->parent);
            if (above == copies.end()) continue;  // below something that does not come again
            task copy;
            copy.id = copied_task_id(top, t->id);
            copy.user = t->user;
            if (draft_.reader.find(copy.id)) continue;
            auto data = copier_.members(*t, copy.id, nullptr);
            data["parent_id"] = above->second.text();
            copies.emplace(t->id, copy.id);
            draft_.add(event_type::task_created, copy, std::move(data));
        }
    }

    /// R9: completing again after a reopening restores the same child, with what was changed meanwhile.
    void bring_back(const task& withdrawn, json::object wanted) {
        task as_wanted;
        as_wanted.id = withdrawn.id;
        apply_patch(as_wanted, wanted);
        json::object data{{"status", to_text(status::open)}, {"deleted_at", nullptr}};
        for (auto& member : wanted)
            if (member.key() != "status") data[member.key()] = std::move(member.value());
        if (as_wanted.reminders.empty() && !withdrawn.reminders.empty()) data["reminders"] = nullptr;
        for (const auto& [name, value] : withdrawn.extras)
            if (!as_wanted.extras.contains(name)) data[name] = nullptr;
        const auto clear = [&](std::string_view name, bool had, bool has) {
            if (had && !has) data[name] = nullptr;
        };
        clear("description", !withdrawn.description.empty(), !as_wanted.description.empty());
        clear("tags", !withdrawn.tags.empty(), !as_wanted.tags.empty());
        clear("assignee", withdrawn.assignee.has_value(), as_wanted.assignee.has_value());
        clear("duration", withdrawn.duration.has_value(), as_wanted.duration.has_value());
        clear("estimate", withdrawn.estimate.has_value(), as_wanted.estimate.has_value());
        clear("project_id", withdrawn.project.has_value(), as_wanted.project.has_value());
        draft_.add(event_type::task_restored, withdrawn, std::move(data));
        const auto below = descendants(draft_.reader, withdrawn.id, [&](const task& t) {
            return t.status == status::deleted && t.deleted_by == withdrawn.deleted_by;
        });
        for (const auto& t : below)
            draft_.add(event_type::task_restored, *t,
                       {{"status", to_text(t->status_before)}, {"deleted_at", nullptr}});
    }

    draft& draft_;
    const task& closed_;
    next_place place_;
    copier copier_;
};

/// A series that went on for as long as one may: the rest of it, as a new one (settled 10).
series continued(const series& ended, const recurring::rule& rule) {
    series next;
    next.id = successor_series_id(ended.id);
    next.user = ended.user;
    next.recurrence = ended.recurrence;
    next.dtstart = ended.dtstart;
    next.exdates = ended.exdates;
    next.predecessor = ended.id;
    // COUNT of anchor=completion counts what was created, and depth starts again.
    if (rule.count && ended.recurrence.anchor == "completion") {
        auto rest = rule;
        *rest.count -= limits::recurrence_depth_max + 1;
        next.recurrence.rule = rest.text();
    }
    return next;
}

json::object missed_data(const series& in, const recurring::missed_run& missed, bool all_day) {
    json::array nominal;
    for (const auto at : missed.newest) nominal.emplace_back(nominal_text(at, all_day));
    return {{"series_id", in.id.text()},
            {"first", nominal_text(*missed.first, all_day)},
            {"last", nominal_text(missed.newest.back(), all_day)},
            {"count", missed.count},
            {"nominal", std::move(nominal)}};
}

recurring::next_answer next_of(const series& in, const series_ground& ground,
                               const recurring::closed_occurrence& closed, const zone& home) {
    if (in.recurrence.anchor == "completion")
        return recurring::next_after_completion(ground.how, closed, home);
    const auto how =
        in.recurrence.catch_up == "each" ? recurring::catch_up::each : recurring::catch_up::next_future;
    return recurring::next_after_due(ground.how, closed, how, home, limits::missed_listed_max);
}

/// What a person ended stays ended; what ended by its rule may end otherwise once the last one was reopened.
bool is_ended_for_good(const series& s) {
    return s.ended == "removed" || s.ended == "split" || s.ended == "deleted" || s.ended == "ended";
}

/// A next one that stands: kept by a reopening, or gone by a person's wish. A rule that was changed since
/// (R7) must not bring another one beside it.
bool has_next(const book_reader& reader, const task& closed) {
    const auto ids = reader.occurrences_after(closed.id);
    return std::any_of(ids.begin(), ids.end(), [&](const task_id& id) {
        const auto next = reader.find(id);
        const bool withdrawn = next && next->status == status::deleted && next->untouched;
        return next && !withdrawn;
    });
}

}  // namespace

decision create_occurrence(draft& d) {
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& closed = **found;
    const auto cause = event_id::parse(text_argument(d.cmd.args, "cause_event_id"));
    const auto closed_at = parse_instant(text_argument(d.cmd.args, "closed_at"));
    if (!closed_at) return make_problem(errc::date_invalid, "closed_at is no instant", "args.closed_at");
    // A reopening that overtook the reaction gets no ghost child (settled 12).
    if (!cause || closed.status_event != *cause || !is_occurrence(closed)) return no_op{closed.id};
    auto in = d.reader.find_series(*closed.series);
    if (!in || is_ended_for_good(*in)) return no_op{closed.id};
    if (in->recurrence.anchor == "due" && has_next(d.reader, closed)) return no_op{closed.id};

    d.causation = cause->text();
    const auto& book = d.reader.book();
    const auto clock = clock_of(d.context, book.zone, book.all_day_time);
    if (!clock) return clock.error();
    auto ground = ground_of(*in, *d.context.zones);
    if (!ground) return ground.error();
    const auto nominal = parse_nominal(closed.nominal);
    if (!nominal) return no_op{closed.id};
    recurring::closed_occurrence from{*nominal, *closed_at, closed.recurrence_depth};
    auto answer = next_of(*in, *ground, from, *clock->home);

    std::optional<series> fresh;
    if (answer.ended == recurring::series_end::depth && book.series_continue) {
        fresh = continued(*in, ground->how.how);
        const auto rest = ground_of(*fresh, *d.context.zones);
        // Depth -1: the first occurrence of the new series has depth 0.
        from.depth = -1;
        if (rest) answer = next_of(*fresh, *rest, from, *clock->home);
        if (!rest || !answer.next) {
            fresh.reset();
            answer.next.reset();
            answer.ended = recurring::series_end::depth;
        }
    }
    if (answer.next) {
        next_place place{fresh ? *fresh : *in, *ground, answer.next->nominal, answer.next->nominal - *nominal,
                         fresh ? 0 : closed.recurrence_depth + 1};
        occurrence_maker(d, closed, std::move(place), *clock).make();
        // It is there, made by an earlier reaction: whatever was missed was said then.
        if (d.size() == 0) return no_op{closed.id};
    } else if (!in->ended.empty()) {
        return no_op{closed.id};
    }
    auto version = in->version;
    if (answer.missed.count > 0)
        d.add_book_event(
            event_type::occurrences_missed, ++version,
            missed_data(*in, answer.missed, ground->how.kind == recurring::series_kind::all_day));
    if ((answer.ended || fresh) && in->ended.empty()) {
        const auto reason = fresh ? recurring::series_end::depth : *answer.ended;
        d.add_book_event(event_type::series_ended, ++version,
                         {{"series_id", in->id.text()}, {"reason", recurring::name_of(reason)}});
    }
    if (fresh && !d.reader.find_series(fresh->id))
        d.add_book_event(event_type::series_created, 1,
                         {{"series_id", fresh->id.text()},
                          {"recurrence", recurrence_json(fresh->recurrence)},
                          {"dtstart", fresh->dtstart},
                          {"predecessor_series", in->id.text()},
                          {"tz_version", d.context.zones->version()},
                          {"engine_version", recurrence_engine}});
    return d.finish(closed.id);
}

}  // namespace daybook::domain::deciding
