#include "projector/feed_query.hpp"

#include "domain/list_query.hpp"
#include "projector/written_texts.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace daybook::projector {
namespace {

using domain::result;

constexpr std::size_t tasks_a_look = 100;

/// What the text asks of the book at this moment.
result<domain::list_query> read_query(const read_side& side, view_reader& from, const domain::user_id& user,
                                      const std::string& text) {
    const auto found = from.book(user);
    if (!found) return found.error();
    const auto book = found->value_or(domain::book_state{});
    domain::filter::query_context moment;
    moment.now = side.now();
    moment.caller_zone = side.zones.find(book.zone);
    moment.week_start = domain::filter::parse_weekday(book.week_start).value_or(std::chrono::Monday);
    return domain::parse_list_query({{"q", text}}, moment, {analyser_of_thread(), book.language});
}

/// (what is asked) AND (one of these tasks)
domain::filter::clause among(domain::filter::clause asked, std::span<const domain::task_id> tasks) {
    using domain::filter::clause;
    using domain::filter::clause_kind;
    clause ids{clause_kind::any, {}, {}, false};
    for (const auto& id : tasks)
        ids.parts.push_back(clause{clause_kind::test, {}, domain::filter::has_id{id.value()}, false});
    if (ids.parts.size() == 1) ids = clause(ids.parts.front());
    clause both{clause_kind::every, {}, {}, false};
    if (asked.kind == clause_kind::every)
        both.parts = std::move(asked.parts);
    else
        both.parts.push_back(std::move(asked));
    both.parts.push_back(std::move(ids));
    return both;
}

}  // namespace

result<void> check_feed_query(const read_side& side, view_reader& from, const domain::user_id& user,
                              const std::string& text) {
    if (const auto asked = read_query(side, from, user, text); !asked) return asked.error();
    return {};
}

result<std::unordered_set<domain::task_id>> matching_tasks(const read_side& side, view_reader& from,
                                                           const domain::user_id& user,
                                                           const std::string& query,
                                                           const std::vector<domain::task_id>& changed) {
    std::unordered_set<domain::task_id> out;
    const auto asked = read_query(side, from, user, query);
    if (!asked) return asked.error();
    std::span<const domain::task_id> rest(changed);
    while (!rest.empty()) {
        const auto some = rest.first(std::min(rest.size(), tasks_a_look));
        rest = rest.subspan(some.size());
        auto of_these = *asked;
        of_these.where.where = among(asked->where.where, some);
        of_these.order = {{domain::sort_field::id, false}};
        of_these.limit = some.size();
        const auto page = from.list(user, of_these);
        if (!page) return page.error();
        for (const auto& row : page->items) out.insert(row.task->id);
    }
    return out;
}

}  // namespace daybook::projector
