#include "domain/filter/dates.hpp"

#include "domain/date.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace daybook::domain::filter {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::year_month_day;
using form = date_form;

constexpr auto words = std::to_array<std::pair<std::string_view, form>>({
    {"today", form::today},
    {"tomorrow", form::tomorrow},
    {"yesterday", form::yesterday},
    {"eow", form::end_of_week},
    {"eom", form::end_of_month},
});
constexpr std::int32_t count_max = 9999;
constexpr std::string_view units = "dwmy";

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::optional<date_point> parse_offset(std::string_view text) {
    date_point out{.form = form::offset};
    out.unit = text.back();
    const auto digits = text.substr(1, text.size() - 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.count);
    if (error != std::errc{} || end != digits.data() + digits.size() || out.count < 0 ||
        out.count > count_max)
        return std::nullopt;
    if (text.front() == '-') out.count = -out.count;
    return out;
}

local_days local_today(const query_context& context) {
    const auto local =
        context.caller_zone != nullptr
            ? context.caller_zone->to_local(context.now)
            : local_time{std::chrono::floor<std::chrono::seconds>(context.now).time_since_epoch()};
    return std::chrono::floor<days>(local);
}

instant instant_of(local_time local, const query_context& context) {
    return context.caller_zone != nullptr ? context.caller_zone->to_instant(local)
                                          : instant{local.time_since_epoch()};
}

local_days first_day() { return local_days{std::chrono::year{1} / 1 / 1}; }
local_days last_day() { return local_days{std::chrono::year{9999} / 12 / 31}; }

local_days moved(local_days from, std::int32_t count, char unit) {
    if (unit == 'd') return from + days{count};
    if (unit == 'w') return from + days{7 * count};
    const year_month_day date{from};
    auto month = std::chrono::year_month{date.year(), date.month()};
    if (unit == 'm')
        month += std::chrono::months{count};
    else
        month += std::chrono::years{count};
    if (month.year() < std::chrono::year{1}) return first_day();
    if (month.year() > std::chrono::year{9999}) return last_day();
    const auto last = (month / std::chrono::last).day();
    return local_days{month / std::min(date.day(), last)};
}

local_days day_of(const date_point& point, const query_context& context) {
    const auto now = local_today(context);
    switch (point.form) {
        case form::day: return std::chrono::floor<days>(point.local);
        case form::tomorrow: return now + days{1};
        case form::yesterday: return now - days{1};
        case form::end_of_week: {
            const auto into = std::chrono::weekday{now} - context.week_start;
            return now + (days{6} - into);
        }
        case form::end_of_month: {
            const year_month_day date{now};
            return local_days{date.year() / date.month() / std::chrono::last};
        }
        case form::offset: return std::clamp(moved(now, point.count, point.unit), first_day(), last_day());
        case form::today:
        case form::wall_clock:
        case form::absolute: break;
    }
    return now;
}

stretch whole(local_days day, const query_context& context) {
    return {instant_of(day, context), instant_of(day + days{1}, context)};
}

}  // namespace

std::optional<std::chrono::weekday> parse_weekday(std::string_view name) noexcept {
    constexpr auto names = std::to_array<std::string_view>(
        {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"});
    const auto* const found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return std::chrono::weekday(static_cast<unsigned>(found - names.begin()));
}

std::optional<date_point> parse_date_point(std::string_view sent) {
    const auto text = lower(sent);
    const auto* const word =
        std::ranges::find(words, std::string_view(text), &std::pair<std::string_view, form>::first);
    if (word != words.end()) return date_point{.form = word->second};
    if (text.size() >= 3 && (text.front() == '+' || text.front() == '-') &&
        units.find(text.back()) != std::string::npos)
        return parse_offset(text);
    static const zone_table no_zones("", {});
    const auto date = parse_date(sent, no_zones);
    if (!date) return std::nullopt;
    switch (date->kind) {
        case date_kind::all_day: return date_point{.form = form::day, .local = date->local};
        case date_kind::floating: return date_point{.form = form::wall_clock, .local = date->local};
        case date_kind::absolute: return date_point{.form = form::absolute, .at = date->at};
        case date_kind::zoned: break;
    }
    return std::nullopt;
}

std::string to_text(const date_point& point) {
    switch (point.form) {
        case form::day: return date_value{date_kind::all_day, point.local, {}, {}}.text();
        case form::wall_clock: return date_value{date_kind::floating, point.local, {}, {}}.text();
        case form::absolute: return date_value{date_kind::absolute, {}, point.at, {}}.text();
        case form::offset: return (point.count < 0 ? "" : "+") + std::to_string(point.count) + point.unit;
        default: break;
    }
    const auto* const word = std::ranges::find(words, point.form, &std::pair<std::string_view, form>::second);
    return std::string(word->first);
}

stretch resolve(const date_point& point, const query_context& context) {
    constexpr std::chrono::milliseconds moment{1};
    if (point.form == form::absolute) return {point.at, point.at + moment};
    if (point.form == form::wall_clock) {
        const auto at = instant_of(point.local, context);
        return {at, at + moment};
    }
    return whole(day_of(point, context), context);
}

stretch today(const query_context& context) { return whole(local_today(context), context); }

}  // namespace daybook::domain::filter
