#include "tests/model/naive_recurrence.hpp"

#include <algorithm>
#include <set>

namespace daybook::tests {
namespace {

using namespace std::chrono;
namespace rec = domain::recurring;

bool has(const std::vector<int>& list, int value) { return std::count(list.begin(), list.end(), value) > 0; }

struct naive {
    const rec::series& s;
    const rec::rule& r;
    local_days start_day;
    year_month_day start;

    explicit naive(const rec::series& given)
        : s(given), r(given.how), start_day(floor<days>(given.start)), start(start_day) {}

    static int last_of(year_month m) { return int(unsigned((m / last).day())); }

    /// Where BYMONTHDAY `wanted` of month m lands, or nothing.
    std::optional<local_days> lands(year_month m, int wanted) const {
        const int length = last_of(m);
        const int number = wanted > 0 ? wanted : length + wanted + 1;
        if (1 <= number && number <= length) return local_days{m / day{unsigned(number)}};
        const auto skip = r.skip.value_or(rec::month_end::omit);
        if (skip == rec::month_end::omit) return std::nullopt;
        if (number > length)
            return skip == rec::month_end::backward ? local_days{m / last} : local_days{(m + months{1}) / 1};
        return skip == rec::month_end::backward ? local_days{(m - months{1}) / last} : local_days{m / 1};
    }

    bool month_named(year_month m) const {
        return r.months.empty() || has(r.months, int(unsigned(m.month())));
    }

    /// The wanted days of the month when the rule gives none: the day of the start.
    std::vector<int> wanted_days() const {
        return r.month_days.empty() ? std::vector<int>{int(unsigned(start.day()))} : r.month_days;
    }

    bool landed_on(local_days d, year_month m) const {
        if (!month_named(m)) return false;
        for (const int wanted : wanted_days())
            if (lands(m, wanted) == d) return true;
        return false;
    }

    /// BYDAY by counting: the first day of the span that is the same weekday is number one, and so from its
    /// end.
    bool weekday_named(local_days d) const {
        const year_month_day date{d};
        const bool in_year = r.freq == rec::frequency::yearly && r.months.empty();
        const local_days first =
            in_year ? local_days{date.year() / 1 / 1} : local_days{date.year() / date.month() / 1};
        const local_days end =
            in_year ? local_days{date.year() / 12 / 31} : local_days{date.year() / date.month() / last};
        for (const auto& each : r.weekdays) {
            if (each.day != weekday{d}) continue;
            if (each.ordinal == 0) return true;
            int from_front = 0;
            for (auto x = first; x <= d; x += days{1}) from_front += weekday{x} == each.day;
            int from_back = 0;
            for (auto x = end; x >= d; x -= days{1}) from_back -= weekday{x} == each.day;
            if (each.ordinal == from_front || each.ordinal == from_back) return true;
        }
        return false;
    }

    /// A period of the rule, by any number that is the same for all its days.
    int period_of(local_days d) const {
        const year_month_day date{d};
        switch (r.freq) {
            case rec::frequency::hourly:
            case rec::frequency::daily: return int((d - start_day).count());
            case rec::frequency::weekly: {
                auto monday = [&](local_days x) {
                    while (weekday{x} != r.week_start) x -= days{1};
                    return x;
                };
                return int((monday(d) - monday(start_day)).count() / 7);
            }
            case rec::frequency::monthly:
                return int((date.year() / date.month() - start.year() / start.month()).count());
            case rec::frequency::yearly: return int((date.year() - start.year()).count());
        }
        return 0;
    }

    bool period_taken(int period) const { return period >= 0 && period % r.interval == 0; }

