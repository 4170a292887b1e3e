#include "projector/pg_writer.hpp"

#include "domain/codec/task_json.hpp"
#include "domain/project.hpp"
#include "domain/saved_filter.hpp"
#include "projector/pg_rows.hpp"

#include <fmt/format.h>

#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace daybook::projector {
namespace {

using domain::errc;
using domain::make_problem;
using domain::result;
namespace pg = platform::pg;

// A task takes about 1 KiB; between once and twice as many are kept.
constexpr std::size_t tasks_kept = 20'000;
constexpr std::size_t books_kept = 10'000;
constexpr std::size_t projects_kept = 10'000;
constexpr std::size_t filters_kept = 1'000;

std::string row_key(const domain::user_id& user, std::string_view id) {
    std::string key;
    key.reserve(user.text().size() + 1 + id.size());
    key += user.text();
    key += '\0';
    key += id;
    return key;
}

}  // namespace

pg_writer::pg_writer(pg::connection_options options)
    : options_(std::move(options)),
      tasks_(tasks_kept),
      books_(books_kept),
      projects_(projects_kept),
      filters_(filters_kept) {}

result<void> pg_writer::connect() {
    if (session_ && session_->usable()) return {};
    session_.reset();
    forget();
    auto opened = pg::connection::open(options_);
    if (!opened) return opened.error();
    const auto there = (*opened)->query("SELECT to_regclass('positions') IS NOT NULL");
    if (!there) return there.error();
    if (!there->boolean(0, 0)) {
        return make_problem(errc::view_stopped,
                            fmt::format("{} is gone: another process rebuilt the view", options_.search_path),
                            {}, "Restart this projector.");
    }
    session_ = std::move(*opened);
    return {};
}

void pg_writer::forget() {
    tasks_.clear();
    books_.clear();
    projects_.clear();
    filters_.clear();
}

result<eventlog::fold_checkpoint> pg_writer::position(std::int32_t partition) {
    if (auto done = connect(); !done) return done.error();
    pg::parameters p;
    p.int4(partition);
    auto found = session_->prepared("position", "SELECT checkpoint FROM positions WHERE partition = $1", p);
    if (!found) return found.error();
    if (found->empty()) return eventlog::fold_checkpoint{};
    return eventlog::fold_checkpoint::decode(found->bytes(0, 0));
}

result<void> pg_writer::apply(const view_batch& batch) {
    auto done = connect();
    if (done) done = try_apply(batch);
    if (!done) {
        forget();
        // A missing table shows as unavailable; the next connect() finds out whether the schema is gone.
        if (done.error().code == errc::view_unavailable) session_.reset();
    }
    return done;
}

result<void> pg_writer::try_apply(const view_batch& batch) {
    auto begun = pg::transaction::begin(*session_);
    if (!begun) return begun.error();
    const auto moved = move_position(batch);
    if (!moved) return moved.error();
    if (!*moved) {
        open_outcome_.erase(batch.partition);
        return {};
    }
    if (auto loaded = load_rows(batch); !loaded) return loaded;
    auto texts = texts_after(batch);
    if (!texts) return texts.error();
    const auto changed = fold_events(batch.events, *this);
    if (!changed) return changed.error();
    if (auto written = write_rows(batch, *changed, *texts); !written) return written;
    if (auto committed = begun->commit(); !committed) {
        open_outcome_[batch.partition] = batch.after.encode();
        return committed;
    }
    open_outcome_.erase(batch.partition);
    remember(*changed);
    return {};
}

result<bool> pg_writer::move_position(const view_batch& batch) {
    pg::parameters p;
    p.int4(batch.partition).text(batch.before.encode()).text(batch.after.encode());
    auto moved = session_->prepared(
        "move", "UPDATE positions SET checkpoint = $3 WHERE partition = $1 AND checkpoint = $2", p);
    if (!moved) return moved.error();
    if (moved->affected() == 1) return true;
    if (batch.before == eventlog::fold_checkpoint{}) {
        pg::parameters first;
        first.int4(batch.partition).text(batch.after.encode());
        moved = session_->prepared(
            "first_move",
            "INSERT INTO positions (partition, checkpoint) VALUES ($1, $2) ON CONFLICT DO NOTHING", first);
        if (!moved) return moved.error();
        if (moved->affected() == 1) return true;
    }
    pg::parameters where;
    where.int4(batch.partition);
    auto found =
        session_->prepared("position", "SELECT checkpoint FROM positions WHERE partition = $1", where);
    if (!found) return found.error();
    const auto stored = found->empty() ? std::string_view() : found->bytes(0, 0);
    const auto open = open_outcome_.find(batch.partition);
    if (open != open_outcome_.end() && open->second == batch.after.encode() && stored == open->second)
        return false;
    return make_problem(
        errc::view_stopped,
        fmt::format("another projector owns this view: partition {} of {} stands at {}, not at {}",
                    batch.partition, options_.search_path, stored, batch.before.encode()),
        {}, "Stop one of the two projectors, restart the other.");
}

