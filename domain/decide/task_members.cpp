#include "domain/decide/task_members.hpp"

#include "domain/canonical_input.hpp"
#include "domain/codec/task_patch.hpp"
#include "domain/decide/reminder_shape.hpp"
#include "domain/decide/series.hpp"
#include "domain/limits.hpp"

#include <boost/json/value_from.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;

constexpr std::size_t usual_members = 8;  // of a patch; it grows as needed

result<const zone_table*> zones_of(const decide_context& context) {
    if (context.zones != nullptr) return context.zones;
    return make_problem(errc::zone_unknown, "No time zones are loaded");
}

/// A text that check_schema accepted. Errors: those of canonical_text, where nobody checked before.
result<void> read_text(const json::object& args, std::string_view name, const text_rule& rule,
                       std::optional<std::string>& wish) {
    const auto* value = args.if_contains(name);
    if (value == nullptr) return {};
    if (value->is_null()) {
        wish.emplace();
        return {};
    }
    auto text = canonical_text(text_argument(args, name), rule, fmt::format("args.{}", name));
    if (!text) return text.error();
    wish = *std::move(text);
    return {};
}

void read_integer(const json::object& args, std::string_view name, wish<std::int64_t>& wish) {
    const auto* value = args.if_contains(name);
    if (value == nullptr) return;
    wish.emplace();
    if (value->is_int64()) *wish = value->get_int64();
}

result<void> read_tags(const draft& d, std::optional<std::vector<std::string>>& wish) {
    const auto* value = d.cmd.args.if_contains("tags");
    if (value == nullptr) return {};
    wish.emplace();
    if (!value->is_array()) return {};
    if (auto strict = check_strict_tags(d.reader.book(), value->get_array(), "args.tags"); !strict)
        return strict;
    auto tags = canonical_tags(value->get_array(), "args.tags");
    if (!tags) return tags.error();
    *wish = *std::move(tags);
    return {};
}

result<void> read_dates(const draft& d, member_wishes& wishes) {
    for (std::size_t i = 0; i < date_names.size(); ++i) {
        const auto* value = d.cmd.args.if_contains(date_names[i]);
        if (value == nullptr) continue;
        wishes.dates[i].emplace();
        if (!value->is_string()) continue;
        const auto zones = zones_of(d.context);
        if (!zones) return zones.error();
        auto date = parse_date(std::string_view(value->get_string()), **zones);
        if (!date) {
            auto bad = date.error();
            bad.field = fmt::format("args.{}", date_names[i]);
            return bad;
        }
        *wishes.dates[i] = *std::move(date);
    }
    return {};
}

result<void> read_reminders(const draft& d, std::optional<std::vector<reminder_wish>>& wish) {
    const auto& args = d.cmd.args;
    if (const auto* minutes = args.if_contains("reminder_minutes"); minutes != nullptr) {
        wish.emplace();
        if (minutes->is_int64())
            wish->push_back({reminder_kind::relative, fmt::format("{} minutes", minutes->get_int64()), {}});
        return {};
    }
    const auto* value = args.if_contains("reminders");
    if (value == nullptr) return {};
    wish.emplace();
    if (!value->is_array()) return {};
    const auto zones = zones_of(d.context);
    if (!zones) return zones.error();
    const auto& list = value->get_array();
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto field = fmt::format("args.reminders[{}]", i);
        if (!list[i].is_object())
            return make_problem(errc::reminder_invalid, "A reminder is an object", field);
        auto one = read_reminder(list[i].get_object(), **zones, field);
        if (!one) return one.error();
        wish->push_back(*std::move(one));
    }
    return {};
}

