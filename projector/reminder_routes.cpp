#include "projector/reminder_routes.hpp"

#include "domain/alarm_list.hpp"
#include "domain/codec/task_patch.hpp"
#include "domain/json_text.hpp"

#include <boost/json/serialize.hpp>

#include <utility>

namespace daybook::projector {
namespace {

namespace json = boost::json;
using domain::errc;
using domain::make_problem;
using domain::result;

json::object item_of(const domain::listed_alarm& shown) {
    const auto& a = shown.alarm;
    json::object item{{"task_id", shown.task.text()},
                      {"title", shown.title},
                      {"due", nullptr},
                      {"due_at", nullptr},
                      {"reminder_id", a.reminder.text()},
                      {"reminder", nullptr},
                      {"fire_id", a.id.text()},
                      {"state", domain::to_text(shown.kind)},
                      {"acknowledged", a.state == domain::alarm_state::acked},
                      {"scheduled_at", domain::to_text(a.at)},
                      {"fired_at", nullptr},
                      {"late_ms", nullptr},
                      {"missed_count", nullptr}};
    if (shown.due) {
        item["due"] = shown.due->text;
        item["due_at"] = domain::to_text(shown.due->at);
    }
    if (shown.of) item["reminder"] = domain::reminders_json({*shown.of}).front();
    if (a.fired_at) {
        item["fired_at"] = domain::to_text(*a.fired_at);
        item["late_ms"] = a.late_ms;
        item["missed_count"] = a.missed_count;
    }
    return item;
}

void append_alarm(std::string& body, const domain::alarm& a) {
    body += "{\"fire_id\":";
    domain::append_json_string(body, a.id.text());
    body += ",\"scheduled_at\":";
    domain::append_json_string(body, domain::to_text(a.at));
    body += ",\"state\":";
    domain::append_json_string(body, domain::to_text(a.state));
    body += ",\"fired_at\":";
    if (a.fired_at)
        domain::append_json_string(body, domain::to_text(*a.fired_at));
    else
        body += "null";
    body += ",\"late_ms\":";
    domain::append_json_integer(body, a.late_ms);
    body += ",\"missed_count\":";
    domain::append_json_integer(body, a.missed_count);
    body += '}';
}

}  // namespace

void append_reminders(std::string& body, const domain::task& of) {
    for (const auto& r : of.reminders) {
        if (body.back() != '[') body += ',';
        auto shown = json::serialize(domain::reminders_json({r}).front());
        shown.pop_back();
        body += shown;
        body += ",\"fires\":[";
        for (const auto& a : of.alarms) {
            if (a.reminder != r.id) continue;
            if (body.back() != '[') body += ',';
            append_alarm(body, a);
        }
        body += "]}";
    }
}

result<platform::http::response> reminder_page(const read_context& context) {
    const auto said = parameter(context, "state").value_or("upcoming");
    const auto kind = domain::parse_alarm_kind(said);
    if (!kind)
        return make_problem(errc::field_invalid, "state is one of upcoming, fired, missed, snoozed", "state");
    const auto limit = page_limit(context);
    if (!limit) return limit.error();
    const auto cursor = parameter(context, "cursor");
    auto page = domain::alarm_page::make(*kind, *limit,
                                         cursor ? std::optional<std::string_view>(*cursor) : std::nullopt);
    if (!page) return page.error();
    auto read = context.on->reader().each_with_alarms(context.user, domain::bit(*kind),
                                                      [&](const domain::task& t) { page->add(t); });
    if (!read) return read.error();
    std::string body = "{\"items\":[";
    for (const auto& shown : page->take()) {
        if (body.back() != '[') body += ',';
        body += json::serialize(item_of(shown));
    }
    body += "],\"next_cursor\":";
    if (page->next_cursor())
        domain::append_json_string(body, *page->next_cursor());
    else
        body += "null";
    append_standing(body, context);
    return answer_at(context, std::move(body));
}

}  // namespace daybook::projector
