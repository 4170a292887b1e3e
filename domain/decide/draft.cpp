#include "domain/decide/draft.hpp"

#include "domain/limits.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace daybook::domain::deciding {

namespace json = boost::json;

draft::draft(const book_reader& book, const command& wanted, const decide_context& outside)
    : reader(book), cmd(wanted), context(outside), causation(outside.causation_id) {
    const auto& state = reader.book();
    timestamp_ = std::max(context.now, state.last_timestamp);
    if (!cmd.occurred_at) return;
    if (state.imported_only && *cmd.occurred_at >= state.last_timestamp)
        timestamp_ = *cmd.occurred_at;
    else
        source_time_ = cmd.occurred_at;
}

event draft::made(event_type type, std::int64_t version, json::object data) const {
    event e;
    e.id = event_id(uuid::v7(context.now, context.entropy()));
    e.type = type;
    e.timestamp = timestamp_;
    e.user = reader.book().user;
    e.version = version;
    e.command = cmd.id;
    e.correlation_id = context.correlation_id.empty() ? cmd.id.text() : context.correlation_id;
    e.causation_id = causation;
    e.actor = context.actor;
    e.source = cmd.occurred_at ? "import" : context.source;
    e.data = std::move(data);
    if (source_time_) e.data["source_time"] = to_text(*source_time_);
    return e;
}

void draft::add(event_type type, const task& subject, json::object data) {
    const bool again = !events_.empty() && events_.back().task == subject.id;
    const auto version = (again ? events_.back().version : subject.version) + 1;
    events_.push_back(made(type, version, std::move(data)));
    events_.back().task = subject.id;
}

event_id draft::add_book_event(event_type type, std::int64_t version, json::object data) {
    events_.push_back(made(type, version, std::move(data)));
    return events_.back().id;
}

void draft::absorb(std::vector<event> decided, const event_id& cause) {
    for (auto& e : decided) {
        e.causation_id = cause.text();
        events_.push_back(std::move(e));
    }
    alarms_added_ = true;
}

void draft::warn(warning w) { warnings_.push_back(std::move(w)); }

decision draft::finish(std::optional<task_id> subject) {
    if (!alarms_added_) add_alarm_changes(reader.book());
    if (events_.empty()) return no_op{subject};
    if (events_.size() > limits::commit_parts_max)
        return make_problem(errc::limit_commit,
                            fmt::format("The command would make {} events, a commit has at most {}",
                                        events_.size(), limits::commit_parts_max));
    return accepted{std::move(events_), subject, std::move(warnings_)};
}

result<task_ptr> find_subject(const draft& d) {
    const auto id = task_argument(d.cmd.args, "task_id");
    auto found = id ? d.reader.find(*id) : nullptr;
    if (!found || found->status == status::purged)
        return make_problem(errc::not_found,
                            fmt::format("There is no task {}", text_argument(d.cmd.args, "task_id")),
                            "args.task_id");
    if (auto expected = check_version(d, "The task", found->version); !expected) return expected.error();
    return found;
}

result<void> check_version(const draft& d, std::string_view what, std::int64_t version) {
    const auto& cmd = d.cmd;
    if (!cmd.if_version || *cmd.if_version == version ||
        std::ranges::find(cmd.or_versions, version) != cmd.or_versions.end())
        return {};
    auto wanted = std::to_string(*cmd.if_version);
    for (const auto other : cmd.or_versions) wanted += fmt::format(" or {}", other);
    return make_problem(errc::version_mismatch,
                        fmt::format("{} has version {}, not {}", what, version, wanted), "if_version");
}

problem status_refusal(const task& t, std::string_view intention) {
    if (t.status == status::deleted)
        return make_problem(errc::task_deleted,
                            fmt::format("The task is deleted, so it cannot be {}", intention));
    return make_problem(errc::status_conflict,
                        fmt::format("The task is {}, so it cannot be {}", to_text(t.status), intention));
}

std::string_view text_argument(const json::object& args, std::string_view name) {
    const auto* value = args.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return value->get_string();
}

std::optional<task_id> task_argument(const json::object& args, std::string_view name) {
    return task_id::parse(text_argument(args, name));
}

std::optional<project_id> project_argument(const json::object& args, std::string_view name) {
    return project_id::parse(text_argument(args, name));
}

std::string path_text(const std::vector<task_id>& ids) {
    constexpr std::size_t shown_max = 6;
    std::string text;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (ids.size() > shown_max && i == shown_max - 1) i = ids.size() - 1, text += " -> …";
        text += (i == 0 ? "" : " -> ") + ids[i].text();
    }
    return text;
}

json::array ids_json(const std::vector<task_id>& ids) {
    json::array list;
    list.reserve(ids.size());
    for (const auto& id : ids) list.emplace_back(id.text());
    return list;
}

}  // namespace daybook::domain::deciding
