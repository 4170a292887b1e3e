#include "projector/list_columns.hpp"

#include "domain/filter/evaluate.hpp"
#include "domain/fold.hpp"
#include "domain/sort_order.hpp"

#include <algorithm>

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
    row.has_rule = t.recurrence.has_value();
    row.commented = t.comments > 0;
    const auto count = std::min(t.tags.size(), row.tags.size());
    for (std::size_t i = 0; i < count; ++i) row.tags[i] = tags.add(t.tags[i]);
    row.tag_count = static_cast<std::uint8_t>(count);
    return row;
}

book_columns::chunk& columns_editor::writable(std::size_t chunk) {
    auto& at = chunks_[chunk];
    if (!at.own) {
        at.own = std::make_shared<book_columns::chunk>();
        at.own->reserve(book_columns::chunk_rows);
        if (at.given) *at.own = *at.given;
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
    auto& rows = writable(chunk);
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
    out->chunks.reserve(chunks_.size());
    for (auto& at : chunks_) {
        if (at.own) at.given = std::move(at.own);
        at.own.reset();
        if (!at.given) at.given = std::make_shared<const book_columns::chunk>();
        out->chunks.push_back(at.given);
    }
    given_tags_ = tags_;
    out->tags = tags_;
    out->bytes = bytes();
    return out;
}

}  // namespace daybook::projector
