// expression = ["CRON_TZ=" zone] (5 fields / alias); field = item *("," item)
// item = "*" ["/" step] / value ["-" value ["/" step]] / "L" (days of the month only)
#include "domain/cron.hpp"

#include "domain/limits.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace daybook::domain {
namespace {

using namespace std::chrono_literals;

struct field {
    std::string_view part;
    int least;
    int most;
    std::string_view names;  ///< three letters each, from `least` on; empty: numbers only
};
constexpr std::array<field, 5> fields{{{"minute", 0, 59, ""},
                                       {"hour", 0, 23, ""},
                                       {"day-of-month", 1, 31, ""},
                                       {"month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
                                       {"day-of-week", 0, 7, "SUNMONTUEWEDTHUFRISAT"}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> aliases{{{"@HOURLY", "0 * * * *"},
                                                                                {"@DAILY", "0 0 * * *"},
                                                                                {"@WEEKLY", "0 0 * * 0"},
                                                                                {"@MONTHLY", "0 0 1 * *"},
                                                                                {"@YEARLY", "0 0 1 1 *"}}};
constexpr std::string_view digits = "0123456789";

problem refuse(errc code, std::string_view part, std::string detail, std::string hint = {}) {
    auto p = make_problem(code, std::move(detail), {}, std::move(hint));
    if (!part.empty()) p.extra["part"] = part;
    return p;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto begin = text.find_first_not_of(separators);
        if (begin == std::string_view::npos) return parts;
        text.remove_prefix(begin);
        const auto end = std::min(text.find_first_of(separators), text.size());
        parts.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

std::optional<int> number(std::string_view text) {
    if (text.empty() || text.size() > 3 || text.find_first_not_of(digits) != std::string_view::npos)
        return std::nullopt;
    return std::stoi(std::string(text));
}

std::optional<int> value_of(const field& f, std::string_view text) {
    if (text.size() == 3)
        for (std::size_t i = 0; i + 3 <= f.names.size(); i += 3)
            if (f.names.substr(i, 3) == text) return f.least + static_cast<int>(i / 3);
    const auto value = number(text);
    return value && *value >= f.least && *value <= f.most ? value : std::nullopt;
}

/// The values of one field, in order of its list; none if it cannot be read.
std::optional<std::vector<int>> read_field(const field& f, std::string_view text, bool* last_day) {
    std::vector<int> values;
    while (true) {
        const auto comma = text.find(',');
        auto item = text.substr(0, comma);
        if (last_day != nullptr && item == "L") {
            *last_day = true;
        } else {
            int step = 1;
            const auto slash = item.find('/');
            if (slash != std::string_view::npos) {
                const auto stepped = number(item.substr(slash + 1));
                if (!stepped || *stepped == 0) return std::nullopt;
                step = *stepped;
                item = item.substr(0, slash);
            }
            auto from = std::optional<int>(f.least);
            auto to = std::optional<int>(f.names.starts_with("SUN") ? 6 : f.most);
            if (item != "*") {
                const auto dash = item.find('-');
                // `5/15` would start at 5 in one dialect and mean 5 alone in another.
                if (dash == std::string_view::npos && slash != std::string_view::npos) return std::nullopt;
                from = value_of(f, item.substr(0, dash));
                to = dash == std::string_view::npos ? from : value_of(f, item.substr(dash + 1));
            }
            if (!from || !to || *from > *to) return std::nullopt;
            for (int value = *from; value <= *to; value += step) values.push_back(value);
        }
        if (comma == std::string_view::npos) return values;
        text.remove_prefix(comma + 1);
    }
}

result<std::chrono::seconds> read_every(std::string_view text) {
    const auto bad = refuse(errc::cron_invalid, "expression", "@every takes a duration",
                            "Write @every 90m or @every 1h30m.");
    std::chrono::seconds total{};
    std::string_view units = "HMS";
    while (!text.empty()) {
        const auto length = std::min(text.find_first_not_of(digits), text.size());
        if (length == 0 || length > 6 || length == text.size()) return bad;
        const auto at = units.find(text[length]);
        if (at == std::string_view::npos) return bad;
        const std::chrono::seconds each = units[at] == 'H' ? 1h : units[at] == 'M' ? 1min : 1s;
        total += std::stol(std::string(text.substr(0, length))) * each;
        units.remove_prefix(at + 1);
        text.remove_prefix(length + 1);
    }
    if (total < 1min) return refuse(errc::cron_every_too_short, "", "@every repeats after a minute or more");
    return total;
}

bool starts_with_star(std::string_view text) { return text.starts_with('*'); }

/// Whether some date matches at all: over 400 years every date of the calendar falls on each day of the week.
bool ever_matches(const cron_schedule& c) {
    if (c.either_day || c.last_day) return true;
    constexpr std::array<std::size_t, 13> longest{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (std::size_t month = 1; month <= 12; ++month)
        for (std::size_t day = 1; c.months[month] && day <= longest[month]; ++day)
            if (c.month_days[day]) return true;
    return false;
}

result<cron_schedule> read_fields(const std::vector<std::string_view>& said) {
    cron_schedule c;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto values = read_field(fields[i], said[i], i == 2 ? &c.last_day : nullptr);
        if (!values)
            return refuse(errc::cron_invalid, fields[i].part,
                          fmt::format("`{}` is no {}", said[i], fields[i].part));
        for (const int value : *values) {
            const auto at = static_cast<std::size_t>(value);
            if (i == 0) c.minutes.set(at);
            if (i == 1) c.hours.set(at);
            if (i == 2) c.month_days.set(at);
            if (i == 3) c.months.set(at);
            if (i == 4) c.weekdays.set(at % 7);
        }
    }
    c.real_time = said[1].find_first_of("*/") != std::string_view::npos;
    c.either_day = !starts_with_star(said[2]) && !starts_with_star(said[4]);
    if (!ever_matches(c)) return refuse(errc::cron_never_matches, "", "No month of the year has such a day");
    return c;
}

}  // namespace

result<cron_schedule> parse_cron(std::string_view given) {
    if (given.size() > limits::cron_bytes_max)
        return refuse(errc::cron_invalid, "expression", "The expression is too long");
    std::string text(given);
    std::string zone;
    auto said = split(text, " \t");
    if (!said.empty() && said[0].starts_with("CRON_TZ=")) {
        zone = said[0].substr(8);
        if (zone.empty()) return refuse(errc::cron_invalid, "expression", "CRON_TZ= names no zone");
    }
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!zone.empty()) said.erase(said.begin());
    if (said.empty()) return refuse(errc::cron_invalid, "expression", "The expression is empty");

    result<cron_schedule> read = cron_schedule{};
    if (said[0].starts_with('@')) {
        const auto alias =
            std::find_if(aliases.begin(), aliases.end(), [&](const auto& a) { return a.first == said[0]; });
        if (said[0] == "@EVERY" && said.size() == 2) {
            const auto every = read_every(said[1]);
            if (!every) return every.error();
            read->every = *every;
        } else if (alias != aliases.end() && said.size() == 1) {
            read = read_fields(split(alias->second, " "));
        } else {
            return refuse(errc::cron_invalid, "expression", fmt::format("`{}` is no alias", given),
                          "There are @hourly, @daily, @weekly, @monthly, @yearly and @every 90m.");
        }
    } else if (said.size() == 6) {
        const auto five = given.substr(static_cast<std::size_t>(said[1].data() - text.data()));
        return refuse(
            errc::cron_six_fields, "", "The expression has six fields, not five",
            fmt::format("Six-field dialects put seconds first; with five fields it is `{}`.", five));
    } else if (said.size() == fields.size()) {
        read = read_fields(said);
    } else {
        return refuse(errc::cron_invalid, "expression",
                      fmt::format("The expression has {} fields, not five", said.size()));
    }
    if (read) read->zone = zone;
    return read;
}

result<const zone*> cron_zone(const cron_schedule& schedule, std::string_view named, const zone_table& zones,
                              const zone& otherwise) {
    if (!named.empty() && !schedule.zone.empty())
        return refuse(errc::cron_zone_twice, "", "The zone stands in CRON_TZ and beside the expression");
    const auto wanted = named.empty() ? std::string_view(schedule.zone) : named;
    if (wanted.empty()) return &otherwise;
    if (const auto* found = zones.find(wanted)) return found;
    auto p =
        make_problem(errc::zone_unknown, fmt::format("There is no time zone `{}`", wanted.substr(0, 80)));
    if (const auto near = zones.nearest(wanted); !near.empty())
        p.hint = fmt::format("Did you mean {}?", fmt::join(near, ", "));
    return p;
}

}  // namespace daybook::domain
