#include "command-api/batch.hpp"

#include "domain/limits.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace daybook::command_api {
namespace {

using domain::errc;
using domain::make_problem;

// The args that name a task or project; depends_on holds a list of them.
constexpr auto reference_names = std::to_array<std::string_view>({"task_id", "parent_id", "project_id"});
constexpr std::string_view reference_list = "depends_on";

// Stands for an id that exists only once the creator was decided.
constexpr std::string_view some_id = "00000000-0000-7000-8000-000000000000";

using seen_ids = std::unordered_map<std::string, std::size_t>;  // temp_id -> item

std::optional<domain::problem> find_creators(batch_item& item, const seen_ids& seen) {
    std::optional<domain::problem> unknown;
    const auto look = [&](const boost::json::value& value, std::string_view name) {
        if (!value.is_string()) return;
        const std::string text(value.as_string());
        if (const auto at = seen.find(text); at != seen.end()) {
            if (std::ranges::find(item.creators, at->second) == item.creators.end())
                item.creators.push_back(at->second);
        } else if (!domain::uuid::parse(text) && !unknown) {
            unknown = make_problem(errc::temp_id_unknown,
                                   "\"" + text + "\" is neither an id nor an earlier temp_id",
                                   "args." + std::string(name));
        }
    };
    for (const auto name : reference_names)
        if (const auto* value = item.command.args.if_contains(name)) look(*value, name);
    if (const auto* list = item.command.args.if_contains(reference_list); list != nullptr && list->is_array())
        for (const auto& value : list->as_array()) look(value, reference_list);
    return unknown;
}

domain::result<void> check_shape(const batch_item& item, const seen_ids& seen) {
    if (item.creators.empty()) return domain::check_schema(item.command);
    std::vector<std::pair<std::string, std::string>> names;
    for (const auto& [name, index] : seen) names.emplace_back(name, some_id);
    domain::command filled = item.command;
    filled.args = with_ids(std::move(filled.args), names);
    return domain::check_schema(filled);
}

}  // namespace

std::string_view to_text(answer_status status) noexcept {
    switch (status) {
        case answer_status::applied: return "applied";
        case answer_status::no_op: return "no_op";
        case answer_status::replayed: return "replayed";
        case answer_status::rejected: break;
    }
    return "rejected";
}

boost::json::object with_ids(boost::json::object args,
                             const std::vector<std::pair<std::string, std::string>>& names) {
    const auto replace = [&](boost::json::value& value) {
        if (!value.is_string()) return;
        const std::string_view text(value.as_string());
        for (const auto& [name, id] : names) {
            if (text != name) continue;
            value = id;
            return;
        }
    };
    for (const auto name : reference_names)
        if (auto* value = args.if_contains(name)) replace(*value);
    if (auto* list = args.if_contains(reference_list); list != nullptr && list->is_array())
        for (auto& value : list->as_array()) replace(value);
    return args;
}

void check_at_the_door(command_batch& batch, bool temp_ids) {
    seen_ids seen;
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        auto& item = batch.items[i];
        if (item.refused) continue;
        item.hash = domain::command_hash(item.command, batch.user);
        if (temp_ids) item.refused = find_creators(item, seen);
        if (!item.refused)
            if (auto checked = check_shape(item, seen); !checked) item.refused = checked.error();
        const auto& name = item.command.temp_id;
        if (name.empty() || item.refused) {
            // A refused creator still owns its name: its dependents fail by dependency_failed, not by an
            // unknown id.
            if (!name.empty()) seen.try_emplace(name, i);
            continue;
        }
        const auto type = item.command.type;
        if (type != domain::command_type::create_task &&
            type != domain::command_type::create_recurring_task &&
            type != domain::command_type::create_project)
            item.refused = make_problem(errc::field_invalid, "only a command that creates can have a temp_id",
                                        "temp_id");
        else if (!seen.try_emplace(name, i).second)
            item.refused =
                make_problem(errc::field_invalid, "another command of the batch has this temp_id", "temp_id");
    }
}

}  // namespace daybook::command_api
