#include "app/import/plan.hpp"

#include "domain/command.hpp"
#include "domain/limits.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace daybook::app::import {
namespace {

namespace json = boost::json;
using domain::instant;
using domain::status;

/// What goes first among commands of one instant.
enum phase : int {
    restoring,
    loosening,
    projects,
    creating,
    updating,
    linking,
    commenting,
    starting,
    closing,
    deleting
};

std::string command_id(const std::string& source, const std::string& source_id, std::string_view type,
                       std::string_view basis) {
    const auto name = fmt::format("import\ncommand\n{}\n{}\n{}\n{}", source, source_id, type, basis);
    return "import:" + domain::uuid::v5(domain::daybook_namespace, name).text();
}

bool is_absent(const json::value* v) {
    return v == nullptr || v->is_null() || (v->is_string() && v->get_string().empty()) ||
           (v->is_array() && v->get_array().empty());
}

std::set<std::string> texts_of(const json::object& o, std::string_view name) {
    std::set<std::string> out;
    if (const auto* v = o.if_contains(name); v != nullptr && v->is_array())
        for (const auto& one : v->get_array())
            if (one.is_string()) out.emplace(one.get_string());
    return out;
}

/// Reminders as they were set: ids and states are the book's own.
json::value comparable(std::string_view name, const json::value& v) {
    if (name != "reminders" || !v.is_array()) return v;
    json::array out;
    for (const auto& one : v.get_array()) {
        if (!one.is_object()) return v;
        json::object set;
        for (const auto member : {"when", "at", "cron", "zone"})
            if (const auto* value = one.get_object().if_contains(member)) set[member] = *value;
        out.push_back(std::move(set));
    }
    return out;
}

/// The merge patch that leads from what the book has to what is wanted, references aside.
json::object patch_of(const wanted_book& book, const wanted_task& wanted, const json::object& current,
                      bool exact) {
    json::object patch;
    for (const auto& m : wanted.members) {
        const auto* now = current.if_contains(m.key());
        if (now == nullptr || comparable(m.key(), *now) != m.value()) patch[m.key()] = m.value();
    }
    for (const auto& name : book.owned) {
        if (name == "project" || wanted.members.contains(name) || is_absent(current.if_contains(name)))
            continue;
        if (name == "tags" || name == "reminders")
            patch[name] = json::array();
        else
            patch[name] = nullptr;
    }
    if (!exact) return patch;
    for (const auto& m : current)
        if (m.key().starts_with("x_") && !m.value().is_null() && !wanted.members.contains(m.key()))
            patch[m.key()] = nullptr;
    return patch;
}

class planner {
 public:
    planner(const wanted_book& book, const current_book& current, const plan_options& options)
        : book_(book), current_(current), options_(options) {}

    import_plan make() {
        for (std::size_t i = 0; i < book_.tasks.size(); ++i) index_[book_.tasks[i].source_id] = i;
        for (const auto& t : book_.tasks) created_.push_back(created_at(t));
        for (std::size_t i = 0; i < book_.tasks.size(); ++i) plan_.tasks.push_back(plan_task(i));
        for (const auto& id : options_.gone) remove(id);
        std::ranges::stable_sort(steps_, {},
                                 [](const step& s) { return std::tuple(s.order, s.phase, s.planned.line); });
        for (auto& s : steps_) plan_.commands.push_back(std::move(s.planned));
        return std::move(plan_);
    }

 private:
    struct step {
        instant order;
        int phase;
        planned_command planned;
    };

    instant not_after_now(std::optional<instant> at, instant otherwise) const {
        return std::min(at.value_or(otherwise), options_.now);
    }
    instant created_at(const wanted_task& t) const {
        auto earliest = t.created_at;
        if (!earliest) earliest = t.started_at ? t.started_at : t.closed_at ? t.closed_at : t.updated_at;
        return not_after_now(earliest, options_.happened.value_or(options_.now));
    }
    instant changed_at(const wanted_task& t) const {
        return not_after_now(options_.happened ? options_.happened : t.updated_at, options_.now);
    }
    const json::object* found(const domain::task_id& id) const {
        const auto at = current_.tasks.find(id);
        return at == current_.tasks.end() ? nullptr : &at->second;
    }
    domain::task_id id_of(const std::string& source_id) const { return book_.tasks[index_.at(source_id)].id; }

