// RFC 8536 (TZif) and the POSIX TZ string of its footer.
#include "domain/zone.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace daybook::domain {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr std::int64_t day_seconds = 86'400;
/// No offset of the database comes near to this, so what happens further away cannot matter for one wall
/// clock.
constexpr std::int64_t offset_max = 26 * 3'600;
constexpr std::uint32_t table_max = 100'000;

/// Bytes in network order; reading beyond the end gives zeros and is remembered.
class byte_reader {
 public:
    explicit byte_reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    std::uint64_t number(std::size_t width) {
        std::uint64_t value = 0;
        for (const auto byte : take(width)) value = (value << 8) | byte;
        return value;
    }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::int32_t i32() { return static_cast<std::int32_t>(u32()); }
    std::int64_t i64() { return static_cast<std::int64_t>(number(8)); }
    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::span<const std::uint8_t> take(std::size_t count) {
        if (count > bytes_.size()) {
            short_ = true;
            bytes_ = {};
            return {};
        }
        const auto taken = bytes_.first(count);
        bytes_ = bytes_.subspan(count);
        return taken;
    }
    [[nodiscard]] std::span<const std::uint8_t> rest() const noexcept { return bytes_; }
    [[nodiscard]] bool is_short() const noexcept { return short_; }

 private:
    std::span<const std::uint8_t> bytes_;
    bool short_ = false;
};

struct header {
    bool good = false;
    std::uint8_t version = 0;
    std::uint32_t is_ut = 0, is_std = 0, leaps = 0, times = 0, types = 0, chars = 0;
};

header read_header(byte_reader& in) {
    header h;
    const auto magic = in.take(4);
    h.good =
        std::ranges::equal(magic, std::string_view("TZif"), [](std::uint8_t a, char b) { return a == b; });
    h.version = in.u8();
    static_cast<void>(in.take(15));
    h.is_ut = in.u32();
    h.is_std = in.u32();
    h.leaps = in.u32();
    h.times = in.u32();
    h.types = in.u32();
    h.chars = in.u32();
    h.good = h.good && !in.is_short();
    for (const auto count : {h.is_ut, h.is_std, h.leaps, h.times, h.types, h.chars})
        h.good = h.good && count <= table_max;
    return h;
}

/// The POSIX TZ string, read from the front. A failure stays.
class tz_string {
 public:
    explicit tz_string(std::string_view text) : rest_(text) {}

    std::optional<zone::footer> read() {
        zone::footer f;
        name();
        f.standard_offset = -clock();
        if (!rest_.empty()) {
            f.has_daylight = true;
            name();
            f.daylight_offset = !rest_.empty() && rest_.front() != ',' ? -clock() : f.standard_offset + 3'600;
            f.begins = rule();
            f.ends = rule();
        }
        if (failed_ || !rest_.empty()) return std::nullopt;
        if (std::abs(f.standard_offset) > offset_max || std::abs(f.daylight_offset) > offset_max)
            return std::nullopt;
        return f;
    }

 private:
    bool take(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!take(c)) failed_ = true;
    }
    int number(int least, int most) {
        int value = 0;
        std::size_t digits = 0;
        for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9' && digits < 4; ++digits) {
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        if (digits == 0 || value < least || value > most) failed_ = true;
        return value;
    }
    /// Three letters or more, or anything in angle brackets. Its text does not matter here.
    void name() {
        if (take('<')) {
            const auto end = rest_.find('>');
            if (end == std::string_view::npos) {
                failed_ = true;
                return;
            }
            rest_.remove_prefix(end + 1);
            return;
        }
        std::size_t letters = 0;
        while (letters < rest_.size() && ((rest_[letters] >= 'a' && rest_[letters] <= 'z') ||
                                          (rest_[letters] >= 'A' && rest_[letters] <= 'Z')))
            ++letters;
        if (letters < 3) failed_ = true;
        rest_.remove_prefix(letters);
    }
    /// `[+-]h[h[h]][:mm[:ss]]` in seconds; version 3 allows up to 167 hours.
    std::int32_t clock() {
        const bool negative = take('-');
        if (!negative) static_cast<void>(take('+'));
        std::int32_t value = number(0, 167) * 3'600;
        if (take(':')) {
            value += number(0, 59) * 60;
            if (take(':')) value += number(0, 59);
        }
        return negative ? -value : value;
    }
    zone::rule_day rule() {
        zone::rule_day day;
        expect(',');
        if (take('M')) {
            day.kind = 'M';
            day.month = number(1, 12);
            expect('.');
            day.week = number(1, 5);
            expect('.');
            day.day = number(0, 6);
        } else if (take('J')) {
            day.kind = 'J';
            day.day = number(1, 365);
        } else {
            day.kind = 'n';
            day.day = number(0, 365);
        }
        if (take('/')) day.seconds = clock();
        return day;
    }

    std::string_view rest_;
    bool failed_ = false;
};

