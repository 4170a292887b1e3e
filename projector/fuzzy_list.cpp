#include "projector/fuzzy_list.hpp"

#include "domain/filter/fuzzy.hpp"
#include "domain/filter/print.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace daybook::projector {
namespace {

namespace filter = domain::filter;

std::vector<std::string> words_of(const filter::normal_form& query, const std::vector<std::size_t>& texts) {
    std::vector<std::string> out;
    for (const auto i : texts) out.push_back(query.texts[i].words.front().surface);
    return out;
}

/// Whether any task of the book holds a text of the query.
domain::result<bool> is_known(view_reader& reader, const domain::user_id& user,
                              const filter::text_match& match) {
    domain::list_query query;
    query.limit = 0;
    query.where.texts.push_back(match);
    query.where.where = {filter::clause_kind::every,
                         {{filter::clause_kind::test, {}, filter::status_among{filter::kept_statuses}, false},
                          {filter::clause_kind::test, {}, filter::holds_text{0}, false}},
                         {},
                         false};
    const auto page = reader.list(user, query);
    if (!page) return page.error();
    return page->total_count > 0;
}

}  // namespace

domain::result<fuzzy_page> list_or_alike(view_reader& reader, const domain::user_id& user,
                                         const domain::list_query& query) {
    auto exact = reader.list(user, query);
    if (!exact) return exact.error();
    fuzzy_page out{std::move(*exact), query, false};
    const auto texts = filter::mistypable(query.where);
    if (out.page.total_count > 0 || texts.empty()) return out;
    const auto alike = reader.alike(user, words_of(query.where, texts));
    if (!alike) return alike.error();
    if (std::ranges::all_of(*alike, &std::vector<std::string>::empty)) return out;
    auto looser = query;
    looser.where = filter::loosened(std::move(looser.where), *alike);
    auto page = reader.list(user, looser);
    if (!page) return page.error();
    if (page->total_count > 0) out = {std::move(*page), std::move(looser), true};
    return out;
}

domain::result<std::optional<std::string>> did_you_mean(view_reader& reader, const domain::user_id& user,
                                                        const domain::list_query& query) {
    const auto texts = filter::mistypable(query.where);
    std::vector<std::size_t> unknown;
    for (const auto i : texts) {
        const auto known = is_known(reader, user, query.where.texts[i]);
        if (!known) return known.error();
        if (!*known) unknown.push_back(i);
    }
    if (unknown.empty()) return std::optional<std::string>();
    const auto alike = reader.alike(user, words_of(query.where, unknown));
    if (!alike) return alike.error();
    std::vector<std::optional<std::string>> words(query.where.texts.size());
    bool any = false;
    for (std::size_t i = 0; i < unknown.size(); ++i) {
        if ((*alike)[i].empty()) continue;
        words[unknown[i]] = (*alike)[i].front();
        any = true;
    }
    if (!any) return std::optional<std::string>();
    auto meant = filter::to_text(filter::reworded(query.asked, words));
    while (meant.ends_with(' ')) meant.pop_back();  // it says that the last word is whole
    return std::optional(std::move(meant));
}

}  // namespace daybook::projector