    void add(std::size_t task, instant order, int phase, instant occurred, std::string_view type,
             std::string_view basis, json::object args) {
        const auto& t = book_.tasks[task];
        args["task_id"] = t.id.text();
        auto id = command_id(book_.source, t.source_id, type,
                             fmt::format("{}\n{}", basis, domain::canonical_json(args)));
        push(task, t.line, order, phase, occurred, type, std::move(id), std::move(args));
    }
    void push(std::size_t task, std::int64_t line, instant order, int phase, instant occurred,
              std::string_view type, std::string id, json::object args) {
        json::object command{{"id", std::move(id)},
                             {"type", type},
                             {"args", std::move(args)},
                             {"occurred_at", domain::to_text(occurred)}};
        steps_.push_back({order, phase, {task, std::move(command), line}});
    }

    task_plan plan_task(std::size_t i) {
        const auto& t = book_.tasks[i];
        if (const auto* now = found(t.id)) {
            if (member_text(*now, "status") == "deleted" && !options_.exact)
                return t.status == status::deleted ? task_plan::unchanged : skip_deleted(t);
            return change(i, *now) ? task_plan::change : task_plan::unchanged;
        }
        create(i);
        return task_plan::create;
    }

    task_plan skip_deleted(const wanted_task& t) {
        plan_.notes.push_back({t.line, t.source_id + ": was deleted in the book: left alone"});
        return task_plan::skip;
    }

    /// The id of a project by name; one that is not there yet is created before `at`.
    std::string project(const std::string& name, instant at, std::int64_t line) {
        if (const auto known = current_.projects.find(name); known != current_.projects.end())
            return known->second;
        auto id = project_id_of(name).text();
        const auto [asked, is_new] = asked_projects_.try_emplace(name, steps_.size());
        if (is_new) {
            push(no_task, line, at, projects, at, "create_project",
                 command_id(book_.source, name, "create_project", ""), {{"project_id", id}, {"name", name}});
        } else if (auto& s = steps_[asked->second]; at < s.order) {
            s.order = at;
            s.planned.command["occurred_at"] = domain::to_text(at);
        }
        return id;
    }

    /// Whether the task is there when task `i` is created.
    bool is_before(std::size_t target, std::size_t i) const {
        const auto& other = book_.tasks[target];
        if (const auto* now = found(other.id))
            return member_text(*now, "status") != "deleted" || options_.exact;
        return std::tuple(created_[target], other.line) < std::tuple(created_[i], book_.tasks[i].line);
    }

    void create(std::size_t i) {
        const auto& t = book_.tasks[i];
        const auto at = created_[i];
        auto last = at;
        json::object args = t.members;
        if (!t.project.empty()) args["project_id"] = project(t.project, at, t.line);
        if (!t.parents.empty()) {
            const auto parent = index_.at(t.parents.front());
            if (is_before(parent, i)) {
                args["parent_id"] = book_.tasks[parent].id.text();
            } else {
                last = std::max(last, created_[parent]);
                add(i, last, linking, last, "move_task", "new",
                    {{"parent_id", book_.tasks[parent].id.text()}});
            }
        }
        if (!t.depends_on.empty()) {
            auto linked = at;
            bool all_before = true;
            for (const auto& target : t.depends_on) {
                all_before = all_before && is_before(index_.at(target), i);
                linked = std::max(linked, created_[index_.at(target)]);
            }
            if (all_before) {
                args["depends_on"] = wanted_targets(t);
            } else {
                last = std::max(last, linked);
                add(i, linked, linking, linked, "update_task", "new", {{"depends_on", wanted_targets(t)}});
            }
        }
        add(i, at, creating, at, "create_task", "new", std::move(args));
        last = std::max(last, add_comments(i, at));
        add_status(i, at, last);
    }

    json::array wanted_targets(const wanted_task& t) const {
        json::array out;
        for (const auto& target : t.depends_on) out.emplace_back(id_of(target).text());
        return out;
    }

