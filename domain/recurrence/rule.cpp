// recur = part *(";" part); part = NAME "=" value (RFC 5545 §3.3.10, RFC 7529 §4). Names and values in either
// case.
#include "domain/recurrence/rule.hpp"

#include "domain/limits.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace daybook::domain::recurring {
namespace {

constexpr std::size_t text_bytes_max = 1'000;
constexpr int ordinal_max = 5;

constexpr std::array<std::string_view, 7> weekday_names{"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
constexpr std::array<std::string_view, 5> frequency_names{"HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"};
constexpr std::array<std::string_view, 3> skip_names{"OMIT", "BACKWARD", "FORWARD"};
constexpr std::array<std::string_view, 11> known_parts{"FREQ",  "INTERVAL", "COUNT",      "UNTIL",
                                                       "BYDAY", "BYMONTH",  "BYMONTHDAY", "BYSETPOS",
                                                       "WKST",  "RSCALE",   "SKIP"};

problem invalid(std::string_view part, std::string detail) {
    return part_problem(errc::recurrence_invalid, part, std::move(detail));
}

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

/// Decimal digits with an optional sign, within ±bound; none if it is anything else.
std::optional<int> signed_number(std::string_view text, int bound) {
    bool negative = false;
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    if (value > bound) return std::nullopt;
    return negative ? -value : value;
}

std::optional<int> plain_number(std::string_view text, int least, int most) {
    if (text.empty() || text.front() == '+' || text.front() == '-') return std::nullopt;
    const auto value = signed_number(text, most);
    return value && *value >= least ? value : std::nullopt;
}

std::optional<std::chrono::weekday> weekday_of(std::string_view name) {
    const auto found = std::find(weekday_names.begin(), weekday_names.end(), name);
    if (found == weekday_names.end()) return std::nullopt;
    return std::chrono::weekday{static_cast<unsigned>(found - weekday_names.begin())};
}

template <class Read>
result<void> read_list(std::string_view name, std::string_view value, Read read) {
    while (true) {
        const auto comma = value.find(',');
        const auto one = value.substr(0, comma);
        if (!read(one)) return invalid(name, fmt::format("{} cannot have the value `{}`", name, one));
        if (comma == std::string_view::npos) return {};
        value.remove_prefix(comma + 1);
    }
}

result<std::vector<int>> read_numbers(std::string_view name, std::string_view value, int least, int most) {
    std::vector<int> numbers;
    auto fits = read_list(name, value, [&](std::string_view one) {
        const auto number = least > 0 ? plain_number(one, least, most) : signed_number(one, most);
        if (number && *number != 0) numbers.push_back(*number);
        return number && *number != 0;
    });
    if (!fits) return fits.error();
    // Positive ones first, as people write them: 1,15,-1.
    std::sort(numbers.begin(), numbers.end(),
              [](int a, int b) { return (a > 0) != (b > 0) ? a > 0 : a < b; });
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
}

result<std::vector<weekday_choice>> read_weekdays(std::string_view value) {
    std::vector<weekday_choice> days;
    auto fits = read_list("BYDAY", value, [&](std::string_view one) {
        if (one.size() < 2) return false;
        const auto day = weekday_of(one.substr(one.size() - 2));
        const auto front = one.substr(0, one.size() - 2);
        const auto ordinal = front.empty() ? std::optional<int>(0) : signed_number(front, ordinal_max);
        if (!day || !ordinal || (!front.empty() && *ordinal == 0)) return false;
        days.push_back({*ordinal, *day});
        return true;
    });
    if (!fits) return fits.error();
    const auto rank = [](const weekday_choice& c) {
        return std::tuple(c.ordinal != 0, c.day.iso_encoding(), c.ordinal < 0, c.ordinal);
    };
    std::sort(days.begin(), days.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    days.erase(std::unique(days.begin(), days.end()), days.end());
    return days;
}

/// `20260831`, `20260831T170000`, `20260831T170000Z`.
std::optional<until_value> read_until(std::string_view text) {
    const auto digits = [&](std::size_t from, std::size_t width) {
        const auto part = text.substr(from, width);
        return part.size() == width && part.find_first_not_of("0123456789") == std::string_view::npos
                   ? std::stoi(std::string(part))
                   : -1;
    };
    if (text.size() != 8 && text.size() != 15 && text.size() != 16) return std::nullopt;
    const int year = digits(0, 4);
    const int month = digits(4, 2);
    const int day = digits(6, 2);
    if (year < 1 || month < 0 || day < 0) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return std::nullopt;
    until_value until;
    until.local = std::chrono::local_days{date};
    if (text.size() == 8) return until;
    const int hour = digits(9, 2);
    const int minute = digits(11, 2);
    const int second = digits(13, 2);
    if (text[8] != 'T' || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return std::nullopt;
    until.type = until_value::kind::wall_clock;
    until.local += std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
    if (text.size() == 15) return until;
    if (text[15] != 'Z') return std::nullopt;
    until.type = until_value::kind::instant;
    until.at = instant{until.local.time_since_epoch()};
    until.local = {};
    return until;
}

std::string until_text(const until_value& until) {
    const auto seconds =
        until.type == until_value::kind::instant
            ? local_time{std::chrono::floor<std::chrono::seconds>(until.at).time_since_epoch()}
            : until.local;
    const auto day = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::year_month_day date{day};
    auto out = fmt::format("{:04}{:02}{:02}", static_cast<int>(date.year()),
                           static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    if (until.type == until_value::kind::date) return out;
    const std::chrono::hh_mm_ss time{seconds - day};
    out +=
        fmt::format("T{:02}{:02}{:02}", time.hours().count(), time.minutes().count(), time.seconds().count());
    if (until.type == until_value::kind::instant) out += 'Z';
    return out;
}

result<void> set_part(rule& r, std::string_view name, std::string_view value) {
    const auto bad = [&] { return invalid(name, fmt::format("{} cannot have the value `{}`", name, value)); };
    const auto take = [](auto& target, auto&& read) -> result<void> {
        if (!read) return read.error();
        target = *std::move(read);
        return {};
    };
    if (name == "FREQ") {
        if (value == "MINUTELY" || value == "SECONDLY")
            return part_problem(errc::recurrence_unsupported_part, name,
                                fmt::format("FREQ={} is not supported: use a cron schedule", value));
        const auto found = std::find(frequency_names.begin(), frequency_names.end(), value);
        if (found == frequency_names.end()) return bad();
        r.freq = static_cast<frequency>(found - frequency_names.begin());
    } else if (name == "INTERVAL") {
        const auto number = plain_number(value, 1, limits::recurrence_interval_max);
        if (!number)
            return invalid(name, fmt::format("INTERVAL goes from 1 to {}", limits::recurrence_interval_max));
        r.interval = *number;
    } else if (name == "COUNT") {
        const auto number = plain_number(value, 1, limits::recurrence_count_max);
        if (!number)
            return invalid(name, fmt::format("COUNT goes from 1 to {}", limits::recurrence_count_max));
        r.count = *number;
    } else if (name == "UNTIL") {
        r.until = read_until(value);
        if (!r.until) return bad();
    } else if (name == "BYMONTH") {
        return take(r.months, read_numbers(name, value, 1, 12));
    } else if (name == "BYMONTHDAY") {
        return take(r.month_days, read_numbers(name, value, -31, 31));
    } else if (name == "BYSETPOS") {
        return take(r.positions, read_numbers(name, value, -366, 366));
    } else if (name == "BYDAY") {
        return take(r.weekdays, read_weekdays(value));
    } else if (name == "WKST") {
        const auto day = weekday_of(value);
        if (!day) return bad();
        r.week_start = *day;
    } else if (name == "SKIP") {
        const auto found = std::find(skip_names.begin(), skip_names.end(), value);
        if (found == skip_names.end()) return bad();
        r.skip = static_cast<month_end>(found - skip_names.begin());
    }
    return {};
}

/// What the parts cannot say of each other.
result<void> check_together(const rule& r) {
    if (r.count && r.until)
        return invalid("COUNT", "COUNT and UNTIL cannot stand together: the rule would have two ends");
    const bool by_month = r.freq == frequency::monthly || r.freq == frequency::yearly;
    if (!by_month &&
        std::any_of(r.weekdays.begin(), r.weekdays.end(), [](const auto& d) { return d.ordinal != 0; }))
        return invalid("BYDAY", "Numbered weekdays exist in MONTHLY and YEARLY rules only");
    if (r.freq == frequency::weekly && !r.month_days.empty())
        return invalid("BYMONTHDAY", "A WEEKLY rule has no BYMONTHDAY");
    if (!r.positions.empty() && !r.has_by_parts())
        return invalid("BYSETPOS", "BYSETPOS chooses among what another BY part gives, and there is none");
    return {};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace

problem part_problem(errc code, std::string_view part, std::string detail) {
    auto p = make_problem(code, std::move(detail));
    p.extra["part"] = part;
    return p;
}

result<rule> parse_rule(std::string_view given) {
    if (given.size() > text_bytes_max) return invalid("rule", "A rule has at most 1000 bytes");
    if (auto alias = parse_alias(given)) return *std::move(alias);
    const auto whole = upper(trimmed(given));
    std::string_view text = whole;
    if (text.starts_with("RRULE:")) text.remove_prefix(6);

    rule r;
    std::set<std::string_view> seen;
    std::optional<problem> first_bad;
    while (true) {
        const auto end = text.find(';');
        const auto part = text.substr(0, end);
        const auto equals = part.find('=');
        if (equals == std::string_view::npos || equals == 0)
            return invalid("rule", fmt::format("`{}` is neither an alias nor a part like FREQ=DAILY", part));
        const auto name = part.substr(0, equals);
        const auto value = part.substr(equals + 1);
        // What is not supported is said first: it is the answer that no correction of another part changes.
        if (std::find(known_parts.begin(), known_parts.end(), name) == known_parts.end())
            return part_problem(errc::recurrence_unsupported_part, name,
                                fmt::format("{} is not supported", name));
        if (name == "RSCALE" && value != "GREGORIAN")
            return part_problem(errc::recurrence_unsupported_part, name,
                                "Only the Gregorian calendar is supported");
        if (!seen.insert(name).second) {
            if (!first_bad) first_bad = invalid(name, fmt::format("{} is given twice", name));
        } else if (auto set = set_part(r, name, value); !set) {
            if (set.error().code == errc::recurrence_unsupported_part) return set.error();
            if (!first_bad) first_bad = set.error();
        }
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    if (first_bad) return *std::move(first_bad);
    if (!seen.contains("FREQ")) return invalid("FREQ", "A rule needs FREQ");
    if (auto fits = check_together(r); !fits) return fits.error();
    return r;
}

std::string rule::text() const {
    std::string out;
    if (skip) out += "RSCALE=GREGORIAN;";
    out += fmt::format("FREQ={}", frequency_names[static_cast<std::size_t>(freq)]);
    if (interval != 1) out += fmt::format(";INTERVAL={}", interval);
    if (!months.empty()) out += fmt::format(";BYMONTH={}", fmt::join(months, ","));
    if (!month_days.empty()) out += fmt::format(";BYMONTHDAY={}", fmt::join(month_days, ","));
    for (std::size_t i = 0; i < weekdays.size(); ++i) {
        out += i == 0 ? ";BYDAY=" : ",";
        if (weekdays[i].ordinal != 0) out += std::to_string(weekdays[i].ordinal);
        out += weekday_names[weekdays[i].day.c_encoding()];
    }
    if (!positions.empty()) out += fmt::format(";BYSETPOS={}", fmt::join(positions, ","));
    if (week_start != std::chrono::Monday)
        out += fmt::format(";WKST={}", weekday_names[week_start.c_encoding()]);
    if (skip) out += fmt::format(";SKIP={}", skip_names[static_cast<std::size_t>(*skip)]);
    if (count) out += fmt::format(";COUNT={}", *count);
    if (until) out += ";UNTIL=" + until_text(*until);
    return out;
}

}  // namespace daybook::domain::recurring
