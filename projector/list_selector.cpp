#include "projector/list_selector.hpp"

#include "domain/filter/evaluate.hpp"
#include "domain/limits.hpp"
#include "projector/column_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace daybook::projector {
namespace {

namespace filter = domain::filter;
using filter::trait;

domain::instant instant_of(std::int64_t millis) { return domain::instant(std::chrono::milliseconds(millis)); }

std::optional<domain::instant> maybe_instant(std::int64_t millis) {
    return millis == no_instant ? std::nullopt : std::optional(instant_of(millis));
}

}  // namespace

/// A row as filter::holds asks it.
class list_selector::row_subject {
 public:
    row_subject(const list_row& row, list_selector& in) : row_(row), in_(in) {}

    [[nodiscard]] domain::status status() const { return row_.status; }
    [[nodiscard]] domain::priority priority() const { return row_.priority; }
    [[nodiscard]] std::optional<domain::instant> at(filter::instant_field field) const {
        switch (field) {
            case filter::instant_field::due: return maybe_instant(row_.due);
            case filter::instant_field::start: return maybe_instant(row_.start);
            case filter::instant_field::created: return maybe_instant(row_.created);
            case filter::instant_field::updated: return maybe_instant(row_.updated);
            case filter::instant_field::completed: return maybe_instant(row_.completed);
        }
        return std::nullopt;
    }
    [[nodiscard]] bool due_is_all_day() const { return row_.due_all_day; }
    [[nodiscard]] bool is_empty(filter::field f) const {
        switch (f) {
            case filter::field::tag: return row_.tag_count == 0;
            case filter::field::project: return !row_.has_project;
            case filter::field::assignee: return !row_.has_assignee;
            case filter::field::series: return !row_.has_series;
            case filter::field::due: return row_.due == no_instant;
            case filter::field::start: return row_.start == no_instant;
            case filter::field::completed: return row_.completed == no_instant;
            default: return false;
        }
    }
    [[nodiscard]] bool has_tag(std::size_t index) const {
        const auto last = row_.tags.begin() + row_.tag_count;
        return std::any_of(row_.tags.begin(), last,
                           [&](auto number) { return in_.wanted_tags_[index][number] != 0; });
    }
    [[nodiscard]] bool in_project(std::size_t index) const {
        const auto& wanted = in_.projects_[index];
        return wanted && row_.has_project && row_.project == *wanted;
    }
    [[nodiscard]] bool assigned_to(std::string_view folded) const {
        return row_.has_assignee && row_.assignee == folded;
    }
    [[nodiscard]] bool of_series(const domain::uuid& id) const {
        return row_.has_series && row_.series == id;
    }
    [[nodiscard]] const domain::uuid& id() const { return row_.id.value(); }
    [[nodiscard]] bool has(trait which) const {
        switch (which) {
            case trait::has_reminder: return row_.live_reminder;
            case trait::has_recurrence: return row_.has_rule;
            case trait::is_recurring: return row_.has_rule || row_.has_series;
            case trait::has_comment: return row_.commented;
            case trait::has_subtask: return in_.parents_.contains(row_.id);
            case trait::is_blocked:
                return std::ranges::any_of(row_.depends_on,
                                           [&](const auto& id) { return in_.open_targets_.contains(id); });
            default: return false;
        }
    }
    [[nodiscard]] bool holds_text(std::size_t index) const { return in_.weight(index, row_) > 0; }

 private:
    const list_row& row_;
    list_selector& in_;
};

list_selector::list_selector(const domain::list_query& query,
                             std::vector<std::optional<domain::project_id>> projects, text_answers* text,
                             query_run& run)
    : query_(query),
      projects_(std::move(projects)),
      text_(text),
      wanted_tags_(query.where.tags.size()),
      run_(run) {}

domain::result<selected_page> list_selector::select(const row_walk& walk, const row_walk* candidates) {
    if (auto looked = look_around(walk); !looked) return looked.error();
    if (failed_) return *failed_;
    auto walked =
        (candidates != nullptr ? *candidates : walk)([&](const list_row& row, const tag_table& tags) {
            add(row, tags);
            return in_time();
        });
    if (!walked) return walked.error();
    if (failed_) return *failed_;
    return page();
}

