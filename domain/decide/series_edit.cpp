// update_series, split_series, and the commands about recurring tasks that are another command with one more
// condition (R7: this, future, all).
#include "domain/codec/task_patch.hpp"
#include "domain/decide/series.hpp"
#include "domain/decide/tree.hpp"
#include "domain/derived_ids.hpp"
#include "domain/limits.hpp"
#include "domain/recurrence/rule.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;

struct found_occurrence {
    task_ptr subject;
    series in;
};

problem not_recurring(const task& t) {
    return make_problem(errc::field_invalid, fmt::format("The task {} does not recur", t.id.text()),
                        "args.task_id", "Set `recurrence` to make it a recurring one.");
}

/// Errors: those of find_subject, task_deleted, field_invalid for a task that does not recur, status_conflict
/// for a series that has ended.
result<found_occurrence> find_occurrence(const draft& d, std::string_view intention) {
    auto subject = find_subject(d);
    if (!subject) return subject.error();
    if ((*subject)->status == status::deleted) return status_refusal(**subject, intention);
    if (!is_occurrence(**subject)) return not_recurring(**subject);
    auto in = d.reader.find_series(*(*subject)->series);
    if (!in) return not_recurring(**subject);
    if (!in->ended.empty())
        return make_problem(
            errc::status_conflict,
            fmt::format("The series has ended ({}), so it cannot be {}", in->ended, intention));
    return found_occurrence{*std::move(subject), *std::move(in)};
}

/// The open occurrences of the task's series, the oldest first: one, or several where one was reopened after
/// the next had come.
std::vector<task_ptr> open_occurrences(const book_reader& reader, const task_ptr& one) {
    const auto belongs = [&](const task_ptr& t) { return t && t->series == one->series; };
    auto first = one;
    for (std::int64_t steps = 0; first->recurrence_parent && steps <= limits::recurrence_depth_max; ++steps) {
        const auto before = reader.find(*first->recurrence_parent);
        if (!belongs(before)) break;
        first = before;
    }
    std::vector<task_ptr> chain{first};
    std::vector<task_ptr> open;
    for (std::size_t i = 0; i < chain.size() && i <= 2 * limits::recurrence_depth_max; ++i) {
        if (is_open(chain[i]->status) && is_occurrence(*chain[i])) open.push_back(chain[i]);
        for (const auto& id : reader.occurrences_after(chain[i]->id))
            if (const auto next = reader.find(id); belongs(next)) chain.push_back(next);
    }
    return open;
}

/// task.moved where the command names a project. Errors: reference_unknown.
result<void> move_to_project(draft& d, const task& t) {
    if (!d.cmd.args.contains("project_id")) return {};
    const auto project = project_argument(d.cmd.args, "project_id");
    if (project == t.project) return {};
    json::object place{{"project_id", nullptr}};
    if (project) {
        if (auto known = check_project(d.reader, *project); !known) return known;
        place["project_id"] = project->text();
    }
    d.add(event_type::task_moved, t, std::move(place));
    return {};
}

/// How many instances the rule has had before this place: COUNT goes on from there.
std::int64_t counted_before(const series_ground& ground, local_time nominal) {
    recurring::occurrences all(ground.how);
    std::int64_t counted = 0;
    for (auto at = all.next(); at && at->nominal < nominal; at = all.next()) ++counted;
    return counted;
}

/// What the new series counts from, and its rule.
struct new_ground {
    recurrence how{};
    std::string dtstart{};
    bool keeps_start = false;
};

/// A rule that is kept goes on as it would have: from the old start, unless the date is set anew.
result<new_ground> ground_of_split(const draft& d, const found_occurrence& found, const member_wishes& wishes,
                                   const json::object& patch) {
    const auto& before = *found.subject;
    const auto old = ground_of(found.in, *d.context.zones);
    if (!old) return old.error();
    const auto nominal = parse_nominal(before.nominal).value_or(old->how.start);
    new_ground made;
    const bool rule_said = wishes.recurrence && *wishes.recurrence;
    made.how = rule_said ? **wishes.recurrence : found.in.recurrence;
    task after = before;
    apply_patch(after, patch);
    const auto& base = after.due ? after.due : after.start;
    const bool date_said = patch.contains(before.due || !before.start ? "due" : "start") && base;
    made.keeps_start = !date_said && !rule_said;
    if (date_said) {
        made.dtstart = base->text;
    } else if (rule_said) {
        auto place = old->start;
        if (place.kind == date_kind::absolute)
            place.at = instant(nominal.time_since_epoch());
        else
            place.local = nominal;
        made.dtstart = place.text();
    } else {
        made.dtstart = found.in.dtstart;
    }
    auto rule = old->how.how;
    if (rule_said || !rule.count) return made;
    if (made.how.anchor == "completion")
        *rule.count -= before.recurrence_depth;
    else if (date_said)
        *rule.count -= counted_before(*old, nominal);
    *rule.count = std::max<std::int64_t>(*rule.count, 1);
    made.how.rule = rule.text();
    return made;
}

}  // namespace

