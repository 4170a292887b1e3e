#include "domain/schedule.hpp"

#include "domain/codec/member_reader.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace daybook::domain {
namespace {

namespace json = boost::json;

std::optional<std::string_view> text_in(const json::object& data, std::string_view name) {
    const auto* value = data.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string_view(value->get_string());
}

/// Absent keeps, null clears.
void set_text(std::string& member, const json::object& data, std::string_view name) {
    const auto* value = data.if_contains(name);
    if (value == nullptr) return;
    member = value->is_string() ? std::string(value->get_string()) : std::string();
}

void set_time(std::optional<instant>& member, const json::object& data, std::string_view name) {
    const auto* value = data.if_contains(name);
    if (value == nullptr) return;
    member = value->is_string() ? parse_instant(value->get_string()) : std::nullopt;
}

std::vector<schedule_slot> slots_in(const json::object& data, std::string_view name) {
    std::vector<schedule_slot> slots;
    const auto* list = data.if_contains(name);
    if (list == nullptr || !list->is_array()) return slots;
    for (const auto& element : list->get_array()) {
        if (!element.is_object()) continue;
        const auto id = text_in(element.get_object(), "slot_id");
        const auto parsed = id ? slot_id::parse(*id) : std::nullopt;
        if (!parsed) continue;
        const auto at = text_in(element.get_object(), "at");
        slots.push_back({*parsed, at ? parse_instant(*at).value_or(instant{}) : instant{}});
    }
    return slots;
}

bool is_schedule_event(event_type type) {
    return type >= event_type::schedule_created && type <= event_type::schedule_deleted;
}

void drop(schedule& s, const slot_id& id) {
    std::erase_if(s.pending, [&](const schedule_slot& slot) { return slot.id == id; });
}

void fired(schedule& s, const event& e) {
    ++s.fires;
    s.last_fired_at = e.timestamp;
    set_text(s.last_outcome, e.data, "outcome");
    const auto* extra = e.data.if_contains("extra");
    const bool beside = extra != nullptr && extra->is_bool() && extra->get_bool();
    std::optional<instant> slot;
    set_time(slot, e.data, "scheduled_at");
    if (slot && !beside) s.last_slot = std::max(s.last_slot.value_or(*slot), *slot);
}

void apply(schedule& s, const event& e) {
    const auto& data = e.data;
    set_text(s.name, data, "name");
    set_text(s.cron, data, "cron");
    set_text(s.zone, data, "zone");
    set_text(s.misfire, data, "misfire");
    if (const auto* window = data.if_contains("catchup_window"); window != nullptr && window->is_int64())
        s.catchup_window = window->get_int64();
    for (const auto* name : {"command", "reminder"})
        if (const auto* action = data.if_contains(name);
            action != nullptr && action->is_object() && e.type != event_type::schedule_fired)
            s.action = {{name, *action}};
    set_time(s.next_at, data, "next_at");
    if (e.type == event_type::schedule_fired) fired(s, e);
    if (e.type == event_type::schedule_paused) s.paused = true;
    if (e.type == event_type::schedule_resumed) s.paused = false;
    std::optional<instant> passed;
    set_time(passed, data, "passed");
    if (passed) s.last_slot = std::max(s.last_slot.value_or(*passed), *passed);
    if (const auto id = text_in(data, "slot_id"))
        if (const auto slot = slot_id::parse(*id)) drop(s, *slot);
    for (const auto& slot : slots_in(data, "cancelled")) drop(s, slot.id);
    for (const auto& slot : slots_in(data, "scheduled")) {
        drop(s, slot.id);
        s.pending.push_back(slot);
    }
    std::sort(s.pending.begin(), s.pending.end(), [](const schedule_slot& a, const schedule_slot& b) {
        return std::pair(a.at, a.id) < std::pair(b.at, b.id);
    });
    s.version = e.version;
}

void put_time(json::object& out, std::string_view name, const std::optional<instant>& at) {
    if (at)
        out[name] = to_text(*at);
    else
        out[name] = nullptr;
}

void fill(json::value& value, std::string_view date, std::string_view slot) {
    if (value.is_object())
        for (auto& member : value.get_object()) fill(member.value(), date, slot);
    if (value.is_array())
        for (auto& element : value.get_array()) fill(element, date, slot);
    if (!value.is_string()) return;
    std::string text(value.get_string());
    const std::array<std::pair<std::string_view, std::string_view>, 2> names{
        {{"{date}", date}, {"{slot}", slot}}};
    for (const auto& [name, with] : names)
        for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + with.size()))
            text.replace(at, name.size(), with);
    value = text;
}

}  // namespace

