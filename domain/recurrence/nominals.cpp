#include "domain/recurrence/nominals.hpp"

#include <algorithm>

namespace daybook::domain::recurring {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::months;
using std::chrono::year;
using std::chrono::year_month;
using std::chrono::year_month_day;
using std::chrono::years;

template <class Value>
bool contains(const std::vector<Value>& list, const Value& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

int length_of(year_month month) {
    return static_cast<int>(static_cast<unsigned>((month / std::chrono::last).day()));
}

local_days first_of(year_month month) { return local_days{month / 1}; }

int month_number(const year_month_day& date) { return static_cast<int>(static_cast<unsigned>(date.month())); }
int day_number(const year_month_day& date) { return static_cast<int>(static_cast<unsigned>(date.day())); }

/// Where in [first, first + length) a day stands among those of its weekday, from the front (1…) and the back
/// (-1…).
bool has_ordinal(local_days at, local_days first, int length, int ordinal) {
    const auto before = (at - first).count();
    const auto behind = length - 1 - before;
    return ordinal > 0 ? before / 7 + 1 == ordinal : behind / 7 + 1 == -ordinal;
}

bool is_month_day(const rule& r, const year_month_day& date) {
    return contains(r.month_days, day_number(date)) ||
           contains(r.month_days, day_number(date) - length_of(date.year() / date.month()) - 1);
}

/// Ordinals count within the month when the rule is MONTHLY or has BYMONTH, else within the year.
bool is_weekday(const rule& r, local_days at) {
    const std::chrono::weekday weekday{at};
    for (const auto& choice : r.weekdays) {
        if (choice.day != weekday) continue;
        if (choice.ordinal == 0) return true;
        const year_month_day date{at};
        if (r.freq == frequency::yearly && r.months.empty()) {
            const int length = date.year().is_leap() ? 366 : 365;
            if (has_ordinal(at, local_days{date.year() / 1 / 1}, length, choice.ordinal)) return true;
        } else {
            const auto month = date.year() / date.month();
            if (has_ordinal(at, first_of(month), length_of(month), choice.ordinal)) return true;
        }
    }
    return false;
}

/// BYMONTH, BYMONTHDAY and BYDAY as limits, for the rules whose period is not longer than a week.
bool passes_limits(const rule& r, local_days at) {
    if (!r.months.empty() || !r.month_days.empty()) {
        const year_month_day date{at};
        if (!r.months.empty() && !contains(r.months, month_number(date))) return false;
        if (!r.month_days.empty() && !is_month_day(r, date)) return false;
    }
    return r.weekdays.empty() || is_weekday(r, at);
}

std::int64_t divided_up(std::int64_t value, std::int64_t by) {
    return value <= 0 ? 0 : (value + by - 1) / by;
}

}  // namespace

nominals::nominals(const rule& r, local_time start, local_days horizon)
    : rule_(r),
      start_(start),
      start_day_(std::chrono::floor<days>(start)),
      start_date_(start_day_),
      time_of_day_(start - start_day_),
      horizon_(horizon),
      least_(start) {}

void nominals::seek(local_time at) {
    if (at <= least_) return;
    least_ = at;
    // The period before the one sought: SKIP=FORWARD may have moved one of its days into the next one.
    const year_month_day date{std::chrono::floor<days>(at)};
    std::int64_t behind = 0;
    switch (rule_.freq) {
        case frequency::hourly: behind = std::chrono::floor<hours>(at - start_).count(); break;
        case frequency::daily: behind = (std::chrono::floor<days>(at) - start_day_).count(); break;
        case frequency::weekly: behind = (std::chrono::floor<days>(at) - start_day_).count() / 7 - 1; break;
        case frequency::monthly:
            behind = (date.year() / date.month() - start_date_.year() / start_date_.month()).count();
            break;
        case frequency::yearly: behind = (date.year() - start_date_.year()).count(); break;
    }
    const auto period = behind / rule_.interval - 1;
    if (period <= period_) return;
    period_ = period;
    days_.clear();
    taken_ = 0;
}

std::optional<local_time> nominals::next() {
    if (rule_.freq == frequency::hourly) return next_hour();
    while (true) {
        for (; taken_ < days_.size(); ++taken_) {
            const auto found = days_[taken_] + time_of_day_;
            if (found < least_) continue;
            ++taken_;
            // Two periods can share a day, where SKIP moved one to it; it counts once.
            least_ = found + std::chrono::seconds{1};
            return found;
        }
        if (!fill()) return std::nullopt;
    }
}

std::optional<local_time> nominals::next_hour() {
    // A period of one hour holds one instance, so of BYSETPOS only the first or last of one can exist.
    if (!rule_.positions.empty() && !contains(rule_.positions, 1) && !contains(rule_.positions, -1))
        return std::nullopt;
    while (true) {
        const auto found = start_ + hours{rule_.interval * period_};
        const auto at_day = std::chrono::floor<days>(found);
        if (at_day > horizon_) return std::nullopt;
        if (found >= least_ && passes_limits(rule_, at_day)) {
            ++period_;
            return found;
        }
        if (found < least_) {
            ++period_;
            continue;
        }
        const auto hours_left = std::chrono::ceil<hours>(at_day + days{1} - start_).count();
        period_ = std::max(period_ + 1, divided_up(hours_left, rule_.interval));
    }
}

bool nominals::fill() {
    days_.clear();
    taken_ = 0;
    const auto steps = period_ * rule_.interval;
    ++period_;
    switch (rule_.freq) {
        case frequency::hourly: return false;
        case frequency::daily: {
            const auto at = start_day_ + days{steps};
            if (at > horizon_) return false;
            fill_day(at);
            break;
        }
        case frequency::weekly: {
            const auto first =
                start_day_ - (std::chrono::weekday{start_day_} - rule_.week_start) + days{7 * steps};
            if (first > horizon_) return false;
            fill_week(first);
            break;
        }
        case frequency::monthly: {
            const auto horizon = year_month_day{horizon_};
            const auto left = horizon.year() / horizon.month() - start_date_.year() / start_date_.month();
            if (steps > left.count()) return false;
            fill_month(start_date_.year() / start_date_.month() + months{static_cast<int>(steps)});
            break;
        }
        case frequency::yearly: {
            if (steps > (year_month_day{horizon_}.year() - start_date_.year()).count()) return false;
            fill_year(start_date_.year() + years{static_cast<int>(steps)});
            break;
        }
    }
    std::sort(days_.begin(), days_.end());
    days_.erase(std::unique(days_.begin(), days_.end()), days_.end());
    keep_positions();
    while (!days_.empty() && days_.back() > horizon_) days_.pop_back();
    return true;
}

void nominals::fill_day(local_days at) {
    if (passes_limits(rule_, at)) days_.push_back(at);
}

void nominals::fill_week(local_days first) {
    for (int i = 0; i < 7; ++i) {
        const auto at = first + days{i};
        const bool of_start = std::chrono::weekday{at} == std::chrono::weekday{start_day_};
        if (rule_.weekdays.empty() ? of_start && passes_limits(rule_, at) : passes_limits(rule_, at))
            days_.push_back(at);
    }
}

/// One BYMONTHDAY in one month, with SKIP: a moved date is not tested against BYMONTH again.
void nominals::add_month_days(year_month month, int wanted) {
    const int length = length_of(month);
    const int number = wanted > 0 ? wanted : length + 1 + wanted;
    if (number >= 1 && number <= length) {
        days_.push_back(first_of(month) + days{number - 1});
        return;
    }
    const auto before = number < 1 ? first_of(month) - days{1} : first_of(month) + days{length - 1};
    switch (rule_.skip.value_or(month_end::omit)) {
        case month_end::omit: break;
        case month_end::backward: days_.push_back(before); break;
        case month_end::forward: days_.push_back(before + days{1}); break;
    }
}

void nominals::fill_month(year_month month) {
    if (!rule_.months.empty() &&
        !contains(rule_.months, static_cast<int>(static_cast<unsigned>(month.month()))))
        return;
    if (!rule_.month_days.empty()) {
        for (const int wanted : rule_.month_days) add_month_days(month, wanted);
        std::erase_if(days_,
                      [&](local_days at) { return !rule_.weekdays.empty() && !is_weekday(rule_, at); });
    } else if (rule_.weekdays.empty()) {
        add_month_days(month, day_number(start_date_));
    } else {
        for (int i = 0; i < length_of(month); ++i)
            if (is_weekday(rule_, first_of(month) + days{i})) days_.push_back(first_of(month) + days{i});
    }
}

void nominals::fill_year(year at) {
    if (rule_.months.empty() && rule_.month_days.empty() && !rule_.weekdays.empty()) {
        for (auto each = local_days{at / 1 / 1}; each <= local_days{at / 12 / 31}; each += days{1})
            if (is_weekday(rule_, each)) days_.push_back(each);
        return;
    }
    for (unsigned number = 1; number <= 12; ++number) {
        const bool wanted = !rule_.months.empty() ? contains(rule_.months, static_cast<int>(number))
                            : !rule_.month_days.empty()
                                ? true
                                : number == static_cast<unsigned>(start_date_.month());
        if (!wanted) continue;
        const year_month month{at, std::chrono::month{number}};
        if (!rule_.month_days.empty()) {
            for (const int day_wanted : rule_.month_days) add_month_days(month, day_wanted);
        } else if (rule_.weekdays.empty()) {
            add_month_days(month, day_number(start_date_));
        } else {
            for (int i = 0; i < length_of(month); ++i)
                if (is_weekday(rule_, first_of(month) + days{i})) days_.push_back(first_of(month) + days{i});
        }
    }
    if (!rule_.month_days.empty() && !rule_.weekdays.empty())
        std::erase_if(days_, [&](local_days each) { return !is_weekday(rule_, each); });
}

void nominals::keep_positions() {
    if (rule_.positions.empty()) return;
    std::vector<local_days> kept;
    const auto size = static_cast<std::int64_t>(days_.size());
    for (std::int64_t i = 0; i < size; ++i)
        if (contains(rule_.positions, static_cast<int>(i + 1)) ||
            contains(rule_.positions, static_cast<int>(i - size)))
            kept.push_back(days_[static_cast<std::size_t>(i)]);
    days_ = std::move(kept);
}

}  // namespace daybook::domain::recurring
