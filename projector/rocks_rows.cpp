#include "projector/rocks_rows.hpp"

#include "domain/codec/task_json.hpp"
#include "projector/rocks_keys.hpp"

#include <utility>

namespace daybook::projector {

namespace keys = rocks_keys;

std::int32_t rocks_rows::partition_of(const domain::user_id& user) const {
    return eventlog::partition_of(user.text(), partitions_);
}

platform::rocks::cursor rocks_rows::scan(platform::rocks::range r) const {
    r.at = at_;
    return store_.scan(r);
}

domain::result<std::shared_ptr<const domain::task>> rocks_rows::task(const domain::user_id& user,
                                                                     const domain::task_id& id) {
    auto stored = get(keys::of_row(partition_of(user), keys::space::task, user, id));
    if (!stored) return stored.error();
    if (!*stored) return std::shared_ptr<const domain::task>();
    auto task = domain::decode_task(**stored);
    if (!task) return task.error().prefixed("task row " + id.text());
    return std::make_shared<const domain::task>(std::move(*task));
}

domain::result<std::optional<domain::book_state>> rocks_rows::book(const domain::user_id& user) {
    auto stored = get(keys::of_book(partition_of(user), keys::space::book, user));
    if (!stored) return stored.error();
    if (!*stored) return std::optional<domain::book_state>();
    auto book = domain::decode_book(**stored);
    if (!book) return book.error().prefixed("book row");
    return std::optional(std::move(*book));
}

domain::result<std::optional<domain::project>> rocks_rows::project(const domain::user_id& user,
                                                                   const domain::project_id& id) {
    auto stored = get(keys::of_row(partition_of(user), keys::space::project, user, id));
    if (!stored) return stored.error();
    if (!*stored) return std::optional<domain::project>();
    auto project = domain::decode_project(**stored);
    if (!project) return project.error().prefixed("project row " + id.text());
    return std::optional(std::move(*project));
}

domain::result<std::vector<domain::project>> rocks_rows::projects(const domain::user_id& user) const {
    platform::rocks::range range;
    range.prefix = keys::of_book(partition_of(user), keys::space::project, user);
    std::vector<domain::project> out;
    auto at = scan(std::move(range));
    for (; at.valid(); at.next()) {
        auto project = domain::decode_project(at.value());
        if (!project) return project.error().prefixed("project row");
        if (!project->deleted) out.push_back(std::move(*project));
    }
    if (auto ended = at.status(); !ended) return ended.error();
    return out;
}

domain::result<std::optional<domain::saved_filter>> rocks_rows::filter(const domain::user_id& user,
                                                                       const domain::filter_id& id) {
    auto stored = get(keys::of_row(partition_of(user), keys::space::filter, user, id));
    if (!stored) return stored.error();
    if (!*stored) return std::optional<domain::saved_filter>();
    auto filter = domain::decode_filter(**stored);
    if (!filter) return filter.error().prefixed("filter row " + id.text());
    return std::optional(std::move(*filter));
}

domain::result<eventlog::fold_checkpoint> rocks_rows::position(std::int32_t partition) {
    auto stored = get(keys::in(partition, keys::space::position));
    if (!stored) return stored.error();
    if (!*stored) return eventlog::fold_checkpoint{};
    return eventlog::fold_checkpoint::decode(**stored);
}

void put_rows(platform::rocks::batch& batch, std::int32_t partition, const changed_rows& rows) {
    for (const auto& [before, after] : rows.tasks) {
        batch.put(keys::of_row(partition, keys::space::task, after->user, after->id),
                  domain::encode_task(*after));
        if (after->status == domain::status::purged) {
            batch.put(keys::of_row(partition, keys::space::purged, after->user, after->id), {});
        }
    }
    for (const auto& b : rows.books) {
        batch.put(keys::of_book(partition, keys::space::book, b.user), domain::encode_book(b));
    }
    for (const auto& p : rows.projects) {
        batch.put(keys::of_row(partition, keys::space::project, p.user, p.id), domain::encode_project(p));
    }
    for (const auto& f : rows.filters) {
        batch.put(keys::of_row(partition, keys::space::filter, f.user, f.id), domain::encode_filter(f));
    }
}

void put_events(platform::rocks::batch& batch, std::int32_t partition,
                std::span<const applied_event> events) {
    for (const auto& e : events) {
        batch.put(keys::event(partition, e.event.user, e.offset), e.value);
        if (e.event.task) batch.put(keys::task_event(partition, e.event.user, *e.event.task, e.offset), {});
    }
}

}  // namespace daybook::projector