    /// Whether the period names the day, BYSETPOS left aside. SKIP may carry a day out of its period.
    bool named(local_days d, int period) const {
        const year_month_day date{d};
        if (r.freq == rec::frequency::daily || r.freq == rec::frequency::hourly) {
            if (period_of(d) != period || !month_named(date.year() / date.month())) return false;
            const int length = last_of(date.year() / date.month());
            const int number = int(unsigned(date.day()));
            if (!r.month_days.empty() && !has(r.month_days, number) &&
                !has(r.month_days, number - length - 1))
                return false;
            return r.weekdays.empty() || weekday_named(d);
        }
        if (r.freq == rec::frequency::weekly) {
            if (period_of(d) != period || !month_named(date.year() / date.month())) return false;
            return r.weekdays.empty() ? weekday{d} == weekday{start_day} : weekday_named(d);
        }
        const bool by_days_of_month = !r.month_days.empty() || r.weekdays.empty();
        if (!by_days_of_month)
            return period_of(d) == period && month_named(date.year() / date.month()) && weekday_named(d);
        if (!r.weekdays.empty() && !weekday_named(d)) return false;
        for (int away = -1; away <= 1; ++away) {
            const auto m = date.year() / date.month() + months{away};
            const int of_month = r.freq == rec::frequency::monthly
                                     ? int((m - start.year() / start.month()).count())
                                     : int((m.year() - start.year()).count());
            if (of_month != period) continue;
            // YEARLY without BYMONTH and BYMONTHDAY means the month of the start.
            if (r.freq == rec::frequency::yearly && r.months.empty() && r.month_days.empty() &&
                m.month() != start.month())
                continue;
            if (landed_on(d, m)) return true;
        }
        return false;
    }

    bool chosen(local_days d, int period) const {
        if (!named(d, period)) return false;
        if (r.positions.empty()) return true;
        const int reach = r.freq == rec::frequency::yearly ? 400 : r.freq == rec::frequency::monthly ? 64 : 8;
        int before = 0;
        int behind = 0;
        for (auto x = d - days{reach}; x < d; x += days{1}) before += named(x, period);
        for (auto x = d + days{1}; x <= d + days{reach}; x += days{1}) behind += named(x, period);
        return has(r.positions, before + 1) || has(r.positions, -behind - 1);
    }

    bool day_is_named(local_days d) const {
        const int middle = period_of(d);
        for (int period = middle - 1; period <= middle + 1; ++period)
            if (period_taken(period) && chosen(d, period)) return true;
        return false;
    }

    std::vector<domain::local_time> wall_clocks_of(local_days d) const {
        const auto time = s.start - start_day;
        if (r.freq != rec::frequency::hourly)
            return day_is_named(d) ? std::vector<domain::local_time>{d + time}
                                   : std::vector<domain::local_time>{};
        std::vector<domain::local_time> out;
        if (!named(d, period_of(d))) return out;
        for (int h = 0; h < 24; ++h) {
            const auto at = d + hours{h} + time % hours{1};
            const auto steps = floor<hours>(at - s.start).count();
            const bool position = r.positions.empty() || has(r.positions, 1) || has(r.positions, -1);
            if (at >= s.start && steps % r.interval == 0 && position) out.push_back(at);
        }
        return out;
    }
};

}  // namespace

std::vector<rec::occurrence> naive_expansion(const rec::series& s, std::size_t n, local_days horizon) {
    const naive rule(s);
    std::vector<rec::occurrence> out;
    std::set<domain::instant> seen;
    std::int64_t counted = 0;
    for (auto d = rule.start_day; d < horizon && out.size() < n; d += days{1})
        for (const auto nominal : rule.wall_clocks_of(d)) {
            if (nominal < s.start || out.size() == n) continue;
            if (s.how.count && counted++ >= *s.how.count) return out;
            rec::occurrence one{nominal, std::nullopt};
            if (s.kind == rec::series_kind::zoned) one.at = s.home->to_instant(nominal);
            const auto& until = s.how.until;
            if (until && (until->type == rec::until_value::kind::instant ? *one.at > until->at
                                                                         : nominal > until->local))
                continue;
            if (one.at && !seen.insert(*one.at).second) continue;
            if (std::count(s.exdates.begin(), s.exdates.end(), nominal) > 0) continue;
            out.push_back(one);
        }
    return out;
}

}  // namespace daybook::tests
