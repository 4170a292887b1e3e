// Grammar of a token, which is opaque to clients; the digit is the epoch of the model:
//   token := `s1.` position                 changes behind that position come next
//          | `f1.` position `.` cursor      the next page of a whole book that was begun at that position
//          | position                       of a write: as `s1.`
#include "projector/sync_routes.hpp"

#include "domain/codec/book_json.hpp"
#include "domain/codec/event_json.hpp"
#include "domain/codec/task_json.hpp"
#include "domain/json_text.hpp"
#include "domain/limits.hpp"
#include "domain/list_query.hpp"
#include "projector/read_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace daybook::projector {
namespace {

namespace http = platform::http;
using boost::asio::awaitable;
using domain::errc;
using domain::make_problem;
using domain::result;
using platform::auth::scope;
using answer = awaitable<result<http::response>>;

constexpr std::string_view everything = "*";
constexpr std::string_view changes_mark = "s1.";
constexpr std::string_view whole_mark = "f1.";

struct sync_token {
    bool whole = false;
    std::optional<domain::position> from{};  ///< none: the beginning of a whole book
    std::string cursor{};
};

/// The position ends at the third dot: those of the log id are dashes.
std::pair<std::string_view, std::string_view> split_position(std::string_view text) {
    auto dot = text.find('.');
    if (dot != std::string_view::npos) dot = text.find('.', dot + 1);
    if (dot != std::string_view::npos) dot = text.find('.', dot + 1);
    if (dot == std::string_view::npos) return {text, {}};
    return {text.substr(0, dot), text.substr(dot + 1)};
}

domain::problem expired(std::string detail) {
    return make_problem(errc::sync_token_expired, std::move(detail), "token");
}

/// A letter and a number in front, as tokens of another epoch have them.
bool looks_like_another_epoch(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos || dot < 2 || (text[0] != 's' && text[0] != 'f')) return false;
    if (text.starts_with(changes_mark) || text.starts_with(whole_mark)) return false;
    return std::ranges::all_of(text.substr(1, dot - 1), [](char c) { return c >= '0' && c <= '9'; });
}

result<sync_token> read_token(std::string_view text) {
    sync_token out;
    if (text == everything) {
        out.whole = true;
        return out;
    }
    if (text.starts_with(whole_mark)) {
        const auto [position, cursor] = split_position(text.substr(whole_mark.size()));
        out = {true, domain::position::parse(position), std::string(cursor)};
        if (out.from && !cursor.empty()) return out;
    } else {
        const auto position = text.starts_with(changes_mark) ? text.substr(changes_mark.size()) : text;
        out.from = domain::position::parse(position);
        if (out.from) return out;
        if (looks_like_another_epoch(text)) return expired("the token is of another version of Daybook");
    }
    return make_problem(errc::field_invalid, "token is * or a token of an earlier answer", "token");
}

/// A token of a log that is no more is as good as none.
result<void> check_log(const read_side& side, const sync_token& token, std::int32_t partition) {
    if (!token.from) return {};
    if (token.from->partition != partition)
        return make_problem(errc::position_foreign, "the token is of another book", "token");
    const auto known = side.runners.front()->progress_of().of(partition).log_id;
    if (known && *known != token.from->log_id) return expired("the token is of a log that was replaced");
    return {};
}

/// The body as it grows; members are written where they are due.
class sync_body {
 public:
    void task(const task_row& row) {
        separate(tasks_);
        domain::render_task(tasks_, *row.task, row.around);
    }
    void deleted_task(const domain::task_id& id) {
        separate(deleted_tasks_);
        domain::append_json_string(deleted_tasks_, id.text());
    }
    void project(const domain::project& p) {
        separate(projects_);
        domain::render_project(projects_, p);
    }
    void deleted_project(const domain::project_id& id) {
        separate(deleted_projects_);
        domain::append_json_string(deleted_projects_, id.text());
    }
    void book(const domain::book_state& b) {
        book_.clear();
        domain::render_book(book_, b);
    }

    [[nodiscard]] http::response finish(const read_context& context, std::string_view token, bool has_more,
                                        bool full) const {
        std::string out = "{\"full\":";
        out += full ? "true" : "false";
        out += ",\"tasks\":[" + tasks_ + "],\"deleted_tasks\":[" + deleted_tasks_ + "],\"projects\":[" +
               projects_ + "],\"deleted_projects\":[" + deleted_projects_ + "],\"book\":" + book_ +
               ",\"token\":";
        domain::append_json_string(out, token);
        out += ",\"has_more\":";
        out += has_more ? "true" : "false";
        append_standing(out, context);
        return answer_at(context, std::move(out));
    }

 private:
    static void separate(std::string& list) {
        if (!list.empty()) list += ',';
    }
    std::string tasks_, deleted_tasks_, projects_, deleted_projects_;
    std::string book_ = "null";
};

result<void> add_book(sync_body& body, const read_context& context) {
    const auto found = context.on->reader().book(context.user);
    if (!found) return found.error();
    auto shown = found->value_or(domain::book_state{});
    shown.user = context.user;
    body.book(shown);
    return {};
}

