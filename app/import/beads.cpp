// One issue of a beads tracker (nested form or a row of its issues table).
#include "app/import/fields.hpp"
#include "app/import/mapping.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <array>
#include <utility>

namespace daybook::app::import {
namespace {

namespace json = boost::json;
using domain::status;

struct status_row {
    std::string_view name;
    status meaning;
    bool exact;  ///< the name says no more than the status does
};

constexpr auto statuses = std::to_array<status_row>({
    {"open", status::open, true},
    {"in_progress", status::in_progress, true},
    {"closed", status::completed, true},
    {"completed", status::completed, false},
    {"complete", status::completed, false},
    {"done", status::completed, false},
    {"cancelled", status::cancelled, false},
    {"canceled", status::cancelled, false},
    {"wontfix", status::cancelled, false},
    {"hooked", status::in_progress, false},
    {"pending_review", status::in_progress, false},
    {"blocked", status::open, false},
    {"deferred", status::open, false},
    {"pinned", status::open, false},
});

void put_status(field_mapper& map, wanted_task& task) {
    const auto name = map.text("status");
    if (name.empty()) return;
    for (const auto& row : statuses) {
        if (row.name != name) continue;
        task.status = row.meaning;
        if (!row.exact) map.put_extra("status", json::value(name));
        return;
    }
    map.say(fmt::format("the status \"{}\" is not known: open, kept as x_status", name));
    map.put_extra("status", json::value(name));
}

/// 0 critical to 4 backlog.
void put_priority(field_mapper& map, wanted_task& task) {
    task.members["priority"] = "P3";
    const auto* value = map.peek("priority");
    if (value == nullptr || value->is_null()) return;
    constexpr std::string_view names[] = {"P1", "P2", "P3", "P4", "P4"};
    if (!value->is_int64() || value->get_int64() < 0 || value->get_int64() > 4) {
        map.say(fmt::format("the priority {} is not known: P3, kept as x_priority", json::serialize(*value)));
        return;  // put_rest keeps it
    }
    const auto number = value->get_int64();
    map.take("priority");
    task.members["priority"] = names[number];
    if (number == 4) map.put_extra("priority", *value);
}

void put_links(field_mapper& map, wanted_task& task) {
    const auto* all = map.list("dependencies");
    if (all == nullptr || all->empty()) return;
    for (const auto& one : *all) {
        const auto* link = one.if_object();
        const auto* target = link == nullptr ? nullptr : link->if_contains("depends_on_id");
        const auto* type = link == nullptr ? nullptr : link->if_contains("type");
        if (target == nullptr || !target->is_string()) {
            map.say("a dependency names no target: kept in x_dependencies only");
            continue;
        }
        const std::string_view kind =
            type != nullptr && type->is_string() ? std::string_view(type->get_string()) : "blocks";
        std::string id(target->get_string());
        if (kind == "parent-child" || kind == "child-of")
            task.parents.push_back(std::move(id));
        else if (kind == "blocks" || kind == "blocked-by")
            task.depends_on.push_back(std::move(id));
    }
    // Who linked what and when, the other kinds of links, and targets that are not there.
    map.put_extra("dependencies", json::value(json::serialize(*all)));
}

void put_comments(field_mapper& map) {
    const auto* all = map.list("comments");
    if (all == nullptr) return;
    for (const auto& one : *all) {
        const auto* comment = one.if_object();
        if (comment == nullptr) {
            map.say("a comment is no object: left out");
            continue;
        }
        const auto text = [&](std::string_view name) {
            const auto* v = comment->if_contains(name);
            return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
        };
        const auto* id = comment->if_contains("id");
        const auto author = text("author");
        const auto at = text("created_at");
        auto key = id != nullptr ? json::serialize(*id) : at + ' ' + text("text");
        map.put_comment(std::move(key), author.empty() ? text("text") : author + ": " + text("text"),
                        read_instant(at));
    }
}

}  // namespace

std::optional<wanted_task> map_beads(const source_record& record, std::vector<note>& notes,
                                     const domain::zone_table&) {
    wanted_task task;
    field_mapper map(record, task, notes);
    if (const auto* s = map.peek("status"); s != nullptr && s->is_string() && s->get_string() == "tombstone")
        return std::nullopt;
    task.id = task_id_of("beads", record.id);
    map.take("id");
    map.put_extra("source_id", json::value(record.id));
    map.put_title(map.text("title"));
    map.put_description(map.text("description"));
    put_priority(map, task);
    put_status(map, task);
    map.put_name("assignee", map.text("assignee"));
    task.created_at = map.instant("created_at");
    // Kept under x_ as well: Daybook has instants of its own for both.
    for (const auto& [name, member] :
         {std::pair("updated_at", &task.updated_at), std::pair("closed_at", &task.closed_at)}) {
        *member = map.instant(name);
        if (*member) map.put_extra(name, *map.peek(name));
    }
    if (task.closed_at && task.status != status::completed && task.status != status::cancelled)
        task.closed_at.reset();
    if (task.status == status::in_progress) task.started_at = task.updated_at;
    std::vector<std::string> labels;
    if (const auto* all = map.list("labels"))
        for (const auto& label : *all)
            if (label.is_string()) labels.emplace_back(label.get_string());
    map.put_tags(labels);
    if (const auto* minutes = map.peek("estimated_minutes");
        minutes != nullptr && minutes->is_int64() && minutes->get_int64() > 0) {
        map.take("estimated_minutes");
        task.members["estimate"] = minutes->get_int64();
    }
    if (const auto due = map.instant("due_at")) task.members["due"] = date_text(*due);
    put_links(map, task);
    put_comments(map);
    map.put_rest(true);
    return task;
}

}  // namespace daybook::app::import
