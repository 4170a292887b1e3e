#include "projector/rocks_view.hpp"

#include "domain/codec/task_json.hpp"
#include "domain/fold.hpp"
#include "domain/project.hpp"
#include "projector/history_matcher.hpp"
#include "projector/indexed_texts.hpp"
#include "projector/list_selector.hpp"
#include "projector/rocks_keys.hpp"
#include "projector/tag_counter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <unordered_set>
#include <utility>

namespace daybook::projector {
namespace {

namespace keys = rocks_keys;
namespace rocks = platform::rocks;
using domain::errc;
using domain::make_problem;

constexpr std::string_view format_now = "3";  // 1 had no full text, 2 forgot languages of purged tasks
constexpr std::size_t scan_readahead = std::size_t{2} * 1024 * 1024;

rocks::store_options store_options_of(const rocks_view_options& options) {
    rocks::store_options out;
    out.folder = options.folder;
    out.write_buffer_bytes = std::size_t{32} * 1024 * 1024;
    out.block_cache_bytes = std::size_t{64} * 1024 * 1024;
    out.damaged = errc::view_stopped;
    out.unavailable = errc::view_unavailable;
    return out;
}

rocks::range range_of(std::string prefix) {
    rocks::range r;
    r.prefix = std::move(prefix);
    return r;
}

/// Keys with `prefix` from `prefix ‖ offset` on.
rocks::range range_from(const std::string& prefix, std::int64_t offset) {
    rocks::range r;
    std::string first = prefix;
    rocks::append_u64(first, static_cast<std::uint64_t>(offset));
    r.first = std::move(first);
    r.last = rocks::prefix_end(prefix);
    return r;
}

/// `blocked` and the project's name, from the same state as the task.
domain::result<task_row> with_surroundings(std::shared_ptr<const domain::task> task, rocks_rows& rows) {
    task_row row{std::move(task), {}};
    for (const auto& id : row.task->depends_on) {
        auto target = rows.task(row.task->user, id);
        if (!target) return target.error();
        if (*target && domain::is_open((*target)->status)) {
            row.around.blocked = true;
            break;
        }
    }
    if (row.task->project) {
        auto project = rows.project(row.task->user, *row.task->project);
        if (!project) return project.error();
        row.around.project_name = domain::shown_name(*project);
    }
    return row;
}

domain::result<std::vector<domain::project>> projects_of(const domain::user_id& user, rocks_rows& rows) {
    std::vector<domain::project> out;
    auto at = rows.scan(range_of(keys::of_book(rows.partition_of(user), keys::space::project, user)));
    for (; at.valid(); at.next()) {
        auto project = domain::decode_project(at.value());
        if (!project) return project.error().prefixed("project row");
        if (!project->deleted) out.push_back(std::move(*project));
    }
    if (auto ended = at.status(); !ended) return ended.error();
    return out;
}

/// An id, else a name without regard to case.
domain::result<std::optional<domain::project_id>> resolve_project(const std::string& sent,
                                                                  const domain::user_id& user,
                                                                  rocks_rows& rows) {
    auto known = projects_of(user, rows);
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

/// Hands every task of the book with its ordinal to `each`, which says whether to go on. `among`: only these;
/// null: all.
template <class Each>
domain::result<void> each_task(const domain::user_id& user, const rocks_rows& rows, const task_set* among,
                               Each each) {
    const auto partition = rows.partition_of(user);
    const auto scan = [&](keys::space space) {
        auto range = range_of(keys::of_book(partition, space, user));
        range.fill_cache = false;
        range.readahead_bytes = scan_readahead;
        return rows.scan(std::move(range));
    };
    // Both have a row for each task, in the same order.
    auto texts = scan(keys::space::text);
    auto at = scan(keys::space::task);
    for (; at.valid() && texts.valid(); at.next(), texts.next()) {
        if (keys::last_uuid(at.key()) != keys::last_uuid(texts.key())) {
            return make_problem(errc::view_stopped, "a task has no text row");
        }
        const auto ordinal = ordinal_in(texts.value());
        if (!ordinal) return ordinal.error();
        if (among != nullptr && !among->contains(*ordinal)) continue;
        auto task = domain::decode_task(at.value());
        if (!task) return task.error().prefixed("task row");
        if (!each(*task, *ordinal)) return {};
    }
    if (auto ended = at.status(); !ended) return ended;
    if (auto ended = texts.status(); !ended) return ended;
    if (at.valid() || texts.valid()) return make_problem(errc::view_stopped, "a task has no text row");
    return {};
}

/// The rows of a book that does not fit into memory.
row_walk walk_over_rows(const domain::user_id& user, const rocks_rows& rows, const task_set* among) {
    return [&user, &rows, among](const row_visitor& visit) {
        tag_table tags;
        return each_task(user, rows, among, [&](const domain::task& t, std::uint32_t ordinal) {
            const auto row = make_list_row(t, ordinal, tags);
            return visit(row, tags);
        });
    };
}

}  // namespace

rocks_view::rocks_view(rocks_view_options options)
    : options_(std::move(options)), columns_(options_.columns_bytes_max) {}

rocks_view::~rocks_view() {
    bulk_.reset();
    text_.reset();
    store_.reset();
    std::error_code ignored;  // what is left is removed at the next start
    if (remove_when_closed_) std::filesystem::remove_all(options_.folder, ignored);
}

domain::result<std::shared_ptr<rocks_view>> rocks_view::open(rocks_view_options options) {
    std::shared_ptr<rocks_view> made(new rocks_view(std::move(options)));
    const auto& with = made->options_;
    std::error_code failed;
    const bool fresh = !std::filesystem::exists(with.folder / "CURRENT", failed);
    std::filesystem::create_directories(with.folder, failed);
    if (failed)
        return make_problem(errc::view_unavailable,
                            fmt::format("{}: {}", with.folder.string(), failed.message()));
    auto store = rocks::store::open(store_options_of(with));
    if (!store) return store.error();
    made->store_ = std::move(*store);
    if (auto checked = made->check_meta(fresh); !checked) return checked.error();
    made->text_ = std::make_unique<rocks_text_writer>(*made->store_, with.partitions);
    if (with.bulk) {
        // Sorted files with LZ4: compaction packs them tighter in its own time.
        auto like = store_options_of(with);
        like.zstd_at_bottom = false;
        made->bulk_ =
            std::make_unique<bulk_loader>(*made->store_, std::move(like), with.partitions, with.bulk_bounds);
    }
    return made;
}

domain::result<void> rocks_view::check_meta(bool fresh) {
    const auto partitions = std::to_string(options_.partitions);
    auto format = store_->get(keys::meta("format"));
    if (!format) return format.error();
    if (!*format && fresh) {
        rocks::batch meta(*store_);
        meta.put(keys::meta("format"), format_now);
        meta.put(keys::meta("partitions"), partitions);
        meta.put(keys::meta("text"), domain::text_analyser_stamp());
        return store_->write(meta, rocks::durability::synced);
    }
    const std::string rebuild = "rebuild the view: daybook rebuild --view rocks";
    if (!*format) {
        return make_problem(errc::view_stopped, options_.folder.string() + " is no view of daybook", {},
                            rebuild);
    }
    if (**format == "1" || **format == "2") {
        return make_problem(errc::view_stopped,
                            fmt::format("{} was made by an earlier program: format {}, now {}",
                                        options_.folder.string(), **format, format_now),
                            {}, rebuild);
    }
    if (**format != format_now) {
        return make_problem(errc::format_newer,
                            fmt::format("{} has format {}, this program knows {}", options_.folder.string(),
                                        **format, format_now),
                            {}, "use a newer program, or " + rebuild);
    }
    auto text = store_->get(keys::meta("text"));
    if (!text) return text.error();
    if (*text != domain::text_analyser_stamp()) {
        return make_problem(
            errc::view_stopped,
            fmt::format("{} was indexed by text analysis {}, this program has {}", options_.folder.string(),
                        text->value_or("?"), domain::text_analyser_stamp()),
            {}, rebuild);
    }
    auto stored = store_->get(keys::meta("partitions"));
    if (!stored) return stored.error();
    if (*stored != partitions) {
        return make_problem(errc::view_stopped,
                            fmt::format("{} was made for {} partitions, the log has {}",
                                        options_.folder.string(), stored->value_or("?"), partitions),
                            {}, rebuild);
    }
    return {};
}

domain::result<void> rocks_view::load(view_batch& batch) { return bulk_ ? bulk_->load(batch) : apply(batch); }

domain::result<void> rocks_view::finish_bulk() {
    if (!bulk_) return {};
    if (auto done = bulk_->finish(); !done) return done;
    bulk_.reset();
    return {};
}

domain::result<eventlog::fold_checkpoint> rocks_view::position(std::int32_t partition) {
    if (bulk_) return bulk_->position(partition);
    return rocks_rows(*store_, options_.partitions).position(partition);
}

domain::result<void> rocks_view::apply(const view_batch& batch) {
    if (bulk_) {
        auto taken = batch;
        return bulk_->load(taken);
    }
    const std::scoped_lock writing(write_mutex_);
    rocks_rows stored(*store_, options_.partitions);
    auto now = stored.position(batch.partition);
    if (!now) return now.error();
    if (*now != batch.before) {
        return make_problem(
            errc::view_stopped,
            fmt::format(
                "the view stands at offset {} of partition {}, not at {}: another projector writes it",
                now->next_offset, batch.partition, batch.before.next_offset));
    }
    auto rows = fold_events(batch.events, stored);
    if (!rows) return rows.error();
    rocks::batch changes(*store_);
    put_rows(changes, batch.partition, *rows);
    put_events(changes, batch.partition, batch.events);
    const auto ordinals = text_->put(changes, batch, *rows);
    if (!ordinals) return ordinals.error();
    changes.put(keys::in(batch.partition, keys::space::position), batch.after.encode());
    std::vector<numbered_task> changed;
    changed.reserve(rows->tasks.size());
    for (std::size_t i = 0; i < rows->tasks.size(); ++i) {
        changed.push_back({(*ordinals)[i], std::move(rows->tasks[i].after)});
    }

    const std::scoped_lock publishing(publish_mutex_);
    // Not synced: rows and position leave together or not at all, and the log has both (schema/rocks.md).
    if (auto done = store_->write(changes, rocks::durability::buffered); !done) return done;
    columns_.publish(changed);
    return {};
}

domain::result<std::optional<task_row>> rocks_view::get(const domain::user_id& user,
                                                        const domain::task_id& id) {
    const auto snapshot = store_->snapshot();
    rocks_rows rows(*store_, options_.partitions, &snapshot);
    auto task = rows.task(user, id);
    if (!task) return task.error();
    if (!*task || (*task)->status == domain::status::purged) return std::optional<task_row>();
    auto row = with_surroundings(std::move(*task), rows);
    if (!row) return row.error();
    return std::optional(std::move(*row));
}

domain::result<std::unique_ptr<columns_editor>> rocks_view::build_columns(const domain::user_id& user,
                                                                          const rocks::snapshot& snapshot) {
    const rocks_rows rows(*store_, options_.partitions, &snapshot);
    auto editor = std::make_unique<columns_editor>();
    bool fits = true;
    auto read = each_task(user, rows, nullptr, [&](const domain::task& t, std::uint32_t ordinal) {
        editor->put(t, ordinal);
        fits = editor->bytes() <= columns_.bytes_max();
        return fits;
    });
    if (!read) return read.error();
    if (!fits) editor.reset();
    return editor;
}

domain::result<rocks_view::listed_state> rocks_view::state_for_list(const domain::user_id& user) {
    std::unique_lock lock(publish_mutex_);
    for (;;) {
        auto known = columns_.find(user);
        if (known.state == column_cache::state::building) {
            columns_.changed.wait(lock);
            continue;
        }
        listed_state state{store_->snapshot(), std::move(known.columns)};
        if (known.state != column_cache::state::must_build) return state;
        lock.unlock();
        auto editor = build_columns(user, state.at);
        if (editor && *editor) state.columns = (*editor)->columns();
        lock.lock();
        if (!editor || !*editor)
            columns_.gave_up(user, editor.has_value());
        else
            columns_.built(user, std::move(*editor));
        if (!editor) return editor.error();
        return state;
    }
}

domain::result<selected_page> rocks_view::select(const domain::user_id& user, const domain::list_query& query,
                                                 const listed_state& state, std::vector<std::string>* steps) {
    rocks_rows rows(*store_, options_.partitions, &state.at);
    std::vector<std::optional<domain::project_id>> projects;
    for (const auto& sent : query.where.projects) {
        auto resolved = resolve_project(sent, user, rows);
        if (!resolved) return resolved.error();
        projects.push_back(*resolved);
    }
    indexed_texts texts(user, query.where, rows);
    if (auto found = texts.find(); !found) return found.error();
    const auto among = texts.candidates();
    if (steps != nullptr) *steps = texts.steps();
    list_selector selector(query, std::move(projects), &texts);
    const auto all = state.columns ? walk_over(*state.columns) : walk_over_rows(user, rows, nullptr);
    if (!among) return selector.select(all);
    if (steps != nullptr) steps->push_back(fmt::format("tasks that the words leave: {}", among->size()));
    const auto ordinals = among->ordinals();
    const auto candidates =
        state.columns ? walk_over(*state.columns, ordinals) : walk_over_rows(user, rows, &*among);
    return selector.select(all, &candidates);
}

domain::result<std::vector<std::string>> rocks_view::explain(const domain::user_id& user,
                                                             const domain::list_query& query) {
    auto state = state_for_list(user);
    if (!state) return state.error();
    std::vector<std::string> steps;
    const auto selected = select(user, query, *state, &steps);
    if (!selected) return selected.error();
    steps.push_back(fmt::format("tasks looked at, {}: {}",
                                state->columns ? "in columns in memory" : "read from the store",
                                selected->rows));
    steps.push_back(fmt::format("kept by the filter: {}", selected->matched));
    steps.push_back(fmt::format("ordered, page of {}: {}", query.limit, selected->ids.size()));
    return steps;
}

domain::result<domain::text_document> rocks_view::document(const domain::user_id& user,
                                                           const domain::task_id& id) {
    const auto snapshot = store_->snapshot();
    rocks_rows rows(*store_, options_.partitions, &snapshot);
    auto task = rows.task(user, id);
    if (!task) return task.error();
    rocks_text_source source(rows);
    auto texts = source.texts(user, id);
    if (!texts) return texts.error();
    if (!*task || !*texts) return domain::text_document{};
    return document_of(**task, **texts, [&](std::int64_t offset) { return source.comment(user, offset); });
}

domain::result<task_page> rocks_view::list(const domain::user_id& user, const domain::list_query& query) {
    auto state = state_for_list(user);
    if (!state) return state.error();
    auto selected = select(user, query, *state, nullptr);
    if (!selected) return selected.error();
    rocks_rows rows(*store_, options_.partitions, &state->at);
    task_page page{
        {}, selected->total_count, selected->total_is_lower_bound, std::move(selected->next_cursor)};
    for (const auto& id : selected->ids) {
        auto task = rows.task(user, id);
        if (!task) return task.error();
        if (!*task) return make_problem(errc::view_stopped, "a listed task has no row: " + id.text());
        auto row = with_surroundings(std::move(*task), rows);
        if (!row) return row.error();
        page.items.push_back(std::move(*row));
    }
    return page;
}

namespace {
/// Values are written by encode_event without spaces, and no text holds an unescaped quotation mark.
bool is_purge(std::string_view value) {
    return value.find("\"event_type\":\"task.purged\"") != std::string_view::npos;
}
}  // namespace

domain::result<std::vector<history_entry>> rocks_view::history(const domain::user_id& user,
                                                               const history_query& query) {
    const auto snapshot = store_->snapshot();
    rocks_rows rows(*store_, options_.partitions, &snapshot);
    const auto partition = rows.partition_of(user);
    std::unordered_set<domain::task_id> purged;
    auto marks = rows.scan(range_of(keys::of_book(partition, keys::space::purged, user)));
    for (; marks.valid(); marks.next()) purged.insert(domain::task_id(keys::last_uuid(marks.key())));
    if (auto ended = marks.status(); !ended) return ended.error();

    std::vector<history_entry> out;
    if (query.task && purged.contains(*query.task)) return out;
    const history_matcher matcher(query);
    std::optional<domain::task_id> task;
    const auto from = std::max<std::int64_t>(query.after_offset + 1, 0);
    const auto prefix = query.task ? keys::of_row(partition, keys::space::task_event, user, *query.task)
                                   : keys::of_book(partition, keys::space::event, user);
    auto at = rows.scan(range_from(prefix, from));
    for (; at.valid() && out.size() < query.limit; at.next()) {
        const auto offset = keys::last_offset(at.key());
        std::string value;
        if (query.task) {
            auto stored = rows.get(keys::event(partition, user, offset));
            if (!stored) return stored.error();
            if (!*stored) return make_problem(errc::view_stopped, fmt::format("event {} has no row", offset));
            value = std::move(**stored);
            if (!matcher.matches(value, task)) continue;
        } else {
            if (!matcher.matches(at.value(), task)) continue;
            if (task && purged.contains(*task) && !(query.with_purges && is_purge(at.value()))) continue;
            value = at.value();
        }
        out.push_back(history_entry{offset, std::move(value)});
    }
    if (auto ended = at.status(); !ended) return ended.error();
    return out;
}

domain::result<std::vector<tag_count>> rocks_view::tags(const domain::user_id& user) {
    auto state = state_for_list(user);
    if (!state) return state.error();
    tag_counter counter;
    if (!state->columns) {
        const rocks_rows rows(*store_, options_.partitions, &state->at);
        auto read = each_task(user, rows, nullptr, [&](const domain::task& t, std::uint32_t) {
            counter.add(t.tags, t.status);
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
        for (const auto& row : *chunk) {
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

domain::result<std::optional<domain::book_state>> rocks_view::book(const domain::user_id& user) {
    return rocks_rows(*store_, options_.partitions).book(user);
}

domain::result<std::vector<domain::project>> rocks_view::projects(const domain::user_id& user) {
    rocks_rows rows(*store_, options_.partitions);
    return projects_of(user, rows);
}

domain::result<std::optional<text_rows>> rocks_view::text_index(const domain::user_id& user) {
    const auto snapshot = store_->snapshot();
    const rocks_rows rows(*store_, options_.partitions, &snapshot);
    text_rows out;
    const auto partition = rows.partition_of(user);
    for (const auto space : {keys::space::text, keys::space::ordinal, keys::space::book_text,
                             keys::space::posting, keys::space::stem}) {
        const auto before_user = keys::in(partition, space).size();
        auto at = rows.scan(range_of(keys::of_book(partition, space, user)));
        for (; at.valid(); at.next()) {
            if (auto read = add_text_row(space, at.key().substr(before_user), at.value(), out); !read)
                return read.error();
        }
        if (auto ended = at.status(); !ended) return ended.error();
    }
    return std::optional(std::move(out));
}

domain::result<view_reader::hashed_state> rocks_view::hash(std::int32_t partition) {
    const auto snapshot = store_->snapshot();
    rocks_rows rows(*store_, options_.partitions, &snapshot);
    auto position = rows.position(partition);
    if (!position) return position.error();
    hashed_state out{{}, std::move(*position), state_hash{}};
    const auto prefix = keys::partition(partition);
    auto range = range_of(prefix);
    range.fill_cache = false;
    range.readahead_bytes = scan_readahead;
    auto at = rows.scan(std::move(range));
    for (; at.valid(); at.next()) {
        auto rest = at.key().substr(prefix.size());
        const auto space = static_cast<keys::space>(rest.front());
        rest.remove_prefix(1);
        if (space == keys::space::position || space == keys::space::task_event ||
            space == keys::space::purged)
            continue;
        if (space >= keys::space::text && space <= keys::space::stem) {
            text_rows found;
            if (auto read = add_text_row(space, rest, at.value(), found); !read) return read.error();
            for (const auto& [row, bytes] : found) out.text->add(text_row_kind, {}, row, bytes);
            continue;
        }
        const auto user = rocks::take_text(rest);
        if (!user) return make_problem(errc::view_stopped, "a key of the view cannot be read");
        switch (space) {
            case keys::space::task:
                out.hash.add('t', *user, keys::last_uuid(at.key()).text(), at.value());
                break;
            case keys::space::book: out.hash.add('b', *user, {}, at.value()); break;
            case keys::space::project:
                out.hash.add('p', *user, keys::last_uuid(at.key()).text(), at.value());
                break;
            case keys::space::event:
                out.hash.add('e', *user, std::to_string(keys::last_offset(at.key())), at.value());
                break;
            default: return make_problem(errc::view_stopped, "the view has a key space that is unknown");
        }
    }
    if (auto ended = at.status(); !ended) return ended.error();
    return out;
}

}  // namespace daybook::projector
