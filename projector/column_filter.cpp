#include "projector/column_filter.hpp"

#include "domain/filter/fields.hpp"
#include "domain/time.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <bitset>
#include <limits>
#include <utility>

namespace daybook::projector {
namespace {

namespace filter = domain::filter;
using filter::trait;
using mask = column_filter::mask;

/// Calls `each` with every row of the mask.
template <class Each>
void each_row(mask rows, Each each) {
    for (; rows != 0; rows &= rows - 1) each(static_cast<unsigned>(std::countr_zero(rows)));
}

/// Those of `among` whose row `holds`.
template <class Holds>
mask rows_where(const column_chunk& chunk, mask among, Holds holds) {
    mask out = 0;
    each_row(among, [&](unsigned at) {
        if (holds(chunk.rows[at])) out |= mask{1} << at;
    });
    return out;
}

template <std::size_t N>
mask any_of(const std::array<mask, N>& by_number, std::uint8_t numbers) {
    mask out = 0;
    for (std::size_t n = 0; n < N; ++n)
        if (((numbers >> n) & 1U) != 0) out |= by_number[n];
    return out;
}

mask rows_within(const column_chunk::instants& at, const filter::instant_within& asked) {
    constexpr auto latest = std::numeric_limits<std::int64_t>::max();
    const auto from = asked.from ? asked.from->time_since_epoch().count() : no_instant + 1;
    const auto until = asked.until ? asked.until->time_since_epoch().count() : latest;
    mask out = 0;
    for (std::size_t i = 0; i < at.size(); ++i) {
        const bool in = (at[i] >= from) & (at[i] < until) & (at[i] != no_instant);
        out |= static_cast<mask>(in) << i;
    }
    return out;
}

mask rows_holding(const text_hits& hits, std::size_t chunk, mask among) {
    const auto first = chunk * column_chunk::rows_max;
    if (first >= hits.weights.size()) return 0;
    const auto count = std::min(column_chunk::rows_max, hits.weights.size() - first);
    mask out = 0;
    for (std::size_t i = 0; i < count; ++i) out |= static_cast<mask>(hits.weights[first + i] != 0) << i;
    return out & among;
}

mask rows_without(filter::field f, const column_chunk& chunk) {
    const auto without_time = [&](filter::instant_field of) {
        mask out = 0;
        const auto& at = chunk.at(of);
        for (std::size_t i = 0; i < at.size(); ++i) out |= static_cast<mask>(at[i] == no_instant) << i;
        return out;
    };
    switch (f) {
        case filter::field::tag: return ~chunk.tagged;
        case filter::field::project: return ~chunk.in_project;
        case filter::field::assignee: return ~chunk.assigned;
        case filter::field::series: return ~chunk.in_series;
        case filter::field::due: return without_time(filter::instant_field::due);
        case filter::field::start: return without_time(filter::instant_field::start);
        case filter::field::completed: return without_time(filter::instant_field::completed);
        default: return 0;
    }
}

/// What a test costs a chunk, roughly; the cheap ones leave less to the dear ones.
int cost_of(const filter::clause& c) {
    if (c.kind != filter::clause_kind::test) {
        int most = 0;
        for (const auto& p : c.parts) most = std::max(most, cost_of(p));
        return most;
    }
    enum : int { a_word, a_look_up, a_loop, a_row, a_set };
    if (std::holds_alternative<filter::has_tag>(c.test) || std::holds_alternative<filter::in_project>(c.test))
        return a_look_up;
    if (std::holds_alternative<filter::instant_within>(c.test) ||
        std::holds_alternative<filter::holds_text>(c.test) ||
        std::holds_alternative<filter::is_empty>(c.test))
        return a_loop;
    if (std::holds_alternative<filter::assigned_to>(c.test) ||
        std::holds_alternative<filter::of_series>(c.test) || std::holds_alternative<filter::has_id>(c.test))
        return a_row;
    if (const auto* t = std::get_if<filter::has_trait>(&c.test))
        return t->which == trait::is_blocked || t->which == trait::has_subtask ? a_set : a_word;
    return a_word;
}

filter::clause cheapest_first(filter::clause c) {
    for (auto& p : c.parts) p = cheapest_first(std::move(p));
    std::ranges::stable_sort(c.parts, {}, cost_of);
    return c;
}

std::string names_in(std::uint8_t numbers, std::initializer_list<const char*> names) {
    std::vector<std::string> out;
    unsigned number = 0;
    for (const auto* name : names) {
        if (((numbers >> number) & 1U) != 0) out.emplace_back(name);
        ++number;
    }
    return fmt::format("{}", fmt::join(out, "|"));
}

std::string in_words(const filter::instant_within& w) {
    constexpr std::array<std::string_view, 5> names{"due", "start", "created", "updated", "completed"};
    return fmt::format("{}:{}..{}", names[static_cast<std::size_t>(w.field)],
                       w.from ? domain::to_text(*w.from) : "", w.until ? domain::to_text(*w.until) : "");
}

}  // namespace

std::string in_words(const filter::text_match& match) {
    std::string out;
    for (const auto& w : match.words) out += (out.empty() ? "" : " ") + w.surface;
    return fmt::format("'{}{}'", out, match.last == filter::text_ending::whole ? "" : "*");
}

std::string in_words(const filter::condition& test, const filter::normal_form& query) {
    if (const auto* w = std::get_if<filter::instant_within>(&test)) return in_words(*w);
    if (const auto* e = std::get_if<filter::is_empty>(&test))
        return fmt::format("{}:none", filter::row_of(e->field).name);
    if (std::holds_alternative<filter::due_all_day>(test)) return "due all day";
    if (const auto* s = std::get_if<filter::status_among>(&test))
        return "status " +
               names_in(s->mask, {"open", "in_progress", "completed", "cancelled", "skipped", "deleted"});
    if (const auto* p = std::get_if<filter::priority_among>(&test))
        return "priority " + names_in(p->mask, {"", "P1", "P2", "P3", "P4"});
    if (const auto* t = std::get_if<filter::has_tag>(&test)) return query.tags[t->index];
    if (const auto* p = std::get_if<filter::in_project>(&test)) return "project " + query.projects[p->index];
    if (const auto* a = std::get_if<filter::assigned_to>(&test)) return "assignee " + a->folded;
    if (const auto* s = std::get_if<filter::of_series>(&test)) return "series " + s->id.text();
    if (const auto* i = std::get_if<filter::has_id>(&test)) return "id " + i->id.text();
    if (const auto* h = std::get_if<filter::has_trait>(&test)) return std::string(filter::to_text(h->which));
    return in_words(query.texts[std::get<filter::holds_text>(test).index]);
}

std::string in_words(const filter::clause& c, const filter::normal_form& query) {
    if (c.kind == filter::clause_kind::test) return (c.negated ? "not " : "") + in_words(c.test, query);
    std::vector<std::string> parts;
    for (const auto& p : c.parts) parts.push_back(in_words(p, query));
    return fmt::format("({})", fmt::join(parts, c.kind == filter::clause_kind::every ? " and " : " or "));
}

bool asks(const filter::clause& c, trait which) {
    if (c.kind == filter::clause_kind::test) {
        const auto* t = std::get_if<filter::has_trait>(&c.test);
        return t != nullptr && t->which == which;
    }
    return std::ranges::any_of(c.parts, [&](const auto& each) { return asks(each, which); });
}

column_filter::column_filter(const filter::normal_form& query,
                             std::span<const std::optional<domain::project_id>> projects,
                             const book_columns& columns, std::span<const text_hits> texts)
    : query_(query), projects_(projects), columns_(columns), texts_(texts) {
    auto where = cheapest_first(query.where);
    if (where.kind == filter::clause_kind::every) {
        for (auto& p : where.parts) parts_.push_back({std::move(p), 0});
    } else {
        parts_.push_back({std::move(where), 0});
    }
    for (const auto& tag : query.tags) {
        auto& numbers = spellings_.emplace_back();
        const auto& known = columns.tags->rows();
        for (std::uint32_t n = 0; n < known.size(); ++n)
            if (known[n].folded == tag) numbers.push_back(n);
    }
}

bool column_filter::look_around(query_run& run) {
    if (asks(query_.where, trait::has_subtask)) {
        for (const auto& chunk : columns_.chunks) {
            each_row(chunk->children, [&](unsigned at) {
                const auto& row = chunk->rows[at];
                if (row.status < domain::status::deleted) parents_.insert(row.parent);
            });
            if (!run.in_time()) return false;
        }
    }
    if (!asks(query_.where, trait::is_blocked)) return true;
    std::unordered_set<domain::task_id> targets;
    // Most tasks block nothing: a few bits of their ids spare the look into the set.
    constexpr std::size_t marks = std::size_t{1} << 16U;
    std::bitset<marks> marked;
    const auto mark_of = [](const domain::task_id& id) { return std::hash<domain::task_id>{}(id) % marks; };
    for (const auto& chunk : columns_.chunks) {
        each_row(chunk->waiting, [&](unsigned at) {
            for (const auto& id : chunk->rows[at].depends_on) {
                targets.insert(id);
                marked.set(mark_of(id));
            }
        });
        if (!run.in_time()) return false;
    }
    if (targets.empty()) return true;
    for (const auto& chunk : columns_.chunks) {
        const auto open = chunk->with_status[static_cast<std::size_t>(domain::status::open)] |
                          chunk->with_status[static_cast<std::size_t>(domain::status::in_progress)];
        each_row(open, [&](unsigned at) {
            const auto& id = chunk->rows[at].id;
            if (marked.test(mark_of(id)) && targets.contains(id)) open_targets_.insert(id);
        });
        if (!run.in_time()) return false;
    }
    return true;
}

mask column_filter::with_trait(trait which, const column_chunk& chunk, mask among) const {
    switch (which) {
        case trait::has_reminder: return chunk.live_reminder;
        case trait::has_recurrence: return chunk.with_rule;
        case trait::is_recurring: return chunk.with_rule | chunk.in_series;
        case trait::has_comment: return chunk.commented;
        case trait::has_subtask:
            return rows_where(chunk, parents_.empty() ? 0 : among,
                              [&](const list_row& row) { return parents_.contains(row.id); });
        case trait::is_blocked:
            return rows_where(chunk, among & chunk.waiting, [&](const list_row& row) {
                return std::ranges::any_of(row.depends_on,
                                           [&](const auto& id) { return open_targets_.contains(id); });
            });
        default: return 0;
    }
}

mask column_filter::rows_of(const filter::condition& test, std::size_t number, mask among) const {
    const auto& chunk = *columns_.chunks[number];
    if (const auto* w = std::get_if<filter::instant_within>(&test))
        return rows_within(chunk.at(w->field), *w);
    if (const auto* e = std::get_if<filter::is_empty>(&test)) return rows_without(e->field, chunk);
    if (std::holds_alternative<filter::due_all_day>(test)) return chunk.due_all_day;
    if (const auto* s = std::get_if<filter::status_among>(&test)) return any_of(chunk.with_status, s->mask);
    if (const auto* p = std::get_if<filter::priority_among>(&test))
        return any_of(chunk.with_priority, p->mask);
    if (const auto* t = std::get_if<filter::has_tag>(&test)) {
        mask out = 0;
        for (const auto spelling : spellings_[t->index]) {
            const auto at =
                std::ranges::lower_bound(chunk.tags, spelling, {}, &std::pair<std::uint32_t, mask>::first);
            if (at != chunk.tags.end() && at->first == spelling) out |= at->second;
        }
        return out;
    }
    if (const auto* p = std::get_if<filter::in_project>(&test)) {
        const auto& wanted = projects_[p->index];
        if (!wanted) return 0;
        const auto at = std::ranges::lower_bound(chunk.projects, *wanted, {},
                                                 &std::pair<domain::project_id, mask>::first);
        return at != chunk.projects.end() && at->first == *wanted ? at->second : 0;
    }
    if (const auto* a = std::get_if<filter::assigned_to>(&test))
        return rows_where(chunk, among & chunk.assigned,
                          [&](const list_row& row) { return row.assignee == a->folded; });
    if (const auto* s = std::get_if<filter::of_series>(&test))
        return rows_where(chunk, among & chunk.in_series,
                          [&](const list_row& row) { return row.series == s->id; });
    if (const auto* i = std::get_if<filter::has_id>(&test))
        return rows_where(chunk, among, [&](const list_row& row) { return row.id.value() == i->id; });
    if (const auto* h = std::get_if<filter::has_trait>(&test)) return with_trait(h->which, chunk, among);
    return rows_holding(texts_[std::get<filter::holds_text>(test).index], number, among);
}

mask column_filter::rows_of(const filter::clause& c, std::size_t chunk, mask among) const {
    if (c.kind == filter::clause_kind::test) {
        const auto holds = rows_of(c.test, chunk, among);
        return among & (c.negated ? ~holds : holds);
    }
    if (c.kind == filter::clause_kind::every) {
        for (auto each = c.parts.begin(); each != c.parts.end() && among != 0; ++each)
            among = rows_of(*each, chunk, among);
        return among;
    }
    mask out = 0;
    for (auto each = c.parts.begin(); each != c.parts.end() && out != among; ++each)
        out |= rows_of(*each, chunk, among & ~out);
    return out;
}

mask column_filter::rows_of(std::size_t chunk, mask among) {
    for (auto& p : parts_) {
        if (among == 0) return 0;
        among = rows_of(p.asked, chunk, among);
        p.left += static_cast<std::uint64_t>(std::popcount(among));
    }
    return among;
}

std::vector<std::string> column_filter::steps() const {
    std::vector<std::string> out;
    for (const auto& p : parts_) out.push_back(fmt::format("{}: {} left", in_words(p.asked, query_), p.left));
    return out;
}

}  // namespace daybook::projector
