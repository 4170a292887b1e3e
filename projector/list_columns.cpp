#include "projector/list_columns.hpp"

#include "domain/alarm_list.hpp"
#include "domain/filter/evaluate.hpp"
#include "domain/fold.hpp"
#include "domain/sort_order.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace daybook::projector {
namespace {

std::int64_t millis(domain::instant at) { return at.time_since_epoch().count(); }

std::int64_t millis(const std::optional<domain::task_date>& date) {
    return date ? millis(date->at) : no_instant;
}

}  // namespace

std::uint32_t tag_table::add(const std::string& spelling) {
    const auto [place, is_new] = numbers_.try_emplace(spelling, static_cast<std::uint32_t>(rows_.size()));
    if (is_new) rows_.push_back(row{spelling, domain::fold_text(spelling)});
    return place->second;
}

list_row make_list_row(const domain::task& t, std::uint32_t ordinal, tag_table& tags) {
    list_row row;
    row.id = t.id;
    row.ordinal = ordinal;
    row.status = t.status;
    row.priority = t.priority;
    row.has_project = t.project.has_value();
    if (t.project) row.project = *t.project;
    row.due = millis(t.due);
    row.start = millis(t.start);
    row.created = millis(t.created_at);
    row.updated = millis(t.updated_at);
    if (t.completed_at) row.completed = millis(*t.completed_at);
    row.title_key = domain::sort_key(t, domain::sort_by{domain::sort_field::title, false});
    row.has_parent = t.parent.has_value();
    if (t.parent) row.parent = *t.parent;
    row.has_series = t.series.has_value();
    if (t.series) row.series = t.series->value();
    row.depends_on = t.depends_on;
    row.has_assignee = t.assignee.has_value();
    if (t.assignee) row.assignee = domain::fold_text(*t.assignee);
    row.due_all_day = domain::filter::is_all_day(t.due);
    row.live_reminder = domain::filter::has_live_reminder(t);
    row.alarms = domain::alarm_kinds(t);
    row.has_rule = t.recurrence.has_value();
    row.commented = t.comments > 0;
    const auto count = std::min(t.tags.size(), row.tags.size());
    for (std::size_t i = 0; i < count; ++i) row.tags[i] = tags.add(t.tags[i]);
    row.tag_count = static_cast<std::uint8_t>(count);
    return row;
}

namespace {

domain::instant instant_of(std::int64_t at) { return domain::instant(std::chrono::milliseconds(at)); }

void set_date(std::optional<domain::task_date>& date, std::int64_t at) {
    if (at == no_instant)
        date.reset();
    else if (date)
        date->at = instant_of(at);
    else
        date = domain::task_date{{}, instant_of(at)};
}

/// The descending key from the ascending one, by the grammar of sort keys: every byte but the first is
/// inverted.
std::string inverted(std::string key) {
    for (std::size_t i = 1; i < key.size(); ++i)
        key[i] = static_cast<char>(~static_cast<unsigned char>(key[i]));
    return key;
}

/// The mask of a key in a list, made if it is new.
template <class Key>
column_chunk::mask& mask_of(std::vector<std::pair<Key, column_chunk::mask>>& list, const Key& key) {
    const auto at = std::ranges::lower_bound(list, key, {}, &std::pair<Key, column_chunk::mask>::first);
    if (at != list.end() && at->first == key) return at->second;
    return list.emplace(at, key, 0)->second;
}

}  // namespace

std::string sort_key_of(const list_row& row, const domain::sort_order& order, std::int64_t score,
                        domain::task& scratch) {
    using enum domain::sort_field;
    scratch.id = row.id;
    std::string key;
    for (const auto& by : order) {
        switch (by.field) {
            case title: key += by.descending ? inverted(row.title_key) : row.title_key; continue;
            case due: set_date(scratch.due, row.due); break;
            case start: set_date(scratch.start, row.start); break;
            case created: scratch.created_at = instant_of(row.created); break;
            case updated: scratch.updated_at = instant_of(row.updated); break;
            case completed:
                scratch.completed_at =
                    row.completed == no_instant ? std::nullopt : std::optional(instant_of(row.completed));
                break;
            case priority: scratch.priority = row.priority; break;
            case status: scratch.status = row.status; break;
            case id:
            case rank: break;
        }
        key += domain::sort_key(scratch, by, score);
    }
    return key;
}

