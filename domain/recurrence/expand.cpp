#include "domain/recurrence/expand.hpp"

#include <algorithm>

namespace daybook::domain::recurring {
namespace {

using std::chrono::days;

/// No gap is longer than the day that Pacific/Apia left out in 2011, so wall clocks this far apart never
/// meet.
constexpr days apart{3};
/// HOURLY gives at most this many occurrences in that time.
constexpr std::size_t recent_max = 24 * 3;
constexpr days four_centuries{146'097};

problem invalid(std::string_view part, std::string detail) {
    return part_problem(errc::recurrence_invalid, part, std::move(detail));
}

}  // namespace

std::string_view name_of(series_end end) noexcept {
    switch (end) {
        case series_end::count: return "count";
        case series_end::until: return "until";
        case series_end::depth: return "depth";
        case series_end::exhausted: break;
    }
    return "exhausted";
}

result<void> check_series(const series& s) {
    if (s.how.freq == frequency::hourly && s.kind == series_kind::all_day)
        return invalid("FREQ", "An all-day series cannot repeat by the hour");
    if (s.how.until) {
        using kind = until_value::kind;
        const auto type = s.how.until->type;
        if ((type == kind::date) != (s.kind == series_kind::all_day))
            return invalid("UNTIL", s.kind == series_kind::all_day ? "UNTIL of an all-day series is a date"
                                                                   : "UNTIL of a timed series has a time");
        if (type == kind::instant && s.kind == series_kind::floating)
            return invalid("UNTIL", "UNTIL of a series without a zone is a wall clock, without Z");
    }
    const auto start_day = std::chrono::floor<days>(s.start);
    nominals named(s.how, s.start, std::min<std::chrono::local_days>(start_day + four_centuries, last_day));
    if (!named.next()) return invalid("rule", "The rule names no day within 400 years of its start");
    return {};
}

result<void> check_yields(const series& s) {
    auto without_exceptions = s;
    without_exceptions.exdates.clear();
    occurrences all(without_exceptions);
    if (!all.next()) return invalid("UNTIL", "The rule ends before its first occurrence");
    return {};
}

result<series> make_series(std::string_view rule_text, const date_value& start, const zone_table& zones,
                           std::vector<local_time> exdates) {
    auto how = parse_rule(rule_text);
    if (!how) return how.error();
    series s;
    s.how = *std::move(how);
    s.start = start.local;
    s.exdates = std::move(exdates);
    if (start.kind == date_kind::floating) s.kind = series_kind::floating;
    if (start.kind == date_kind::zoned || start.kind == date_kind::absolute) {
        const std::string_view name = start.kind == date_kind::zoned ? std::string_view(start.zone) : "UTC";
        s.kind = series_kind::zoned;
        s.home = zones.find(name);
        if (s.home == nullptr)
            return make_problem(errc::zone_unknown, "There is no time zone `" + std::string(name) + "`");
        if (start.kind == date_kind::absolute) s.start = s.home->to_local(start.at);
    }
    if (auto fits = check_series(s); !fits) return fits.error();
    return s;
}

occurrences::occurrences(const series& s)
    : series_(s), wall_clocks_(s.how, s.start, last_day), exdates_(s.exdates) {
    std::sort(exdates_.begin(), exdates_.end());
}

void occurrences::seek_after(local_time nominal) {
    after_ = nominal;
    if (!series_.how.count) wall_clocks_.seek(nominal - apart);
}

std::optional<occurrence> occurrences::next() {
    const auto& r = series_.how;
    while (true) {
        if (r.count && counted_ >= *r.count) {
            end_ = series_end::count;
            return std::nullopt;
        }
        const auto nominal = wall_clocks_.next();
        if (!nominal) return std::nullopt;
        ++counted_;
        if (r.until && r.until->type != until_value::kind::instant && *nominal > r.until->local) {
            end_ = series_end::until;
            return std::nullopt;
        }
        occurrence found{*nominal, std::nullopt};
        if (series_.kind == series_kind::zoned) {
            found.at = resolve(*nominal);
            if (r.until && r.until->type == until_value::kind::instant && *found.at > r.until->at) {
                end_ = series_end::until;
                // Behind a gap an instant can come before that of the wall clock before it.
                if (*found.at > r.until->at + apart) return std::nullopt;
                continue;
            }
            if (is_repeated(*found.at)) continue;
        }
        if (after_ && *nominal <= *after_) continue;
        if (std::binary_search(exdates_.begin(), exdates_.end(), *nominal)) continue;
        return found;
    }
}

instant occurrences::resolve(local_time nominal) {
    if (same_offset_until_ && nominal < *same_offset_until_)
        return instant{nominal.time_since_epoch()} - same_offset_;
    const auto at = series_.home->to_instant(nominal);
    same_offset_until_.reset();
    same_offset_ = series_.home->offset_at(at);
    const auto near = std::chrono::floor<std::chrono::seconds>(at - apart).time_since_epoch().count();
    const auto change = series_.home->next_transition(near);
    if (!change)
        same_offset_until_ = local_time::max();
    else if (const instant changes{std::chrono::seconds{change->at}}; changes > at + apart)
        same_offset_until_ =
            local_time{std::chrono::floor<std::chrono::seconds>(changes - apart).time_since_epoch()};
    return at;
}

bool occurrences::is_repeated(instant at) {
    if (latest_ && at <= *latest_ && std::find(recent_.begin(), recent_.end(), at) != recent_.end())
        return true;
    recent_.push_back(at);
    if (recent_.size() > recent_max) recent_.pop_front();
    latest_ = latest_ ? std::max(*latest_, at) : at;
    return false;
}

expansion expand(const series& s, std::size_t n, std::optional<local_time> after) {
    expansion out;
    occurrences all(s);
    if (after) all.seek_after(*after);
    auto next = all.next();
    for (; next && out.instances.size() < n; next = all.next()) out.instances.push_back(*next);
    out.ended = !next;
    return out;
}

}  // namespace daybook::domain::recurring
