// What lists are asked in random tests: queries and plain parameters.
#pragma once

#include "tests/support/queries.hpp"
#include "tests/support/view_events.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace daybook::tests {

/// Plain parameters, any of them, with or without a query beside them.
inline domain::query_parameters any_parameters(view_events& log, query_generator& queries,
                                               const std::vector<domain::project>& projects) {
    static const std::vector<std::string> sort_keys{"due",      "start",  "created", "updated", "completed",
                                                    "priority", "status", "title",   "rank",    "id"};
    static const std::vector<std::string> statuses{"open",      "in_progress", "completed",
                                                   "cancelled", "skipped",     "deleted"};
    domain::query_parameters p;
    const auto put = [&](std::string name, std::string value) {
        p.emplace_back(std::move(name), std::move(value));
    };
    const bool by_query = log.one_in(2);
    if (by_query) put("q", queries.text());
    if (!by_query || p.front().second.find("sort:") == std::string::npos) {
        if (log.one_in(2)) put("sort_by", sort_keys[log.below(sort_keys.size())]);
        if (log.one_in(2)) put("order", log.one_in(2) ? "asc" : "desc");
    }
    const bool only_query = by_query && !log.one_in(4);
    const bool by_page = log.one_in(5);
    if (by_page) put("page", std::to_string(1 + log.below(4)));
    put(by_page ? "page_size" : "limit", std::to_string(1 + log.below(30)));
    if (!only_query) {
        if (log.one_in(3)) put("search", queries.words[log.below(queries.words.size())]);
        if (log.one_in(4)) put("priority", "P1,P" + std::to_string(1 + log.below(4)));
        if (log.one_in(4)) put("tag", log.one_in(2) ? "#work" : "Straße");
        if (log.one_in(4))
            for (auto n = 1 + log.below(3); n > 0; --n) put("status", statuses[log.below(statuses.size())]);
        if (log.one_in(5)) put("completed", log.one_in(2) ? "true" : "false");
        if (log.one_in(4)) put("due_before", domain::to_text(log.instant()));
        if (log.one_in(4)) put("due_after", domain::to_text(log.instant()));
        if (log.one_in(4) && !projects.empty()) {
            const auto& one = projects[log.below(projects.size())];
            put("project", log.one_in(2) ? one.id.text() : one.name);
        } else if (log.one_in(30)) {
            put("project", "no such project");
        }
    }
    return p;
}

/// The book's language changes; words of one language find what they find in texts of another.
inline domain::list_query any_query(view_events& log, query_generator& queries,
                                    const std::vector<domain::project>& projects) {
    const auto parameters = any_parameters(log, queries, projects);
    auto parsed = try_asked(parameters, log.one_in(2) ? "english" : "simple");
    if (!parsed) throw std::runtime_error(parsed.error().detail + " in " + parameters.front().second);
    return std::move(*parsed);
}

}  // namespace daybook::tests
