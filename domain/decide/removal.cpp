// delete, restore, purge (ST1, settled 6e, 37).
#include "domain/decide/dependencies.hpp"
#include "domain/decide/series.hpp"
#include "domain/decide/task_members.hpp"
#include "domain/decide/tree.hpp"

#include <fmt/format.h>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;

problem undeleted_children(const std::vector<task_ptr>& children) {
    auto refusal = make_problem(errc::children_open,
                                fmt::format("{} subtasks are not deleted", children.size()), "args.children");
    std::vector<task_id> ids;
    for (const auto& child : children) ids.push_back(child->id);
    refusal.extra["children"] = ids_json(ids);
    return refusal;
}

}  // namespace

decision delete_task(draft& d) {
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& subject = *found;
    if (subject->status == status::deleted) return no_op{subject->id};

    const auto children = text_argument(d.cmd.args, "children");
    std::vector<task_ptr> deleted{subject};
    if (children != "keep") {
        auto below =
            descendants(d.reader, subject->id, [](const task& t) { return t.status != status::deleted; });
        if (children == "refuse" && !below.empty()) return undeleted_children(below);
        deleted.insert(deleted.end(), below.begin(), below.end());
    }
    const bool all = text_argument(d.cmd.args, "occurrences") == "all";
    for (const auto& t : deleted) {
        json::object data{{"status", to_text(status::deleted)}, {"deleted_at", to_text(d.happened_at())}};
        if (t == subject && !all && is_open(t->status)) mark_occurrence(data, *t);
        d.add(event_type::task_deleted, *t, std::move(data));
    }
    add_unblocked(d, deleted);
    if (subject->series && is_occurrence(*subject)) {
        const auto series = d.reader.find_series(*subject->series);
        if (series && series->ended.empty() && all)
            add_series_ended(d, *series, "deleted");
        else if (series && series->ended.empty() && is_open(subject->status))
            d.add_book_event(event_type::series_updated, series->version + 1,
                             {{"series_id", series->id.text()}, {"exdate", subject->nominal}});
    }
    return d.finish(subject->id);
}

decision restore_task(draft& d) {
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& subject = *found;
    if (subject->status != status::deleted) return no_op{subject->id};
    if (subject->parent) {
        const auto parent = d.reader.find(*subject->parent);
        if (parent && parent->status == status::deleted)
            return make_problem(errc::parent_deleted,
                                fmt::format("The parent {} is deleted", parent->id.text()));
        if (auto room = check_room(d.reader, *subject->parent); !room) return room.error();
    }

    std::vector<task_ptr> restored{subject};
    const auto below = descendants(d.reader, subject->id, [&](const task& t) {
        return t.status == status::deleted && t.deleted_by == subject->deleted_by;
    });
    restored.insert(restored.end(), below.begin(), below.end());
    for (const auto& t : restored) {
        json::object data{{"status", to_text(t->status_before)}, {"deleted_at", nullptr}};
        if (is_open(t->status_before)) add_resolved_anew(data, d, *t);
        d.add(event_type::task_restored, *t, std::move(data));
    }
    if (is_open(subject->status_before)) withdraw_next(d, *subject);
    return d.finish(subject->id);
}

decision purge_task(draft& d) {
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& subject = **found;
    if (subject.status != status::deleted)
        return make_problem(
            errc::status_conflict,
            fmt::format("The task is {}; only a deleted one can be purged", to_text(subject.status)), {},
            "Delete it first.");
    d.add(event_type::task_purged, subject, {{"status", to_text(status::purged)}});
    // What stood below it must not point to a task that no reader can find.
    for (const auto& id : d.reader.children(subject.id)) {
        const auto child = d.reader.find(id);
        if (child && child->status != status::purged)
            d.add(event_type::task_moved, *child, {{"parent_id", nullptr}});
    }
    return d.finish(subject.id);
}

}  // namespace daybook::domain::deciding
