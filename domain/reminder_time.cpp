// offset = number unit [direction] [base] / [sign] "P" iso [direction] [base]
// unit = minute(s) / hour(s) / day(s) / week(s); direction = before / after (not beside a sign); base = due /
// start
#include "domain/reminder_time.hpp"

#include "domain/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace daybook::domain {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr std::size_t number_digits_max = 6;

std::vector<std::string> lower_words(std::string_view text) {
    std::vector<std::string> out;
    bool open = false;
    for (const char c : text) {
        if (c == ' ' || c == '\t') {
            open = false;
            continue;
        }
        if (!open) out.emplace_back();
        open = true;
        out.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

std::optional<std::int64_t> number(std::string_view text) {
    if (text.empty() || text.size() > number_digits_max ||
        text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    return std::stoll(std::string(text));
}

struct unit {
    std::string_view name;
    std::int64_t days;
    std::int64_t seconds;
};
constexpr std::array<unit, 4> units{{{"minute", 0, 60}, {"hour", 0, 3'600}, {"day", 1, 0}, {"week", 7, 0}}};

/// The length after the sign: `p1dt2h` and the like; the parts in their order, each once.
bool read_iso(std::string_view text, reminder_offset& out) {
    struct letter {
        char name;
        bool time;
        std::int64_t days;
        std::int64_t seconds;
    };
    constexpr std::array<letter, 5> letters{{{'w', false, 7, 0},
                                             {'d', false, 1, 0},
                                             {'h', true, 0, 3'600},
                                             {'m', true, 0, 60},
                                             {'s', true, 0, 1}}};
    if (!text.starts_with('p')) return false;
    text.remove_prefix(1);
    bool time = false;
    bool any = false;
    std::size_t next = 0;
    while (!text.empty()) {
        if (text.front() == 't' && !time) {
            time = true;
            any = false;
            text.remove_prefix(1);
            continue;
        }
        const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
        const auto value = number(text.substr(0, digits));
        if (!value || digits == text.size()) return false;
        while (next < letters.size() && !(letters[next].name == text[digits] && letters[next].time == time))
            ++next;
        if (next == letters.size()) return false;
        out.days += *value * letters[next].days;
        out.exact += seconds{*value * letters[next].seconds};
        ++next;
        any = true;
        text.remove_prefix(digits + 1);
    }
    return any;
}

problem invalid(std::string_view text) {
    constexpr std::size_t shown_max = 80;
    auto p = make_problem(errc::reminder_invalid,
                          fmt::format("`{}` says no time before or after a date", text.substr(0, shown_max)),
                          {}, "Use `15 minutes`, `1 day before start`, `-PT15M` or `-P1D`.");
    p.extra["part"] = "offset";
    return p;
}

const zone& zone_of(const date_value& base, const reminder_dates& dates) {
    if (base.kind != date_kind::zoned) return dates.user_zone;
    const auto* named = dates.zones.find(base.zone);
    return named != nullptr ? *named : dates.user_zone;
}

}  // namespace

result<reminder_offset> parse_reminder_offset(std::string_view text) {
    const auto said = lower_words(text);
    if (said.empty()) return invalid(text);
    reminder_offset offset;
    std::optional<bool> before;
    std::size_t next = 1;
    std::string_view first = said[0];
    const bool is_signed = first.starts_with('-') || first.starts_with('+');
    if (is_signed) {
        before = first.front() == '-';
        first.remove_prefix(1);
    }
    bool before_if_unsaid = false;
    if (!read_iso(first, offset)) {
        const auto value = number(first);
        if (is_signed || !value || said.size() < 2) return invalid(text);
        const auto found = std::find_if(units.begin(), units.end(), [&](const unit& u) {
            return said[1] == u.name || said[1] == std::string(u.name) + 's';
        });
        if (found == units.end()) return invalid(text);
        offset = {false, *value * found->days, seconds{*value * found->seconds}};
        before_if_unsaid = true;
        next = 2;
    }
    if (next < said.size() && (said[next] == "before" || said[next] == "after")) {
        if (before) return invalid(text);
        before = said[next++] == "before";
    }
    if (next < said.size() && (said[next] == "due" || said[next] == "start"))
        offset.from_start = said[next++] == "start";
    if (next != said.size()) return invalid(text);
    if (offset.days > limits::reminder_days_max || offset.exact > days{limits::reminder_days_max})
        return invalid(text);
    if (before.value_or(before_if_unsaid)) {
        offset.days = -offset.days;
        offset.exact = -offset.exact;
    }
    return offset;
}

result<reminder_moment> reminder_moment_of(const reminder_offset& offset, const reminder_dates& dates) {
    const auto& base = offset.from_start ? dates.start : dates.due;
    if (!base) {
        const std::string_view part = offset.from_start ? "start" : "due";
        auto p = make_problem(errc::reminder_no_base,
                              fmt::format("The reminder counts from {}, which is not set", part));
        p.extra["part"] = part;
        return p;
    }
    const auto& home = zone_of(*base, dates);
    auto local = base->kind == date_kind::absolute ? home.to_local(base->at) : base->local;
    if (base->kind == date_kind::all_day) local += dates.all_day_time;
    // An instant may lie in the second pass of an overlap, which its wall clock does not say.
    auto at = base->kind == date_kind::absolute && offset.days == 0
                  ? base->at
                  : home.to_instant(local + days{offset.days});
    at += offset.exact;
    return reminder_moment{home.to_local(at), at};
}

bool is_past(const date_value& date, const reminder_dates& dates, instant now) {
    switch (date.kind) {
        case date_kind::all_day: return dates.user_zone.to_instant(date.local + days{1}) <= now;
        case date_kind::absolute: return date.at <= now;
        case date_kind::floating:
        case date_kind::zoned: break;
    }
    return zone_of(date, dates).to_instant(date.local) <= now;
}

move_action action_after_move(instant at, bool due_is_past, instant now) {
    if (at > now) return move_action::schedule;
    return due_is_past ? move_action::none : move_action::fire_now;
}

}  // namespace daybook::domain