std::uint64_t column_chunk::start_of(std::string_view title_key) noexcept {
    std::uint64_t out = 0;
    for (std::size_t i = 1; i <= sizeof out; ++i)  // behind the mark that there is one
        out = out << 8U | (i < title_key.size() ? static_cast<unsigned char>(title_key[i]) : 0U);
    return out;
}

void column_chunk::seal() {
    auto kept = std::move(rows);
    *this = {};
    rows = std::move(kept);
    mask bit = 1;
    for (std::size_t i = 0; i < rows.size(); ++i, bit <<= 1U) {
        const auto& row = rows[i];
        status[i] = static_cast<std::uint8_t>(row.status);
        priority[i] = static_cast<std::uint8_t>(row.priority);
        with_status[status[i]] |= bit;
        with_priority[priority[i]] |= bit;
        title_start[i] = start_of(row.title_key);
        times[0][i] = row.due;
        times[1][i] = row.start;
        times[2][i] = row.created;
        times[3][i] = row.updated;
        times[4][i] = row.completed;
        const auto mark = [&](mask& of, bool has) { of |= has ? bit : 0; };
        mark(due_all_day, row.due_all_day);
        mark(live_reminder, row.live_reminder);
        mark(with_rule, row.has_rule);
        mark(commented, row.commented);
        mark(in_series, row.has_series);
        mark(in_project, row.has_project);
        mark(assigned, row.has_assignee);
        mark(tagged, row.tag_count > 0);
        mark(children, row.has_parent);
        mark(waiting, !row.depends_on.empty());
        if (row.has_project) mask_of(projects, row.project) |= bit;
        for (std::size_t t = 0; t < row.tag_count; ++t) mask_of(tags, row.tags[t]) |= bit;
    }
}

book_columns::chunk& columns_editor::writable(std::size_t chunk) {
    auto& at = chunks_[chunk];
    if (!at.own) {
        at.own = std::make_shared<book_columns::chunk>();
        if (at.given)
            *at.own = *at.given;
        else
            bytes_ += sizeof(book_columns::chunk);
        at.own->rows.reserve(book_columns::chunk_rows);
        unsealed_.push_back(chunk);
    }
    return *at.own;
}

void columns_editor::put(const domain::task& t, std::uint32_t ordinal) {
    // Readers may hold the table that was given last: new spellings go into a copy.
    if (given_tags_ == tags_) {
        const bool all_known =
            std::ranges::all_of(t.tags, [&](const auto& tag) { return tags_->contains(tag); });
        if (!all_known) tags_ = std::make_shared<tag_table>(*tags_);
    }
    auto row = make_list_row(t, ordinal, *tags_);
    const auto chunk = ordinal / book_columns::chunk_rows;
    const auto at = ordinal % book_columns::chunk_rows;
    if (chunk >= chunks_.size()) chunks_.resize(chunk + 1);
    auto& rows = writable(chunk).rows;
    while (rows.size() <= at) {
        list_row none;
        none.status = domain::status::purged;
        bytes_ += none.bytes();
        rows.push_back(std::move(none));
    }
    bytes_ -= rows[at].bytes();
    bytes_ += row.bytes();
    rows[at] = std::move(row);
}

void columns_editor::put(std::span<const numbered_task> tasks) {
    for (const auto& t : tasks) put(*t.task, t.ordinal);
}

std::shared_ptr<const book_columns> columns_editor::columns() {
    auto out = std::make_shared<book_columns>();
    for (const auto chunk : unsealed_) {
        auto& at = chunks_[chunk];
        at.own->seal();
        at.given = std::move(at.own);
        at.own.reset();
    }
    unsealed_.clear();
    out->chunks.reserve(chunks_.size());
    for (auto& at : chunks_) {
        if (!at.given) at.given = std::make_shared<const book_columns::chunk>();
        out->chunks.push_back(at.given);
    }
    given_tags_ = tags_;
    out->tags = tags_;
    out->bytes = bytes();
    return out;
}

}  // namespace daybook::projector
