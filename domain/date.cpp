#include "domain/date.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

namespace daybook::domain {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Takes fixed forms off the front of a text.
class date_reader {
 public:
    explicit date_reader(std::string_view text) : rest_(text) {}
    /// Exactly `width` digits, or -1 (and nothing taken).
    int digits(std::size_t width) {
        if (rest_.size() < width) return -1;
        int value = 0;
        for (std::size_t i = 0; i < width; ++i) {
            if (rest_[i] < '0' || rest_[i] > '9') return -1;
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(width);
        return value;
    }
    bool take(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
    std::string_view take_all() { return std::exchange(rest_, {}); }

 private:
    std::string_view rest_;
};

constexpr std::size_t shown_max = 80;

problem invalid(std::string_view text, std::string_view why) {
    return make_problem(errc::date_invalid, fmt::format("`{}`: {}", text.substr(0, shown_max), why));
}

std::string date_text(std::chrono::local_days day) {
    const std::chrono::year_month_day date{day};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string local_text(local_time local) {
    const auto day = std::chrono::floor<days>(local);
    const auto rest = local - day;
    return fmt::format("{}T{:02}:{:02}:{:02}", date_text(day), rest / hours{1}, rest / minutes{1} % 60,
                       rest / seconds{1} % 60);
}

constexpr bool has_usual_year(std::chrono::sys_days day) {
    const auto year = std::chrono::year_month_day{day}.year();
    return year >= std::chrono::year{1} && year <= std::chrono::year{9999};
}

/// What follows the wall clock: nothing, `Z`, `+02:00`, and after any of them `[Zone]`.
struct suffix {
    std::optional<int> offset_minutes{};
    std::string_view zone{};
};

std::optional<suffix> read_suffix(date_reader& in) {
    suffix s;
    if (in.take('Z')) {
        s.offset_minutes = 0;
    } else if (const int sign = in.take('+') ? 1 : in.take('-') ? -1 : 0; sign != 0) {
        const int hour = in.digits(2);
        if (hour < 0 || hour > 23 || !in.take(':')) return std::nullopt;
        const int minute = in.digits(2);
        if (minute < 0 || minute > 59) return std::nullopt;
        s.offset_minutes = sign * (hour * 60 + minute);
    }
    if (in.take('[')) {
        static_cast<void>(in.take('!'));  // RFC 9557: critical, as everything is here
        auto name = in.take_all();
        if (name.size() < 2 || name.back() != ']') return std::nullopt;
        name.remove_suffix(1);
        s.zone = name;
    }
    if (!in.rest().empty()) return std::nullopt;
    return s;
}

constexpr std::string_view years = "years go from 0001 to 9999";

problem unknown_zone(std::string_view name, const zone_table& zones) {
    const auto shown = name.substr(0, shown_max);
    auto p = make_problem(errc::zone_unknown, fmt::format("There is no time zone `{}`", shown));
    const auto near = zones.nearest(name);
    if (!near.empty()) p.hint = fmt::format("Did you mean {}?", fmt::join(near, ", "));
    return p;
}

}  // namespace

bool is_within_years(instant at) { return has_usual_year(std::chrono::floor<days>(at)); }

std::string date_value::text() const {
    switch (kind) {
        case date_kind::all_day: return date_text(std::chrono::floor<days>(local));
        case date_kind::floating: return local_text(local);
        case date_kind::zoned: return fmt::format("{}[{}]", local_text(local), zone);
        case date_kind::absolute: break;
    }
    auto out = to_text(at);
    if (out.ends_with(".000Z")) out.replace(out.size() - 5, 5, "Z");
    return out;
}

result<date_value> parse_date(std::string_view text, const zone_table& zones) {
    date_reader in(text);
    const int year = in.digits(4);
    const bool dash = in.take('-');
    const int month = in.digits(2);
    const bool second_dash = in.take('-');
    const int day = in.digits(2);
    if (year < 0 || !dash || month < 0 || !second_dash || day < 0)
        return invalid(text, "a date begins as 2026-08-31");
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return invalid(text, "the calendar has no such day");
    if (year == 0) return invalid(text, years);

    date_value value;
    value.local = std::chrono::local_days{date};
    if (in.rest().empty()) return value;

    if (!in.take('T')) return invalid(text, "a time follows a date as T17:00");
    const int hour = in.digits(2);
    const bool colon = in.take(':');
    const int minute = in.digits(2);
    const bool has_seconds = in.take(':');
    const int second = has_seconds ? in.digits(2) : 0;
    if (hour < 0 || hour > 23 || !colon || minute < 0 || minute > 59 || second < 0 || second > 59)
        return invalid(text, "there is no such time of day");
    value.local += hours{hour} + minutes{minute} + seconds{second};

    // Only an instant has fractions: nobody sets a wall clock to milliseconds.
    int milliseconds = 0;
    bool fraction = false;
    if (has_seconds && in.take('.')) {
        fraction = true;
        int count = 0;
        for (int digit = in.digits(1); digit >= 0; digit = in.digits(1), ++count)
            if (count < 3) milliseconds = milliseconds * 10 + digit;
        if (count == 0 || count > 9) return invalid(text, "a second has 1 to 9 decimals");
        for (; count < 3; ++count) milliseconds *= 10;
    }

    const auto end = read_suffix(in);
    if (!end) return invalid(text, "a time ends there, or with Z, +02:00 or [Europe/Berlin]");
    if (fraction && (!end->offset_minutes || !end->zone.empty()))
        return invalid(text, "only an instant can have fractions of a second");

    const zone* named = nullptr;
    if (!end->zone.empty()) {
        named = zones.find(end->zone);
        if (named == nullptr) return unknown_zone(end->zone, zones);
    }
    if (end->offset_minutes) {
        value.at = instant{value.local.time_since_epoch()} + std::chrono::milliseconds{milliseconds} -
                   minutes{*end->offset_minutes};
        if (!has_usual_year(std::chrono::floor<days>(value.at))) return invalid(text, years);
        if (named == nullptr) {
            value.kind = date_kind::absolute;
            value.local = {};
            return value;
        }
        // An offset beside a zone says the same thing twice; `Z` says only which instant is meant (RFC 9557
        // §4.1).
        const auto shown = named->to_local(value.at);
        const bool zulu = *end->offset_minutes == 0 && text.find('Z') < text.find('[');
        if (!zulu && shown != value.local) return invalid(text, "the offset is not the zone's at that time");
        value.local = shown;
        if (!has_usual_year(std::chrono::sys_days{std::chrono::floor<days>(shown).time_since_epoch()}))
            return invalid(text, years);
        if (named->to_instant(shown) != value.at)
            return invalid(
                text, "that hour comes twice there, and a zoned date means the first; say it as an instant");
        value.at = {};
    }
    if (named != nullptr) {
        if (!is_within_years(named->to_instant(value.local))) return invalid(text, years);
        value.kind = date_kind::zoned;
        value.zone = named->name();
        return value;
    }
    value.kind = date_kind::floating;
    return value;
}

instant resolve(const date_value& value, const zone& book_zone, minutes all_day_time,
                const zone_table& zones) {
    switch (value.kind) {
        case date_kind::all_day: return book_zone.to_instant(value.local + all_day_time);
        case date_kind::floating: return book_zone.to_instant(value.local);
        case date_kind::zoned: {
            const auto* named = zones.find(value.zone);
            return (named != nullptr ? *named : book_zone).to_instant(value.local);
        }
        case date_kind::absolute: break;
    }
    return value.at;
}

}  // namespace daybook::domain