domain::result<void> list_selector::look_around(const row_walk& walk) {
    using domain::status;
    if (asks(query_.where.where, trait::has_subtask)) {
        auto walked = walk([&](const list_row& row, const tag_table&) {
            if (row.has_parent && row.status < status::deleted) parents_.insert(row.parent);
            return in_time();
        });
        if (!walked) return walked;
    }
    if (!asks(query_.where.where, trait::is_blocked)) return {};
    std::unordered_set<domain::task_id> targets;
    auto walked = walk([&](const list_row& row, const tag_table&) {
        targets.insert(row.depends_on.begin(), row.depends_on.end());
        return in_time();
    });
    if (!walked || targets.empty()) return walked;
    return walk([&](const list_row& row, const tag_table&) {
        if (domain::is_open(row.status) && targets.contains(row.id)) open_targets_.insert(row.id);
        return in_time();
    });
}

bool list_selector::in_time() {
    if (failed_) return false;
    if (run_.in_time()) return true;
    failed_ = run_.timeout(fmt::format("reading tasks: {} so far, {} kept", rows_, total_));
    return false;
}

void list_selector::know_tags(const tag_table& tags) {
    for (; known_tags_ < tags.rows().size(); ++known_tags_) {
        const auto& known = tags.rows()[known_tags_].folded;
        for (std::size_t i = 0; i < wanted_tags_.size(); ++i)
            wanted_tags_[i].push_back(known == query_.where.tags[i] ? 1 : 0);
    }
}

std::int64_t list_selector::weight(std::size_t index, const list_row& row) {
    if (failed_ || text_ == nullptr) return 0;
    const auto answer = text_->weight(index, row);
    if (answer) return *answer;
    failed_ = answer.error();
    return 0;
}

void list_selector::add(const list_row& row, const tag_table& tags) {
    ++rows_;
    if (!wanted_tags_.empty()) know_tags(tags);
    if (!filter::holds(query_.where.where, row_subject(row, *this))) return;
    ++total_;
    std::int64_t rank = 0;
    if (std::ranges::find(query_.order, domain::sort_field::rank, &domain::sort_by::field) !=
        query_.order.end())
        for (std::size_t i = 0; i < query_.where.texts.size(); ++i)
            if (query_.where.texts[i].positive) rank += weight(i, row);
    found next{sort_key_of(row, query_.order, rank, scratch_), row.id};
    if (query_.after_key && query_.after_id) {
        const auto order = next.key.compare(*query_.after_key);
        if (order < 0 || (order == 0 && next.id <= *query_.after_id)) return;
    }
    found_.push_back(std::move(next));
}

selected_page list_selector::page() {
    run_.did(fmt::format("tasks looked at, read from the store: {}", rows_));
    run_.did(fmt::format("kept by the filter: {}", total_));
    selected_page out;
    out.rows = rows_;
    out.matched = total_;
    out.total_count = std::min(total_, domain::limits::total_count_max);
    out.total_is_lower_bound = total_ > domain::limits::total_count_max;
    const auto size = found_.size();
    const auto pages_before =
        query_.page ? static_cast<std::uint64_t>(std::max<std::int64_t>(*query_.page, 1) - 1) : 0;
    if (query_.limit == 0 || pages_before > size / query_.limit) return out;
    const auto first = static_cast<std::size_t>(pages_before) * query_.limit;
    const auto last = std::min(size, first + query_.limit);
    std::partial_sort(found_.begin(), found_.begin() + static_cast<std::ptrdiff_t>(last), found_.end());
    for (std::size_t i = first; i < last; ++i) out.ids.push_back(found_[i].id);
    if (last > first && last < size)
        out.next_cursor = encode_cursor(query_, found_[last - 1].key, found_[last - 1].id);
    return out;
}

}  // namespace daybook::projector
