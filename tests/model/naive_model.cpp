#include "tests/model/naive_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <set>

namespace daybook::tests::model {
namespace {

constexpr std::array<const char*, 15> verb_names{"create",  "update", "start", "stop",       "complete",
                                                 "reopen",  "cancel", "skip",  "reschedule", "remove",
                                                 "restore", "purge",  "tags",  "move",       "comment"};

bool live(domain::status s) { return s == domain::status::open || s == domain::status::in_progress; }

template <class T>
bool holds(const std::vector<T>& list, const T& value) {
    return std::count(list.begin(), list.end(), value) != 0;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const step& s) {
    out << verb_names.at(static_cast<std::size_t>(s.verb)) << " t" << s.task;
    if (!s.children.empty()) out << " children=" << s.children;
    if (s.seen_version) out << " if_version=" << *s.seen_version;
    if (s.title) out << " title=" << *s.title;
    if (s.priority) out << " P" << *s.priority;
    if (s.parent) out << " parent=" << *s.parent;
    if (s.project) out << " project=" << *s.project;
    if (s.depends_on) out << fmt::format(" depends_on=[{}]", fmt::join(*s.depends_on, ","));
    if (s.start) out << " start='" << *s.start << "'";
    if (s.due) out << " due='" << *s.due << "'";
    if (!s.add.empty() || !s.remove.empty())
        out << fmt::format(" +[{}] -[{}]", fmt::join(s.add, ","), fmt::join(s.remove, ","));
    return out << "\n";
}

std::string naive_model::apply(const step& s) {
    ++steps_;
    const auto found = tasks_.find(s.task);
    const bool there = found != tasks_.end();
    if (s.verb != verb::create && (!there || found->second.status == status::purged)) return "not_found";
    if (s.seen_version && *s.seen_version != (there ? found->second.version : 0)) return "version.mismatch";
    switch (s.verb) {
        case verb::create: return create(s);
        case verb::update:
        case verb::reschedule: return update(s);
        case verb::start: return change_status(s, {status::open}, status::in_progress);
        case verb::stop: return change_status(s, {status::in_progress}, status::open);
        case verb::reopen: return change_status(s, {status::completed, status::cancelled}, status::open);
        case verb::complete: return close(s, status::completed);
        case verb::cancel: return close(s, status::cancelled);
        case verb::skip: return close(s, status::skipped);
        case verb::remove: return remove(s);
        case verb::restore: return restore(s);
        case verb::purge: return purge(s);
        case verb::tags: return tags(s);
        case verb::move: return move(s);
        case verb::comment: break;
    }
    if (found->second.status == status::deleted) return "task.deleted";
    ++found->second.comments;
    ++found->second.version;
    return "applied";
}

bool naive_model::usable(int task) const {
    const auto found = tasks_.find(task);
    return found != tasks_.end() && found->second.status != status::deleted &&
           found->second.status != status::purged;
}

bool naive_model::blocked(const naive_task& t) const {
    return std::any_of(t.depends_on.begin(), t.depends_on.end(),
                       [&](int target) { return live(tasks_.at(target).status); });
}

bool naive_model::is_below(int task, int top) const {
    for (int at = task; at != nobody; at = tasks_.at(at).parent)
        if (at == top) return true;
    return false;
}

bool naive_model::waits_for(int task, int target) const {
    // The closure: whoever waits for something in it joins it, until nothing changes.
    std::set<int> waiting{target};
    for (std::size_t before = 0; before != waiting.size();) {
        before = waiting.size();
        for (const auto& [id, t] : tasks_)
            for (const int on : t.depends_on)
                if (waiting.contains(on)) waiting.insert(id);
    }
    return waiting.contains(task);
}

int naive_model::depth(int task) const {
    int depth = 0;
    for (int at = task; at != nobody; at = tasks_.at(at).parent) ++depth;
    return depth;
}

bool naive_model::too_deep() const {
    return std::any_of(tasks_.begin(), tasks_.end(),
                       [&](const auto& entry) { return depth(entry.first) > 8; });
}

std::string naive_model::create(const step& s) {
    if (tasks_.contains(s.task)) return "task.exists";
    naive_task t;
    t.title = s.title.value_or("new");
    t.priority = s.priority.value_or(3);
    t.parent = s.parent.value_or(nobody);
    t.project = s.project.value_or(nobody);
    t.depends_on = s.depends_on.value_or(std::vector<int>{});
    t.version = 1;
    if (t.parent == s.task || holds(t.depends_on, s.task)) return "dependency.cycle";
    if (t.parent != nobody && !usable(t.parent)) return "422";
    if (t.project > 0) return "422";
    for (const int target : t.depends_on)
        if (!usable(target)) return "422";
    bool changed = false;
    if (auto refused = set_dates(t, s, changed); !refused.empty()) return refused;
    tasks_[s.task] = t;
    if (!too_deep()) return "applied";
    tasks_.erase(s.task);
    return "422";
}

std::string naive_model::set_dates(naive_task& t, const step& s, bool& changed) {
    const auto start = s.start.value_or(t.start);
    const auto due = s.due.value_or(t.due);
    if (start == t.start && due == t.due) return {};
    if (!start.empty() && !due.empty() && start > due) return "422";
    t.start = start;
    t.due = due;
    changed = true;
    return {};
}

std::string naive_model::update(const step& s) {
    auto& now = tasks_.at(s.task);
    if (now.status == status::deleted) return "task.deleted";
    auto t = now;
    bool changed = false;
    if (s.verb == verb::update) {
        if (s.depends_on && *s.depends_on != t.depends_on) {
            for (const int target : *s.depends_on)
                if (tasks_.contains(target) ? waits_for(target, s.task) : target == s.task)
                    return "dependency.cycle";
            for (const int target : *s.depends_on)
                if (!holds(t.depends_on, target) && !usable(target)) return "422";
            t.depends_on = *s.depends_on;
            changed = true;
        }
        if (s.title && *s.title != t.title) t.title = *s.title, changed = true;
        if (s.priority && *s.priority != t.priority) t.priority = *s.priority, changed = true;
    }
    if (auto refused = set_dates(t, s, changed); !refused.empty()) return refused;
    if (changed) ++t.version;
    if (s.verb == verb::update && s.project && *s.project != t.project) {
        if (*s.project > 0) return "422";
        t.project = *s.project;
        ++t.version;
        changed = true;
    }
    now = t;
    return changed ? "applied" : "no_op";
}

std::string naive_model::change_status(const step& s, std::vector<status> from, status target) {
    auto& t = tasks_.at(s.task);
    if (t.status == target) return "no_op";
    if (t.status == status::deleted) return "task.deleted";
    if (!holds(from, t.status)) return "status.conflict";
    t.status = target;
    t.has_started_at = target == status::in_progress;
    t.has_completed_at = false;
    ++t.version;
    return "applied";
}

void naive_model::close_all(const std::vector<int>& closed, status target) {
    std::set<int> blocked_before;
    for (const auto& [id, t] : tasks_)
        if (blocked(t)) blocked_before.insert(id);
    for (const int id : closed) {
        auto& t = tasks_.at(id);
        if (target == status::deleted) t.before_delete = t.status, t.deleted_in = steps_;
        t.has_completed_at = t.has_completed_at || target == status::completed;
        t.status = target;
        ++t.version;
    }
    for (auto& [id, t] : tasks_)
        if (live(t.status) && blocked_before.contains(id) && !blocked(t)) ++t.version;
}

std::string naive_model::close(const step& s, status target) {
    const auto& t = tasks_.at(s.task);
    if (t.status == target) return "no_op";
    if (t.status == status::deleted) return "task.deleted";
    if (!live(t.status)) return "status.conflict";
    std::vector<int> closed{s.task};
    if (target != status::skipped)
        for (const auto& [id, other] : tasks_)
            if (id != s.task && live(other.status) && is_below(id, s.task)) closed.push_back(id);
    if (closed.size() > 1 && s.children != "cascade" && s.children != "keep") return "children.open";
    if (s.children == "keep") closed.resize(1);
    close_all(closed, target);
    return "applied";
}

std::string naive_model::remove(const step& s) {
    if (tasks_.at(s.task).status == status::deleted) return "no_op";
    std::vector<int> closed{s.task};
    for (const auto& [id, other] : tasks_)
        if (id != s.task && usable(id) && is_below(id, s.task)) closed.push_back(id);
    if (closed.size() > 1 && s.children == "refuse") return "children.open";
    if (s.children == "keep") closed.resize(1);
    close_all(closed, status::deleted);
    return "applied";
}

std::string naive_model::restore(const step& s) {
    auto& top = tasks_.at(s.task);
    if (top.status != status::deleted) return "no_op";
    if (top.parent != nobody && tasks_.at(top.parent).status == status::deleted) return "parent.deleted";
    const int deleted_in = top.deleted_in;
    for (auto& [id, t] : tasks_)
        if (t.status == status::deleted && t.deleted_in == deleted_in && is_below(id, s.task))
            t.status = t.before_delete, ++t.version;
    return "applied";
}

std::string naive_model::purge(const step& s) {
    auto& t = tasks_.at(s.task);
    if (t.status != status::deleted) return "status.conflict";
    const int version = t.version + 1;
    t = naive_task{};
    t.status = status::purged;
    t.version = version;
    t.title.clear();
    for (auto& [id, other] : tasks_)
        if (other.parent == s.task) other.parent = nobody, ++other.version;
    return "applied";
}

std::string naive_model::tags(const step& s) {
    auto& t = tasks_.at(s.task);
    if (t.status == status::deleted) return "task.deleted";
    auto kept = t.tags;
    std::erase_if(kept, [&](const auto& tag) { return holds(s.remove, tag); });
    auto after = kept;
    for (const auto& tag : s.add)
        if (!holds(after, tag)) after.push_back(tag);
    const int events = (kept != t.tags ? 1 : 0) + (after != kept ? 1 : 0);
    t.tags = after;
    t.version += events;
    return events == 0 ? "no_op" : "applied";
}

std::string naive_model::move(const step& s) {
    auto& t = tasks_.at(s.task);
    if (t.status == status::deleted) return "task.deleted";
    const auto before = t;
    const int parent = s.parent.value_or(t.parent);
    const int project = s.project.value_or(t.project);
    if (parent == t.parent && project == t.project) return "no_op";
    if (parent != t.parent && parent != nobody) {
        if (tasks_.contains(parent) && is_below(parent, s.task)) return "dependency.cycle";
        if (!usable(parent)) return "422";
    }
    if (project != t.project && project > 0) return "422";
    t.parent = parent;
    t.project = project;
    ++t.version;
    if (!too_deep()) return "applied";
    t = before;
    return "422";
}

}  // namespace daybook::tests::model
