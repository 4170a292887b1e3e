#include "projector/rocks_lists.hpp"

#include "domain/alarm_list.hpp"
#include "domain/codec/task_json.hpp"
#include "domain/fold.hpp"
#include "projector/column_filter.hpp"
#include "projector/indexed_texts.hpp"
#include "projector/query_plan.hpp"
#include "projector/rocks_keys.hpp"
#include "projector/rocks_text.hpp"
#include "projector/tag_counter.hpp"

#include <fmt/format.h>

#include <utility>

namespace daybook::projector {
namespace {

namespace keys = rocks_keys;
namespace rocks = platform::rocks;
using domain::errc;
using domain::make_problem;

constexpr std::size_t scan_readahead = std::size_t{2} * 1024 * 1024;
/// So many tasks are read from the store sooner than the columns of their book are made.
constexpr std::uint64_t few_tasks = 500;

rocks::range whole(std::string prefix) {
    rocks::range r;
    r.prefix = std::move(prefix);
    r.fill_cache = false;
    r.readahead_bytes = scan_readahead;
    return r;
}

/// An id, else a name without regard to case.
domain::result<std::optional<domain::project_id>> resolve_project(const std::string& sent,
                                                                  const domain::user_id& user,
                                                                  const rocks_rows& rows) {
    auto known = rows.projects(user);
    if (!known) return known.error();
    const auto id = domain::project_id::parse(sent);
    const auto folded = domain::fold_text(sent);
    std::optional<domain::project_id> found;
    for (const auto& p : *known) {
        if (id == p.id) return std::optional(p.id);
        if (!found && domain::fold_text(p.name) == folded) found = p.id;
    }
    return found;
}

domain::problem no_text_row() { return make_problem(errc::view_stopped, "a task has no text row"); }

/// Hands every task of the book with its ordinal to `each`, which says whether to go on; those beside `among`
/// as null. `among` may be null: all.
template <class Each>
domain::result<void> each_task(const domain::user_id& user, const rocks_rows& rows, const task_set* among,
                               Each each) {
    const auto partition = rows.partition_of(user);
    // Both have a row for each task, in the same order.
    auto texts = rows.scan(whole(keys::of_book(partition, keys::space::text, user)));
    auto at = rows.scan(whole(keys::of_book(partition, keys::space::task, user)));
    for (; at.valid() && texts.valid(); at.next(), texts.next()) {
        if (keys::last_uuid(at.key()) != keys::last_uuid(texts.key())) return no_text_row();
        const auto ordinal = ordinal_in(texts.value());
        if (!ordinal) return ordinal.error();
        if (among != nullptr && !among->contains(*ordinal)) {
            if (!each(nullptr, *ordinal)) return {};
            continue;
        }
        const auto task = domain::decode_task(at.value());
        if (!task) return task.error().prefixed("task row");
        if (!each(&*task, *ordinal)) return {};
    }
    if (auto ended = at.status(); !ended) return ended;
    if (auto ended = texts.status(); !ended) return ended;
    if (at.valid() || texts.valid()) return no_text_row();
    return {};
}

/// The rows of a book without columns.
row_walk walk_over_rows(const domain::user_id& user, const rocks_rows& rows, const task_set* among,
                        query_run& run) {
    return [&user, &rows, among, &run](const row_visitor& visit) {
        tag_table tags;
        return each_task(user, rows, among, [&](const domain::task* t, std::uint32_t ordinal) {
            // Out of time, the visitor says so.
            if (t == nullptr) return run.in_time() || visit(list_row{}, tags);
            return visit(make_list_row(*t, ordinal, tags), tags);
        });
    };
}

/// The rows of a few tasks, one by one.
row_walk walk_over_few(const domain::user_id& user, rocks_rows& rows, const task_set& among) {
    return [&user, &rows, ordinals = among.ordinals()](const row_visitor& visit) -> domain::result<void> {
        const auto partition = rows.partition_of(user);
        tag_table tags;
        for (const auto ordinal : ordinals) {
            auto id = rows.get(keys::ordinal(partition, user, ordinal));
            if (!id) return id.error();
            if (!*id || (*id)->size() != 16)
                return make_problem(errc::view_stopped, "an ordinal has no task");
            auto task = rows.task(user, domain::task_id(keys::last_uuid(**id)));
            if (!task) return task.error();
            if (!*task) return make_problem(errc::view_stopped, "an ordinal has no task");
            if (!visit(make_list_row(**task, ordinal, tags), tags)) return {};
        }
        return {};
    };
}

bool asks_around(const domain::filter::clause& where) {
    return asks(where, domain::filter::trait::has_subtask) || asks(where, domain::filter::trait::is_blocked);
}

}  // namespace

rocks_lists::rocks_lists(rocks::store& store, options with)
    : store_(store), options_(with), columns_(with.columns_bytes_max) {}

rocks_lists::~rocks_lists() = default;

domain::result<void> rocks_lists::write(rocks::batch& batch, std::span<const numbered_task> changed) {
    const std::scoped_lock publishing(publish_mutex_);
    // Not synced: rows and position leave together or not at all, and the log has both (schema/rocks.md).
    if (auto done = store_.write(batch, rocks::durability::buffered); !done) return done;
    columns_.publish(changed);
    return {};
}

template <class GoOn>
domain::result<std::optional<std::unique_ptr<columns_editor>>> rocks_lists::make_columns(
    const domain::user_id& user, const rocks::snapshot& at, GoOn go_on) {
    const rocks_rows rows(store_, options_.partitions, &at);
    auto editor = std::make_unique<columns_editor>();
    bool fits = true;
    bool ended = false;
    auto read = each_task(user, rows, nullptr, [&](const domain::task* t, std::uint32_t ordinal) {
        editor->put(*t, ordinal);
        fits = editor->bytes() <= columns_.bytes_max();
        ended = !go_on();
        return fits && !ended;
    });
    if (!read) return read.error();
    if (!fits) return std::optional(std::unique_ptr<columns_editor>());
    if (ended) return std::optional<std::unique_ptr<columns_editor>>();
    return std::optional(std::move(editor));
}

void rocks_lists::build_later(build next) {
    const std::scoped_lock lock(publish_mutex_);
    builds_.push_back(std::move(next));
    if (!builder_.joinable())
        builder_ = std::jthread([this](const std::stop_token& stop) { build_all(stop); });
    building_.notify_one();
}

void rocks_lists::build_all(const std::stop_token& stop) {
    std::unique_lock lock(publish_mutex_);
    while (building_.wait(lock, stop, [this] { return !builds_.empty(); })) {
        const auto next = std::move(builds_.front());
        builds_.pop_front();
        lock.unlock();
        auto made = make_columns(next.user, next.at, [&stop] { return !stop.stop_requested(); });
        lock.lock();
        if (made && *made && **made)
            columns_.built(next.user, std::move(**made));
        else
            columns_.gave_up(next.user, made && *made);
    }
}

rocks_lists::listed_state rocks_lists::state_now(const domain::user_id& user) {
    const std::scoped_lock lock(publish_mutex_);
    auto known = columns_.peek(user);
    return {store_.snapshot(), std::move(known.columns), known.state == column_cache::state::too_large};
}

domain::result<rocks_lists::listed_state> rocks_lists::state_with_columns(const domain::user_id& user,
                                                                          query_run& run) {
    std::unique_lock lock(publish_mutex_);
    for (;;) {
        auto known = columns_.find(user);
        if (known.state == column_cache::state::building) {
            if (columns_.changed.wait_until(lock, run.deadline()) == std::cv_status::timeout)
                return run.timeout("another request reads the book into columns in memory");
            continue;
        }
        listed_state state{store_.snapshot(), std::move(known.columns),
                           known.state == column_cache::state::too_large};
        if (known.state != column_cache::state::must_build) return state;
        lock.unlock();
        auto editor = make_columns(user, state.at, [&run] { return run.in_time(); });
        if (editor && !*editor) {
            // Whoever asks again finds the columns.
            build_later({user, std::move(state.at)});
            return run.timeout("reading the book into columns in memory, which goes on");
        }
        if (editor && **editor) state.columns = (**editor)->columns();
        state.too_large = editor && !**editor;
        lock.lock();
        if (!editor || state.too_large)
            columns_.gave_up(user, state.too_large);
        else
            columns_.built(user, std::move(**editor));
        if (!editor) return editor.error();
        return state;
    }
}

domain::result<rocks_lists::selection> rocks_lists::select(const domain::user_id& user,
                                                           const domain::list_query& query) {
    query_run run(options_.query_deadline);
    auto state = state_now(user);
    for (bool read_columns = false;; read_columns = true) {
        if (read_columns) {
            auto with_columns = state_with_columns(user, run);
            if (!with_columns) return with_columns.error();
            state = std::move(*with_columns);
            run.start_over();
        }
        rocks_rows rows(store_, options_.partitions, &state.at);
        const bool more_may_come = !state.columns && !state.too_large;
        if (more_may_come && query.where.texts.empty()) continue;
        indexed_texts texts(user, query.where, rows);
        if (auto found = texts.find(run); !found) return found.error();
        const auto among = texts.candidates();
        const bool few = among && among->size() <= few_tasks && !asks_around(query.where.where);
        if (more_may_come && !few) continue;

        std::vector<std::optional<domain::project_id>> projects;
        for (const auto& sent : query.where.projects) {
            auto resolved = resolve_project(sent, user, rows);
            if (!resolved) return resolved.error();
            projects.push_back(*resolved);
        }
        domain::result<selected_page> page = selected_page{};
        if (state.columns) {
            page = select_from_columns(query, projects, *state.columns, texts, run);
        } else {
            if (among) run.did(fmt::format("candidates by their words: {}", among->size()));
            list_selector selector(query, std::move(projects), &texts, run);
            const auto all = walk_over_rows(user, rows, nullptr, run);
            const auto candidates = few     ? walk_over_few(user, rows, *among)
                                    : among ? walk_over_rows(user, rows, &*among, run)
                                            : all;
            page = selector.select(all, &candidates);
        }
        if (!page) return page.error();
        return selection{std::move(state.at), std::move(*page), run.plan()};
    }
}

domain::result<std::vector<std::vector<std::string>>> rocks_lists::alike(const domain::user_id& user,
                                                                         std::span<const std::string> words) {
    query_run run(options_.query_deadline);
    const auto snapshot = store_.snapshot();
    const rocks_rows rows(store_, options_.partitions, &snapshot);
    return rocks_text_reader(rows, user).alike(words, run);
}

domain::result<void> rocks_lists::each_with_alarms(const domain::user_id& user, std::uint8_t kinds,
                                                   const std::function<void(const domain::task&)>& each) {
    query_run run(options_.query_deadline);
    auto state = state_with_columns(user, run);
    if (!state) return state.error();
    rocks_rows rows(store_, options_.partitions, &state->at);
    if (!state->columns)
        return each_task(user, rows, nullptr, [&](const domain::task* t, std::uint32_t) {
            if ((domain::alarm_kinds(*t) & kinds) != 0) each(*t);
            return true;
        });
    for (const auto& chunk : state->columns->chunks) {
        for (const auto& row : chunk->rows) {
            if ((row.alarms & kinds) == 0) continue;
            auto task = rows.task(user, row.id);
            if (!task) return task.error();
            if (*task) each(**task);
        }
    }
    return {};
}

domain::result<std::vector<tag_count>> rocks_lists::tags(const domain::user_id& user) {
    query_run run(options_.query_deadline);
    auto state = state_with_columns(user, run);
    if (!state) return state.error();
    tag_counter counter;
    if (!state->columns) {
        const rocks_rows rows(store_, options_.partitions, &state->at);
        auto read = each_task(user, rows, nullptr, [&](const domain::task* t, std::uint32_t) {
            counter.add(t->tags, t->status);
            return true;
        });
        if (!read) return read.error();
        return counter.counts();
    }
    struct count {
        std::int64_t open = 0;
        std::int64_t total = 0;
    };
    const auto& tags = state->columns->tags->rows();
    std::vector<count> counts(tags.size());
    for (const auto& chunk : state->columns->chunks) {
        for (const auto& row : chunk->rows) {
            if (row.status == domain::status::deleted || row.status == domain::status::purged) continue;
            for (std::size_t i = 0; i < row.tag_count; ++i) {
                auto& c = counts[row.tags[i]];
                ++c.total;
                if (domain::is_open(row.status)) ++c.open;
            }
        }
    }
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const auto& [open, total] = counts[i];
        if (open > 0) counter.add_folded(tags[i].folded, tags[i].spelling, true, open);
        if (total > open) counter.add_folded(tags[i].folded, tags[i].spelling, false, total - open);
    }
    return counter.counts();
}

}  // namespace daybook::projector
