#include "domain/alarm_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

namespace daybook::domain {
namespace {

constexpr std::array<std::string_view, 4> names{"upcoming", "fired", "missed", "snoozed"};

const reminder* reminder_of(const task& t, const alarm& a) {
    const auto found = std::find_if(t.reminders.begin(), t.reminders.end(),
                                    [&](const reminder& r) { return r.id == a.reminder; });
    return found == t.reminders.end() ? nullptr : &*found;
}

alarm_kind kind_of(const alarm& a, const reminder* of) {
    switch (a.state) {
        case alarm_state::fired:
        case alarm_state::acked: return alarm_kind::fired;
        case alarm_state::missed: return alarm_kind::missed;
        case alarm_state::pending: break;
    }
    return of != nullptr && of->snooze_of ? alarm_kind::snoozed : alarm_kind::upcoming;
}

bool is_hidden(const task& t) { return t.status == status::deleted || t.status == status::purged; }

bool runs_backwards(alarm_kind k) { return k == alarm_kind::fired || k == alarm_kind::missed; }

}  // namespace

std::string_view to_text(alarm_kind k) noexcept { return names[static_cast<std::size_t>(k)]; }

std::optional<alarm_kind> parse_alarm_kind(std::string_view text) noexcept {
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return std::nullopt;
    return static_cast<alarm_kind>(found - names.begin());
}

std::uint8_t alarm_kinds(const task& t) {
    unsigned bits = 0;
    if (is_hidden(t)) return 0;
    for (const auto& a : t.alarms) bits |= bit(kind_of(a, reminder_of(t, a)));
    return static_cast<std::uint8_t>(bits);
}

result<alarm_page> alarm_page::make(alarm_kind kind, std::size_t limit,
                                    std::optional<std::string_view> cursor) {
    alarm_page made(kind, limit);
    if (!cursor) return made;
    // state.instant.fire_id, as cursor_of() writes it.
    auto rest = *cursor;
    const auto next = [&rest] {
        const auto dot = rest.find('.');
        const auto part = rest.substr(0, dot);
        rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
        return part;
    };
    const auto state = next();
    const auto order = next();
    place at;
    const auto [end, error] = std::from_chars(order.data(), order.data() + order.size(), at.order);
    const auto id = fire_id::parse(rest);
    if (state != to_text(kind) || error != std::errc{} || end != order.data() + order.size() || !id)
        return make_problem(errc::cursor_mismatch, "The cursor is none of this list", "cursor");
    at.id = *id;
    made.after_ = at;
    return made;
}

void alarm_page::add(const task& t) {
    if (is_hidden(t)) return;
    for (const auto& a : t.alarms) {
        const auto* of = reminder_of(t, a);
        if (kind_of(a, of) != kind_) continue;
        const auto millis = a.at.time_since_epoch().count();
        const place at{runs_backwards(kind_) ? -millis : millis, a.id};
        if (after_ && at <= *after_) continue;
        if (kept_.size() > limit_ && kept_.rbegin()->at < at) continue;
        kept_.insert(
            {at, {a, kind_, of != nullptr ? std::optional(*of) : std::nullopt, t.id, t.title, t.due}});
        if (kept_.size() > limit_ + 1) kept_.erase(std::prev(kept_.end()));
    }
}

std::vector<listed_alarm> alarm_page::take() {
    std::vector<listed_alarm> page;
    while (!kept_.empty() && page.size() < limit_) {
        auto first = kept_.extract(kept_.begin());
        if (page.size() + 1 == limit_ && !kept_.empty()) next_cursor_ = cursor_of(first.value().at);
        page.push_back(std::move(first.value().shown));
    }
    kept_.clear();
    return page;
}

std::string alarm_page::cursor_of(const place& at) const {
    return fmt::format("{}.{}.{}", to_text(kind_), at.order, at.id.text());
}

}  // namespace daybook::domain
