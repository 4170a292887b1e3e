#include "projector/column_cache.hpp"

namespace daybook::projector {

column_cache::lookup column_cache::find(const domain::user_id& user) {
    auto& e = entries_[user];
    if (e.state == state::ready) {
        by_use_.splice(by_use_.begin(), by_use_, e.used);
        return {state::ready, e.columns};
    }
    if (e.state == state::must_build) {
        e.state = state::building;
        return {state::must_build, nullptr};
    }
    return {e.state, nullptr};
}

column_cache::lookup column_cache::peek(const domain::user_id& user) {
    const auto known = entries_.find(user);
    if (known == entries_.end()) return {};
    auto& e = known->second;
    if (e.state == state::ready) by_use_.splice(by_use_.begin(), by_use_, e.used);
    return {e.state, e.columns};
}

void column_cache::install(const domain::user_id& user, entry& e) {
    bytes_ -= e.columns ? e.columns->bytes : 0;
    e.columns = e.editor->columns();
    bytes_ += e.columns->bytes;
    trim(user);
}

void column_cache::built(const domain::user_id& user, std::unique_ptr<columns_editor> editor) {
    auto& e = entries_[user];
    e.editor = std::move(editor);
    e.editor->put(e.pending);
    e.pending = {};
    e.state = state::ready;
    by_use_.push_front(user);
    e.used = by_use_.begin();
    install(user, e);
    changed.notify_all();
}

void column_cache::gave_up(const domain::user_id& user, bool too_large) {
    auto& e = entries_[user];
    e.pending = {};
    e.state = too_large ? state::too_large : state::must_build;
    changed.notify_all();
}

void column_cache::publish(std::span<const numbered_task> changed_tasks) {
    if (entries_.empty()) return;
    std::unordered_map<domain::user_id, entry*> touched;
    for (const auto& changed_task : changed_tasks) {
        const auto& task = changed_task.task;
        const auto at = entries_.find(task->user);
        if (at == entries_.end()) continue;
        auto& e = at->second;
        if (e.state == state::building) e.pending.push_back(changed_task);
        if (e.state == state::ready) {
            e.editor->put(*task, changed_task.ordinal);
            touched.emplace(task->user, &e);
        }
    }
    for (auto& [user, e] : touched) {
        // An earlier install may have put this book out.
        if (e->state == state::ready) install(user, *e);
    }
}

void column_cache::trim(const domain::user_id& keep) {
    while (bytes_ > bytes_max_ && !by_use_.empty()) {
        const auto oldest = by_use_.back();
        if (oldest == keep && by_use_.size() == 1) return;
        if (oldest == keep) {
            by_use_.splice(by_use_.begin(), by_use_, std::prev(by_use_.end()));
            continue;
        }
        const auto at = entries_.find(oldest);
        bytes_ -= at->second.columns->bytes;
        by_use_.pop_back();
        // Not erased: publish() may hold a pointer to it.
        at->second.columns.reset();
        at->second.editor.reset();
        at->second.state = state::must_build;
    }
}

}  // namespace daybook::projector
