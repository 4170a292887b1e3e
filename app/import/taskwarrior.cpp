// One task of a Taskwarrior export.
#include "app/import/fields.hpp"
#include "app/import/mapping.hpp"

#include <fmt/format.h>

#include <utility>

namespace daybook::app::import {
namespace {

namespace json = boost::json;
using domain::status;

void put_status(field_mapper& map, wanted_task& task) {
    const auto name = map.text("status");
    const bool active = map.peek("start") != nullptr;
    if (name == "completed") {
        task.status = status::completed;
    } else if (name == "deleted") {
        task.status = status::deleted;
    } else {
        task.status = active ? status::in_progress : status::open;
        if (name.empty() || name == "pending") return;
        if (name != "waiting" && name != "recurring")
            map.say(fmt::format("the status \"{}\" is not known: open, kept as x_status", name));
        map.put_extra("status", json::value(name));
    }
}

void put_priority(field_mapper& map, wanted_task& task) {
    const auto name = map.text("priority");
    task.members["priority"] = name == "H" ? "P2" : name == "L" ? "P4" : "P3";
    if (name.empty() || name == "H" || name == "L") return;
    map.put_extra("priority", json::value(name));  // M and none are both P3
    if (name != "M") map.say(fmt::format("the priority \"{}\" is not known: P3, kept as x_priority", name));
}

/// A list of UUIDs, or one text with commas (old exports).
void put_depends(field_mapper& map, wanted_task& task) {
    const auto* value = map.peek("depends");
    if (value == nullptr) return;
    const auto add = [&](std::string_view text) {
        while (!text.empty()) {
            const auto comma = text.find(',');
            if (comma != 0) task.depends_on.emplace_back(text.substr(0, comma));
            text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
        }
    };
    if (value->is_string()) {
        add(value->get_string());
    } else if (value->is_array()) {
        for (const auto& one : value->get_array())
            if (one.is_string()) add(one.get_string());
    }
    // put_rest keeps the source's text as x_depends: some targets may not be there.
}

void put_annotations(field_mapper& map) {
    const auto* all = map.list("annotations");
    if (all == nullptr) return;
    for (const auto& one : *all) {
        const auto* annotation = one.if_object();
        if (annotation == nullptr) {
            map.say("an annotation is no object: left out");
            continue;
        }
        const auto text = [&](std::string_view name) {
            const auto* v = annotation->if_contains(name);
            return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
        };
        map.put_comment(text("entry") + ' ' + text("description"), text("description"),
                        read_instant(text("entry")));
    }
}

}  // namespace

std::optional<wanted_task> map_taskwarrior(const source_record& record, std::vector<note>& notes,
                                           const domain::zone_table&) {
    wanted_task task;
    field_mapper map(record, task, notes);
    task.id = task_id_of("taskwarrior", record.id);
    map.take("uuid");
    map.take("id");       // its place in the list of the day, another one tomorrow
    map.take("urgency");  // computed by the tool
    map.put_extra("source_id", json::value(record.id));
    map.put_title(map.text("description"));
    put_priority(map, task);
    put_status(map, task);
    map.put_project(map.text("project"));
    task.created_at = map.instant("entry");
    task.closed_at = map.instant("end");
    for (const auto& [name, member] :
         {std::pair("modified", &task.updated_at), std::pair("start", &task.started_at)}) {
        *member = map.instant(name);
        if (*member) map.put_extra(name, *map.peek(name));
    }
    if (task.closed_at) map.put_extra("end", *map.peek("end"));
    const auto due = map.instant("due");
    if (due) task.members["due"] = date_text(*due);
    if (const auto scheduled = map.instant("scheduled")) {
        if (!due || *scheduled <= *due)
            task.members["start"] = date_text(*scheduled);
        else {
            map.say("scheduled lies behind due: kept as x_scheduled only");
            map.put_extra("scheduled", *map.peek("scheduled"));
        }
    }
    std::vector<std::string> tags;
    if (const auto* all = map.list("tags"))
        for (const auto& tag : *all)
            if (tag.is_string()) tags.emplace_back(tag.get_string());
    map.put_tags(tags);
    put_depends(map, task);
    put_annotations(map);
    map.put_rest(false);
    return task;
}

}  // namespace daybook::app::import
