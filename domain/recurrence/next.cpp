#include "domain/recurrence/next.hpp"

#include "domain/limits.hpp"

#include <algorithm>

namespace daybook::domain::recurring {
namespace {

using std::chrono::days;
using std::chrono::floor;

next_answer ended(series_end why) {
    next_answer answer;
    answer.ended = why;
    return answer;
}

const zone& zone_of(const series& s, const zone& user_zone) {
    return s.kind == series_kind::zoned ? *s.home : user_zone;
}

/// INTERVAL x FREQ after a wall clock; a day that the month does not have becomes its last one.
local_time added(const rule& r, local_time base) {
    const auto day = floor<days>(base);
    const auto time = base - day;
    const std::chrono::year_month_day date{day};
    auto month = date.year() / date.month();
    switch (r.freq) {
        case frequency::hourly: return base + std::chrono::hours{r.interval};
        case frequency::daily: return base + days{r.interval};
        case frequency::weekly: return base + days{7 * r.interval};
        case frequency::monthly: month += std::chrono::months{r.interval}; break;
        case frequency::yearly: month += std::chrono::years{r.interval}; break;
    }
    const auto last = (month / std::chrono::last).day();
    return std::chrono::local_days{month / std::min(date.day(), last)} + time;
}

bool is_within(const until_value& until, local_time nominal, instant at) {
    return until.type == until_value::kind::instant ? at <= until.at : nominal <= until.local;
}

bool is_excluded(const series& s, local_time nominal) {
    return std::find(s.exdates.begin(), s.exdates.end(), nominal) != s.exdates.end();
}

/// R6: the local day of the completion at the series' time of day.
local_time base_of(const series& s, instant completed_at, const zone& user_zone) {
    const auto local = zone_of(s, user_zone).to_local(completed_at);
    if (s.how.freq == frequency::hourly) return floor<std::chrono::minutes>(local);
    return floor<days>(local) + (s.start - floor<days>(s.start));
}

}  // namespace

instant moment_of(const series& s, local_time nominal, const zone& user_zone) {
    if (s.kind == series_kind::all_day) return user_zone.to_instant(nominal + days{1});
    return zone_of(s, user_zone).to_instant(nominal);
}

next_answer next_after_due(const series& s, const closed_occurrence& closed, catch_up how,
                           const zone& user_zone, std::size_t missed_max) {
    if (closed.depth >= limits::recurrence_depth_max) return ended(series_end::depth);
    const auto today = floor<days>(user_zone.to_local(closed.closed_at));
    next_answer answer;
    occurrences following(s);
    following.seek_after(closed.nominal);
    while (const auto each = following.next()) {
        const bool future =
            how == catch_up::each || (s.kind == series_kind::all_day ? each->nominal >= local_time{today}
                                      : each->at                     ? *each->at > closed.closed_at
                                                 : user_zone.to_instant(each->nominal) > closed.closed_at);
        if (future) {
            answer.next = next_occurrence{each->nominal, moment_of(s, each->nominal, user_zone)};
            return answer;
        }
        auto& missed = answer.missed;
        if (++missed.count == 1) missed.first = each->nominal;
        missed.newest.push_back(each->nominal);
        if (missed.newest.size() > missed_max) missed.newest.pop_front();
    }
    answer.ended = following.end();
    return answer;
}

next_answer next_after_completion(const series& s, const closed_occurrence& closed, const zone& user_zone) {
    if (closed.depth >= limits::recurrence_depth_max) return ended(series_end::depth);
    if (s.how.count && closed.depth + 1 >= *s.how.count) return ended(series_end::count);
    const auto base = base_of(s, closed.closed_at, user_zone);
    std::optional<local_time> nominal;
    if (s.how.has_by_parts()) {
        auto anchored = s;
        anchored.start = base;
        anchored.how.count.reset();
        anchored.how.until.reset();
        occurrences following(anchored);
        following.seek_after(base);
        if (const auto next = following.next()) nominal = next->nominal;
    } else {
        nominal = added(s.how, base);
        while (is_excluded(s, *nominal)) nominal = added(s.how, *nominal);
        if (floor<days>(*nominal) > last_day) nominal.reset();
    }
    if (!nominal) return ended(series_end::exhausted);
    const auto at = moment_of(s, *nominal, user_zone);
    if (s.how.until && !is_within(*s.how.until, *nominal, at)) return ended(series_end::until);
    next_answer answer;
    answer.next = next_occurrence{*nominal, at};
    return answer;
}

}  // namespace daybook::domain::recurring
