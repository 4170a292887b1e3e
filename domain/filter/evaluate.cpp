#include "domain/filter/evaluate.hpp"

#include "domain/fold.hpp"

namespace daybook::domain::filter {
namespace {

using ending = text_ending;

bool ends_like(const text_match& match, const text_token& token) {
    const auto& wanted = match.words.back();
    if (std::ranges::binary_search(match.alike, token.surface)) return true;
    if (match.last != ending::whole && token.surface.starts_with(wanted.surface)) return true;
    if (match.last == ending::prefix) return false;
    // A phrase is by stem; a word also by its folded form.
    return token.stem == wanted.stem || (match.words.size() == 1 && token.surface == wanted.surface);
}

/// Whether the words stand from `first` on, one behind the other.
bool stands_at(const text_match& match, std::span<const document_token> words, std::size_t first) {
    const auto count = match.words.size();
    if (first + count > words.size() || !match.covers(words[first].field)) return false;
    for (std::size_t i = 0; i < count; ++i) {
        const auto& token = words[first + i].word;
        if (token.position != words[first].word.position + i) return false;
        if (i + 1 == count ? !ends_like(match, token) : token.stem != match.words[i].stem) return false;
    }
    return true;
}

std::optional<instant> at_of(const std::optional<task_date>& date) {
    return date ? std::optional(date->at) : std::nullopt;
}

}  // namespace

std::int64_t weight_of(const text_match& match, std::span<const document_token> words) {
    std::int64_t best = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto weight = domain::weight_of(words[i].field);
        if (weight > best && stands_at(match, words, i)) best = weight;
    }
    return best;
}

std::vector<std::size_t> places_of(const text_match& match, std::span<const document_token> words) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (!stands_at(match, words, i)) continue;
        for (std::size_t k = 0; k < match.words.size(); ++k)
            if (places.empty() || places.back() < i + k) places.push_back(i + k);
    }
    return places;
}

bool has_live_reminder(const task& t) {
    return std::ranges::any_of(
        t.reminders, [](const reminder& r) { return r.state == "scheduled" || r.state == "snoozed"; });
}

bool is_all_day(const std::optional<task_date>& date) {
    constexpr std::size_t day_length = 10;  // 2026-08-31
    return date && date->text.size() == day_length;
}

std::optional<instant> task_subject::at(instant_field field) const {
    switch (field) {
        case instant_field::due: return at_of(task_.due);
        case instant_field::start: return at_of(task_.start);
        case instant_field::created: return task_.created_at;
        case instant_field::updated: return task_.updated_at;
        case instant_field::completed: return task_.completed_at;
    }
    return std::nullopt;
}

bool task_subject::due_is_all_day() const { return is_all_day(task_.due); }

bool task_subject::is_empty(field f) const {
    switch (f) {
        case field::tag: return task_.tags.empty();
        case field::project: return !task_.project;
        case field::assignee: return !task_.assignee;
        case field::series: return !task_.series;
        case field::due: return !task_.due;
        case field::start: return !task_.start;
        case field::completed: return !task_.completed_at;
        default: return false;
    }
}

bool task_subject::has_tag(std::size_t index) const {
    return std::ranges::any_of(task_.tags,
                               [&](const auto& own) { return fold_text(own) == query_.tags[index]; });
}

bool task_subject::in_project(std::size_t index) const {
    return index < around_.projects.size() && around_.projects[index] &&
           task_.project == around_.projects[index];
}

bool task_subject::assigned_to(std::string_view folded) const {
    return task_.assignee && fold_text(*task_.assignee) == folded;
}

bool task_subject::of_series(const uuid& id) const { return task_.series && task_.series->value() == id; }

bool task_subject::has(trait which) const {
    switch (which) {
        case trait::has_reminder: return has_live_reminder(task_);
        case trait::has_recurrence: return task_.recurrence.has_value();
        case trait::has_subtask: return around_.has_subtask;
        case trait::has_comment: return task_.comments > 0;
        case trait::is_blocked: return around_.blocked;
        case trait::is_recurring: return task_.recurrence.has_value() || task_.series.has_value();
        default: return false;
    }
}

bool matches(const task& t, const normal_form& query, const task_subject::surroundings& around) {
    return holds(query.where, task_subject(t, query, around));
}

std::int64_t rank_of(const normal_form& query, std::span<const document_token> words) {
    std::int64_t rank = 0;
    for (const auto& match : query.texts)
        if (match.positive) rank += weight_of(match, words);
    return rank;
}

}  // namespace daybook::domain::filter