result<void> pg_writer::load_rows(const view_batch& batch) {
    if (auto done = load_tasks(batch); !done) return done;
    if (auto done = load_books(batch); !done) return done;
    if (auto done = load_projects(batch); !done) return done;
    return load_filters(batch);
}

result<void> pg_writer::load_tasks(const view_batch& batch) {
    pg::array_value users(pg::type_oid::text);
    pg::array_value ids(pg::type_oid::uuid);
    for (const auto& [e, offset, value] : batch.events) {
        if (!e.task) continue;
        const auto key = row_key(e.user, e.task->value().byte_view());
        if (tasks_.find(key) != nullptr) continue;
        tasks_.put(key, nullptr);
        if (e.version == 1) continue;  // a task's first event: there is no row
        users.add(e.user.text());
        ids.add(e.task->value().bytes());
    }
    if (users.size() == 0) return {};
    pg::parameters p;
    p.array(users).array(ids);
    auto found = session_->prepared("load_tasks",
                                    "SELECT t.doc FROM unnest($1::text[], $2::uuid[]) AS wanted(u, i) "
                                    "JOIN tasks t ON t.user_id = wanted.u AND t.task_id = wanted.i",
                                    p);
    if (!found) return found.error();
    for (int row = 0; row < found->size(); ++row) {
        auto decoded = domain::decode_task(found->bytes(row, 0));
        if (!decoded)
            return make_problem(errc::view_stopped, decoded.error().detail).prefixed("a row of tasks");
        const auto key = row_key(decoded->user, decoded->id.value().byte_view());
        tasks_.put(key, std::make_shared<const domain::task>(std::move(*decoded)));
    }
    return {};
}

result<void> pg_writer::load_books(const view_batch& batch) {
    pg::array_value users(pg::type_oid::text);
    for (const auto& [e, offset, value] : batch.events) {
        if (books_.find(e.user.text()) != nullptr) continue;
        books_.put(e.user.text(), std::nullopt);
        users.add(e.user.text());
    }
    if (users.size() == 0) return {};
    pg::parameters p;
    p.array(users);
    auto found = session_->prepared("load_books", "SELECT doc FROM books WHERE user_id = ANY($1::text[])", p);
    if (!found) return found.error();
    for (int row = 0; row < found->size(); ++row) {
        auto decoded = domain::decode_book(found->bytes(row, 0));
        if (!decoded)
            return make_problem(errc::view_stopped, decoded.error().detail).prefixed("a row of books");
        const auto key = decoded->user.text();
        books_.put(key, std::move(*decoded));
    }
    return {};
}

result<void> pg_writer::load_projects(const view_batch& batch) {
    pg::array_value users(pg::type_oid::text);
    pg::array_value ids(pg::type_oid::uuid);
    for (const auto& [e, offset, value] : batch.events) {
        const auto id = project_of(e);
        if (!id) continue;
        const auto key = row_key(e.user, id->value().byte_view());
        if (projects_.find(key) != nullptr) continue;
        projects_.put(key, std::nullopt);
        users.add(e.user.text());
        ids.add(id->value().bytes());
    }
    if (users.size() == 0) return {};
    pg::parameters p;
    p.array(users).array(ids);
    auto found = session_->prepared("load_projects",
                                    "SELECT r.doc FROM unnest($1::text[], $2::uuid[]) AS wanted(u, i) "
                                    "JOIN projects r ON r.user_id = wanted.u AND r.project_id = wanted.i",
                                    p);
    if (!found) return found.error();
    for (int row = 0; row < found->size(); ++row) {
        auto decoded = domain::decode_project(found->bytes(row, 0));
        if (!decoded)
            return make_problem(errc::view_stopped, decoded.error().detail).prefixed("a row of projects");
        const auto key = row_key(decoded->user, decoded->id.value().byte_view());
        projects_.put(key, std::move(*decoded));
    }
    return {};
}