std::optional<schedule_id> schedule_of(const event& e) {
    if (!is_schedule_event(e.type) || e.task) return std::nullopt;
    const auto text = text_in(e.data, "schedule_id");
    return text ? schedule_id::parse(*text) : std::nullopt;
}

void advance(std::vector<schedule>& all, const event& e) {
    const auto id = schedule_of(e);
    if (!id) return;
    const auto known = std::find_if(all.begin(), all.end(), [&](const schedule& s) { return s.id == *id; });
    if (e.type == event_type::schedule_deleted) {
        if (known != all.end()) all.erase(known);
        return;
    }
    if (known != all.end()) return apply(*known, e);
    if (e.type != event_type::schedule_created) return;
    auto& fresh = all.emplace_back();
    fresh.id = *id;
    fresh.created_at = e.timestamp;
    apply(fresh, e);
}

const schedule* find_schedule(const std::vector<schedule>& all, const schedule_id& id) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const schedule& s) { return s.id == id; });
    return found == all.end() ? nullptr : &*found;
}

json::array slots_json(const std::vector<schedule_slot>& slots, bool with_instant) {
    json::array list;
    for (const auto& slot : slots) {
        json::object one{{"slot_id", slot.id.text()}};
        if (with_instant) one["at"] = to_text(slot.at);
        list.push_back(std::move(one));
    }
    return list;
}

json::object schedule_json(const schedule& s, bool with_pending) {
    json::object out{{"schedule_id", s.id.text()},
                     {"version", s.version},
                     {"name", s.name},
                     {"cron", s.cron},
                     {"zone", nullptr},
                     {"misfire", s.misfire},
                     {"catchup_window", s.catchup_window},
                     {"paused", s.paused},
                     {"command", nullptr},
                     {"reminder", nullptr},
                     {"created_at", to_text(s.created_at)}};
    if (!s.zone.empty()) out["zone"] = s.zone;
    for (const auto& member : s.action) out[member.key()] = member.value();
    put_time(out, "next_at", s.next_at);
    put_time(out, "last_slot", s.last_slot);
    put_time(out, "last_fired_at", s.last_fired_at);
    out["last_outcome"] = s.last_outcome.empty() ? json::value(nullptr) : json::value(s.last_outcome);
    out["fires"] = s.fires;
    if (with_pending) out["pending"] = slots_json(s.pending, true);
    return out;
}

result<schedule> read_schedule(const json::value& stored) {
    if (!stored.is_object()) return make_problem(errc::log_damaged, "a schedule is no object");
    const auto& row = stored.get_object();
    member_reader reader(row, "schedule");
    schedule s;
    s.id = reader.id<schedule_id>("schedule_id");
    s.version = reader.integer("version", 0);
    s.name = reader.text("name");
    s.cron = reader.text("cron");
    set_text(s.zone, row, "zone");
    s.misfire = reader.text("misfire");
    s.catchup_window = reader.integer("catchup_window", 0);
    s.paused = reader.flag("paused");
    for (const auto* name : {"command", "reminder"})
        if (const auto* action = row.if_contains(name); action != nullptr && action->is_object())
            s.action = {{name, *action}};
    s.created_at = reader.time("created_at");
    set_time(s.next_at, row, "next_at");
    set_time(s.last_slot, row, "last_slot");
    set_time(s.last_fired_at, row, "last_fired_at");
    set_text(s.last_outcome, row, "last_outcome");
    s.fires = reader.integer("fires", 0);
    s.pending = slots_in(row, "pending");
    if (reader.failed()) return reader.failure();
    return s;
}

json::object filled_template(const json::object& args, std::string_view date, std::string_view slot) {
    json::value filled(args);
    fill(filled, date, slot);
    return std::move(filled.get_object());
}

}  // namespace daybook::domain
