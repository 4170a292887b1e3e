#include "domain/decide/tree.hpp"

#include "domain/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::domain::deciding {
namespace {

// No walk trusts the log to be a tree of at most depth_max: beyond this it ends.
constexpr std::size_t walk_depth_max = 4 * limits::depth_max;

void collect(const book_reader& book, const task_id& top, const std::function<bool(const task&)>& wanted,
             std::size_t depth, std::vector<task_ptr>& found) {
    if (depth > walk_depth_max) return;
    for (const auto& id : book.children(top)) {
        auto child = book.find(id);
        if (!child || child->status == status::purged) continue;
        if (wanted(*child)) found.push_back(std::move(child));
        collect(book, id, wanted, depth + 1, found);
    }
}

/// The task and everything above it, the nearest first.
std::vector<task_id> chain_up(const book_reader& book, task_id from) {
    std::vector<task_id> chain;
    while (chain.size() < walk_depth_max) {
        const auto at = book.find(from);
        if (!at || at->status == status::purged) break;
        chain.push_back(from);
        if (!at->parent) break;
        from = *at->parent;
    }
    return chain;
}

/// Levels below the task; 0 for a leaf.
std::size_t height_below(const book_reader& book, const task_id& top, std::size_t depth = 0) {
    std::size_t height = 0;
    if (depth > limits::depth_max) return height;
    for (const auto& id : book.children(top))
        height = std::max(height, 1 + height_below(book, id, depth + 1));
    return height;
}

}  // namespace

std::vector<task_ptr> descendants(const book_reader& book, const task_id& top,
                                  const std::function<bool(const task&)>& wanted) {
    std::vector<task_ptr> found;
    collect(book, top, wanted, 1, found);
    return found;
}

result<void> check_no_tree_cycle(const book_reader& book, const task_id& child, const task_id& parent) {
    auto chain = chain_up(book, parent);
    if (parent == child) chain.assign(1, child);
    const auto found = std::find(chain.begin(), chain.end(), child);
    if (found == chain.end()) return {};
    std::vector<task_id> path(chain.begin(), found + 1);
    path.insert(path.begin(), child);
    auto refusal =
        make_problem(errc::dependency_cycle, "A task cannot stand below itself: " + path_text(path),
                     "args.parent_id", "Choose a parent that is not below the task.");
    refusal.extra["path"] = ids_json(path);
    return refusal;
}

result<void> check_place(const book_reader& book, const task_id& child, const task_id& parent) {
    const auto above = book.find(parent);
    if (!above || above->status == status::purged || above->status == status::deleted)
        return make_problem(
            errc::reference_unknown,
            fmt::format("The parent {} {}", parent.text(),
                        above && above->status == status::deleted ? "is deleted" : "does not exist"),
            "args.parent_id");
    if (auto room = check_room(book, parent); !room) return room;
    const auto depth = chain_up(book, parent).size() + 1 + height_below(book, child);
    if (depth > limits::depth_max)
        return make_problem(errc::limit_exceeded,
                            fmt::format("The tree would be {} levels deep, at most {} are possible", depth,
                                        limits::depth_max),
                            "args.parent_id");
    return {};
}

result<void> check_room(const book_reader& book, const task_id& parent) {
    std::size_t count = 0;
    for (const auto& id : book.children(parent)) {
        const auto child = book.find(id);
        if (child && child->status != status::deleted && child->status != status::purged) ++count;
    }
    if (count < limits::children_max) return {};
    return make_problem(
        errc::limit_exceeded,
        fmt::format("The parent {} has {} subtasks already", parent.text(), limits::children_max),
        "args.parent_id");
}

result<void> check_project(const book_reader& book, const project_id& id) {
    const auto found = book.find_project(id);
    if (found && !found->deleted) return {};
    return make_problem(errc::reference_unknown,
                        fmt::format("The project {} {}", id.text(), found ? "is deleted" : "does not exist"),
                        "args.project_id");
}

}  // namespace daybook::domain::deciding
