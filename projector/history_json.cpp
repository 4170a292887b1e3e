#include "projector/history_json.hpp"

#include "domain/codec/book_json.hpp"
#include "domain/codec/event_json.hpp"
#include "domain/codec/task_json.hpp"
#include "domain/evolve.hpp"
#include "domain/json_text.hpp"
#include "domain/saved_filter.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace daybook::projector {
namespace {

namespace json = boost::json;
using domain::append_json_string;

constexpr std::size_t subject_page = 1'000;
constexpr auto derived =
    std::to_array<std::string_view>({"task_id", "filter_id", "user_id", "version", "updated_at", "created_at",
                                     "blocked", "project", "recurrence_rule"});

json::object object_of(const std::string& text) {
    return std::move(domain::parse_json(text).value().get_object());
}

/// One subject (a task, a project, a filter, the book's settings) as it was folded so far, in JSON.
struct subject {
    std::optional<domain::task> task{};
    std::optional<domain::project> project{};
    std::optional<domain::saved_filter> filter{};
    domain::book_state book{};
    json::object shown{};

    void apply(const domain::event& e) {
        std::string text;
        if (e.task) {
            task = domain::evolve(task ? &*task : nullptr, e);
            text = domain::render_task(*task, {});
        } else if (domain::is_about_filter(e.type)) {
            filter = domain::evolve(filter, e);
            domain::render_filter(text, *filter);
        } else if (e.data.contains("project_id")) {
            project = domain::evolve(project, e);
            domain::render_project(text, *project);
        } else {
            book = domain::evolve(book, e);
            domain::render_book(text, book);
        }
        shown = object_of(text);
    }
};

/// Whose history an event belongs to, and the filter that finds the rest of it.
std::string subject_key(const domain::event& e) {
    if (e.task) return "t" + e.task->text();
    if (const auto filter = domain::filter_of(e)) return "f" + filter->text();
    if (const auto* project = e.data.if_contains("project_id"); project != nullptr && project->is_string())
        return "p" + std::string(project->get_string());
    return "b";
}

domain::result<domain::event> event_of(const history_entry& entry) {
    auto value = domain::parse_json_object(entry.value);
    if (!value) return value.error();
    return domain::decode_event(*value);
}

/// Calls `each` with every event that the filter finds, from the book's beginning to `last` inclusive.
template <class Each>
domain::result<void> for_each_event(view_reader& from, const domain::user_id& user, history_query filter,
                                    std::int64_t last, const Each& each) {
    filter.limit = subject_page;
    for (;;) {
        const auto page = from.history(user, filter);
        if (!page) return page.error();
        for (const auto& entry : *page) {
            if (entry.offset > last) return {};
            const auto e = event_of(entry);
            if (!e) return e.error();
            each(entry.offset, *e);
        }
        if (page->size() < subject_page) return {};
        filter.after_offset = page->back().offset;
    }
}

std::vector<history_query> filters_for(const domain::event& e) {
    std::vector<history_query> filters;
    if (e.task) {
        filters.emplace_back().task = e.task;
    } else if (domain::is_about_filter(e.type)) {
        for (const auto* type : {"filter.saved", "filter.deleted"}) filters.emplace_back().type = type;
    } else if (e.data.contains("project_id")) {
        for (const auto* type : {"project.created", "project.updated", "project.deleted"})
            filters.emplace_back().type = type;
    } else {
        filters.emplace_back().type = "book.configured";
    }
    return filters;
}

/// The changes of those entries that belong to one subject, by offset.
domain::result<void> fold_subject(std::map<std::int64_t, json::array>& changes, view_reader& from,
                                  const domain::user_id& user, const domain::event& first,
                                  const std::string& key, std::int64_t last) {
    std::map<std::int64_t, domain::event>
        events;  // several filters may have found them: in the order of the log
    for (auto& filter : filters_for(first)) {
        auto found = for_each_event(from, user, std::move(filter), last,
                                    [&](std::int64_t offset, const domain::event& e) {
                                        if (subject_key(e) == key) events.emplace(offset, e);
                                    });
        if (!found) return found;
    }
    subject folded;
    for (const auto& [offset, e] : events) {
        const auto before = folded.shown;
        folded.apply(e);
        auto made = changed_members(before, folded.shown);
        if (const auto* comment = e.data.if_contains("comment"))
            made.push_back(json::object{{"field", "comment"}, {"old", nullptr}, {"new", *comment}});
        changes[offset] = std::move(made);
    }
    return {};
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
    out += name;
    append_json_string(out, text);
}

void append_entry(std::string& out, const domain::event& e, const domain::position& at,
                  const json::array& changes) {
    append_member(out, "{\"position\":", at.text());
    append_member(out, ",\"timestamp\":", domain::to_text(e.timestamp));
    append_member(out, ",\"at\":", domain::to_text(e.log.at));
    append_member(out, ",\"event_id\":", e.id.text());
    append_member(out, ",\"event_type\":", domain::to_text(e.type));
    out += ",\"task_id\":";
    if (e.task)
        append_json_string(out, e.task->text());
    else
        out += "null";
    out += ",\"version\":";
    domain::append_json_integer(out, e.version);
    append_member(out, ",\"actor\":{\"type\":", e.actor.type);
    append_member(out, ",\"id\":", e.actor.id);
    append_member(out, "},\"source\":", e.source);
    append_member(out, ",\"command_id\":", e.command.text());
    append_member(out, ",\"correlation_id\":", e.correlation_id);
    append_member(out, ",\"causation_id\":", e.causation_id);
    out += ",\"changes\":";
    domain::append_json(out, changes);
    out += '}';
}

}  // namespace

boost::json::array changed_members(const json::object& before, const json::object& after) {
    json::array changes;
    const auto note = [&](std::string_view name, const json::value& old_value, const json::value& new_value) {
        const bool is_instant =
            name.ends_with("_at") && name != "completed_at" && name != "started_at" && name != "deleted_at";
        if (old_value == new_value || is_instant ||
            std::find(derived.begin(), derived.end(), name) != derived.end())
            return;
        changes.push_back(json::object{{"field", name}, {"old", old_value}, {"new", new_value}});
    };
    for (const auto& member : after) {
        const auto* old_value = before.if_contains(member.key());
        note(member.key(), old_value == nullptr ? json::value(nullptr) : *old_value, member.value());
    }
    for (const auto& member : before)
        if (!after.contains(member.key())) note(member.key(), member.value(), nullptr);
    return changes;
}

domain::result<void> append_history(std::string& out, view_reader& from, const domain::user_id& user,
                                    const domain::position& log_and_partition,
                                    const std::vector<history_entry>& entries) {
    std::vector<domain::event> events;
    std::map<std::string, std::vector<std::size_t>> by_subject;
    for (const auto& entry : entries) {
        auto e = event_of(entry);
        if (!e) return e.error();
        by_subject[subject_key(*e)].push_back(events.size());
        events.push_back(std::move(*e));
    }
    std::map<std::int64_t, json::array> changes;
    for (const auto& [key, indexes] : by_subject) {
        auto folded =
            fold_subject(changes, from, user, events[indexes.front()], key, entries[indexes.back()].offset);
        if (!folded) return folded;
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (i != 0) out += ',';
        auto at = log_and_partition;
        at.offset = entries[i].offset;
        append_entry(out, events[i], at, changes[entries[i].offset]);
    }
    return {};
}

}  // namespace daybook::projector