    instant add_comments(std::size_t i, instant not_before) {
        const auto& t = book_.tasks[i];
        auto last = not_before;
        for (const auto& c : t.comments) {
            auto id = comment_command_id(book_.source, t, c);
            if (current_.comments.contains(id)) continue;
            const auto at = not_after_now(std::max(c.at.value_or(not_before), not_before), options_.now);
            last = std::max(last, at);
            push(i, t.line, at, commenting, at, "add_comment", std::move(id),
                 {{"task_id", t.id.text()}, {"text", c.text}});
        }
        return last;
    }

    /// From open, as a new task is.
    void add_status(std::size_t i, instant created, instant last) {
        const auto& t = book_.tasks[i];
        if (t.status == status::open) return;
        auto at = created;
        if (t.started_at && t.status != status::cancelled && t.status != status::skipped) {
            at = not_after_now(std::max(*t.started_at, created), options_.now);
            add(i, at, starting, at, "start_task", "new", {});
        } else if (t.status == status::in_progress) {
            at = std::max(created, changed_at(t));
            add(i, at, starting, at, "start_task", "new", {});
        }
        if (t.status == status::in_progress) return;
        at = not_after_now(std::max(at, t.closed_at.value_or(t.updated_at.value_or(created))), options_.now);
        if (t.status == status::deleted) {
            at = std::max(at, last);
            add(i, at, deleting, at, "delete_task", "new", {{"children", "keep"}});
        } else if (t.status == status::skipped) {
            add(i, at, closing, at, "skip_task", "new", {});
        } else {
            add(i, at, closing, at, t.status == status::completed ? "complete_task" : "cancel_task", "new",
                {{"children", "keep"}});
        }
    }

    /// False if the book has it as it is wanted.
    bool change(std::size_t i, const json::object& now) {
        const auto& t = book_.tasks[i];
        const auto before = steps_.size();
        const auto at = changed_at(t);
        const auto* version = now.if_contains("version");
        const auto basis =
            fmt::format("version {}", version != nullptr && version->is_int64() ? version->get_int64() : 0);
        const bool was_deleted = member_text(now, "status") == "deleted";
        if (was_deleted && t.status == status::deleted) return false;
        if (was_deleted) add(i, instant::min(), restoring, at, "restore_task", basis, {});

        const auto patch = patch_of(book_, t, now, options_.exact);
        if (!patch.empty()) add(i, at, updating, at, "update_task", basis, patch);
        change_links(i, now, basis, at);
        add_comments(i, std::max(at, created_[i]));
        if (!was_deleted) change_status(i, member_text(now, "status"), basis, at);
        return steps_.size() > before;
    }

    /// What goes is taken off before anything else happens, so that no half-way state is a circle or too
    /// large a tree.
    void change_links(std::size_t i, const json::object& now, const std::string& basis, instant at) {
        const auto& t = book_.tasks[i];
        const auto parent_now = member_text(now, "parent_id");
        const auto parent = t.parents.empty() ? std::string() : id_of(t.parents.front()).text();
        if (!parent_now.empty() && parent_now != parent)
            add(i, instant::min(), loosening, at, "move_task", basis, {{"parent_id", nullptr}});
        json::object place;
        auto linked = at;
        if (!parent.empty() && parent_now != parent) {
            place["parent_id"] = parent;
            linked = std::max(linked, created_[index_.at(t.parents.front())]);
        }
        const bool owns_project = std::ranges::find(book_.owned, "project") != book_.owned.end();
        if (owns_project && member_text(now, "project") != t.project)
            place["project_id"] =
                t.project.empty() ? json::value(nullptr) : json::value(project(t.project, at, t.line));
        if (!place.empty()) add(i, linked, linking, linked, "move_task", basis, std::move(place));

        std::set<std::string> wanted;
        linked = at;
        for (const auto& target : t.depends_on) {
            wanted.insert(id_of(target).text());
            linked = std::max(linked, created_[index_.at(target)]);
        }
        const auto had = texts_of(now, "depends_on");
        if (had == wanted) return;
        json::array kept;
        for (const auto& id : had)
            if (wanted.contains(id)) kept.emplace_back(id);
        if (kept.size() < had.size())
            add(i, instant::min(), loosening, at, "update_task", basis + " less", {{"depends_on", kept}});
        if (kept.size() < wanted.size())
            add(i, linked, linking, linked, "update_task", basis + " more",
                {{"depends_on", wanted_targets(t)}});
    }

