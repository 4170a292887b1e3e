// start, stop, reopen, complete, cancel, skip: the status machine (ST1). No-op before refusal (N1).
#include "domain/decide/dependencies.hpp"
#include "domain/decide/series.hpp"
#include "domain/decide/task_members.hpp"
#include "domain/decide/tree.hpp"

#include <fmt/format.h>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;

json::object status_data(status now) { return {{"status", to_text(now)}}; }

json::object closed_data(const draft& d, status now) {
    auto data = status_data(now);
    if (now == status::completed) data["completed_at"] = to_text(d.happened_at());
    return data;
}

problem open_children(const std::vector<task_ptr>& children) {
    auto refusal =
        make_problem(errc::children_open, fmt::format("{} open subtasks are in the way", children.size()),
                     "args.children");
    std::vector<task_id> ids;
    for (const auto& child : children) ids.push_back(child->id);
    refusal.extra["children"] = ids_json(ids);
    return refusal;
}

/// complete and cancel: with the open subtasks, or leaving them, or not at all while there are any (settled
/// 6e).
decision close(draft& d, event_type type, status target, std::string_view intention) {
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& subject = *found;
    if (subject->status == target) return no_op{subject->id};
    if (!is_open(subject->status)) return status_refusal(*subject, intention);

    const auto children = text_argument(d.cmd.args, "children");
    std::vector<task_ptr> closed{subject};
    if (children != "keep") {
        auto below = descendants(d.reader, subject->id, [](const task& t) { return is_open(t.status); });
        if (children != "cascade" && !below.empty()) return open_children(below);
        closed.insert(closed.end(), below.begin(), below.end());
    }
    for (const auto& t : closed) {
        auto data = closed_data(d, target);
        // What goes down with the tree above it comes back with the copy of that tree.
        if (target == status::completed && t == subject) mark_occurrence(data, *t);
        d.add(type, *t, std::move(data));
    }
    add_unblocked(d, closed);

    if (const auto blockers = open_blockers(d.reader, *subject);
        target == status::completed && !blockers.empty())
        d.warn({"blocked_by",
                fmt::format("The task waited for {} open tasks", blockers.size()),
                {{"blocked_by", ids_json(blockers)}}});
    return d.finish(subject->id);
}

}  // namespace

decision start_task(draft& d) {
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& subject = **found;
    if (subject.status == status::in_progress) return no_op{subject.id};
    if (subject.status != status::open) return status_refusal(subject, "started");
    auto data = status_data(status::in_progress);
    data["started_at"] = to_text(d.happened_at());
    d.add(event_type::task_started, subject, std::move(data));
    return d.finish(subject.id);
}

decision stop_task(draft& d) {
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& subject = **found;
    if (subject.status == status::open) return no_op{subject.id};
    if (subject.status != status::in_progress) return status_refusal(subject, "stopped");
    auto data = status_data(status::open);
    data["started_at"] = nullptr;
    d.add(event_type::task_stopped, subject, std::move(data));
    return d.finish(subject.id);
}

decision reopen_task(draft& d) {
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& subject = **found;
    if (subject.status == status::open) return no_op{subject.id};
    if (subject.status != status::completed && subject.status != status::cancelled)
        return status_refusal(subject, "reopened");
    auto data = status_data(status::open);
    if (subject.started_at) data["started_at"] = nullptr;
    if (subject.completed_at) data["completed_at"] = nullptr;
    add_resolved_anew(data, d, subject);
    d.add(event_type::task_reopened, subject, std::move(data));
    withdraw_next(d, subject);
    return d.finish(subject.id);
}

decision complete_task(draft& d) {
    return close(d, event_type::task_completed, status::completed, "completed");
}

decision cancel_task(draft& d) {
    return close(d, event_type::task_cancelled, status::cancelled, "cancelled");
}

decision skip_task(draft& d) {
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& subject = *found;
    if (subject->status == status::skipped) return no_op{subject->id};
    if (!is_open(subject->status)) return status_refusal(*subject, "skipped");
    auto data = status_data(status::skipped);
    mark_occurrence(data, *subject);
    d.add(event_type::task_skipped, *subject, std::move(data));
    add_unblocked(d, std::span(&subject, 1));
    return d.finish(subject->id);
}

}  // namespace daybook::domain::deciding
