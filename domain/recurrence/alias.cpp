// alias = "hourly" / "daily" / "weekly" / "monthly" / "yearly" / "weekdays" / "every" what
// what  = [number / "other"] unit ["on" days] / days / "weekday" / ordinal (weekday / "day" / "workday")
#include "domain/limits.hpp"
#include "domain/recurrence/rule.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace daybook::domain::recurring {
namespace {

using words = std::vector<std::string>;
template <class Value, std::size_t N>
using dictionary = std::array<std::pair<std::string_view, Value>, N>;

constexpr dictionary<frequency, 6> whole_aliases{{{"hourly", frequency::hourly},
                                                  {"daily", frequency::daily},
                                                  {"weekly", frequency::weekly},
                                                  {"monthly", frequency::monthly},
                                                  {"yearly", frequency::yearly},
                                                  {"annually", frequency::yearly}}};
constexpr dictionary<frequency, 10> units{{{"hour", frequency::hourly},
                                           {"hours", frequency::hourly},
                                           {"day", frequency::daily},
                                           {"days", frequency::daily},
                                           {"week", frequency::weekly},
                                           {"weeks", frequency::weekly},
                                           {"month", frequency::monthly},
                                           {"months", frequency::monthly},
                                           {"year", frequency::yearly},
                                           {"years", frequency::yearly}}};
constexpr dictionary<int, 11> ordinals{{{"1st", 1},
                                        {"2nd", 2},
                                        {"3rd", 3},
                                        {"4th", 4},
                                        {"5th", 5},
                                        {"first", 1},
                                        {"second", 2},
                                        {"third", 3},
                                        {"fourth", 4},
                                        {"fifth", 5},
                                        {"last", -1}}};
constexpr std::array<std::string_view, 7> long_weekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                        "thursday", "friday", "saturday"};

template <class Value, std::size_t N>
std::optional<Value> look_up(const dictionary<Value, N>& in, std::string_view word) {
    const auto found = std::find_if(in.begin(), in.end(), [&](const auto& row) { return row.first == word; });
    return found == in.end() ? std::nullopt : std::optional<Value>(found->second);
}

/// Lower-case words; a comma belongs to the word before it, so `mon, fri` and `mon,fri` are one.
words split(std::string_view text) {
    words out;
    bool open = false;
    for (const char c : text) {
        if (c == ' ' || c == '\t') {
            open = false;
            continue;
        }
        const bool joins = c == ',' || (!out.empty() && out.back().ends_with(','));
        if (!open && !(joins && !out.empty())) out.emplace_back();
        open = true;
        out.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

/// `mon`, `tues`, `thursday`, also with an `s` behind the whole name.
std::optional<std::chrono::weekday> weekday_word(std::string_view word) {
    for (unsigned i = 0; i < long_weekdays.size(); ++i) {
        const auto name = long_weekdays[i];
        if (word.size() >= 3 && (name.starts_with(word) || (word.size() == name.size() + 1 &&
                                                            word.back() == 's' && word.starts_with(name))))
            return std::chrono::weekday{i};
    }
    return std::nullopt;
}

std::vector<weekday_choice> workdays() {
    return {{0, std::chrono::Monday},
            {0, std::chrono::Tuesday},
            {0, std::chrono::Wednesday},
            {0, std::chrono::Thursday},
            {0, std::chrono::Friday}};
}

/// `mon,fri`; empty if one of them is no weekday.
std::vector<weekday_choice> weekday_list(std::string_view text) {
    std::vector<weekday_choice> days;
    while (true) {
        const auto comma = text.find(',');
        const auto day = weekday_word(text.substr(0, comma));
        if (!day) return {};
        days.push_back({0, *day});
        if (comma == std::string_view::npos) break;
        text.remove_prefix(comma + 1);
    }
    std::sort(days.begin(), days.end(),
              [](const auto& a, const auto& b) { return a.day.iso_encoding() < b.day.iso_encoding(); });
    days.erase(std::unique(days.begin(), days.end()), days.end());
    return days;
}

rule plain(frequency freq, int interval = 1) {
    rule r;
    r.freq = freq;
    r.interval = interval;
    if (freq == frequency::monthly || freq == frequency::yearly) r.skip = month_end::backward;
    return r;
}

rule with_weekdays(frequency freq, std::vector<weekday_choice> days, int interval = 1) {
    rule r;
    r.freq = freq;
    r.interval = interval;
    r.weekdays = std::move(days);
    return r;
}

std::optional<int> interval_word(std::string_view word) {
    if (word == "other") return 2;
    if (word.empty() || word.size() > 3 || word.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    const int number = std::stoi(std::string(word));
    return number >= 1 && number <= limits::recurrence_interval_max ? std::optional<int>(number)
                                                                    : std::nullopt;
}

std::optional<rule> nth(int ordinal, std::string_view what) {
    if (what == "day") {
        if (ordinal != -1) return std::nullopt;  // "every 2nd day" means different things to different people
        rule r;
        r.freq = frequency::monthly;
        r.month_days = {-1};
        return r;
    }
    if (what == "workday" || what == "weekday") {
        auto r = with_weekdays(frequency::monthly, workdays());
        r.positions = {ordinal};
        return r;
    }
    if (const auto day = weekday_word(what)) return with_weekdays(frequency::monthly, {{ordinal, *day}});
    return std::nullopt;
}

std::optional<rule> after_every(const words& said) {
    std::size_t next = 1;
    const auto left = [&] { return said.size() - next; };
    if (left() == 0) return std::nullopt;
    if (left() == 2)
        if (const auto ordinal = look_up(ordinals, said[next])) return nth(*ordinal, said[next + 1]);
    int interval = 1;
    if (left() > 1)
        if (const auto number = interval_word(said[next])) {
            interval = *number;
            ++next;
        }
    const auto unit = look_up(units, said[next]);
    if (unit && left() == 1) return plain(*unit, interval);
    if (unit == frequency::weekly && left() == 3 && said[next + 1] == "on")
        if (auto days = weekday_list(said[next + 2]); !days.empty())
            return with_weekdays(frequency::weekly, std::move(days), interval);
    if (unit || left() != 1) return std::nullopt;
    if (interval == 1 && (said[next] == "weekday" || said[next] == "workday"))
        return with_weekdays(frequency::weekly, workdays());
    if (auto days = weekday_list(said[next]); !days.empty())
        return with_weekdays(frequency::weekly, std::move(days), interval);
    return std::nullopt;
}

}  // namespace

std::optional<rule> parse_alias(std::string_view text) {
    const auto said = split(text);
    if (said.empty()) return std::nullopt;
    if (said.size() == 1) {
        if (const auto freq = look_up(whole_aliases, said[0])) return plain(*freq);
        if (said[0] == "weekdays" || said[0] == "workdays")
            return with_weekdays(frequency::weekly, workdays());
    }
    return said[0] == "every" ? after_every(said) : std::nullopt;
}

}  // namespace daybook::domain::recurring
