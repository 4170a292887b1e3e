#include "projector/row_order.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace daybook::projector {
namespace {

using domain::sort_by;
using domain::sort_field;

constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63U;
/// Behind every value in both directions (S2a). No instant gives it: none is at either end of the range.
constexpr std::uint64_t empty_number = std::numeric_limits<std::uint64_t>::max();

std::uint64_t directed(std::uint64_t number, bool descending) { return descending ? ~number : number; }

std::uint64_t number_of_instant(std::int64_t millis, bool descending) {
    if (millis == no_instant) return empty_number;
    return directed(static_cast<std::uint64_t>(millis) ^ sign_bit, descending);
}

std::uint64_t number_of_id(const domain::task_id& id) {
    std::uint64_t out = 0;
    const auto& bytes = id.value().bytes();
    for (std::size_t i = 0; i < sizeof out; ++i) out = out << 8U | bytes[i];
    return out;
}

std::optional<domain::filter::instant_field> instant_of(sort_field field) {
    switch (field) {
        case sort_field::due: return domain::filter::instant_field::due;
        case sort_field::start: return domain::filter::instant_field::start;
        case sort_field::created: return domain::filter::instant_field::created;
        case sort_field::updated: return domain::filter::instant_field::updated;
        case sort_field::completed: return domain::filter::instant_field::completed;
        default: return std::nullopt;
    }
}

}  // namespace

std::uint64_t row_order::number(const sort_by& by, const column_chunk& chunk, unsigned at,
                                std::int64_t rank) {
    switch (by.field) {
        case sort_field::priority: return directed(chunk.priority[at], by.descending);
        case sort_field::status: return directed(chunk.status[at], by.descending);
        case sort_field::title: return directed(chunk.title_start[at], by.descending);
        case sort_field::id: return directed(number_of_id(chunk.rows[at].id), by.descending);
        case sort_field::rank: return directed(static_cast<std::uint64_t>(rank), by.descending);
        default: return number_of_instant(chunk.at(*instant_of(by.field))[at], by.descending);
    }
}

std::strong_ordering row_order::compare_titles(const sort_by& by, std::string_view a, std::string_view b) {
    return by.descending ? b <=> a : a <=> b;
}

row_place row_order::place(const column_chunk& chunk, unsigned at, std::int64_t rank) const {
    return {number(order_.front(), chunk, at, rank), &chunk, static_cast<std::uint32_t>(rank),
            static_cast<std::uint8_t>(at)};
}

bool row_order::before(const row_place& a, const row_place& b) const {
    if (a.first != b.first) return a.first < b.first;
    for (std::size_t i = 0; i < order_.size(); ++i) {
        const auto& by = order_[i];
        if (i > 0) {
            const auto of_a = number(by, *a.chunk, a.at, a.rank);
            const auto of_b = number(by, *b.chunk, b.at, b.rank);
            if (of_a != of_b) return of_a < of_b;
        }
        if (by.field == sort_field::title) {
            const auto order = compare_titles(by, a.row().title_key, b.row().title_key);
            if (order != 0) return order < 0;
        }
        if (by.field == sort_field::id && a.row().id != b.row().id)
            return (a.row().id < b.row().id) != by.descending;
    }
    return a.row().id < b.row().id;
}

domain::result<row_order::bound> row_order::bound_of(std::string_view after_key,
                                                     const domain::task_id& after_id) const {
    auto values = domain::sort_values_of(after_key, order_);
    if (!values) return values.error();
    bound out{{}, {}, after_id};
    for (std::size_t i = 0; i < order_.size(); ++i) {
        const auto& by = order_[i];
        auto& value = (*values)[i];
        if (std::holds_alternative<std::monostate>(value)) {
            out.numbers.push_back(empty_number);
        } else if (by.field == sort_field::id) {
            out.numbers.push_back(directed(number_of_id(after_id), by.descending));
        } else if (by.field == sort_field::title) {
            out.title = std::move(std::get<std::string>(value));
            out.numbers.push_back(directed(column_chunk::start_of(out.title), by.descending));
        } else if (instant_of(by.field)) {
            out.numbers.push_back(number_of_instant(std::get<std::int64_t>(value), by.descending));
        } else {
            out.numbers.push_back(
                directed(static_cast<std::uint64_t>(std::get<std::int64_t>(value)), by.descending));
        }
    }
    return out;
}

bool row_order::behind(const row_place& place, const bound& mark) const {
    for (std::size_t i = 0; i < order_.size(); ++i) {
        const auto& by = order_[i];
        const auto own = i == 0 ? place.first : number(by, *place.chunk, place.at, place.rank);
        if (own != mark.numbers[i]) return own > mark.numbers[i];
        if (by.field == sort_field::title) {
            const auto order = compare_titles(by, place.row().title_key, mark.title);
            if (order != 0) return order > 0;
        }
        if (by.field == sort_field::id && place.row().id != mark.id)
            return (place.row().id > mark.id) != by.descending;
    }
    return place.row().id > mark.id;
}

void page_keeper::add(const row_place& place) {
    ++added_;
    if (keep_ == 0 || (worst_ && !order_.before(place, *worst_))) return;
    kept_.push_back(place);
    constexpr std::size_t room_min = 256;
    if (kept_.size() - std::min(kept_.size(), keep_) >= std::max(keep_, room_min)) cut();
}

void page_keeper::cut() {
    const auto last = kept_.begin() + static_cast<std::ptrdiff_t>(keep_) - 1;
    std::nth_element(kept_.begin(), last, kept_.end(),
                     [this](const auto& a, const auto& b) { return order_.before(a, b); });
    kept_.resize(keep_);
    worst_ = kept_.back();
}

std::vector<row_place> page_keeper::sorted() {
    if (kept_.size() > keep_) cut();
    std::ranges::sort(kept_, [this](const auto& a, const auto& b) { return order_.before(a, b); });
    return std::move(kept_);
}

}  // namespace daybook::projector
