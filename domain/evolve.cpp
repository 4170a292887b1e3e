#include "domain/evolve.hpp"

#include "domain/codec/task_patch.hpp"

#include <boost/json/value.hpp>

#include <algorithm>

namespace daybook::domain {
namespace {

namespace json = boost::json;

/// The status that an event of this type gives a task; none if the type does not decide about it. `restored_to` is
/// what a restore leads back to.
std::optional<status> status_given_by(event_type type, status restored_to) {
    switch (type) {
        case event_type::task_created:
        case event_type::task_stopped:
        case event_type::task_reopened:
            return status::open;
        case event_type::task_started:
            return status::in_progress;
        case event_type::task_completed:
            return status::completed;
        case event_type::task_cancelled:
            return status::cancelled;
        case event_type::task_skipped:
            return status::skipped;
        case event_type::task_deleted:
            return status::deleted;
        case event_type::task_restored:
            return restored_to;
        case event_type::task_purged:
            return status::purged;
        default:
            return std::nullopt;
    }
}

/// When it happened at the source: an import into a book with a life of its own keeps that beside (settled
/// 7).
instant happened_at(const event& e) {
    const auto* source_time = e.data.if_contains("source_time");
    if (source_time == nullptr || !source_time->is_string()) return e.timestamp;
    return parse_instant(source_time->get_string()).value_or(e.timestamp);
}

/// What purge leaves: the id and the version, so that the id is never given out again and versions go on.
task remains_of(const task& purged) {
    task left;
    left.id = purged.id;
    left.user = purged.user;
    left.version = purged.version;
    left.status = status::purged;
    left.created_at = purged.created_at;
    left.updated_at = purged.updated_at;
    left.status_event = purged.status_event;
    return left;
}

std::optional<std::string> text_member(const json::object& data, std::string_view name) {
    const auto* value = data.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

/// A setting: absent keeps, null leads back to what a new book has.
void apply_setting(std::string& setting, const json::object& data, std::string_view name,
                   const std::string& initial) {
    if (auto text = text_member(data, name))
        setting = *std::move(text);
    else if (const auto* value = data.if_contains(name); value != nullptr && value->is_null())
        setting = initial;
}

}  // namespace

task evolve(const task* before, const event& e) {
    task after = before != nullptr ? *before : task{};
    if (before == nullptr) {
        after.id = e.task.value_or(task_id{});
        after.user = e.user;
        after.created_at = happened_at(e);
    }
    advance(after, e);
    return after;
}

void advance(task& after, const event& e) {
    const auto earlier = after.status;
    apply_patch(after, e.data);
    after.version = e.version;
    after.updated_at = e.timestamp;
    after.status = earlier;

    if (const auto given = status_given_by(e.type, after.status_before)) {
        after.status = *given;
        after.status_event = e.id;
    }
    switch (e.type) {
        case event_type::task_started:
            if (!e.data.contains("started_at")) after.started_at = happened_at(e);
            break;
        case event_type::task_stopped:
            after.started_at.reset();
            break;
        case event_type::task_completed:
            if (!e.data.contains("completed_at")) after.completed_at = happened_at(e);
            break;
        case event_type::task_reopened:
            after.started_at.reset();
            after.completed_at.reset();
            break;
        case event_type::task_deleted:
            after.status_before = earlier;
            if (!e.data.contains("deleted_at")) after.deleted_at = happened_at(e);
            after.deleted_by = e.command;
            break;
        case event_type::task_restored:
            after.status_before = status::open;
            after.deleted_at.reset();
            after.deleted_by = command_id{};
            break;
        case event_type::task_purged:
            after = remains_of(after);
            break;
        case event_type::task_commented:
            ++after.comments;
            break;
        default:
            break;
    }
}

book_state evolve(const book_state& before, const event& e) {
    book_state after = before;
    advance(after, e);
    return after;
}

void advance(book_state& after, const event& e) {
    if (after.user != e.user) after.user = e.user;
    ++after.events;
    after.imported_only = after.imported_only && e.source == "import";
    after.last_timestamp = std::max(after.last_timestamp, e.timestamp);
    if (e.type != event_type::book_configured) return;

    const book_state initial;
    apply_setting(after.zone, e.data, "zone", initial.zone);
    apply_setting(after.all_day_time, e.data, "all_day_time", initial.all_day_time);
    apply_setting(after.week_start, e.data, "week_start", initial.week_start);
    apply_setting(after.language, e.data, "language", initial.language);
    if (const auto* strict = e.data.if_contains("tags_strict"))
        after.tags_strict = strict->is_bool() && strict->get_bool();
    after.version = e.version;
}

project evolve(const std::optional<project>& before, const event& e) {
    project after = before.value_or(project{});
    if (!before) {
        after.user = e.user;
        if (const auto text = text_member(e.data, "project_id"))
            after.id = project_id::parse(*text).value_or(project_id{});
    }
    if (auto name = text_member(e.data, "name")) after.name = *std::move(name);
    if (e.type == event_type::project_deleted) after.deleted = true;
    after.version = e.version;
    return after;
}

}  // namespace daybook::domain
