// create_task, update_task, reschedule_task: the commands that set members of a task.
#include "domain/decide/dependencies.hpp"
#include "domain/decide/series.hpp"
#include "domain/decide/task_members.hpp"
#include "domain/decide/tree.hpp"

#include <fmt/format.h>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;

/// What a new task says beside what was wished: its status and its priority, so that a later default changes
/// nothing.
json::object created_data(json::object wished, const std::optional<task_id>& parent,
                          const std::optional<project_id>& project) {
    json::object data;
    data.reserve(wished.size() + 4);
    if (const auto* title = wished.if_contains("title")) data["title"] = *title;
    data["status"] = to_text(status::open);
    data["priority"] = to_text(priority::p3);
    for (auto& member : wished) data[member.key()] = std::move(member.value());
    if (parent) data["parent_id"] = parent->text();
    if (project) data["project_id"] = project->text();
    return data;
}

result<void> check_new_version(const draft& d, const task* existing) {
    return check_version(d, "The task", existing != nullptr ? existing->version : 0);
}

/// Errors: dependency_cycle, for a list that differs from what the task has.
result<void> check_new_dependencies(const draft& d, const task& before, const member_wishes& wishes) {
    if (!wishes.depends_on || *wishes.depends_on == before.depends_on) return {};
    return check_no_dependency_cycle(d.reader, before.id, *wishes.depends_on);
}

/// update_task and reschedule_task: the rules are the same, the event is another.
decision set_members(draft& d, event_type type) {
    const auto wishes = read_wishes(d);
    if (!wishes) return wishes.error();
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& before = **found;
    if (before.status == status::deleted) return status_refusal(before, "changed");
    if (auto cycle = check_new_dependencies(d, before, *wishes); !cycle) return cycle.error();

    auto patch = patch_maker(d, before).make(*wishes);
    if (!patch) return patch.error();
    if (patch->contains("depends_on"))
        if (auto known = check_targets(d.reader, before.depends_on, *wishes->depends_on); !known)
            return known.error();
    const auto change = series_change::make(d, before, wishes->recurrence, *patch);
    if (!change) return change.error();
    if (!patch->empty()) d.add(type, before, *std::move(patch));

    // A task changes its place by task.moved only (V1), also where an update asks for it.
    if (d.cmd.args.contains("project_id")) {
        const auto project = project_argument(d.cmd.args, "project_id");
        if (project != before.project) {
            if (project)
                if (auto known = check_project(d.reader, *project); !known) return known.error();
            json::object place;
            if (project)
                place["project_id"] = project->text();
            else
                place["project_id"] = nullptr;
            d.add(event_type::task_moved, before, std::move(place));
        }
    }
    change->add_to(d);
    return d.finish(before.id);
}

}  // namespace

decision create_task(draft& d) {
    const auto wishes = read_wishes(d);
    if (!wishes) return wishes.error();
    task blank;
    const auto asked = task_argument(d.cmd.args, "task_id");
    blank.id = asked ? *asked : task_id(uuid::v7(d.context.now, d.context.entropy()));
    blank.user = d.reader.book().user;

    const auto existing = asked ? d.reader.find(blank.id) : nullptr;
    if (auto version = check_new_version(d, existing.get()); !version) return version.error();
    if (existing && existing->status == status::purged)
        return make_problem(errc::task_exists,
                            fmt::format("The id {} belonged to a task that was purged", blank.id.text()),
                            "args.task_id", "An id is used once: use another one.");
    if (existing)
        return make_problem(errc::task_exists, fmt::format("There is a task {} already", blank.id.text()),
                            "args.task_id");
    const auto parent = task_argument(d.cmd.args, "parent_id");
    if (parent)
        if (auto cycle = check_no_tree_cycle(d.reader, blank.id, *parent); !cycle) return cycle.error();
    if (auto cycle = check_new_dependencies(d, blank, *wishes); !cycle) return cycle.error();

    const auto project = project_argument(d.cmd.args, "project_id");
    if (parent)
        if (auto place = check_place(d.reader, blank.id, *parent); !place) return place.error();
    if (project)
        if (auto known = check_project(d.reader, *project); !known) return known.error();
    if (wishes->depends_on)
        if (auto known = check_targets(d.reader, {}, *wishes->depends_on); !known) return known.error();
    auto patch = patch_maker(d, blank).make(*wishes);
    if (!patch) return patch.error();
    const auto change = series_change::make(d, blank, wishes->recurrence, *patch);
    if (!change) return change.error();
    d.add(event_type::task_created, blank, created_data(*std::move(patch), parent, project));
    change->add_to(d);
    return d.finish(blank.id);
}

decision update_task(draft& d) { return set_members(d, event_type::task_updated); }

decision reschedule_task(draft& d) { return set_members(d, event_type::task_rescheduled); }

}  // namespace daybook::domain::deciding
