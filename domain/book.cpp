#include "domain/book.hpp"

#include "domain/evolve.hpp"
#include "domain/project.hpp"
#include "domain/saved_filter.hpp"

#include <algorithm>

namespace daybook::domain {
namespace {

using task_index = std::unordered_map<task_id, std::vector<task_id>>;

void add_to(task_index& index, const task_id& key, const task_id& id) {
    auto& ids = index[key];
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
}

void remove_from(task_index& index, const task_id& key, const task_id& id) {
    const auto found = index.find(key);
    if (found == index.end()) return;
    std::erase(found->second, id);
    if (found->second.empty()) index.erase(found);
}

std::vector<task_id> at(const task_index& index, const task_id& key) {
    const auto found = index.find(key);
    return found == index.end() ? std::vector<task_id>{} : found->second;
}

}  // namespace

folded_book::folded_book(user_id user) { state_.user = std::move(user); }

void folded_book::apply(const event& e) {
    state_ = evolve(state_, e);
    if (const auto id = project_of(e)) {
        const auto found = projects_.find(*id);
        projects_[*id] = evolve(found == projects_.end() ? std::nullopt : std::optional(found->second), e);
        return;
    }
    if (const auto id = filter_of(e)) {
        const auto found = filters_.find(*id);
        filters_[*id] = evolve(found == filters_.end() ? std::nullopt : std::optional(found->second), e);
        return;
    }
    if (const auto id = series_of(e)) {
        const auto found = series_.find(*id);
        series_[*id] = evolve(found == series_.end() ? std::nullopt : std::optional(found->second), e);
        return;
    }
    if (!e.task) return;

    const auto before = find(*e.task);
    auto after = std::make_shared<const task>(evolve(before.get(), e));
    const auto parent_before = before ? before->parent : std::nullopt;
    if (parent_before != after->parent) {
        if (parent_before) remove_from(children_, *parent_before, after->id);
        if (after->parent) add_to(children_, *after->parent, after->id);
    }
    if (!before || before->depends_on != after->depends_on) {
        if (before)
            for (const auto& target : before->depends_on) remove_from(dependents_, target, after->id);
        for (const auto& target : after->depends_on) add_to(dependents_, target, after->id);
    }
    const auto origin_before = before ? before->recurrence_parent : std::nullopt;
    if (origin_before != after->recurrence_parent) {
        if (origin_before) remove_from(occurrences_, *origin_before, after->id);
        if (after->recurrence_parent) add_to(occurrences_, *after->recurrence_parent, after->id);
    }
    tasks_[after->id] = std::move(after);
}

std::shared_ptr<const task> folded_book::find(const task_id& id) const {
    const auto found = tasks_.find(id);
    return found == tasks_.end() ? nullptr : found->second;
}

std::vector<task_id> folded_book::children(const task_id& id) const { return at(children_, id); }

std::vector<task_id> folded_book::dependents(const task_id& id) const { return at(dependents_, id); }

std::optional<project> folded_book::find_project(const project_id& id) const {
    const auto found = projects_.find(id);
    return found == projects_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<series> folded_book::find_series(const series_id& id) const {
    const auto found = series_.find(id);
    return found == series_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<task_id> folded_book::occurrences_after(const task_id& id) const { return at(occurrences_, id); }

std::optional<project_id> folded_book::project_named(std::string_view name) const {
    for (const auto& [id, project] : projects_)
        if (!project.deleted && project.name == name) return id;
    return std::nullopt;
}

std::optional<saved_filter> folded_book::find_filter(const filter_id& id) const {
    const auto found = filters_.find(id);
    return found == filters_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<filter_id> folded_book::filter_named(std::string_view name) const {
    for (const auto& [id, filter] : filters_)
        if (!filter.deleted && filter.name == name) return id;
    return std::nullopt;
}

std::size_t folded_book::filter_count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(filters_, [](const auto& row) { return !row.second.deleted; }));
}

void folded_book::for_each_task(const std::function<void(const std::shared_ptr<const task>&)>& visit) const {
    for (const auto& [id, task] : tasks_) visit(task);
}

}  // namespace daybook::domain
