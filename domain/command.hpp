// A command: an intention, before anything was decided.
#pragma once

#include "domain/ids.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::domain {

enum class command_type : std::uint8_t {
    create_task,
    update_task,
    start_task,
    stop_task,
    complete_task,
    reopen_task,
    cancel_task,
    skip_task,
    reschedule_task,
    delete_task,
    restore_task,
    purge_task,
    change_tags,
    add_tags,
    remove_tags,
    move_task,
    add_comment,
    configure_book,
    create_project,
    update_project,
    delete_project,
    save_filter,
    delete_filter,
    create_reminder,
    update_reminder,
    cancel_reminder,
    snooze_reminder,
    ack_reminder,
    end_series,
    update_series,
    split_series,
    create_recurring_task,
    complete_recurring_task,
    create_schedule,
    update_schedule,
    pause_schedule,
    resume_schedule,
    run_schedule,
    backfill_schedule,
    delete_schedule,
    create_occurrence,
    fire_reminder,  // reactions: service scope only
    fire_schedule,
    recompute_book,
};

[[nodiscard]] std::string_view to_text(command_type) noexcept;
[[nodiscard]] std::optional<command_type> parse_command_type(std::string_view) noexcept;

struct command {
    command_id id{};
    command_type type = command_type::create_task;
    boost::json::object args{};  ///< as sent; checked by command_schema
    std::optional<std::int64_t> if_version{};
    /// Further versions that will do, ascending (an If-Match that lists several). Empty without if_version.
    std::vector<std::int64_t> or_versions{};
    std::optional<instant> occurred_at{};  ///< import only (settled 7)
    std::string temp_id{};  ///< names this command's task for later commands of the batch; may be empty
};

/// SHA-256, first 16 bytes, hex, over the RFC 8785 form of `{type,args,if_version,user}` (settled 3). Purely
/// syntactic: the same text sent through any door and by any version has the same hash.
[[nodiscard]] std::string command_hash(const command&, const user_id&);

/// The canonical JSON of RFC 8785 (sorted members by UTF-16 code units, ECMAScript numbers).
[[nodiscard]] std::string canonical_json(const boost::json::value&);
[[nodiscard]] std::string canonical_json(const boost::json::object&);

/// Checks names and shapes of args against the one table of limits and members: 422 for an unknown member, a
/// missing one, a wrong type, a limit. Looks at no state. What it accepts, `decide` reads without further
/// shape checks.
[[nodiscard]] result<void> check_schema(const command&);

}  // namespace daybook::domain
