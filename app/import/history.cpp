#include "app/import/history.hpp"

#include <fmt/format.h>

namespace daybook::app::import {
namespace {

namespace json = boost::json;

domain::problem wrong(const source_record& version, std::string_view what) {
    return domain::make_problem(domain::errc::field_invalid, fmt::format("line {}: {}", version.line, what),
                                "changes");
}

}  // namespace

bool is_history(const source_file& file) {
    if (file.records.empty()) return false;
    const auto& first = file.records.front().members;
    const auto* changes = first.if_contains("changes");
    return changes != nullptr && changes->is_array() && first.contains("committed_at");
}

domain::result<void> file_history::apply(const source_record& version) {
    const auto* changes = version.members.if_contains("changes");
    if (changes == nullptr || !changes->is_array()) return wrong(version, "there are no changes");
    committed_at_ = domain::parse_instant(member_text(version.members, "committed_at"));
    if (!committed_at_) return wrong(version, "committed_at is no instant");
    touched_.clear();
    for (const auto& one : changes->get_array()) {
        if (!one.is_object()) return wrong(version, "a change is no object");
        const auto& change = one.get_object();
        const auto op = member_text(change, "op");
        const std::string id(member_text(change, "id"));
        const auto* task = change.if_contains("task");
        const auto at = tasks_.find(id);
        if (op == "add" && task != nullptr && task->is_object()) {
            tasks_.insert_or_assign(id, source_record{version.line, id, task->get_object()});
            ever_[id] = version.line;
        } else if (op == "remove" && at != tasks_.end()) {
            tasks_.erase(at);
        } else if (op == "change" && at != tasks_.end()) {
            at->second.line = version.line;
            if (const auto* set = change.if_contains("set"); set != nullptr && set->is_object())
                for (const auto& m : set->get_object()) at->second.members[m.key()] = m.value();
            if (const auto* unset = change.if_contains("unset"); unset != nullptr && unset->is_array())
                for (const auto& name : unset->get_array())
                    if (name.is_string()) at->second.members.erase(name.get_string());
        } else {
            return wrong(version, fmt::format("the change \"{}\" of {} cannot be applied", op, id));
        }
        touched_.push_back(id);
    }
    return {};
}

source_file file_history::state() const {
    source_file out;
    for (const auto& [id, record] : tasks_) out.records.push_back(record);
    return out;
}

}  // namespace daybook::app::import
