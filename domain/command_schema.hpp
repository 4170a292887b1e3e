// The members of every command, once: check_schema, schema/command/*.json and docs/commands.md follow this
// table (V1).
#pragma once

#include "domain/command.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace daybook::domain {

/// What a member may hold. Limits are those of domain/limits.hpp.
enum class member_shape : std::uint8_t {
    new_task_id,     ///< UUID
    task_ref,        ///< UUID; in a batch, before it is resolved, also a temp_id
    new_project_id,  ///< UUID
    project_ref,     ///< UUID
    id,              ///< UUID of something else: a reminder, a series, a fire, an event
    line,            ///< one line that decide takes apart: a rule of a reminder, a duration
    title,
    description,
    comment,
    name,
    priority,  ///< P1–P4 or low, medium, high, urgent, in either case
    tags,
    date,        ///< read by decide, which has the zones
    recurrence,  ///< {rule, anchor?, catch_up?}
    reminders,   ///< [{when} | {at, zone?} | {cron, zone?}]
    minutes,
    percent,
    task_refs,    ///< the whole list
    children,     ///< cascade, keep or refuse
    occurrences,  ///< this or all
    zone,
    time_of_day,
    weekday,
    language,
    flag,
    misfire,            ///< fire_once, skip or all
    schedule_command,   ///< {type, args} of a command that creates or changes a task (settled 36)
    schedule_reminder,  ///< {text, task_id?}
    query,              ///< of the language of S1
};

struct member_rule {
    std::string_view name;
    member_shape shape;
    bool required = false;
    bool nullable = true;  ///< null clears, or leads back to the default
};

struct command_rule {
    command_type type;
    std::string_view summary;
    std::span<const member_rule> members;
    bool extras = false;   ///< `x_` members are taken (settled 21)
    bool service = false;  ///< a reaction: needs service scope (settled 12)
};

/// One row a command, in the order of command_type. Complexity: constant.
[[nodiscard]] std::span<const command_rule> command_rules() noexcept;
[[nodiscard]] const command_rule& rule_of(command_type) noexcept;

/// JSON Schema draft-07 of one command as POST /v1/commands takes it. What a schema cannot say (NFC, control
/// characters, bytes) stands in its descriptions.
[[nodiscard]] boost::json::object command_json_schema(command_type);

}  // namespace daybook::domain