    void change_status(std::size_t i, std::string_view from_text, const std::string& basis, instant at) {
        const auto& t = book_.tasks[i];
        const auto from = domain::parse_status(from_text).value_or(status::open);
        if (from == t.status) return;
        const auto closed = t.closed_at && !options_.happened ? not_after_now(t.closed_at, at) : at;
        const auto send = [&](std::string_view type, int when, instant happened, json::object args = {}) {
            add(i, at, when, happened, type, basis, std::move(args));
        };
        if (t.status == status::deleted) return send("delete_task", deleting, closed, {{"children", "keep"}});
        const bool was_open = domain::is_open(from);
        if (!was_open) {
            if (from == status::skipped) {
                plan_.notes.push_back(
                    {t.line, t.source_id + ": was skipped in the book: its status is left alone"});
                return;
            }
            send("reopen_task", starting, at);
        }
        if (t.status == status::open && from == status::in_progress) return send("stop_task", starting, at);
        if (t.status == status::in_progress) return send("start_task", starting, at);
        if (t.status == status::completed)
            return send("complete_task", closing, closed, {{"children", "keep"}});
        if (t.status == status::cancelled)
            return send("cancel_task", closing, closed, {{"children", "keep"}});
        if (t.status == status::skipped) return send("skip_task", closing, closed);
    }

    /// A task that the file has no more.
    void remove(const domain::task_id& id) {
        const auto* now = found(id);
        if (now == nullptr || member_text(*now, "status") == "deleted") return;
        const auto at = options_.happened.value_or(options_.now);
        const auto* version = now->if_contains("version");
        const auto basis =
            fmt::format("version {}", version != nullptr && version->is_int64() ? version->get_int64() : 0);
        const auto send = [&](instant order, int when, std::string_view type, json::object args) {
            args["task_id"] = id.text();
            push(no_task, 0, order, when, at, type, command_id(book_.source, id.text(), type, basis),
                 std::move(args));
        };
        // Without a parent it can come back whatever became of that one.
        if (!member_text(*now, "parent_id").empty())
            send(instant::min(), loosening, "move_task", {{"parent_id", nullptr}});
        send(instant::max(), deleting, "delete_task", {{"children", "keep"}});
    }

    const wanted_book& book_;
    const current_book& current_;
    const plan_options& options_;
    std::unordered_map<std::string, std::size_t> index_;
    std::vector<instant> created_;
    std::unordered_map<std::string, std::size_t> asked_projects_;  ///< name -> its step
    std::vector<step> steps_;
    import_plan plan_;
};

}  // namespace

import_plan make_plan(const wanted_book& book, const current_book& current, const plan_options& options) {
    return planner(book, current, options).make();
}

std::vector<std::string> differences(const wanted_book& book, const wanted_task& wanted,
                                     const json::object& current, bool exact) {
    std::vector<std::string> out;
    const auto patch = patch_of(book, wanted, current, exact);
    for (const auto& m : patch) out.emplace_back(m.key());
    const auto status_now = member_text(current, "status");
    if (status_now != domain::to_text(wanted.status)) out.emplace_back("status");
    const auto parent =
        wanted.parents.empty() ? std::string() : task_id_of(book.source, wanted.parents.front()).text();
    if (member_text(current, "parent_id") != parent) out.emplace_back("parent_id");
    std::set<std::string> targets;
    for (const auto& target : wanted.depends_on) targets.insert(task_id_of(book.source, target).text());
    if (texts_of(current, "depends_on") != targets) out.emplace_back("depends_on");
    if (std::ranges::find(book.owned, "project") != book.owned.end() &&
        member_text(current, "project") != wanted.project)
        out.emplace_back("project");
    return out;
}

std::string comment_command_id(const std::string& source, const wanted_task& t, const wanted_comment& c) {
    return command_id(source, t.source_id, "add_comment", c.key + "\n" + c.text);
}

}  // namespace daybook::app::import
