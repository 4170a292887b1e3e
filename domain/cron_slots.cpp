#include "domain/cron.hpp"
#include "domain/limits.hpp"

#include <algorithm>

namespace daybook::domain {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr local_days last_day{std::chrono::year{9999} / 12 / 31};
constexpr days four_centuries{146'097};

/// The first minute from `from` on that the fields match, no later than `until`.
std::optional<local_time> next_match(const cron_schedule& c, local_time from, local_time until) {
    auto at = std::chrono::ceil<minutes>(from);
    const auto end = std::min(until, local_time{floor<days>(from) + four_centuries});
    while (at <= end) {
        const auto day = floor<days>(at);
        if (!c.matches_day(day)) {
            at = day + days{1};
            continue;
        }
        const auto of_day = static_cast<std::size_t>((at - day).count());
        if (!c.hours[of_day / 60]) {
            at += minutes{60 - of_day % 60};
            continue;
        }
        if (c.minutes[of_day % 60]) return at;
        at += minutes{1};
    }
    return std::nullopt;
}

}  // namespace

bool cron_schedule::matches_day(local_days day) const {
    const std::chrono::year_month_day date{day};
    if (!months[static_cast<unsigned>(date.month())]) return false;
    const bool of_week = weekdays[std::chrono::weekday{day}.c_encoding()];
    const bool of_month = month_days[static_cast<unsigned>(date.day())] ||
                          (last_day && date.day() == (date.year() / date.month() / std::chrono::last).day());
    return either_day ? of_week || of_month : of_week && of_month;
}

bool cron_schedule::matches(local_time at) const {
    const auto day = floor<days>(at);
    const auto of_day = static_cast<std::size_t>(floor<std::chrono::minutes>(at - day).count());
    return floor<std::chrono::minutes>(at) == at && minutes[of_day % 60] && hours[of_day / 60] &&
           matches_day(day);
}

cron_slots::cron_slots(const cron_schedule& schedule, const zone& where, instant after, instant anchor)
    : schedule_(schedule),
      zone_(where),
      after_(after),
      anchor_(anchor),
      // A wall clock in a gap shows up to a day later: its slot may come from the days before.
      next_day_(floor<days>(where.to_local(after)) - days{2}) {}

std::optional<instant> cron_slots::next() {
    const auto found = schedule_.every ? next_every() : schedule_.real_time ? next_real_time() : next_fixed();
    if (found) after_ = *found;
    return found;
}

std::optional<instant> cron_slots::next_every() {
    const auto passed =
        after_ < anchor_ ? 0 : (after_ - anchor_) / std::chrono::milliseconds{*schedule_.every};
    const auto at = anchor_ + (passed + 1) * std::chrono::milliseconds{*schedule_.every};
    if (floor<days>(zone_.to_local(at)) > last_day) return std::nullopt;
    return at;
}

/// An instant fires when its own wall clock matches: nothing inside a gap, twice inside an overlap.
std::optional<instant> cron_slots::next_real_time() {
    auto from = floor<seconds>(after_) + seconds{1};
    const auto give_up = from + four_centuries;
    while (from < give_up) {
        const auto offset = zone_.offset_at(from);
        const auto change = zone_.next_transition(from.time_since_epoch().count());
        const auto end =
            change ? std::chrono::sys_seconds{seconds{change->at}} : std::chrono::sys_seconds::max();
        const auto local_end =
            change ? local_time{end.time_since_epoch() + offset} : local_time{last_day + days{1}};
        const auto found =
            next_match(schedule_, local_time{from.time_since_epoch() + offset}, local_end - seconds{1});
        if (found) return std::chrono::sys_seconds{found->time_since_epoch() - offset};
        if (!change) return std::nullopt;
        from = end;
    }
    return std::nullopt;
}

void cron_slots::add_day(local_days day) {
    if (!schedule_.matches_day(day)) return;
    for (std::size_t hour = 0; hour < schedule_.hours.size(); ++hour) {
        if (!schedule_.hours[hour]) continue;
        for (std::size_t minute = 0; minute < schedule_.minutes.size(); ++minute)
            if (schedule_.minutes[minute])
                pending_.insert(zone_.to_instant(day + std::chrono::hours{hour} + minutes{minute}));
    }
}

/// Fixed hours follow R4. Two wall clocks around a gap can swap their order or meet, also across midnight, so
/// slots wait until the two days after theirs are in the set.
std::optional<instant> cron_slots::next_fixed() {
    const auto give_up = std::min<local_days>(next_day_ + four_centuries, last_day);
    while (true) {
        while (!pending_.empty() && *pending_.begin() <= after_) pending_.erase(pending_.begin());
        if (!pending_.empty() && next_day_ > floor<days>(zone_.to_local(*pending_.begin())) + days{2}) {
            const auto found = *pending_.begin();
            pending_.erase(pending_.begin());
            return found;
        }
        if (next_day_ > give_up && pending_.empty()) return std::nullopt;
        add_day(next_day_);
        next_day_ += days{1};
    }
}

misfire_answer after_misfire(const cron_schedule& schedule, const zone& where, instant last, instant now,
                             misfire_policy policy, seconds window) {
    misfire_answer answer;
    const instant oldest = now - window - std::chrono::milliseconds{1};
    cron_slots slots(schedule, where, std::max(last, oldest), last);
    auto slot = slots.next();
    for (; slot && *slot <= now; slot = slots.next()) {
        if (policy == misfire_policy::skip) continue;
        if (policy == misfire_policy::fire_once && !answer.fires.empty())
            answer.fires.front() = {*slot, answer.fires.front().missed_count + 1};
        else
            answer.fires.push_back({*slot, 1});
        if (answer.fires.size() > limits::cron_catch_up_max) answer.fires.erase(answer.fires.begin());
    }
    answer.next = slot;
    return answer;
}

}  // namespace daybook::domain
