#include "projector/rocks_view.hpp"

#include "domain/codec/task_json.hpp"
#include "domain/project.hpp"
#include "projector/history_matcher.hpp"
#include "projector/rocks_keys.hpp"

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

}  // namespace

rocks_view::rocks_view(rocks_view_options options) : options_(std::move(options)) {}

rocks_view::~rocks_view() {
    bulk_.reset();
    text_.reset();
    lists_.reset();
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
    made->lists_ = std::make_unique<rocks_lists>(
        *made->store_, rocks_lists::options{with.partitions, with.columns_bytes_max, with.query_deadline});
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
    return lists_->write(changes, changed);
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

domain::result<std::vector<std::string>> rocks_view::explain(const domain::user_id& user,
                                                             const domain::list_query& query) {
    auto selected = lists_->select(user, query);
    if (!selected) return selected.error();
    return std::move(selected->plan);
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
    auto selected = lists_->select(user, query);
    if (!selected) return selected.error();
    auto& found = selected->page;
    rocks_rows rows(*store_, options_.partitions, &selected->at);
    task_page page{{}, found.total_count, found.total_is_lower_bound, std::move(found.next_cursor)};
    for (const auto& id : found.ids) {
        auto task = rows.task(user, id);
        if (!task) return task.error();
        if (!*task) return make_problem(errc::view_stopped, "a listed task has no row: " + id.text());
        auto row = with_surroundings(std::move(*task), rows);
        if (!row) return row.error();
        page.items.push_back(std::move(*row));
    }
    return page;
}

domain::result<void> rocks_view::each_with_alarms(const domain::user_id& user, std::uint8_t kinds,
                                                  const std::function<void(const domain::task&)>& each) {
    return lists_->each_with_alarms(user, kinds, each);
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
    return lists_->tags(user);
}

domain::result<std::vector<std::vector<std::string>>> rocks_view::alike(const domain::user_id& user,
                                                                        std::span<const std::string> words) {
    return lists_->alike(user, words);
}

domain::result<std::optional<domain::book_state>> rocks_view::book(const domain::user_id& user) {
    return rocks_rows(*store_, options_.partitions).book(user);
}

domain::result<std::vector<domain::project>> rocks_view::projects(const domain::user_id& user) {
    return rocks_rows(*store_, options_.partitions).projects(user);
}

domain::result<std::vector<domain::saved_filter>> rocks_view::filters(const domain::user_id& user) {
    const rocks_rows rows(*store_, options_.partitions);
    std::vector<domain::saved_filter> out;
    auto at = rows.scan(range_of(keys::of_book(rows.partition_of(user), keys::space::filter, user)));
    for (; at.valid(); at.next()) {
        auto filter = domain::decode_filter(at.value());
        if (!filter) return filter.error().prefixed("filter row");
        if (!filter->deleted) out.push_back(std::move(*filter));
    }
    if (auto ended = at.status(); !ended) return ended.error();
    return out;
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
            case keys::space::filter:
                out.hash.add('f', *user, keys::last_uuid(at.key()).text(), at.value());
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
