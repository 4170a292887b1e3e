#include "domain/command_schema.hpp"

#include "domain/command_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace daybook::domain {
namespace {

using shape = member_shape;

constexpr member_rule the_task{"task_id", shape::task_ref, true, false};
constexpr member_rule the_children{"children", shape::children, false, false};

constexpr auto create_task_members = std::to_array<member_rule>({
    {"task_id", shape::new_task_id, false, false},
    {"title", shape::title, true, false},
    {"description", shape::description},
    {"priority", shape::priority},
    {"tags", shape::tags},
    {"start", shape::date},
    {"due", shape::date},
    {"deadline", shape::date},
    {"parent_id", shape::task_ref},
    {"project_id", shape::project_ref},
    {"depends_on", shape::task_refs},
    {"assignee", shape::name},
    {"duration", shape::minutes},
    {"estimate", shape::minutes},
    {"percent", shape::percent},
    {"recurrence", shape::recurrence},
    {"recurrence_rule", shape::line},
    {"reminders", shape::reminders},
    {"reminder_minutes", shape::minutes},
});

constexpr auto update_task_members = std::to_array<member_rule>({
    the_task,
    {"title", shape::title, false, false},
    {"description", shape::description},
    {"priority", shape::priority},
    {"tags", shape::tags},
    {"start", shape::date},
    {"due", shape::date},
    {"deadline", shape::date},
    {"project_id", shape::project_ref},
    {"depends_on", shape::task_refs},
    {"assignee", shape::name},
    {"duration", shape::minutes},
    {"estimate", shape::minutes},
    {"percent", shape::percent},
    {"recurrence", shape::recurrence},
    {"recurrence_rule", shape::line},
    {"reminders", shape::reminders},
    {"reminder_minutes", shape::minutes},
});

constexpr auto only_task = std::to_array<member_rule>({the_task});
constexpr auto task_and_children = std::to_array<member_rule>({the_task, the_children});
constexpr auto delete_task_members =
    std::to_array<member_rule>({the_task, the_children, {"occurrences", shape::occurrences, false, false}});
constexpr auto reschedule_members = std::to_array<member_rule>(
    {the_task, {"start", shape::date}, {"due", shape::date}, {"deadline", shape::date}});
constexpr auto change_tags_members = std::to_array<member_rule>(
    {the_task, {"add", shape::tags, false, false}, {"remove", shape::tags, false, false}});
constexpr auto tags_members = std::to_array<member_rule>({the_task, {"tags", shape::tags, true, false}});
constexpr auto move_members = std::to_array<member_rule>(
    {the_task, {"parent_id", shape::task_ref}, {"project_id", shape::project_ref}});
constexpr auto comment_members =
    std::to_array<member_rule>({the_task, {"text", shape::comment, true, false}});
constexpr auto book_members = std::to_array<member_rule>({
    {"zone", shape::zone},
    {"all_day_time", shape::time_of_day},
    {"week_start", shape::weekday},
    {"language", shape::language},
    {"tags_strict", shape::flag},
    {"series_continue", shape::flag},
});
constexpr auto create_project_members = std::to_array<member_rule>(
    {{"project_id", shape::new_project_id, false, false}, {"name", shape::name, true, false}});
constexpr auto update_project_members = std::to_array<member_rule>(
    {{"project_id", shape::project_ref, true, false}, {"name", shape::name, true, false}});
constexpr auto only_project = std::to_array<member_rule>({{"project_id", shape::project_ref, true, false}});

constexpr auto save_filter_members = std::to_array<member_rule>({
    {"filter_id", shape::id, false, false},
    {"name", shape::name, false, false},
    {"query", shape::query, false, false},
});
constexpr auto only_filter = std::to_array<member_rule>({{"filter_id", shape::id, true, false}});

constexpr member_rule the_reminder{"reminder_id", shape::id, true, false};
constexpr auto create_reminder_members = std::to_array<member_rule>({
    the_task,
    {"reminder_id", shape::id, false, false},
    {"when", shape::line, false, false},
    {"at", shape::line, false, false},
    {"cron", shape::line, false, false},
    {"zone", shape::line, false, false},
});
constexpr auto update_reminder_members = std::to_array<member_rule>({
    the_task,
    the_reminder,
    {"when", shape::line, false, false},
    {"at", shape::line, false, false},
    {"cron", shape::line, false, false},
    {"zone", shape::line, false, false},
});
constexpr auto only_reminder = std::to_array<member_rule>({the_task, the_reminder});
constexpr auto snooze_members = std::to_array<member_rule>(
    {the_task, the_reminder, {"for", shape::line, false, false}, {"until", shape::line, false, false}});
constexpr auto ack_members =
    std::to_array<member_rule>({the_task, the_reminder, {"fire_id", shape::id, false, false}});
/// What the occurrences of a series share: update_series takes it for all, split_series with the dates.
constexpr auto series_members = std::to_array<member_rule>({
    the_task,
    {"title", shape::title, false, false},
    {"description", shape::description},
    {"priority", shape::priority},
    {"tags", shape::tags},
    {"project_id", shape::project_ref},
    {"assignee", shape::name},
    {"duration", shape::minutes},
    {"estimate", shape::minutes},
    {"recurrence", shape::recurrence, false, false},
    {"recurrence_rule", shape::line, false, false},
    {"reminders", shape::reminders},
    {"reminder_minutes", shape::minutes},
});
constexpr auto split_members = std::to_array<member_rule>({
    the_task,
    {"title", shape::title, false, false},
    {"description", shape::description},
    {"priority", shape::priority},
    {"tags", shape::tags},
    {"start", shape::date},
    {"due", shape::date},
    {"deadline", shape::date},
    {"project_id", shape::project_ref},
    {"assignee", shape::name},
    {"duration", shape::minutes},
    {"estimate", shape::minutes},
    {"recurrence", shape::recurrence, false, false},
    {"recurrence_rule", shape::line, false, false},
    {"reminders", shape::reminders},
    {"reminder_minutes", shape::minutes},
});
constexpr member_rule the_schedule{"schedule_id", shape::id, true, false};
constexpr auto create_schedule_members = std::to_array<member_rule>({
    {"schedule_id", shape::id, false, false},
    {"name", shape::name, true, false},
    {"cron", shape::line, true, false},
    {"zone", shape::zone},
    {"misfire", shape::misfire},
    {"catchup_window", shape::minutes},
    {"command", shape::schedule_command, false, false},
    {"reminder", shape::schedule_reminder, false, false},
});
constexpr auto update_schedule_members = std::to_array<member_rule>({
    the_schedule,
    {"name", shape::name, false, false},
    {"cron", shape::line, false, false},
    {"zone", shape::zone},
    {"misfire", shape::misfire},
    {"catchup_window", shape::minutes},
    {"command", shape::schedule_command, false, false},
    {"reminder", shape::schedule_reminder, false, false},
});
constexpr auto only_schedule = std::to_array<member_rule>({the_schedule});
constexpr auto backfill_members = std::to_array<member_rule>(
    {the_schedule, {"from", shape::line, true, false}, {"until", shape::line, true, false}});
constexpr auto fire_schedule_members =
    std::to_array<member_rule>({the_schedule, {"slot_id", shape::id, true, false}});
constexpr auto recompute_members = std::to_array<member_rule>({{"tz_version", shape::line, true, false}});
constexpr auto only_series = std::to_array<member_rule>({{"series_id", shape::id, true, false}});
constexpr auto occurrence_members = std::to_array<member_rule>(
    {the_task, {"cause_event_id", shape::id, true, false}, {"closed_at", shape::line, true, false}});
constexpr auto fire_members = std::to_array<member_rule>({the_task, {"fire_id", shape::id, true, false}});

using type = command_type;
constexpr auto rules = std::to_array<command_rule>({
    {type::create_task, "Creates a task.", create_task_members, true},
    {type::update_task, "Sets members of a task; null clears, what is left out stays.", update_task_members,
     true},
    {type::start_task, "open becomes in_progress.", only_task},
    {type::stop_task, "in_progress becomes open.", only_task},
    {type::complete_task, "Completes an open task.", task_and_children},
    {type::reopen_task, "completed or cancelled becomes open.", only_task},
    {type::cancel_task, "Cancels an open task.", task_and_children},
    {type::skip_task, "Skips an open task: closed, but not done.", only_task},
    {type::reschedule_task, "Sets start, due or deadline.", reschedule_members},
    {type::delete_task, "Deletes a task; restore_task brings it back.", delete_task_members},
    {type::restore_task, "Brings back what one delete_task deleted.", only_task},
    {type::purge_task, "Hides a deleted task for good.", only_task},
    {type::change_tags, "Adds and removes tags.", change_tags_members},
    {type::add_tags, "Adds tags.", tags_members},
    {type::remove_tags, "Removes tags.", tags_members},
    {type::move_task, "Gives a task another parent or project.", move_members},
    {type::add_comment, "Adds a comment.", comment_members},
    {type::configure_book, "Sets the book's zone and habits.", book_members},
    {type::create_project, "Creates a project.", create_project_members},
    {type::update_project, "Renames a project.", update_project_members},
    {type::delete_project, "Deletes a project; its tasks stay.", only_project},
    {type::save_filter, "Keeps a query under a name, or gives a kept one another name or query.",
     save_filter_members},
    {type::delete_filter, "Deletes a saved filter.", only_filter},
    {type::create_reminder, "Adds a reminder to a task.", create_reminder_members},
    {type::update_reminder, "Gives a reminder another time.", update_reminder_members},
    {type::cancel_reminder, "Takes a reminder off its task.", only_reminder},
    {type::snooze_reminder, "Rings again later; the due date stays.", snooze_members},
    {type::ack_reminder, "A reminder was seen.", ack_members},
    {type::end_series, "No next occurrence comes; the open one stays.", only_series},
    {type::update_series, "Changes a series and its open occurrences, never finished ones.", series_members,
     true},
    {type::split_series, "This occurrence and those after it become a series of their own.", split_members,
     true},
    {type::create_recurring_task, "create_task with a rule.", create_task_members, true},
    {type::complete_recurring_task, "complete_task of an occurrence.", task_and_children},
    {type::create_schedule, "Does something at the slots of a cron expression.", create_schedule_members},
    {type::update_schedule, "Sets members of a schedule.", update_schedule_members},
    {type::pause_schedule, "No slot fires until it is resumed.", only_schedule},
    {type::resume_schedule, "Slots fire again from now on.", only_schedule},
    {type::run_schedule, "Fires now, beside its slots.", only_schedule},
    {type::backfill_schedule, "Fires the slots of a range that has passed.", backfill_members},
    {type::delete_schedule, "Ends a schedule; what it made stays.", only_schedule},
    {type::create_occurrence, "Reaction: the occurrence after a closed one.", occurrence_members, false,
     true},
    {type::fire_reminder, "Reaction: a reminder is due.", fire_members, false, true},
    {type::fire_schedule, "Reaction: a slot of a schedule is due.", fire_schedule_members, false, true},
    {type::recompute_book, "Reaction: the zone database is another one.", recompute_members, false, true},
});

constexpr bool in_order() {
    for (std::size_t i = 0; i < rules.size(); ++i)
        if (static_cast<std::size_t>(rules[i].type) != i) return false;
    return rules.size() == static_cast<std::size_t>(type::recompute_book) + 1;
}
static_assert(in_order(), "rows stand in the order of command_type, one each");

problem unknown_member(const command_rule& rule, std::string_view name) {
    std::string known;
    for (const auto& member : rule.members) known += (known.empty() ? "" : ", ") + std::string(member.name);
    auto hint = fmt::format("{} takes {}{}.", to_text(rule.type), known,
                            rule.extras ? " and members that begin with x_" : "");
    if (rule.type == type::update_task && name == "parent_id") hint = "Use move_task.";
    return make_problem(errc::field_unknown, fmt::format("{} has no member `{}`", to_text(rule.type), name),
                        fmt::format("args.{}", name), std::move(hint));
}

/// At least one of the members is there. Errors: field_required.
result<void> check_any(const command& cmd, std::initializer_list<std::string_view> names) {
    if (std::any_of(names.begin(), names.end(), [&](auto name) { return cmd.args.contains(name); }))
        return {};
    return make_problem(errc::field_required,
                        fmt::format("{} needs one of {}", to_text(cmd.type), fmt::join(names, ", ")), "args");
}

/// Not both ways to say the same. Errors: field_invalid.
result<void> check_one_way(const command& cmd) {
    if (cmd.args.contains("reminders") && cmd.args.contains("reminder_minutes"))
        return make_problem(errc::field_invalid,
                            "reminder_minutes is one reminder of reminders: send one of them",
                            "args.reminder_minutes");
    if (cmd.args.contains("recurrence") && cmd.args.contains("recurrence_rule"))
        return make_problem(errc::field_invalid,
                            "recurrence_rule is the rule of recurrence: send one of them",
                            "args.recurrence_rule");
    return {};
}

/// A rule that is not null. Errors: field_required.
result<void> check_recurs(const command& cmd) {
    for (const auto* name : {"recurrence", "recurrence_rule"})
        if (const auto* rule = cmd.args.if_contains(name); rule != nullptr && !rule->is_null()) return {};
    return make_problem(errc::field_required,
                        fmt::format("{} needs one of recurrence, recurrence_rule", to_text(cmd.type)),
                        "args");
}

/// What concerns several members of a command at once.
result<void> check_together(const command& cmd) {
    switch (cmd.type) {
        case type::create_task:
        case type::update_task:
        case type::split_series: return check_one_way(cmd);
        case type::create_recurring_task:
            if (auto one = check_one_way(cmd); !one) return one;
            return check_recurs(cmd);
        case type::update_series:
            if (auto one = check_one_way(cmd); !one) return one;
            if (cmd.args.size() > 1) return {};
            return make_problem(errc::field_required, "update_series needs something to change", "args");
        case type::create_schedule:
        case type::update_schedule:
            if (cmd.args.contains("command") && cmd.args.contains("reminder"))
                return make_problem(errc::field_invalid, "A schedule has one of command, reminder",
                                    "args.reminder");
            if (cmd.type == type::update_schedule) return {};
            return check_any(cmd, {"command", "reminder"});
        case type::reschedule_task: return check_any(cmd, {"start", "due", "deadline"});
        case type::create_reminder:
        case type::update_reminder: return check_reminder_kind(cmd.args, "args");
        case type::snooze_reminder:
            if (cmd.args.contains("for") == cmd.args.contains("until"))
                return make_problem(errc::field_required, "snooze_reminder needs one of for, until", "args");
            return {};
        case type::save_filter:
            if (cmd.args.contains("filter_id")) return check_any(cmd, {"name", "query"});
            for (const auto* name : {"name", "query"})
                if (auto one = check_any(cmd, {name}); !one) return one;
            return {};
        case type::move_task: return check_any(cmd, {"parent_id", "project_id"});
        case type::change_tags:
            if (auto any = check_any(cmd, {"add", "remove"}); !any) return any;
            return check_tag_sides(cmd.args);
        default: return {};
    }
}

}  // namespace

