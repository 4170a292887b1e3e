// rapidcheck generators of domain values. Every value that they make is one that can stand in a log or a
// store.
#pragma once

#include "domain/codec/task_patch.hpp"
#include "domain/event.hpp"
#include "domain/project.hpp"
#include "domain/task.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <rapidcheck.h>
#include <string>
#include <utility>
#include <vector>

namespace daybook::tests {

/// Well-formed UTF-8 with controls, quotes and every plane.
inline rc::Gen<std::string> any_text() {
    const auto code_point = rc::gen::oneOf(
        rc::gen::inRange<std::uint32_t>(0x20, 0x7f), rc::gen::inRange<std::uint32_t>(0, 0x80),
        rc::gen::inRange<std::uint32_t>(0x80, 0xd800), rc::gen::inRange<std::uint32_t>(0xe000, 0x110000));
    return rc::gen::map(rc::gen::container<std::vector<std::uint32_t>>(code_point),
                        [](const std::vector<std::uint32_t>& points) {
                            std::string out;
                            for (const auto c : points) {
                                const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
                                if (c < 0x80) {
                                    put(c);
                                } else if (c < 0x800) {
                                    put(0xc0 | (c >> 6)), put(0x80 | (c & 0x3f));
                                } else if (c < 0x10000) {
                                    put(0xe0 | (c >> 12)), put(0x80 | ((c >> 6) & 0x3f)),
                                        put(0x80 | (c & 0x3f));
                                } else {
                                    put(0xf0 | (c >> 18)), put(0x80 | ((c >> 12) & 0x3f));
                                    put(0x80 | ((c >> 6) & 0x3f)), put(0x80 | (c & 0x3f));
                                }
                            }
                            return out;
                        });
}

inline domain::uuid some_uuid() {
    std::array<std::uint8_t, 16> bytes{};
    for (auto& byte : bytes) byte = *rc::gen::arbitrary<std::uint8_t>();
    return domain::uuid(bytes);
}

inline domain::instant some_instant() {
    return domain::instant{
        std::chrono::milliseconds{*rc::gen::inRange<std::int64_t>(-62167219200000, 253402300800000)}};
}

template <class Make>
auto maybe(Make make) -> std::optional<decltype(make())> {
    if (*rc::gen::arbitrary<bool>()) return std::nullopt;
    return make();
}

template <class Make>
auto some_list(int count_max, Make make) {
    std::vector<decltype(make())> out;
    for (int i = *rc::gen::inRange(0, count_max + 1); i > 0; --i) out.push_back(make());
    return out;
}

inline boost::json::value some_json(int depth) {
    switch (*rc::gen::inRange(0, depth > 0 ? 7 : 5)) {
        case 0: return nullptr;
        case 1: return *rc::gen::arbitrary<bool>();
        case 2: return *rc::gen::arbitrary<std::int64_t>();
        case 3: return *rc::gen::arbitrary<double>();
        case 4: return boost::json::value(*any_text());
        case 5: {
            boost::json::array out;
            for (auto& value : some_list(3, [&] { return some_json(depth - 1); }))
                out.push_back(std::move(value));
            return out;
        }
        default: {
            boost::json::object out;
            for (int i = *rc::gen::inRange(0, 4); i > 0; --i) out[*any_text()] = some_json(depth - 1);
            return out;
        }
    }
}

inline domain::event some_event() {
    domain::event e;
    e.id = domain::event_id(some_uuid());
    e.type = static_cast<domain::event_type>(
        *rc::gen::inRange(0, static_cast<int>(domain::event_type::filter_deleted) + 1));
    e.schema_version = *rc::gen::element<std::string>("1.0", "1.1", "1.42");
    e.timestamp = some_instant();
    e.user = domain::user_id(*any_text());
    e.task = maybe([] { return domain::task_id(some_uuid()); });
    e.version = *rc::gen::positive<std::int64_t>();
    e.command = domain::command_id(*any_text());
    e.correlation_id = *any_text();
    e.causation_id = *any_text();
    e.actor = domain::actor{*rc::gen::element<std::string>("user", "service", "system"), *any_text()};
    e.source = *rc::gen::element<std::string>("http", "cli", "import", "reactor");
    e.data = {};
    for (int i = *rc::gen::inRange(0, 6); i > 0; --i) e.data[*any_text()] = some_json(2);
    if (domain::is_about_project(e.type)) e.data["project_id"] = some_uuid().text();
    e.log.epoch = *rc::gen::positive<std::int64_t>();
    e.log.claim = *any_text();
    e.log.seq = *rc::gen::positive<std::int64_t>();
    e.log.parts = *rc::gen::inRange(1, 1001);
    e.log.part = *rc::gen::inRange(1, e.log.parts + 1);
    e.log.hash = "0123456789abcdef0123456789abcdef";
    e.log.at = some_instant();
    return e;
}

inline domain::task some_task() {
    using domain::task_date;
    const auto date = [] { return task_date{*any_text(), some_instant()}; };
    const auto number = [] { return *rc::gen::arbitrary<std::int64_t>(); };
    const auto other_task = [] { return domain::task_id(some_uuid()); };
    domain::task t;
    t.id = other_task();
    t.user = domain::user_id(*any_text());
    t.version = *rc::gen::positive<std::int64_t>();
    t.title = *any_text();
    t.description = *any_text();
    t.priority = static_cast<domain::priority>(*rc::gen::inRange(1, 5));
    t.tags = some_list(4, [] { return *any_text(); });
    t.status = static_cast<domain::status>(*rc::gen::inRange(0, 7));
    t.start = maybe(date);
    t.due = maybe(date);
    t.deadline = maybe(date);
    t.parent = maybe(other_task);
    t.project = maybe([] { return domain::project_id(some_uuid()); });
    t.depends_on = some_list(3, other_task);
    t.assignee = maybe([] { return *any_text(); });
    t.duration = maybe(number);
    t.estimate = maybe(number);
    t.percent = maybe(number);
    t.series = maybe([] { return domain::series_id(some_uuid()); });
    t.recurrence = maybe([] { return domain::recurrence{*any_text(), *any_text(), *any_text()}; });
    t.recurrence_parent = maybe(other_task);
    t.recurrence_depth = *rc::gen::inRange(0, 1001);
    t.reminders = some_list(3, [] {
        return domain::reminder{domain::reminder_id(some_uuid()),
                                static_cast<domain::reminder_kind>(*rc::gen::inRange(0, 3)),
                                *any_text(),
                                *any_text(),
                                *any_text(),
                                maybe([] { return domain::reminder_id(some_uuid()); })};
    });
    t.created_at = some_instant();
    t.updated_at = some_instant();
    t.started_at = maybe(some_instant);
    t.completed_at = maybe(some_instant);
    t.deleted_at = maybe(some_instant);
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        if (auto value = domain::read_extra(some_json(0))) t.extras["x_" + *any_text()] = std::move(*value);
    }
    t.status_before = static_cast<domain::status>(*rc::gen::inRange(0, 7));
    t.deleted_by = domain::command_id(*any_text());
    t.status_event = domain::event_id(some_uuid());
    t.comments = *rc::gen::inRange<std::int64_t>(0, 1001);
    t.nominal = *any_text();
    t.untouched = *rc::gen::arbitrary<bool>();
    t.alarms = some_list(3, [] {
        domain::alarm a;
        a.id = domain::fire_id(some_uuid());
        a.reminder = domain::reminder_id(some_uuid());
        a.at = some_instant();
        a.set_at = some_instant();
        a.state = static_cast<domain::alarm_state>(*rc::gen::inRange(0, 4));
        a.fired_at = maybe(some_instant);
        a.late_ms = *rc::gen::inRange<std::int64_t>(0, 100'000);
        a.missed_count = *rc::gen::inRange<std::int64_t>(0, 1'000);
        return a;
    });
    return t;
}

}  // namespace daybook::tests
