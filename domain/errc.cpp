#include "domain/errc.hpp"

#include <array>
#include <utility>

namespace daybook::domain {
namespace {

constexpr std::string_view fix = "Correct the request.";
constexpr std::string_view again =
    "Wait for Retry-After, then send the same request with the same command id.";

constexpr auto table = std::to_array<errc_row>({
    {errc::request_malformed, "request.malformed", 400, false,
     "The request breaks HTTP or a rule of this API", fix},
    {errc::json_malformed, "json.malformed", 400, false, "The body is not JSON that Daybook accepts", fix},
    {errc::cursor_mismatch, "cursor.mismatch", 400, false, "The cursor belongs to another query",
     "Start again without a cursor."},
    {errc::command_id_bad, "command.id_bad", 400, false, "The command id cannot be used",
     "Use 1 to 128 bytes without control characters that do not start with daybook:."},
    {errc::unauthenticated, "auth.required", 401, false, "No valid token came with the request",
     "Send Authorization: Bearer TOKEN."},
    {errc::forbidden, "auth.forbidden", 403, false, "The token lacks the scope for this",
     "Use a token with the scope that is named."},
    {errc::origin_refused, "origin.refused", 403, false, "A page of another origin sent this request",
     "Call the API from a program or the same origin."},
    {errc::host_refused, "host.refused", 421, false, "This server does not answer to that host name",
     "Add the name to --allowed-hosts."},
    {errc::not_found, "not_found", 404, false, "There is no such thing here", "Check the id and the path."},
    {errc::method_not_allowed, "method.not_allowed", 405, false, "The path exists, the method does not",
     "Use a method that the Allow header lists."},
    {errc::not_acceptable, "accept.unsupported", 406, false, "The answer exists only as JSON",
     "Send Accept: application/json."},
    {errc::request_timeout, "request.timeout", 408, true, "The request did not arrive in time",
     "Send it again."},
    {errc::body_too_large, "body.too_large", 413, false, "The body is larger than 1 MiB", "Split the batch."},
    {errc::target_too_long, "target.too_long", 414, false, "The request target is too long", fix},
    {errc::media_type_unsupported, "media_type.unsupported", 415, false, "The body is of another media type",
     "Send application/json without Content-Encoding."},
    {errc::sync_token_expired, "sync_token_expired", 410, false,
     "The sync token is too old or of another log", "Start again with token=*, or send allow_full=1."},
    {errc::upgrade_required, "upgrade.required", 426, false, "This path speaks WebSocket",
     "Open it as a WebSocket of version 13."},
    {errc::headers_too_large, "headers.too_large", 431, false, "The header is larger than 16 KiB", fix},
    {errc::rate_limited, "rate.limited", 429, true, "Too many requests", again},
    {errc::connections_exceeded, "connections.exceeded", 503, true, "Too many connections from this address",
     "Reuse connections."},
    {errc::status_conflict, "status.conflict", 409, false, "The task's state does not allow this",
     "Look at `current`."},
    {errc::task_deleted, "task.deleted", 409, false, "The task is deleted", "Restore it first."},
    {errc::task_exists, "task.exists", 409, false, "A task with this id exists",
     "Use another task_id or update the task."},
    {errc::children_open, "children.open", 409, false, "Open subtasks are in the way",
     "Say children=cascade or children=keep."},
    {errc::dependency_cycle, "dependency.cycle", 409, false, "The tasks would wait for each other",
     "Remove a link of the path that is shown."},
    {errc::command_id_reused, "command.id_reused", 409, false, "This command id was used for another command",
     "Use a new command id."},
    {errc::parent_deleted, "parent.deleted", 409, false, "The parent is deleted",
     "Restore the parent first."},
    {errc::undo_conflict, "undo.conflict", 409, false, "Later changes stand on the command",
     "Look at the fields that are named, or use force."},
    {errc::name_taken, "name.taken", 409, false, "The name is in use", "Choose another name."},
    {errc::version_mismatch, "version.mismatch", 412, false, "The task has changed since that version",
     "Read `current`, decide again."},
    {errc::field_unknown, "field.unknown", 422, false, "A member is not known here", fix},
    {errc::field_required, "field.required", 422, false, "A member is missing", fix},
    {errc::field_invalid, "field.invalid", 422, false, "A member has a value that it cannot have", fix},
    {errc::field_too_long, "field.too_long", 422, false, "A text is too long", fix},
    {errc::command_unknown, "command.unknown", 422, false, "There is no such command",
     "See docs/commands or schema/command."},
    {errc::reference_unknown, "reference.unknown", 422, false,
     "A task or project that is referred to does not exist", fix},
    {errc::limit_exceeded, "limit.exceeded", 422, false, "A limit of the book would be exceeded", fix},
    {errc::limit_commit, "limit.commit", 422, false, "The change is too large for one commit",
     "Split the command."},
    {errc::date_invalid, "date.invalid", 422, false, "A date cannot be read",
     "Use 2026-08-31, 2026-08-31T17:00, 2026-08-31T17:00[Europe/Berlin] or an instant."},
    {errc::zone_unknown, "zone.unknown", 422, false, "The time zone is not known",
     "Use a name of the IANA time zone database."},
    {errc::recurrence_invalid, "recurrence.invalid", 422, false, "The recurrence rule cannot be read", fix},
    {errc::recurrence_unsupported_part, "recurrence.unsupported_part", 422, false,
     "A part of the recurrence rule is not supported", fix},
    {errc::reminder_invalid, "reminder.invalid", 422, false, "A reminder cannot be read", fix},
    {errc::reminder_no_base, "reminder.no_base", 422, false, "A relative reminder needs its date",
     "Set due or start first."},
    {errc::cron_invalid, "cron.invalid", 422, false, "The cron expression cannot be read", fix},
    {errc::cron_six_fields, "cron.six_fields", 422, false, "The cron expression has six fields",
     "Leave out the seconds, which six-field dialects put first."},
    {errc::cron_zone_twice, "cron.zone_twice", 422, false, "The zone of the schedule is given twice",
     "Give it by CRON_TZ= or by the zone member, not both."},
    {errc::cron_never_matches, "cron.never_matches", 422, false, "The cron expression never matches", fix},
    {errc::cron_every_too_short, "cron.every_too_short", 422, false,
     "The interval of the schedule is too short", "Use @every 1m or longer."},
    {errc::position_foreign, "position.foreign", 422, false, "The position belongs to another book or log",
     fix},
    {errc::dependency_failed, "dependency_failed", 422, false, "A command that this one builds on failed",
     "Correct the earlier command."},
    {errc::temp_id_unknown, "temp_id.unknown", 422, false, "No earlier command of the batch has this temp_id",
     fix},
    {errc::query_syntax, "query.syntax", 422, false, "The query cannot be read", fix},
    {errc::query_unknown_field, "query.unknown_field", 422, false, "The query names an unknown field", fix},
    {errc::query_bad_value, "query.bad_value", 422, false, "The query has a value that its field cannot have",
     fix},
    {errc::query_too_long, "query.too_long", 422, false, "The query is too long", fix},
    {errc::query_too_deep, "query.too_deep", 422, false, "The query is nested too deeply", fix},
    {errc::log_unavailable, "log.unavailable", 503, true, "The log does not answer; nothing was written",
     again},
    {errc::writer_moved, "writer_moved", 503, true,
     "Another server writes this book now; nothing was written",
     "Send the command to the owner that is named."},
    {errc::overloaded, "overloaded", 503, true, "Too much is in flight; nothing was written", again},
    {errc::storage_full, "storage.full", 503, true, "The disk is almost full; nothing was written",
     "Free disk space."},
    {errc::view_unavailable, "view.unavailable", 503, true, "This read model cannot answer now",
     "Use the other store, or wait."},
    {errc::not_ready, "not_ready", 503, true, "The server is not ready yet", again},
    {errc::query_timeout, "query.timeout", 503, true, "The query took too long", "Narrow the query."},
    {errc::outcome_unknown, "outcome_unknown", 504, true,
     "The log has not said yet whether the command was written",
     "Send the same command with the same id: it is applied once."},
    {errc::position_not_reached, "position.not_reached", 504, true,
     "The read model has not reached that position yet", "Read again."},
    {errc::log_unsafe, "log.unsafe", 503, false, "The topic is configured so that history could be lost",
     "Change the setting that is named."},
    {errc::log_truncated, "log.truncated", 503, false, "The log lost records that a store had applied",
     "See docs/operations.md."},
    {errc::log_damaged, "log.damaged", 503, false, "The log holds a record that cannot be read",
     "See docs/operations.md."},
    {errc::log_foreign, "log.foreign", 503, false, "The store belongs to another log",
     "Use an empty data folder or the right log."},
    {errc::format_newer, "format.newer", 503, false, "The data was written by a newer version",
     "Use that version."},
    {errc::folder_locked, "folder.locked", 503, false, "Another process uses the folder",
     "Stop it, or reach it with --url."},
    {errc::view_stopped, "view.stopped", 503, false,
     "The read model stopped at a record that it cannot apply", "See /v1/admin/views."},
    {errc::config_invalid, "config.invalid", 422, false, "The configuration cannot be used", fix},
    {errc::unreachable, "unreachable", 503, true, "The server cannot be reached",
     "Start it, or give its address."},
    {errc::internal, "internal", 500, false, "A bug in Daybook", "Report it with the request id."},
});

constexpr bool in_order() {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (static_cast<std::size_t>(table[i].value) != i) return false;
    return table.size() == static_cast<std::size_t>(errc::internal) + 1;
}
static_assert(in_order(), "rows stand in the order of errc, one each");

}  // namespace

std::span<const errc_row> errc_table() noexcept { return table; }

const errc_row& row_of(errc code) noexcept { return table[static_cast<std::size_t>(code)]; }

problem problem::prefixed(std::string_view context) const {
    problem copy = *this;
    copy.detail = std::string(context) + ": " + detail;
    return copy;
}

problem_error::problem_error(problem p) : problem_(std::move(p)) {
    text_ = std::string(row_of(problem_.code).code) + ": " + problem_.detail;
    if (!problem_.field.empty()) text_ += " [" + problem_.field + "]";
}

void throw_exception_from_error(const problem& p, const boost::source_location&) { throw problem_error(p); }

}  // namespace daybook::domain