decision update_series(draft& d) {
    const auto wishes = read_wishes(d);
    if (!wishes) return wishes.error();
    const auto found = find_occurrence(d, "changed");
    if (!found) return found.error();
    auto changed = found->in;
    const bool rule_changes =
        wishes->recurrence && *wishes->recurrence && **wishes->recurrence != changed.recurrence;
    if (rule_changes) {
        changed.recurrence = **wishes->recurrence;
        const auto ground = ground_of(changed, *d.context.zones);
        if (!ground) return at_rule(ground.error(), d);
        if (changed.recurrence.anchor == "due")
            if (auto yields = recurring::check_yields(ground->how); !yields)
                return at_rule(yields.error(), d);
    }
    for (const auto& t : open_occurrences(d.reader, found->subject)) {
        auto patch = patch_maker(d, *t).make(*wishes);
        if (!patch) return patch.error();
        if (!patch->empty()) d.add(event_type::task_updated, *t, *std::move(patch));
        if (auto moved = move_to_project(d, *t); !moved) return moved.error();
    }
    if (rule_changes)
        d.add_book_event(event_type::series_updated, changed.version + 1,
                         {{"series_id", changed.id.text()},
                          {"recurrence", recurrence_json(changed.recurrence)},
                          {"tz_version", d.context.zones->version()},
                          {"engine_version", recurrence_engine}});
    return d.finish(found->subject->id);
}

decision split_series(draft& d) {
    const auto wishes = read_wishes(d);
    if (!wishes) return wishes.error();
    const auto found = find_occurrence(d, "split");
    if (!found) return found.error();
    const auto& before = *found->subject;
    if (!is_open(before.status)) return status_refusal(before, "split off");
    auto patch = patch_maker(d, before).make(*wishes);
    if (!patch) return patch.error();
    const auto made = ground_of_split(d, *found, *wishes, *patch);
    if (!made) return made.error();

    series fresh;
    fresh.id = series_id(uuid::v7(d.context.now, d.context.entropy()));
    fresh.recurrence = made->how;
    fresh.dtstart = made->dtstart;
    const auto ground = ground_of(fresh, *d.context.zones);
    if (!ground) return at_rule(ground.error(), d);
    if (fresh.recurrence.anchor == "due")
        if (auto yields = recurring::check_yields(ground->how); !yields) return at_rule(yields.error(), d);
    (*patch)["series_id"] = fresh.id.text();
    if (!before.recurrence || *before.recurrence != fresh.recurrence)
        (*patch)["recurrence"] = recurrence_json(fresh.recurrence);
    if (before.recurrence_depth != 0) (*patch)["recurrence_depth"] = 0;
    if (!made->keeps_start) {
        const bool all_day = ground->how.kind == recurring::series_kind::all_day;
        (*patch)["nominal"] = nominal_text(ground->how.start, all_day);
    }
    d.add(event_type::task_updated, before, *std::move(patch));
    if (auto moved = move_to_project(d, before); !moved) return moved.error();
    d.add_book_event(event_type::series_split, found->in.version + 1,
                     {{"series_id", found->in.id.text()},
                      {"task_id", before.id.text()},
                      {"nominal", before.nominal},
                      {"successor_series", fresh.id.text()}});
    d.add_book_event(event_type::series_created, 1,
                     {{"series_id", fresh.id.text()},
                      {"task_id", before.id.text()},
                      {"recurrence", recurrence_json(fresh.recurrence)},
                      {"dtstart", fresh.dtstart},
                      {"predecessor_series", found->in.id.text()},
                      {"tz_version", d.context.zones->version()},
                      {"engine_version", recurrence_engine}});
    return d.finish(before.id);
}

decision create_recurring_task(draft& d) { return create_task(d); }

decision complete_recurring_task(draft& d) {
    const auto found = find_subject(d);
    if (!found) return found.error();
    if (!is_occurrence(**found)) return not_recurring(**found);
    return complete_task(d);
}

}  // namespace daybook::domain::deciding