result<void> read_recurrence_wish(const draft& d, wish<recurrence>& wish) {
    const auto& args = d.cmd.args;
    const auto* shorthand = args.if_contains("recurrence_rule");
    const auto* value = shorthand != nullptr ? shorthand : args.if_contains("recurrence");
    if (value == nullptr) return {};
    wish.emplace();
    if (value->is_null()) return {};
    const auto said = value->is_object() ? value->get_object() : json::object{{"rule", *value}};
    recurrence wanted;
    wanted.rule = text_argument(said, "rule");
    if (const auto anchor = text_argument(said, "anchor"); !anchor.empty()) wanted.anchor = anchor;
    if (const auto catch_up = text_argument(said, "catch_up"); !catch_up.empty()) wanted.catch_up = catch_up;
    auto canonical = canonical_recurrence(wanted);
    if (!canonical) return at_rule(canonical.error(), d);
    *wish = *std::move(canonical);
    return {};
}

/// The one value of a number: what has no fraction is an integer, so that storing and reading never change
/// it.
std::optional<extra_value> canonical_extra(const json::value& value) {
    constexpr double beyond_int64 = 9223372036854775808.0;
    auto extra = value.is_uint64() ? std::optional<extra_value>(static_cast<std::int64_t>(value.get_uint64()))
                                   : read_extra(value);
    if (!extra) return extra;
    if (const auto* number = std::get_if<double>(&*extra))
        if (std::trunc(*number) == *number && std::fabs(*number) < beyond_int64)
            extra = static_cast<std::int64_t>(*number);
    return extra;
}

bool follows_the_book(date_kind kind) { return kind == date_kind::all_day || kind == date_kind::floating; }

}  // namespace

json::object resolved_anew(const task& t, const book_clock& clock, std::string_view book_zone,
                           const zone_table& zones) {
    json::object patch;
    const std::array<const std::optional<task_date>*, 3> dates{&t.start, &t.due, &t.deadline};
    for (std::size_t i = 0; i < dates.size(); ++i) {
        const auto& date = *dates[i];
        if (!date) continue;
        const auto value = parse_date(date->text, zones);
        if (!value || !follows_the_book(value->kind)) continue;
        const auto at = resolve(*value, *clock.home, clock.all_day_time, zones);
        if (at != date->at) put_date(patch, date_names[i], task_date{date->text, at});
    }
    if (!patch.empty()) put_date_zone(patch, book_zone, zones.version());
    return patch;
}

void add_resolved_anew(json::object& data, const draft& d, const task& t) {
    if (!t.start && !t.due && !t.deadline) return;
    const auto& book = d.reader.book();
    const auto clock = clock_of(d.context, book.zone, book.all_day_time);
    if (!clock) return;
    for (auto& member : resolved_anew(t, *clock, book.zone, *d.context.zones))
        data[member.key()] = std::move(member.value());
}

result<void> check_strict_tags(const book_state& book, const json::array& tags, std::string_view field) {
    if (!book.tags_strict) return {};
    for (std::size_t i = 0; i < tags.size(); ++i)
        if (tags[i].is_string() && !tags[i].get_string().starts_with('#'))
            return make_problem(errc::field_invalid, "This book wants tags with a # in front",
                                fmt::format("{}[{}]", field, i), "Write #tag, or set tags_strict to false.");
    return {};
}

result<book_clock> clock_of(const decide_context& context, std::string_view zone_name,
                            std::string_view all_day_time) {
    const auto zones = zones_of(context);
    if (!zones) return zones.error();
    const auto* home = (*zones)->find(zone_name);
    if (home == nullptr) {
        auto unknown = make_problem(errc::zone_unknown, fmt::format("The zone `{}` is not known", zone_name),
                                    "args.zone");
        for (const auto& name : (*zones)->nearest(zone_name))
            unknown.hint += (unknown.hint.empty() ? "Did you mean " : ", ") + name;
        return unknown;
    }
    constexpr auto nine = std::chrono::minutes(9 * 60);
    return book_clock{home, parse_time_of_day(all_day_time).value_or(nine)};
}

