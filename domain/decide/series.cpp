#include "domain/decide/series.hpp"

#include "domain/codec/task_patch.hpp"
#include "domain/decide/tree.hpp"
#include "domain/derived_ids.hpp"
#include "domain/recurrence/rule.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;
using recurring::series_kind;
using std::chrono::days;
using std::chrono::floor;

result<series_ground> make_ground(const recurrence& said, std::string_view dtstart,
                                  const std::vector<std::string>& exdates, const zone_table& zones) {
    auto start = parse_date(dtstart, zones);
    if (!start) return start.error();
    std::vector<local_time> excluded;
    for (const auto& date : exdates)
        if (const auto nominal = parse_nominal(date)) excluded.push_back(*nominal);
    auto how = recurring::make_series(said.rule, *start, zones, std::move(excluded));
    if (!how) return how.error();
    return series_ground{*std::move(start), *std::move(how)};
}

/// The first day of the rule from today on, for a task that says no date.
result<date_value> first_day(const draft& d, const recurrence& said) {
    const auto& book = d.reader.book();
    const auto clock = clock_of(d.context, book.zone, book.all_day_time);
    if (!clock) return clock.error();
    date_value today;
    today.local = local_time(floor<days>(clock->home->to_local(d.timestamp())));
    const auto ground = make_ground(said, today.text(), {}, *d.context.zones);
    if (!ground) return ground.error();
    const auto first = recurring::expand(ground->how, 1);
    if (!first.instances.empty()) today.local = first.instances.front().nominal;
    return today;
}

}  // namespace

problem at_rule(problem p, const draft& d) {
    p.field = d.cmd.args.contains("recurrence_rule") ? "args.recurrence_rule" : "args.recurrence.rule";
    return p;
}

result<recurrence> canonical_recurrence(const recurrence& said) {
    const auto rule = recurring::parse_rule(said.rule);
    if (!rule) return rule.error();
    auto canonical = said;
    canonical.rule = rule->text();
    return canonical;
}

result<series_ground> ground_of(const series& s, const zone_table& zones) {
    return make_ground(s.recurrence, s.dtstart, s.exdates, zones);
}

std::optional<local_time> parse_nominal(std::string_view text) {
    static const zone_table no_zones("", {});
    const auto date = parse_date(text, no_zones);
    if (!date || (date->kind != date_kind::all_day && date->kind != date_kind::floating)) return std::nullopt;
    return date->local;
}

result<series_change> series_change::make(const draft& d, const task& before, const wish<recurrence>& wanted,
                                          json::object& patch) {
    series_change change;
    if (!patch.contains("recurrence")) return change;
    if (before.series && before.recurrence) change.ended_ = d.reader.find_series(*before.series);
    if (change.ended_ && !change.ended_->ended.empty()) change.ended_.reset();
    if (!wanted || !*wanted) {
        change.reason_ = "removed";
        return change;
    }
    change.reason_ = "split";
    const auto& said = **wanted;
    task after = before;
    apply_patch(after, patch);
    const auto& base = after.due ? after.due : after.start;
    std::string dtstart;
    if (base) {
        dtstart = base->text;
    } else {
        const auto day = first_day(d, said);
        if (!day) return at_rule(day.error(), d);
        const auto& book = d.reader.book();
        const auto clock = clock_of(d.context, book.zone, book.all_day_time);
        if (!clock) return clock.error();
        dtstart = day->text();
        put_date(patch, "due",
                 task_date{dtstart, resolve(*day, *clock->home, clock->all_day_time, *d.context.zones)});
        put_date_zone(patch, book.zone, d.context.zones->version());
    }
    const auto ground = make_ground(said, dtstart, {}, *d.context.zones);
    if (!ground) return at_rule(ground.error(), d);
    if (said.anchor == "due")
        if (auto yields = recurring::check_yields(ground->how); !yields) return at_rule(yields.error(), d);

    const auto id = series_id(uuid::v7(d.context.now, d.context.entropy()));
    patch["series_id"] = id.text();
    if (before.recurrence_depth != 0 || before.version == 0) patch["recurrence_depth"] = 0;
    patch["nominal"] = nominal_text(ground->how.start, ground->how.kind == series_kind::all_day);
    change.created_ = {{"series_id", id.text()},
                       {"task_id", before.id.text()},
                       {"recurrence", recurrence_json(said)},
                       {"dtstart", dtstart},
                       {"tz_version", d.context.zones->version()},
                       {"engine_version", recurrence_engine}};
    if (change.ended_) change.created_["predecessor_series"] = change.ended_->id.text();
    return change;
}

void series_change::add_to(draft& d) const {
    if (ended_) add_series_ended(d, *ended_, reason_);
    if (!created_.empty()) d.add_book_event(event_type::series_created, 1, created_);
}

void add_series_ended(draft& d, const series& ended, std::string_view reason) {
    d.add_book_event(event_type::series_ended, ended.version + 1,
                     {{"series_id", ended.id.text()}, {"reason", reason}});
}

bool is_occurrence(const task& t) { return t.series && t.recurrence && !t.nominal.empty(); }

void mark_occurrence(json::object& data, const task& t) {
    if (!is_occurrence(t)) return;
    data["series_id"] = t.series->text();
    data["nominal"] = t.nominal;
}

void withdraw_next(draft& d, const task& parent) {
    for (const auto& id : d.reader.occurrences_after(parent.id)) {
        const auto next = d.reader.find(id);
        if (!next || next->status == status::deleted || next->status == status::purged) continue;
        std::vector<task_ptr> gone{next};
        const auto below =
            descendants(d.reader, next->id, [](const task& t) { return t.status != status::deleted; });
        gone.insert(gone.end(), below.begin(), below.end());
        const bool untouched =
            std::all_of(gone.begin(), gone.end(), [](const task_ptr& t) { return t->untouched; });
        if (!untouched) {
            d.warn({"next_occurrence_kept",
                    fmt::format("The next occurrence {} was changed already, so it stays", next->id.text()),
                    {{"next_occurrence", next->id.text()}}});
            continue;
        }
        for (const auto& t : gone)
            d.add(event_type::task_deleted, *t,
                  {{"status", to_text(status::deleted)},
                   {"deleted_at", to_text(d.happened_at())},
                   {"withdrawn", true}});
    }
}

decision end_series(draft& d) {
    const auto id = series_id::parse(text_argument(d.cmd.args, "series_id"));
    const auto found = id ? d.reader.find_series(*id) : std::nullopt;
    if (!found)
        return make_problem(errc::not_found,
                            fmt::format("There is no series {}", text_argument(d.cmd.args, "series_id")),
                            "args.series_id");
    if (auto expected = check_version(d, "The series", found->version); !expected) return expected.error();
    if (found->ended.empty()) add_series_ended(d, *found, "ended");
    return d.finish(std::nullopt);
}

}  // namespace daybook::domain::deciding