/// Local midnight of the rule's day as if it were UTC, with its time of day, in seconds.
std::int64_t local_seconds(const zone::rule_day& rule, std::chrono::year year) {
    sys_days day;
    if (rule.kind == 'M') {
        const std::chrono::month month{static_cast<unsigned>(rule.month)};
        const std::chrono::weekday weekday{static_cast<unsigned>(rule.day)};
        day = rule.week == 5 ? sys_days{year / month / weekday[std::chrono::last]}
                             : sys_days{year / month / weekday[static_cast<unsigned>(rule.week)]};
    } else {
        day = sys_days{year / 1 / 1} + days{rule.kind == 'J' ? rule.day - 1 : rule.day};
        // Jn never counts 29 February.
        if (rule.kind == 'J' && year.is_leap() && rule.day >= 60) day += days{1};
    }
    return std::chrono::duration_cast<seconds>(day.time_since_epoch()).count() + rule.seconds;
}

std::chrono::year year_of(std::int64_t seconds_since_epoch) {
    // chrono's years end at ±32767; the footer's rule repeats, so anything beyond may as well be the last of
    // them.
    constexpr std::int64_t bound = 900'000'000'000;
    const auto clamped = std::clamp(seconds_since_epoch, -bound, bound);
    return std::chrono::year_month_day{std::chrono::floor<days>(std::chrono::sys_seconds{seconds{clamped}})}
        .year();
}

struct daylight_times {
    std::int64_t begins, ends;
};

daylight_times daylight_of(const zone::footer& f, std::chrono::year year) {
    return {local_seconds(f.begins, year) - f.standard_offset,
            local_seconds(f.ends, year) - f.daylight_offset};
}

std::int32_t footer_offset(const zone::footer& f, std::int64_t at) {
    if (!f.has_daylight) return f.standard_offset;
    const auto [begins, ends] = daylight_of(f, year_of(at + f.standard_offset));
    const bool daylight = begins < ends ? begins <= at && at < ends : !(ends <= at && at < begins);
    return daylight ? f.daylight_offset : f.standard_offset;
}

problem bad_zone(std::string_view name, std::string_view why) {
    return make_problem(errc::zone_unknown, "Time zone " + std::string(name) + ": " + std::string(why));
}

/// Levenshtein, of short texts.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

}  // namespace

result<zone> zone::parse(std::string name, std::span<const std::uint8_t> tzif) {
    byte_reader in(tzif);
    const auto first = read_header(in);
    if (!first.good) return bad_zone(name, "not a TZif file");
    if (first.version < '2') return bad_zone(name, "TZif version 1 has no footer");
    // The first block has times of 32 bits and is passed over.
    static_cast<void>(in.take(std::size_t{first.times} * 5 + std::size_t{first.types} * 6 + first.chars +
                              std::size_t{first.leaps} * 8 + first.is_std + first.is_ut));
    const auto h = read_header(in);
    if (!h.good || h.types == 0) return bad_zone(name, "the second header is damaged");
    if (h.leaps != 0) return bad_zone(name, "counts leap seconds, which Daybook does not");

    zone z;
    z.name_ = std::move(name);
    z.transitions_.resize(h.times);
    for (auto& transition : z.transitions_) transition.at = in.i64();
    std::vector<std::uint8_t> types(h.times);
    for (auto& type : types) type = in.u8();
    std::vector<std::int32_t> offsets(h.types);
    for (auto& offset : offsets) {
        offset = in.i32();
        static_cast<void>(in.take(2));
    }
    static_cast<void>(in.take(std::size_t{h.chars} + h.is_std + h.is_ut));
    if (in.is_short()) return bad_zone(z.name_, "the file ends early");
    for (const auto offset : offsets)
        if (std::abs(std::int64_t{offset}) > offset_max) return bad_zone(z.name_, "an offset is impossible");
    z.first_offset_ = offsets[0];
    std::int64_t before = std::numeric_limits<std::int64_t>::min();
    for (std::size_t i = 0; i < z.transitions_.size(); ++i) {
        if (types[i] >= offsets.size() || z.transitions_[i].at <= before)
            return bad_zone(z.name_, "the transitions are damaged");
        before = z.transitions_[i].at;
        z.transitions_[i].offset = offsets[types[i]];
    }

    const auto rest = in.rest();
    const std::string_view footer(reinterpret_cast<const char*>(rest.data()), rest.size());
    if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n')
        return bad_zone(z.name_, "the footer is missing");
    const auto text = footer.substr(1, footer.size() - 2);
    if (!text.empty()) {
        z.footer_ = tz_string(text).read();
        if (!z.footer_) return bad_zone(z.name_, "the footer cannot be read: " + std::string(text));
    }
    return z;
}

