#include "projector/list_selector.hpp"

#include <algorithm>
#include <chrono>

#include "domain/limits.hpp"

namespace daybook::projector {
namespace {

domain::instant instant_of(std::int64_t millis) { return domain::instant(std::chrono::milliseconds(millis)); }

void set_date(std::optional<domain::task_date>& date, std::int64_t millis) {
    if (millis == no_instant) date.reset();
    else if (date) date->at = instant_of(millis);
    else date = domain::task_date{{}, instant_of(millis)};
}

/// The descending key from the ascending one, by the grammar of sort keys: every byte but the first is inverted.
std::string inverted(std::string key) {
    for (std::size_t i = 1; i < key.size(); ++i) key[i] = static_cast<char>(~static_cast<unsigned char>(key[i]));
    return key;
}

template <class T>
bool any_of_or_empty(const std::vector<T>& wanted, T value) {
    return wanted.empty() || std::ranges::find(wanted, value) != wanted.end();
}

}  // namespace

list_selector::list_selector(const domain::list_query& query) : query_(query) {}

bool list_selector::matches(const list_row& row, const tag_table& tags) {
    using domain::status;
    if (row.status == status::purged) return false;
    if (query_.statuses.empty() ? row.status == status::deleted : !any_of_or_empty(query_.statuses, row.status)) {
        return false;
    }
    if (!any_of_or_empty(query_.priorities, row.priority)) return false;
    if (query_.completed && *query_.completed != (row.status == status::completed)) return false;
    if (query_.due_before && (row.due == no_instant || instant_of(row.due) >= *query_.due_before)) return false;
    if (query_.due_after && (row.due == no_instant || instant_of(row.due) < *query_.due_after)) return false;
    if (query_.project) {
        if (!query_.project_resolved || !row.has_project || row.project != *query_.project_resolved) return false;
    }
    if (!query_.tags.empty()) {
        wanted_tags_.resize(query_.tags.size());
        for (; known_tags_ < tags.rows().size(); ++known_tags_) {
            const auto& known = tags.rows()[known_tags_].folded;
            for (std::size_t i = 0; i < query_.tags.size(); ++i) wanted_tags_[i].push_back(known == query_.tags[i] ? 1 : 0);
        }
        for (const auto& wanted : wanted_tags_) {
            const auto last = row.tags.begin() + row.tag_count;
            if (std::none_of(row.tags.begin(), last, [&](auto number) { return wanted[number] != 0; })) return false;
        }
    }
    // A word never holds the zero byte between title and description, so it cannot match across them.
    return std::ranges::all_of(query_.search, [&](const auto& word) {
        return word.find('\0') == std::string::npos && row.text.find(word) != std::string::npos;
    });
}

std::string list_selector::key_of(const list_row& row) {
    using enum domain::sort_field;
    switch (query_.order.field) {
        case title:
            return query_.order.descending ? inverted(row.title_key) : row.title_key;
        case due: set_date(scratch_.due, row.due); break;
        case start: set_date(scratch_.start, row.start); break;
        case created: scratch_.created_at = instant_of(row.created); break;
        case updated: scratch_.updated_at = instant_of(row.updated); break;
        case completed:
            scratch_.completed_at = row.completed == no_instant ? std::nullopt : std::optional(instant_of(row.completed));
            break;
        case priority: scratch_.priority = row.priority; break;
        case status: scratch_.status = row.status; break;
        case id: break;
    }
    scratch_.id = row.id;
    return domain::sort_key(scratch_, query_.order);
}

void list_selector::add(const list_row& row, const tag_table& tags) {
    if (!matches(row, tags)) return;
    ++total_;
    found next{key_of(row), row.id};
    if (query_.after_key && query_.after_id) {
        const auto order = next.key.compare(*query_.after_key);
        if (order < 0 || (order == 0 && next.id <= *query_.after_id)) return;
    }
    found_.push_back(std::move(next));
}

void list_selector::add(const book_columns& columns) {
    for (const auto& chunk : columns.chunks) {
        for (const auto& row : *chunk) add(row, *columns.tags);
    }
}

selected_page list_selector::finish() {
    selected_page page;
    page.total_count = std::min(total_, domain::limits::total_count_max);
    page.total_is_lower_bound = total_ > domain::limits::total_count_max;
    const auto size = found_.size();
    const auto pages_before = query_.page ? static_cast<std::uint64_t>(std::max<std::int64_t>(*query_.page, 1) - 1) : 0;
    if (query_.limit == 0 || pages_before > size / query_.limit) return page;
    const auto first = static_cast<std::size_t>(pages_before) * query_.limit;
    const auto last = std::min(size, first + query_.limit);
    std::partial_sort(found_.begin(), found_.begin() + static_cast<std::ptrdiff_t>(last), found_.end());
    for (std::size_t i = first; i < last; ++i) page.ids.push_back(found_[i].id);
    if (last > first && last < size) page.next_cursor = encode_cursor(query_, found_[last - 1].key, found_[last - 1].id);
    return page;
}

}  // namespace daybook::projector
