#include "domain/decide/dependencies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace daybook::domain::deciding {

result<void> check_no_dependency_cycle(const book_reader& book, const task_id& task,
                                       std::span<const task_id> targets) {
    // Depth first from the targets; `via` says from where a task was reached, which gives the path back.
    std::unordered_map<task_id, task_id> via;
    std::vector<task_id> open;
    for (const auto& target : targets)
        if (via.emplace(target, task).second) open.push_back(target);
    while (!open.empty()) {
        const auto at = open.back();
        open.pop_back();
        if (at == task) {
            std::vector<task_id> path{task};
            for (auto step = via.at(task); step != task; step = via.at(step)) path.push_back(step);
            path.push_back(task);
            std::reverse(path.begin(), path.end());
            auto refusal =
                make_problem(errc::dependency_cycle, "The task would wait for itself: " + path_text(path),
                             "args.depends_on");
            refusal.extra["path"] = ids_json(path);
            return refusal;
        }
        const auto found = book.find(at);
        if (!found) continue;
        for (const auto& next : found->depends_on)
            if (via.emplace(next, at).second) open.push_back(next);
    }
    return {};
}

result<void> check_targets(const book_reader& book, std::span<const task_id> before,
                           std::span<const task_id> targets) {
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (std::find(before.begin(), before.end(), targets[i]) != before.end()) continue;
        const auto found = book.find(targets[i]);
        const bool deleted = found && found->status == status::deleted;
        if (found && !deleted && found->status != status::purged) continue;
        return make_problem(
            errc::reference_unknown,
            fmt::format("The task {} {}", targets[i].text(), deleted ? "is deleted" : "does not exist"),
            fmt::format("args.depends_on[{}]", i));
    }
    return {};
}

std::vector<task_id> open_blockers(const book_reader& book, const task& t) {
    std::vector<task_id> blockers;
    for (const auto& target : t.depends_on) {
        const auto found = book.find(target);
        if (found && is_open(found->status)) blockers.push_back(target);
    }
    return blockers;
}

void add_unblocked(draft& d, std::span<const task_ptr> closed) {
    std::unordered_set<task_id> settled;
    std::unordered_set<task_id> gone;
    for (const auto& t : closed) gone.insert(t->id);
    for (const auto& t : closed) {
        if (!is_open(t->status)) continue;
        for (const auto& id : d.reader.dependents(t->id)) {
            if (gone.contains(id) || !settled.insert(id).second) continue;
            const auto dependent = d.reader.find(id);
            if (!dependent || !is_open(dependent->status)) continue;
            const auto blockers = open_blockers(d.reader, *dependent);
            if (std::all_of(blockers.begin(), blockers.end(),
                            [&](const auto& b) { return gone.contains(b); }))
                d.add(event_type::task_unblocked, *dependent, {{"unblocked_by", t->id.text()}});
        }
    }
}

}  // namespace daybook::domain::deciding