result<void> pg_writer::load_filters(const view_batch& batch) {
    pg::array_value users(pg::type_oid::text);
    pg::array_value ids(pg::type_oid::uuid);
    for (const auto& [e, offset, value] : batch.events) {
        const auto id = filter_of(e);
        if (!id) continue;
        const auto key = row_key(e.user, id->value().byte_view());
        if (filters_.find(key) != nullptr) continue;
        filters_.put(key, std::nullopt);
        users.add(e.user.text());
        ids.add(id->value().bytes());
    }
    if (users.size() == 0) return {};
    pg::parameters p;
    p.array(users).array(ids);
    auto found = session_->prepared("load_filters",
                                    "SELECT r.doc FROM unnest($1::text[], $2::uuid[]) AS wanted(u, i) "
                                    "JOIN filters r ON r.user_id = wanted.u AND r.filter_id = wanted.i",
                                    p);
    if (!found) return found.error();
    for (int row = 0; row < found->size(); ++row) {
        auto decoded = domain::decode_filter(found->bytes(row, 0));
        if (!decoded)
            return make_problem(errc::view_stopped, decoded.error().detail).prefixed("a row of filters");
        const auto key = row_key(decoded->user, decoded->id.value().byte_view());
        filters_.put(key, std::move(*decoded));
    }
    return {};
}

result<pg_writer::texts_by_task> pg_writer::texts_after(const view_batch& batch) {
    texts_by_task out;
    pg::array_value users(pg::type_oid::text);
    pg::array_value ids(pg::type_oid::uuid);
    for (const auto& [e, offset, value] : batch.events) {
        if (!e.task || !out.try_emplace(row_key(e.user, e.task->value().byte_view())).second) continue;
        if (e.version == 1) continue;  // a task's first event: there is no row
        users.add(e.user.text());
        ids.add(e.task->value().bytes());
    }
    if (users.size() > 0) {
        pg::parameters p;
        p.array(users).array(ids);
        static const auto sql = fmt::format(
            "SELECT t.user_id, t.task_id, t.languages, {} "
            "FROM unnest($1::text[], $2::uuid[]) AS wanted(u, i) "
            "JOIN tasks t ON t.user_id = wanted.u AND t.task_id = wanted.i",
            comments_sql());
        auto found = session_->prepared("load_texts", sql, p);
        if (!found) return found.error();
        for (int row = 0; row < found->size(); ++row) {
            const auto comments =
                found->is_null(row, 3) ? std::vector<std::string>() : pg::read_array(found->bytes(row, 3));
            auto texts = texts_of_row(found->bytes(row, 2), comments);
            if (!texts)
                return make_problem(errc::view_stopped,
                                    "a row of tasks has another number of languages than of texts");
            const domain::user_id user{std::string(found->bytes(row, 0))};
            out[row_key(user, domain::uuid(pg::read_uuid(found->bytes(row, 1))).byte_view())] =
                std::move(*texts);
        }
    }
    const auto language = [&](const domain::user_id& user) -> result<std::string> {
        auto stored = book(user);
        if (!stored) return stored.error();
        return *stored ? (*stored)->language : first_language();
    };
    const auto texts = [&](const domain::user_id& user, const domain::task_id& id) -> result<written_texts*> {
        return &out[row_key(user, id.value().byte_view())];
    };
    if (auto folded = fold_written_texts(batch.events, language, texts); !folded) return folded.error();
    return out;
}

result<void> pg_writer::write_rows(const view_batch& batch, const changed_rows& changed,
                                   const texts_by_task& texts) {
    // Changed rows are deleted and written anew: one COPY for new and old ones costs less than an upsert,
    // which would write a new row version as well.
    struct part {
        const pg_table& table;
        std::string_view id;  ///< second column of the key
        pg::copy_rows rows;
        pg::array_value users{pg::type_oid::text};
        pg::array_value ids{pg::type_oid::uuid};
    };
    part tasks{tasks_table, "task_id", {}};
    for (const auto& t : changed.tasks) {
        append_task(tasks.rows, *t.after, texts.at(row_key(t.after->user, t.after->id.value().byte_view())));
        if (!t.before) continue;
        tasks.users.add(t.after->user.text());
        tasks.ids.add(t.after->id.value().bytes());
    }
    part projects{projects_table, "project_id", {}};
    for (const auto& r : changed.projects) {
        append_project(projects.rows, r);
        projects.users.add(r.user.text());
        projects.ids.add(r.id.value().bytes());
    }
    part filters{filters_table, "filter_id", {}};
    for (const auto& f : changed.filters) {
        append_filter(filters.rows, f);
        filters.users.add(f.user.text());
        filters.ids.add(f.id.value().bytes());
    }
    for (const auto* p : {&tasks, &projects, &filters}) {
        if (p->users.size() > 0) {
            pg::parameters keys;
            keys.array(p->users).array(p->ids);
            const auto sql = fmt::format(
                "DELETE FROM {0} USING unnest($1::text[], $2::uuid[]) AS old(u, i) "
                "WHERE {0}.user_id = old.u AND {0}.{1} = old.i",
                p->table.name, p->id);
            if (auto gone = session_->prepared(fmt::format("delete_{}", p->table.name), sql, keys); !gone)
                return gone.error();
        }
        if (p->rows.empty()) continue;
        if (auto copied = session_->copy(p->table.copy_sql(), p->rows); !copied) return copied.error();
    }

    pg::copy_rows books;
    pg::array_value users(pg::type_oid::text);
    for (const auto& b : changed.books) {
        append_book(books, batch.partition, b);
        users.add(b.user.text());
    }
    if (!books.empty()) {
        pg::parameters keys;
        keys.array(users);
        auto gone =
            session_->prepared("delete_books", "DELETE FROM books WHERE user_id = ANY($1::text[])", keys);
        if (!gone) return gone.error();
        if (auto copied = session_->copy(books_table.copy_sql(), books); !copied) return copied.error();
    }

    pg::copy_rows history;
    for (const auto& [e, offset, value] : batch.events) append_history(history, e, offset, value);
    if (!history.empty()) {
        if (auto copied = session_->copy(history_table.copy_sql(), history); !copied) return copied.error();
    }
    return {};
}

