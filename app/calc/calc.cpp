#include "app/calc/calc.hpp"

#include "domain/json_text.hpp"

#include <array>

namespace daybook::app::calc {
namespace {

namespace json = boost::json;

constexpr auto table = std::to_array<named_calculation>({
    {"recurrence", "the first n instances of a rule (R1-R4)",
     R"({"id":1,"in":{"rule":"every last workday","dtstart":"2026-02-01T09:00:00","zone":"Europe/Berlin","n":3}})",
     recurrence},
    {"next", "what follows a completed occurrence (R5-R10)",
     R"({"id":1,"in":{"rule":"FREQ=WEEKLY;BYDAY=MO","dtstart":"2026-08-03","zone":"date","user_zone":"Europe/Berlin",)"
     R"("anchor":"due","catch_up":"next_future","nominal":"2026-08-03","completed_at":"2026-08-12T10:00:00Z","depth":0}})",
     next},
    {"reminder", "when reminders ring, after a move, after an outage (M1-M5)",
     R"({"id":1,"in":{"op":"instants","due":{"type":"zoned","local":"2026-03-29T09:00:00","zone":"Europe/Berlin"},)"
     R"("start":null,"user_zone":"Europe/Berlin","all_day_time":"09:00","reminders":["-P1D","24 hours before"]}})",
     reminder},
    {"cron", "the next slots of a schedule, what an outage missed (C1-C4)",
     R"({"id":1,"in":{"op":"next","expr":"30 2 * * *","zone":"Europe/Berlin","after":"2026-03-28T12:00:00Z","n":2}})",
     cron},
});

}  // namespace

std::span<const named_calculation> calculations() noexcept { return table; }

json::object error_json(const domain::problem& p) {
    json::object out;
    out["error"] = domain::row_of(p.code).code;
    if (const auto* part = p.extra.if_contains("part")) out["part"] = *part;
    return out;
}

std::string answer_line(std::string_view line, calculation calculate, const domain::zone_table& zones) {
    json::object answer;
    answer["id"] = nullptr;
    const auto read = domain::parse_json_object(line);
    if (!read) {
        answer["out"] = error_json(read.error());
    } else {
        if (const auto* id = read->if_contains("id")) answer["id"] = *id;
        const auto* in = read->if_contains("in");
        if (in == nullptr || !in->is_object()) {
            auto p = domain::make_problem(domain::errc::field_required, "A line is {id, in}");
            p.extra["part"] = "in";
            answer["out"] = error_json(p);
        } else {
            auto out = calculate(in->get_object(), zones);
            answer["out"] = out ? *std::move(out) : error_json(out.error());
        }
    }
    std::string text;
    domain::append_json(text, answer);
    return text;
}

}  // namespace daybook::app::calc
