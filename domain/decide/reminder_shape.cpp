#include "domain/decide/reminder_shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 8> units{"minute", "minutes", "hour", "hours",
                                                "day",    "days",    "week", "weeks"};
constexpr std::array<std::string_view, 6> cron_aliases{"@hourly",  "@daily",  "@weekly",
                                                       "@monthly", "@yearly", "@every"};

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 6 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    while (!text.empty()) {
        const auto begin = text.find_first_not_of(" \t");
        if (begin == std::string_view::npos) break;
        text.remove_prefix(begin);
        const auto end = std::min(text.find_first_of(" \t"), text.size());
        found.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return found;
}

/// `PT15M`, `P1D`, `P1W`, `PT1H30M`; weeks stand alone (RFC 5545 §3.3.6).
bool is_iso_duration(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (!text.starts_with('P')) return false;
    text.remove_prefix(1);
    std::string_view allowed = "WD";
    bool any = false;
    while (!text.empty()) {
        if (text.front() == 'T') {
            if (allowed == "HMS") return false;
            allowed = "HMS";
            any = false;
            text.remove_prefix(1);
            continue;
        }
        const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
        if (digits == text.size() || !is_number(text.substr(0, digits))) return false;
        if (allowed.find(text[digits]) == std::string_view::npos) return false;
        any = true;
        text.remove_prefix(digits + 1);
    }
    return any;
}

problem refuse(std::string detail, std::string_view field) {
    return make_problem(
        errc::reminder_invalid, std::move(detail), std::string(field),
        "Use when (`15 minutes`, `1 day before start`, `-PT15M`), at (a date with a time) or cron.");
}

}  // namespace

std::optional<date_member> base_of_relative(std::string_view text) {
    const auto said = words(text);
    std::size_t next = 0;
    if (said.empty()) return std::nullopt;
    if (is_iso_duration(said[0]))
        next = 1;
    else if (said.size() >= 2 && is_number(said[0]) &&
             std::find(units.begin(), units.end(), said[1]) != units.end())
        next = 2;
    else
        return std::nullopt;
    if (next < said.size() && (said[next] == "before" || said[next] == "after")) ++next;
    auto base = due_date;
    if (next < said.size()) {
        if (said[next] == "start")
            base = start_date;
        else if (said[next] != "due")
            return std::nullopt;
        ++next;
    }
    return next == said.size() ? std::optional(base) : std::nullopt;
}

result<void> check_cron_shape(std::string_view text, std::string_view field) {
    auto fields = words(text);
    if (!fields.empty() && fields[0].starts_with("CRON_TZ=")) fields.erase(fields.begin());
    if (!fields.empty() && fields[0].starts_with('@')) {
        const bool known =
            std::find(cron_aliases.begin(), cron_aliases.end(), fields[0]) != cron_aliases.end();
        if (known && fields.size() == (fields[0] == "@every" ? 2U : 1U)) return {};
        return make_problem(errc::cron_invalid, fmt::format("`{}` is no alias", text), std::string(field));
    }
    if (fields.size() == 5) return {};
    return make_problem(
        errc::cron_invalid, fmt::format("The expression has {} fields, not five", fields.size()),
        std::string(field),
        fields.size() == 6 ? "Six-field dialects put seconds first: leave the first field out." : "");
}

result<reminder_wish> read_reminder(const json::object& said, const zone_table& zones,
                                    std::string_view field) {
    reminder_wish wish;
    wish.zone = text_argument(said, "zone");
    if (!wish.zone.empty() && zones.find(wish.zone) == nullptr)
        return make_problem(errc::zone_unknown, fmt::format("The zone `{}` is not known", wish.zone),
                            fmt::format("{}.zone", field));
    if (const auto when = text_argument(said, "when"); !when.empty()) {
        if (!wish.zone.empty()) return refuse("A relative reminder has no zone of its own", field);
        if (!base_of_relative(when))
            return refuse(fmt::format("`{}` cannot be read", when), fmt::format("{}.when", field));
        wish.kind = reminder_kind::relative;
        wish.value = when;
        return wish;
    }
    if (const auto at = text_argument(said, "at"); !at.empty()) {
        auto date = parse_date(at, zones);
        if (!date) {
            auto bad = date.error();
            bad.field = fmt::format("{}.at", field);
            return bad;
        }
        if (date->kind == date_kind::all_day)
            return refuse("It needs a time of day", fmt::format("{}.at", field));
        if (!wish.zone.empty() && date->kind != date_kind::floating)
            return refuse("The time names its zone already", fmt::format("{}.zone", field));
        wish.kind = reminder_kind::absolute;
        wish.value = date->text();
        return wish;
    }
    const auto cron = text_argument(said, "cron");
    const auto place = fmt::format("{}.cron", field);
    if (auto shape = check_cron_shape(cron, place); !shape) return shape.error();
    if (cron.starts_with("CRON_TZ=") && !wish.zone.empty())
        return make_problem(errc::cron_invalid, "The zone stands in CRON_TZ and beside it", place);
    wish.kind = reminder_kind::cron;
    wish.value = cron;
    return wish;
}

}  // namespace daybook::domain::deciding