void pg_writer::remember(const changed_rows& changed) {
    for (const auto& t : changed.tasks)
        tasks_.put(row_key(t.after->user, t.after->id.value().byte_view()), t.after);
    for (const auto& b : changed.books) books_.put(b.user.text(), b);
    for (const auto& r : changed.projects) projects_.put(row_key(r.user, r.id.value().byte_view()), r);
    for (const auto& f : changed.filters) filters_.put(row_key(f.user, f.id.value().byte_view()), f);
}

// A batch with more rows than are kept may have pushed some out again: those are asked for one by one.

result<std::shared_ptr<const domain::task>> pg_writer::task(const domain::user_id& user,
                                                            const domain::task_id& id) {
    if (const auto* known = tasks_.find(row_key(user, id.value().byte_view()))) return *known;
    pg::parameters p;
    p.text(user.text()).uuid(id.value().bytes());
    auto found =
        session_->prepared("load_task", "SELECT doc FROM tasks WHERE user_id = $1 AND task_id = $2", p);
    if (!found) return found.error();
    if (found->empty()) return std::shared_ptr<const domain::task>();
    auto decoded = domain::decode_task(found->bytes(0, 0));
    if (!decoded) return decoded.error();
    return std::make_shared<const domain::task>(std::move(*decoded));
}

result<std::optional<domain::book_state>> pg_writer::book(const domain::user_id& user) {
    if (const auto* known = books_.find(user.text())) return *known;
    pg::parameters p;
    p.text(user.text());
    auto found = session_->prepared("load_book", "SELECT doc FROM books WHERE user_id = $1", p);
    if (!found) return found.error();
    if (found->empty()) return std::optional<domain::book_state>();
    auto decoded = domain::decode_book(found->bytes(0, 0));
    if (!decoded) return decoded.error();
    return std::optional(std::move(*decoded));
}

result<std::optional<domain::project>> pg_writer::project(const domain::user_id& user,
                                                          const domain::project_id& id) {
    if (const auto* known = projects_.find(row_key(user, id.value().byte_view()))) return *known;
    pg::parameters p;
    p.text(user.text()).uuid(id.value().bytes());
    auto found = session_->prepared("load_project",
                                    "SELECT doc FROM projects WHERE user_id = $1 AND project_id = $2", p);
    if (!found) return found.error();
    if (found->empty()) return std::optional<domain::project>();
    auto decoded = domain::decode_project(found->bytes(0, 0));
    if (!decoded) return decoded.error();
    return std::optional(std::move(*decoded));
}

result<std::optional<domain::saved_filter>> pg_writer::filter(const domain::user_id& user,
                                                              const domain::filter_id& id) {
    if (const auto* known = filters_.find(row_key(user, id.value().byte_view()))) return *known;
    pg::parameters p;
    p.text(user.text()).uuid(id.value().bytes());
    auto found =
        session_->prepared("load_filter", "SELECT doc FROM filters WHERE user_id = $1 AND filter_id = $2", p);
    if (!found) return found.error();
    if (found->empty()) return std::optional<domain::saved_filter>();
    auto decoded = domain::decode_filter(found->bytes(0, 0));
    if (!decoded) return decoded.error();
    return std::optional(std::move(*decoded));
}

}  // namespace daybook::projector