result<member_wishes> read_wishes(const draft& d) {
    const auto& args = d.cmd.args;
    member_wishes wishes;
    if (auto title = read_text(args, "title", title_rule, wishes.title); !title) return title.error();
    if (auto text = read_text(args, "description", description_rule, wishes.description); !text)
        return text.error();
    if (const auto* priority_value = args.if_contains("priority"))
        wishes.priority = priority_value->is_null()
                              ? priority::p3
                              : priority_from_habit(text_argument(args, "priority")).value_or(priority::p3);
    if (auto tags = read_tags(d, wishes.tags); !tags) return tags.error();
    if (auto dates = read_dates(d, wishes); !dates) return dates.error();
    if (auto recurrence = read_recurrence_wish(d, wishes.recurrence); !recurrence) return recurrence.error();
    if (auto reminders = read_reminders(d, wishes.reminders); !reminders) return reminders.error();
    if (const auto* targets = args.if_contains("depends_on")) {
        wishes.depends_on.emplace();
        if (targets->is_array())
            for (const auto& target : targets->get_array())
                if (target.is_string())
                    if (const auto id = task_id::parse(std::string_view(target.get_string())))
                        if (std::find(wishes.depends_on->begin(), wishes.depends_on->end(), *id) ==
                            wishes.depends_on->end())
                            wishes.depends_on->push_back(*id);
    }
    std::optional<std::string> assignee;
    if (auto name = read_text(args, "assignee", name_rule, assignee); !name) return name.error();
    if (assignee) wishes.assignee.emplace(assignee->empty() ? std::nullopt : assignee);
    read_integer(args, "duration", wishes.duration);
    read_integer(args, "estimate", wishes.estimate);
    read_integer(args, "percent", wishes.percent);
    for (const auto& member : args)
        if (member.key().starts_with("x_"))
            wishes.extras.emplace_back(member.key(), canonical_extra(member.value()));
    return wishes;
}

result<json::object> patch_maker::make(const member_wishes& w) {
    patch_.reserve(usual_members);
    if (w.title && *w.title != before_.title) patch_["title"] = *w.title;
    if (w.description && *w.description != before_.description) {
        if (w.description->empty())
            patch_["description"] = nullptr;
        else
            patch_["description"] = *w.description;
    }
    if (w.priority && *w.priority != before_.priority) patch_["priority"] = to_text(*w.priority);
    if (w.tags && *w.tags != before_.tags) patch_["tags"] = json::value_from(*w.tags);
    if (auto dates = add_dates(w); !dates) return dates.error();
    if (w.depends_on && *w.depends_on != before_.depends_on) patch_["depends_on"] = ids_json(*w.depends_on);

    const auto add = [&](std::string_view name, const auto& wanted, const auto& now) {
        if (!wanted || *wanted == now) return;
        if (*wanted)
            patch_[name] = **wanted;
        else
            patch_[name] = nullptr;
    };
    add("assignee", w.assignee, before_.assignee);
    add("duration", w.duration, before_.duration);
    add("estimate", w.estimate, before_.estimate);
    add("percent", w.percent, before_.percent);
    if (w.recurrence && *w.recurrence != before_.recurrence)
        patch_["recurrence"] = recurrence_json(*w.recurrence);
    reminders_ = before_.reminders;
    if (w.reminders) add_reminders(*w.reminders);
    if (auto extras = add_extras(w); !extras) return extras.error();
    if (patch_.contains("reminders") || patch_.contains("due") || patch_.contains("start"))
        if (auto bases = check_reminder_bases(); !bases) return bases.error();
    return std::move(patch_);
}

result<void> patch_maker::add_dates(const member_wishes& w) {
    dates_ = {before_.start, before_.due, before_.deadline};
    if (!w.dates[start_date] && !w.dates[due_date] && !w.dates[deadline_date]) return {};
    const auto& book = draft_.reader.book();
    const auto clock = clock_of(draft_.context, book.zone, book.all_day_time);
    if (!clock) return clock.error();
    bool set = false;
    for (std::size_t i = 0; i < date_names.size(); ++i) {
        const auto& wanted = w.dates[i];
        if (!wanted) continue;
        if (!*wanted) {
            if (!dates_[i]) continue;
            dates_[i].reset();
        } else {
            auto text = (*wanted)->text();
            if (dates_[i] && dates_[i]->text == text) continue;
            const auto at = resolve(**wanted, *clock->home, clock->all_day_time, *draft_.context.zones);
            if (!is_within_years(at))
                return make_problem(
                    errc::date_invalid,
                    fmt::format("`{}`: in {} that instant is outside of the years 0001 to 9999", text,
                                book.zone),
                    fmt::format("args.{}", date_names[i]));
            dates_[i] = task_date{std::move(text), at};
            set = true;
        }
        put_date(patch_, date_names[i], dates_[i]);
    }
    if (set) put_date_zone(patch_, book.zone, draft_.context.zones->version());
    if (!patch_.contains("start") && !patch_.contains("due")) return {};
    return check_start_before_due(*clock);
}