/// A page of the whole book. What changes while it is read comes as changes behind the position at which it
/// was begun, so a copy is right at the end whatever the pages saw.
result<http::response> whole_page(const read_context& context, const sync_token& token) {
    sync_body body;
    auto& reader = context.on->reader();
    domain::list_query query;
    query.order = {{domain::sort_field::id, false}};
    query.limit = domain::limits::page_size_max;
    if (token.cursor.empty()) {
        if (auto added = add_book(body, context); !added) return added.error();
        const auto projects = reader.projects(context.user);
        if (!projects) return projects.error();
        for (const auto& p : *projects)
            if (!p.deleted) body.project(p);
    } else if (auto moved = domain::apply_cursor(query, token.cursor); !moved) {
        return moved.error();
    }
    const auto page = reader.list(context.user, query);
    if (!page) return page.error();
    for (const auto& row : page->items) body.task(row);
    const auto from = token.from ? token.from : context.position;
    if (!from) return body.finish(context, everything, false, true);  // an empty log has no position
    const auto next = page->next_cursor ? fmt::format("{}{}.{}", whole_mark, from->text(), *page->next_cursor)
                                        : fmt::format("{}{}", changes_mark, from->text());
    return body.finish(context, next, page->next_cursor.has_value(), true);
}

/// What the events of a page touched, each once.
struct touched {
    std::vector<domain::task_id> tasks{};
    std::vector<domain::project_id> projects{};
    bool book = false;
};

template <class Id>
void add_once(std::vector<Id>& list, const Id& id) {
    if (std::ranges::find(list, id) == list.end()) list.push_back(id);
}

result<touched> touched_by(const std::vector<history_entry>& page) {
    touched out;
    for (const auto& each : page) {
        const auto e = domain::decode_event(std::string_view(each.value));
        if (!e) return e.error();
        if (e->task) add_once(out.tasks, *e->task);
        if (e->type == domain::event_type::book_configured) out.book = true;
        const auto* project = e->task ? nullptr : e->data.if_contains("project_id");
        if (project == nullptr || !project->is_string()) continue;
        if (const auto id = domain::project_id::parse(project->get_string())) add_once(out.projects, *id);
    }
    return out;
}

/// The state now of everything that changed behind the token. States only get newer, so a page that is read
/// again does no harm.
result<http::response> changes_page(const read_context& context, const domain::position& after) {
    auto& reader = context.on->reader();
    history_query query;
    query.after_offset = after.offset;
    query.limit = domain::limits::sync_page_events;
    query.with_purges = true;
    const auto events = reader.history(context.user, query);
    if (!events) return events.error();
    const auto changed = touched_by(*events);
    if (!changed) return changed.error();
    sync_body body;
    for (const auto& id : changed->tasks) {
        const auto row = reader.get(context.user, id);
        if (!row) return row.error();
        if (*row && (*row)->task->status != domain::status::deleted)
            body.task(**row);
        else
            body.deleted_task(id);
    }
    if (!changed->projects.empty()) {
        const auto projects = reader.projects(context.user);
        if (!projects) return projects.error();
        for (const auto& id : changed->projects) {
            const auto found = std::ranges::find(*projects, id, &domain::project::id);
            if (found != projects->end() && !found->deleted)
                body.project(*found);
            else
                body.deleted_project(id);
        }
    }
    if (changed->book)
        if (auto added = add_book(body, context); !added) return added.error();
    const bool has_more = events->size() == query.limit;
    auto next = after;
    if (!events->empty()) next.offset = events->back().offset;
    if (!has_more && context.position) next.offset = std::max(next.offset, context.position->offset);
    return body.finish(context, fmt::format("{}{}", changes_mark, next.text()), has_more, false);
}

result<bool> allows_full(const http::request& from) {
    const auto text = from.query_parameter("allow_full");
    if (!text) return text.error();
    if (!*text || **text == "0") return false;
    if (**text == "1") return true;
    return make_problem(errc::field_invalid, "1 or 0", "allow_full");
}

/// The token, or the whole book where an expired one may be replaced by it.
result<sync_token> token_of(const read_side& side, const http::request& from) {
    const auto text = from.query_parameter("token");
    if (!text) return text.error();
    if (!*text) return make_problem(errc::field_required, "token is * for the whole book", "token");
    const auto full = allows_full(from);
    if (!full) return full.error();
    auto token = read_token(**text);
    if (token) {
        const auto partition = eventlog::partition_of(from.caller.book, side.log.partitions());
        if (auto ours = check_log(side, *token, partition); !ours) token = ours.error();
    }
    if (!token && token.error().code == errc::sync_token_expired && *full) {
        sync_token whole;
        whole.whole = true;
        return whole;
    }
    return token;
}

answer get_sync(const read_side& side, http::request from) {
    const auto token = token_of(side, from);
    if (!token) co_return token.error();
    const std::string minimum = token->from ? token->from->text() : std::string();
    auto context = co_await begin_read(side, from, domain::user_id(from.caller.book), minimum);
    if (!context) co_return context.error();
    if (const auto known = refuse_unknown(*context, {"token", "allow_full"}); !known) co_return known.error();
    auto read = [context = &*context, token = &*token]() -> result<http::response> {
        return token->whole ? whole_page(*context, *token) : changes_page(*context, *token->from);
    };
    co_return co_await side.pool.run(std::move(read));
}

struct sync_route {
    std::string_view pattern;
    platform::auth::scope_set needs;
    answer (*handle)(const read_side&, http::request);
};

constexpr sync_route only = {"/v1/sync", scope::read, get_sync};

}  // namespace

std::vector<http::route> sync_routes(const read_side& side) {
    auto handle = [&side](http::request r) { return only.handle(side, std::move(r)); };
    return {{http::method::get, only.pattern, only.needs, std::move(handle)}};
}

std::vector<std::string_view> sync_patterns() { return {only.pattern}; }

}  // namespace daybook::projector
