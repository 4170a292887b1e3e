#include "domain/time.hpp"

#include <array>

namespace daybook::domain {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::milliseconds;
using std::chrono::sys_days;

void put_digits(char* at, unsigned value, int width) noexcept {
    while (width-- > 0) {
        at[width] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

/// Reads exactly `width` digits; -1 if there are others.
int take_digits(std::string_view& rest, std::size_t width) noexcept {
    if (rest.size() < width) return -1;
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
        if (rest[i] < '0' || rest[i] > '9') return -1;
        value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(width);
    return value;
}

bool take(std::string_view& rest, char c) noexcept {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
}

constexpr instant first_instant{sys_days{std::chrono::year{0} / 1 / 1}};
constexpr instant last_instant = instant{sys_days{std::chrono::year{10000} / 1 / 1}} - milliseconds{1};

}  // namespace

std::string to_text(instant at) {
    std::string out;
    append_text(out, at);
    return out;
}

void append_text(std::string& out, instant at) {
    if (at < first_instant) at = first_instant;
    if (at > last_instant) at = last_instant;
    const auto day = floor<days>(at);
    const std::chrono::year_month_day date{day};
    const auto rest = static_cast<unsigned>((at - day).count());
    std::array<char, 24> text{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0',
                              '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'};
    put_digits(text.data(), static_cast<unsigned>(static_cast<int>(date.year())), 4);
    put_digits(text.data() + 5, static_cast<unsigned>(date.month()), 2);
    put_digits(text.data() + 8, static_cast<unsigned>(date.day()), 2);
    put_digits(text.data() + 11, rest / 3'600'000, 2);
    put_digits(text.data() + 14, rest / 60'000 % 60, 2);
    put_digits(text.data() + 17, rest / 1'000 % 60, 2);
    put_digits(text.data() + 20, rest % 1'000, 3);
    out.append(text.data(), text.size());
}

std::optional<instant> parse_instant(std::string_view text) noexcept {
    const int year = take_digits(text, 4);
    if (year < 0 || !take(text, '-')) return std::nullopt;
    const int month = take_digits(text, 2);
    if (month < 0 || !take(text, '-')) return std::nullopt;
    const int day = take_digits(text, 2);
    if (day < 0 || !take(text, 'T')) return std::nullopt;
    const int hour = take_digits(text, 2);
    if (hour < 0 || hour > 23 || !take(text, ':')) return std::nullopt;
    const int minute = take_digits(text, 2);
    if (minute < 0 || minute > 59 || !take(text, ':')) return std::nullopt;
    const int second = take_digits(text, 2);
    if (second < 0 || second > 59) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return std::nullopt;

    int fraction = 0;
    if (take(text, '.')) {
        std::size_t count = 0;
        for (; count < text.size() && text[count] >= '0' && text[count] <= '9'; ++count)
            if (count < 3) fraction = fraction * 10 + (text[count] - '0');
        if (count == 0 || count > 9) return std::nullopt;
        for (std::size_t i = count; i < 3; ++i) fraction *= 10;
        text.remove_prefix(count);
    }

    int offset_minutes = 0;
    if (!take(text, 'Z')) {
        const int sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
        if (sign == 0) return std::nullopt;
        const int hours = take_digits(text, 2);
        if (hours < 0 || hours > 23 || !take(text, ':')) return std::nullopt;
        const int minutes = take_digits(text, 2);
        if (minutes < 0 || minutes > 59) return std::nullopt;
        offset_minutes = sign * (hours * 60 + minutes);
    }
    if (!text.empty()) return std::nullopt;

    const instant at = sys_days{date} + std::chrono::hours{hour} +
                       std::chrono::minutes{minute - offset_minutes} + std::chrono::seconds{second} +
                       milliseconds{fraction};
    if (at < first_instant || at > last_instant) return std::nullopt;
    return at;
}

}  // namespace daybook::domain