result<void> patch_maker::check_start_before_due(const book_clock& clock) const {
    const auto& start = dates_[start_date];
    const auto& due = dates_[due_date];
    if (!start || !due) return {};
    const auto is_all_day = [](const task_date& date) { return date.text.find('T') == std::string::npos; };
    bool late = start->at > due->at;
    if (is_all_day(*start) || is_all_day(*due)) {
        // An all-day date is the whole day, wherever in it `all_day_time` lies.
        const auto day = [&](const task_date& date) {
            return std::chrono::floor<std::chrono::days>(clock.home->to_local(date.at));
        };
        late = day(*start) > day(*due);
    }
    if (!late) return {};
    return make_problem(errc::field_invalid,
                        fmt::format("The start {} is after the due date {}", start->text, due->text),
                        patch_.contains("start") ? "args.start" : "args.due");
}

result<void> patch_maker::check_reminder_bases() const {
    for (const auto& r : reminders_) {
        if (r.kind != reminder_kind::relative) continue;
        const auto base = base_of_relative(r.value).value_or(due_date);
        if (dates_[base]) continue;
        return make_problem(
            errc::reminder_no_base,
            fmt::format("The reminder `{}` counts from {}, which is not set", r.value, date_names[base]),
            patch_.contains("reminders") ? "args.reminders" : fmt::format("args.{}", date_names[base]));
    }
    return {};
}

void patch_maker::add_reminders(const std::vector<reminder_wish>& wanted) {
    // A reminder that stays as it is keeps its id, and with it what already fired.
    auto known = before_.reminders;
    std::vector<reminder> after;
    for (const auto& w : wanted) {
        const auto same = std::find_if(known.begin(), known.end(), [&](const reminder& r) {
            return r.kind == w.kind && r.value == w.value && r.zone == w.zone;
        });
        if (same != known.end()) {
            after.push_back(std::move(*same));
            known.erase(same);
        } else {
            after.push_back(
                reminder{.id = reminder_id(uuid::v7(draft_.context.now, draft_.context.entropy())),
                         .kind = w.kind,
                         .value = w.value,
                         .zone = w.zone});
        }
    }
    if (after == before_.reminders) return;
    patch_["reminders"] = reminders_json(after);
    reminders_ = std::move(after);
}

result<void> patch_maker::add_extras(const member_wishes& w) {
    if (w.extras.empty()) return {};
    auto after = before_.extras;
    for (const auto& [name, value] : w.extras) {
        const auto known = after.find(name);
        if (!value) {
            if (known == after.end()) continue;
            patch_[name] = nullptr;
            after.erase(known);
        } else if (known == after.end() || known->second != *value) {
            patch_[name] = extra_json(*value);
            after.insert_or_assign(name, *value);
        }
    }
    if (after.size() > limits::extras_max)
        return make_problem(errc::limit_exceeded,
                            fmt::format("A task has at most {} x_ members", limits::extras_max), "args");
    std::size_t bytes = 0;
    for (const auto& [name, value] : after) {
        const auto* text = std::get_if<std::string>(&value);
        bytes += name.size() + (text != nullptr ? text->size() : sizeof(std::int64_t));
    }
    if (bytes > limits::extras_bytes_max)
        return make_problem(errc::limit_exceeded,
                            fmt::format("The x_ members take {} bytes, at most {} are possible", bytes,
                                        limits::extras_bytes_max),
                            "args");
    return {};
}

}  // namespace daybook::domain::deciding
