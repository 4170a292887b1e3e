#include "projector/bulk_rows.hpp"

#include "domain/evolve.hpp"
#include "domain/project.hpp"
#include "domain/saved_filter.hpp"

#include <memory>
#include <utility>

namespace daybook::projector {

using domain::result;

result<bulk_rows::book*> bulk_rows::apply(const domain::event& e, row_source* stored) {
    auto in = book_of(e.user, stored);
    if (!in) return in.error();
    domain::advance((*in)->state, e);
    const auto done = e.task                            ? apply_task(**in, e, stored)
                      : domain::is_about_filter(e.type) ? apply_filter(**in, e, stored)
                                                        : apply_project(**in, e, stored);
    if (!done) return done.error();
    return *in;
}

void bulk_rows::clear() {
    latest_ = nullptr;
    books_.clear();
    tasks_ = 0;
}

result<bulk_rows::book*> bulk_rows::book_of(const domain::user_id& user, row_source* stored) {
    if (latest_ != nullptr && latest_->state.user == user) return latest_;
    const auto [place, is_new] = books_.try_emplace(user);
    if (is_new) {
        if (stored != nullptr) {
            auto before = stored->book(user);
            if (!before) return before.error();
            if (*before) place->second.state = std::move(**before);
        }
        place->second.state.user = user;
    }
    latest_ = &place->second;
    return latest_;
}

result<void> bulk_rows::apply_task(book& in, const domain::event& e, row_source* stored) {
    const auto [place, is_new] = in.tasks.try_emplace(*e.task);
    if (!is_new) {
        domain::advance(place->second, e);
        return {};
    }
    ++tasks_;
    std::shared_ptr<const domain::task> before;
    if (stored != nullptr) {
        auto row = stored->task(e.user, *e.task);
        if (!row) return row.error();
        before = std::move(*row);
    }
    place->second = domain::evolve(before.get(), e);
    return {};
}

result<void> bulk_rows::apply_project(book& in, const domain::event& e, row_source* stored) {
    const auto id = project_of(e);
    if (!id) return {};
    std::optional<domain::project> before;
    if (const auto at = in.projects.find(*id); at != in.projects.end()) {
        before = std::move(at->second);
    } else if (stored != nullptr) {
        auto row = stored->project(e.user, *id);
        if (!row) return row.error();
        before = std::move(*row);
    }
    in.projects.insert_or_assign(*id, domain::evolve(before, e));
    return {};
}

result<void> bulk_rows::apply_filter(book& in, const domain::event& e, row_source* stored) {
    const auto id = filter_of(e);
    if (!id) return {};
    std::optional<domain::saved_filter> before;
    if (const auto at = in.filters.find(*id); at != in.filters.end()) {
        before = std::move(at->second);
    } else if (stored != nullptr) {
        auto row = stored->filter(e.user, *id);
        if (!row) return row.error();
        before = std::move(*row);
    }
    in.filters.insert_or_assign(*id, domain::evolve(before, e));
    return {};
}

}  // namespace daybook::projector
