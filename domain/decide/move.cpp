// move_task: another parent, another project, or none (V1, settled 6d).
#include "domain/decide/tree.hpp"

namespace daybook::domain::deciding {

decision move_task(draft& d) {
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& subject = **found;
    if (subject.status == status::deleted) return status_refusal(subject, "moved");

    const auto& args = d.cmd.args;
    const auto parent = args.contains("parent_id") ? task_argument(args, "parent_id") : subject.parent;
    const auto project = args.contains("project_id") ? project_argument(args, "project_id") : subject.project;
    boost::json::object place;
    if (parent != subject.parent) {
        if (parent)
            place["parent_id"] = parent->text();
        else
            place["parent_id"] = nullptr;
    }
    if (project != subject.project) {
        if (project)
            place["project_id"] = project->text();
        else
            place["project_id"] = nullptr;
    }
    if (place.empty()) return no_op{subject.id};

    if (parent && parent != subject.parent) {
        if (auto cycle = check_no_tree_cycle(d.reader, subject.id, *parent); !cycle) return cycle.error();
        if (auto fits = check_place(d.reader, subject.id, *parent); !fits) return fits.error();
    }
    if (project && project != subject.project)
        if (auto known = check_project(d.reader, *project); !known) return known.error();
    d.add(event_type::task_moved, subject, std::move(place));
    return d.finish(subject.id);
}

}  // namespace daybook::domain::deciding
