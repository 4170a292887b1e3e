#include "app/calc/members.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace daybook::app::calc {

namespace json = boost::json;
using domain::errc;

bool members::has(std::string_view name) const {
    const auto* found = in_.if_contains(name);
    return found != nullptr && !found->is_null();
}

void members::fail(domain::problem p) {
    if (!problem_) problem_ = std::move(p);
}

void members::fail(errc code, std::string_view part, std::string detail) {
    auto p = domain::make_problem(code, std::move(detail));
    p.extra["part"] = part;
    fail(std::move(p));
}

const json::value* members::find(std::string_view name) {
    const auto* found = in_.if_contains(name);
    if (found == nullptr) fail(errc::field_required, name, fmt::format("`{}` is missing", name));
    return found;
}

std::string members::text(std::string_view name) {
    const auto* found = find(name);
    if (found == nullptr) return {};
    if (!found->is_string()) {
        fail(errc::field_invalid, name, fmt::format("`{}` is a text", name));
        return {};
    }
    return std::string(std::string_view(found->get_string()));
}

std::int64_t members::number(std::string_view name, std::int64_t least, std::int64_t most) {
    const auto* found = find(name);
    if (found == nullptr) return least;
    const auto* number = found->if_int64();
    if (number == nullptr || *number < least || *number > most) {
        fail(errc::field_invalid, name, fmt::format("`{}` goes from {} to {}", name, least, most));
        return least;
    }
    return *number;
}

domain::instant members::utc(std::string_view name) {
    const auto said = text(name);
    if (failed()) return {};
    const auto at = domain::parse_instant(said);
    if (!at) fail(errc::date_invalid, name, fmt::format("`{}` is no instant", said));
    return at.value_or(domain::instant{});
}

domain::date_value members::wall_clock_text(std::string_view said, std::string_view name) {
    const auto value = domain::parse_date(said, zones_);
    if (!value || (value->kind != domain::date_kind::all_day && value->kind != domain::date_kind::floating)) {
        fail(errc::date_invalid, name, fmt::format("`{}` is neither a date nor a wall clock", said));
        return {};
    }
    return *value;
}

domain::date_value members::wall_clock(std::string_view name) {
    const auto said = text(name);
    return failed() ? domain::date_value{} : wall_clock_text(said, name);
}

const domain::zone* members::zone_text(std::string_view name) {
    const auto* found = zones_.find(name);
    if (found == nullptr)
        fail(domain::make_problem(errc::zone_unknown, fmt::format("There is no time zone `{}`", name)));
    return found;
}

const domain::zone* members::zone(std::string_view name) {
    const auto said = text(name);
    return failed() ? nullptr : zone_text(said);
}

const json::array& members::list(std::string_view name) {
    static const json::array none;
    const auto* found = find(name);
    if (found == nullptr) return none;
    if (!found->is_array()) {
        fail(errc::field_invalid, name, fmt::format("`{}` is a list", name));
        return none;
    }
    return found->get_array();
}

std::string utc_text(domain::instant at) {
    domain::date_value value;
    value.kind = domain::date_kind::absolute;
    value.at = at;
    return value.text();
}

}  // namespace daybook::app::calc