std::span<const command_rule> command_rules() noexcept { return rules; }

const command_rule& rule_of(command_type t) noexcept { return rules[static_cast<std::size_t>(t)]; }

result<void> check_schema(const command& cmd) {
    if (static_cast<std::size_t>(cmd.type) >= rules.size())
        return make_problem(errc::command_unknown, "There is no such command", "type");
    const auto& rule = rule_of(cmd.type);
    for (const auto& member : cmd.args) {
        const std::string_view name = member.key();
        const auto known = std::find_if(rule.members.begin(), rule.members.end(),
                                        [&](const auto& row) { return row.name == name; });
        if (known != rule.members.end()) {
            if (auto fits = check_member(*known, member.value()); !fits) return fits;
        } else if (rule.extras && name.starts_with("x_")) {
            if (auto fits = check_extra(name, member.value()); !fits) return fits;
        } else {
            return unknown_member(rule, name);
        }
    }
    for (const auto& member : rule.members)
        if (member.required && !cmd.args.contains(member.name))
            return make_problem(errc::field_required,
                                fmt::format("{} needs `{}`", to_text(cmd.type), member.name),
                                fmt::format("args.{}", member.name));
    if (rule.extras)
        if (auto fits = check_extras_together(cmd.args); !fits) return fits;
    return check_together(cmd);
}

}  // namespace daybook::domain