std::int32_t zone::offset_at_seconds(std::int64_t at) const {
    if (footer_ && (transitions_.empty() || at >= transitions_.back().at)) return footer_offset(*footer_, at);
    const auto after =
        std::upper_bound(transitions_.begin(), transitions_.end(), at,
                         [](std::int64_t wanted, const transition& t) { return wanted < t.at; });
    return after == transitions_.begin() ? first_offset_ : std::prev(after)->offset;
}

std::optional<zone::transition> zone::next_transition(std::int64_t at) const {
    const auto after =
        std::upper_bound(transitions_.begin(), transitions_.end(), at,
                         [](std::int64_t wanted, const transition& t) { return wanted < t.at; });
    if (after != transitions_.end()) return *after;
    if (!footer_ || !footer_->has_daylight) return std::nullopt;
    const auto year = year_of(at + footer_->standard_offset);
    std::optional<transition> next;
    for (int step = -1; step <= 2; ++step) {
        const auto [begins, ends] = daylight_of(*footer_, year + std::chrono::years{step});
        for (const auto& [time, offset] :
             {std::pair{begins, footer_->daylight_offset}, std::pair{ends, footer_->standard_offset}})
            if (time > at && (!next || time < next->at)) next = transition{time, offset};
    }
    return next;
}

seconds zone::offset_at(instant at) const {
    return seconds{offset_at_seconds(std::chrono::floor<seconds>(at).time_since_epoch().count())};
}

local_time zone::to_local(instant at) const {
    const auto whole = std::chrono::floor<seconds>(at);
    return local_time{whole.time_since_epoch() + offset_at(at)};
}

instant zone::to_instant(local_time wall) const {
    // Walk over the stretches of constant offset near the wall clock, the earliest first: the first stretch
    // that shows it is the first pass; one that ends before it while the next begins behind it is the gap.
    const std::int64_t local = wall.time_since_epoch().count();
    const std::int64_t from = local - offset_max;
    std::int32_t offset = offset_at_seconds(from);
    std::int64_t begin = from;
    while (true) {
        const auto next = next_transition(begin);
        const std::int64_t at = local - offset;
        if (!next || at < next->at) break;
        if (local < next->at + next->offset) break;
        begin = next->at;
        offset = next->offset;
    }
    return instant{seconds{local - offset}};
}

zone_table::zone_table(std::string version, std::unordered_map<std::string, zone> zones)
    : version_(std::move(version)), zones_(std::move(zones)) {}

const zone* zone_table::find(std::string_view name) const {
    const auto found = zones_.find(std::string(name));
    return found == zones_.end() ? nullptr : &found->second;
}

std::vector<std::string> zone_table::nearest(std::string_view name) const {
    constexpr std::size_t length_max = 64;
    constexpr std::size_t count_max = 3;
    if (name.empty() || name.size() > length_max) return {};
    // People know the city; so `berlin` is as near to Europe/Berlin as `Europe/Berln` is.
    const auto wanted = lower(name);
    const std::size_t tolerance = std::max<std::size_t>(1, wanted.size() / 3);
    std::vector<std::pair<std::size_t, std::string_view>> near;
    for (const auto& [candidate, unused] : zones_) {
        static_cast<void>(unused);
        const auto whole = lower(candidate);
        const auto city = whole.substr(whole.rfind('/') + 1);
        const auto steps = std::min(distance(wanted, whole), distance(wanted, city));
        if (steps <= tolerance) near.emplace_back(steps, candidate);
    }
    std::sort(near.begin(), near.end());
    if (near.size() > count_max) near.resize(count_max);
    std::vector<std::string> names;
    for (const auto& [steps, candidate] : near) names.emplace_back(candidate);
    return names;
}

}  // namespace daybook::domain
