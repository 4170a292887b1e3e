// One task as Daybook exports it (settled 6a), or any JSON object with members of create_task.
#include "app/import/fields.hpp"
#include "app/import/mapping.hpp"
#include "domain/book.hpp"
#include "domain/command.hpp"
#include "domain/decide.hpp"

#include <fmt/format.h>

#include <array>

namespace daybook::app::import {
namespace {

namespace json = boost::json;

/// Follows from other members, or is this book's own business.
constexpr auto derived = std::to_array<std::string_view>(
    {"task_id", "user_id", "version", "blocked", "start_at", "due_at", "deadline_at", "project_id",
     "recurrence_rule", "no_op", "replayed", "warnings", "updated_at", "deleted_at", "series_id",
     "recurrence_parent_id", "recurrence_depth"});
/// Taken over as they are where create_task takes them; what others are judged by first.
constexpr auto plain = std::to_array<std::string_view>(
    {"due", "start", "deadline", "duration", "estimate", "percent", "recurrence"});

/// What a reminder was set to, without what became of it.
json::array reminders_as_set(const json::array& all) {
    json::array out;
    for (const auto& one : all) {
        const auto* r = one.if_object();
        if (r == nullptr) continue;
        json::object set;
        for (const auto name : {"when", "at", "cron", "zone"})
            if (const auto* v = r->if_contains(name)) set[name] = *v;
        out.push_back(std::move(set));
    }
    return out;
}

/// Whether create_task takes these members in an empty book.
domain::result<void> try_create(json::object args, const domain::zone_table& zones) {
    domain::command probe;
    probe.type = domain::command_type::create_task;
    probe.args = std::move(args);
    if (auto fits = domain::check_schema(probe); !fits) return fits.error();
    domain::decide_context context;
    context.entropy = [] { return std::array<std::uint8_t, 10>{}; };
    context.zones = &zones;
    const domain::folded_book nothing{domain::user_id("probe")};
    const auto decided = domain::decide(nothing, probe, context);
    if (!decided) return decided.error();
    return {};
}

/// A member that create_task would refuse beside those that are there stays under x_.
void put_checked(field_mapper& map, wanted_task& task, const domain::zone_table& zones, std::string_view name,
                 json::value value) {
    auto args = task.members;
    args[name] = value;
    if (const auto fits = try_create(std::move(args), zones); !fits) {
        map.say(fmt::format("{}: {}; kept as x_{}", name, fits.error().detail, name));
        map.put_extra(name, value);
        return;
    }
    task.members[name] = std::move(value);
}

}  // namespace

std::optional<wanted_task> map_daybook(const source_record& record, std::vector<note>& notes,
                                       const domain::zone_table& zones) {
    wanted_task task;
    field_mapper map(record, task, notes);
    task.id = task_id_of("daybook", record.id);
    for (const auto name : derived) map.take(name);
    // The first of a series starts one again, by its rule.
    if (const auto* before = map.peek("recurrence_parent_id"); before != nullptr && !before->is_null())
        map.say("its place in a series is not taken over: it comes as a task of its own");
    map.put_title(map.text("title"));
    map.put_description(map.text("description"));
    task.members["priority"] = "P3";
    if (const auto name = map.text("priority"); !name.empty())
        put_checked(map, task, zones, "priority", json::value(name));
    if (const auto name = map.text("status"); !name.empty()) {
        const auto parsed = domain::parse_status(name);
        if (parsed && *parsed != domain::status::purged)
            task.status = *parsed;
        else
            map.put_extra("status", json::value(name));
    }
    map.put_name("assignee", map.text("assignee"));
    map.put_project(map.text("project"));
    std::vector<std::string> tags;
    if (const auto* all = map.list("tags"))
        for (const auto& tag : *all)
            if (tag.is_string()) tags.emplace_back(tag.get_string());
    map.put_tags(tags);
    for (const auto name : plain) {
        map.take(name);
        if (const auto* value = map.peek(name); value != nullptr && !value->is_null())
            put_checked(map, task, zones, name, *value);
    }
    if (const auto* all = map.list("reminders"); all != nullptr && !all->empty())
        put_checked(map, task, zones, "reminders", reminders_as_set(*all));
    if (const auto parent = map.text("parent_id"); !parent.empty()) task.parents.push_back(parent);
    if (const auto* all = map.list("depends_on"))
        for (const auto& one : *all)
            if (one.is_string()) task.depends_on.emplace_back(one.get_string());
    task.created_at = map.instant("created_at");
    task.started_at = map.instant("started_at");
    task.closed_at = map.instant("completed_at");
    if (const auto* at = record.members.if_contains("updated_at"); at != nullptr && at->is_string())
        task.updated_at = read_instant(at->get_string());
    if (task.status == domain::status::deleted) {
        if (const auto* at = record.members.if_contains("deleted_at"); at != nullptr && at->is_string())
            task.closed_at = read_instant(at->get_string());
    }
    map.put_rest(false);
    return task;
}

}  // namespace daybook::app::import
