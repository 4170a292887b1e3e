#include "projector/view_fold.hpp"

#include "domain/evolve.hpp"
#include "domain/project.hpp"
#include "domain/saved_filter.hpp"

#include <unordered_map>
#include <utility>

namespace daybook::projector {
namespace {

template <class Id>
struct row_key {
    domain::user_id user;
    Id id;
    bool operator==(const row_key&) const = default;
};

template <class Id>
struct row_key_hash {
    std::size_t operator()(const row_key<Id>& k) const noexcept {
        return std::hash<domain::user_id>{}(k.user) ^ (std::hash<Id>{}(k.id) * 31);
    }
};

template <class Id>
using row_index = std::unordered_map<row_key<Id>, std::size_t, row_key_hash<Id>>;

class fold {
 public:
    explicit fold(row_source& source) : source_(source) {}

    domain::result<void> apply(const domain::event& e) {
        if (auto done = apply_book(e); !done) return done;
        if (e.task) return apply_task(e);
        if (const auto project = project_of(e)) return apply_project(e, *project);
        if (const auto filter = filter_of(e)) return apply_filter(e, *filter);
        return {};
    }

    changed_rows take() {
        for (std::size_t i = 0; i < tasks_.size(); ++i) rows_.tasks[i].after = std::move(tasks_[i]);
        for (auto& p : projects_) rows_.projects.push_back(std::move(*p));
        for (auto& f : filters_) rows_.filters.push_back(std::move(*f));
        return std::move(rows_);
    }

 private:
    domain::result<void> apply_book(const domain::event& e) {
        const auto [place, is_new] = book_at_.try_emplace(e.user, rows_.books.size());
        if (is_new) {
            auto stored = source_.book(e.user);
            if (!stored) return stored.error();
            domain::book_state state = stored->value_or(domain::book_state{});
            state.user = e.user;
            rows_.books.push_back(std::move(state));
        }
        domain::advance(rows_.books[place->second], e);
        return {};
    }

    domain::result<void> apply_task(const domain::event& e) {
        const auto [place, is_new] =
            task_at_.try_emplace(row_key<domain::task_id>{e.user, *e.task}, rows_.tasks.size());
        if (is_new) {
            auto stored = source_.task(e.user, *e.task);
            if (!stored) return stored.error();
            tasks_.push_back(std::make_shared<domain::task>(domain::evolve(stored->get(), e)));
            rows_.tasks.push_back(changed_task{std::move(*stored), nullptr});
        } else {
            domain::advance(*tasks_[place->second], e);
        }
        return {};
    }

    domain::result<void> apply_project(const domain::event& e, const domain::project_id& id) {
        const auto [place, is_new] =
            project_at_.try_emplace(row_key<domain::project_id>{e.user, id}, projects_.size());
        if (is_new) {
            auto stored = source_.project(e.user, id);
            if (!stored) return stored.error();
            projects_.push_back(std::move(*stored));
        }
        auto& row = projects_[place->second];
        row = domain::evolve(row, e);
        return {};
    }

    domain::result<void> apply_filter(const domain::event& e, const domain::filter_id& id) {
        const auto [place, is_new] =
            filter_at_.try_emplace(row_key<domain::filter_id>{e.user, id}, filters_.size());
        if (is_new) {
            auto stored = source_.filter(e.user, id);
            if (!stored) return stored.error();
            filters_.push_back(std::move(*stored));
        }
        auto& row = filters_[place->second];
        row = domain::evolve(row, e);
        return {};
    }

    row_source& source_;
    changed_rows rows_;
    std::vector<std::shared_ptr<domain::task>> tasks_;  ///< beside rows_.tasks, still ours to change
    std::vector<std::optional<domain::project>> projects_;
    std::unordered_map<domain::user_id, std::size_t> book_at_;
    row_index<domain::task_id> task_at_;
    row_index<domain::project_id> project_at_;
    std::vector<std::optional<domain::saved_filter>> filters_;
    row_index<domain::filter_id> filter_at_;
};

}  // namespace

domain::result<changed_rows> fold_events(std::span<const applied_event> events, row_source& source) {
    fold f(source);
    for (const auto& e : events) {
        if (auto done = f.apply(e.event); !done) return done.error();
    }
    return f.take();
}

}  // namespace daybook::projector
