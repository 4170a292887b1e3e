// Asks two readers the same and checks that they answer the same.
#pragma once

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "domain/codec/task_json.hpp"
#include "projector/view.hpp"
#include "tests/support/view_events.hpp"

namespace daybook::tests {

inline std::string text_of(const projector::task_row& row) {
    return domain::encode_task(*row.task) + (row.around.blocked ? " blocked " : " free ") +
           row.around.project_name.value_or("-");
}

inline std::vector<std::string> texts_of(const projector::task_page& page) {
    std::vector<std::string> out;
    for (const auto& row : page.items) out.push_back(text_of(row));
    return out;
}

inline void compare_list(projector::view_reader& expected, projector::view_reader& actual, const domain::user_id& user,
                         domain::list_query query) {
    for (int pages = 0; pages < 200; ++pages) {
        const auto right = expected.list(user, query, {}).value();
        const auto left = actual.list(user, query, {}).value();
        BOOST_TEST(texts_of(left) == texts_of(right), boost::test_tools::per_element());
        BOOST_TEST(left.total_count == right.total_count);
        BOOST_TEST(left.total_is_lower_bound == right.total_is_lower_bound);
        BOOST_TEST((left.next_cursor == right.next_cursor));
        if (!right.next_cursor || query.page) return;
        domain::apply_cursor(query, *right.next_cursor).value();
    }
    BOOST_FAIL("pages without end");
}

/// A filter with any of its parts, in any order.
inline domain::list_query any_query(view_events& log, const std::vector<domain::project>& projects) {
    domain::list_query q;
    q.order = {static_cast<domain::sort_field>(log.below(9)), log.one_in(2)};
    q.limit = 1 + log.below(30);
    if (log.one_in(5)) q.page = static_cast<std::int64_t>(1 + log.below(4));
    if (log.one_in(3)) q.search = {domain::fold_text(log.words(1))};
    if (log.one_in(9)) q.search = {"'", "%"};
    if (log.one_in(40)) q.search = {std::string("\0", 1)};
    if (log.one_in(4)) q.priorities = {domain::priority::p1, static_cast<domain::priority>(1 + log.below(4))};
    if (log.one_in(4)) q.tags = {domain::fold_text(log.one_in(2) ? "#work" : "#Straße")};
    if (log.one_in(4))
        for (auto n = 1 + log.below(3); n > 0; --n) q.statuses.push_back(static_cast<domain::status>(log.below(7)));
    if (log.one_in(5)) q.completed = log.one_in(2);
    if (log.one_in(4)) q.due_before = log.instant();
    if (log.one_in(4)) q.due_after = log.instant();
    if (log.one_in(4) && !projects.empty()) {
        const auto& p = projects[log.below(projects.size())];
        q.project = log.one_in(2) ? p.id.text() : p.name;
    }
    if (log.one_in(30)) q.project = "no such project";
    return q;
}

inline projector::history_query any_history_query(view_events& log, const std::vector<domain::task_id>& tasks) {
    projector::history_query q;
    q.limit = 1 + log.below(60);
    if (log.one_in(2) && !tasks.empty()) q.task = tasks[log.below(tasks.size())];
    if (log.one_in(3)) q.actor = "robot";
    if (log.one_in(3)) q.field = log.one_in(2) ? "due" : "title";
    if (log.one_in(3)) q.type = log.one_in(2) ? "task.updated" : "project.created";
    if (log.one_in(4)) q.since = log.instant();
    if (log.one_in(4)) q.until = log.instant();
    if (log.one_in(3)) q.after_offset = static_cast<std::int64_t>(log.below(300));
    return q;
}

/// Every read of every user; `queries` random lists and histories each.
template <class Model>
void compare_reads(Model& expected, projector::view_reader& actual, view_events& log, int queries) {
    for (const auto& user : log.users()) {
        const auto tasks = expected.task_ids(user);
        for (const auto& id : tasks) {
            const auto right = expected.get(user, id).value();
            const auto left = actual.get(user, id).value();
            BOOST_REQUIRE(left.has_value() == right.has_value());
            if (right) BOOST_TEST(text_of(*left) == text_of(*right));
        }
        const auto projects = expected.projects(user).value();
        BOOST_TEST((actual.projects(user).value() == projects));
        BOOST_TEST((actual.book(user).value() == expected.book(user).value()));
        const auto tags = expected.tags(user).value();
        const auto found_tags = actual.tags(user).value();
        BOOST_REQUIRE(found_tags.size() == tags.size());
        for (std::size_t i = 0; i < tags.size(); ++i) {
            BOOST_TEST(found_tags[i].tag == tags[i].tag);
            BOOST_TEST(found_tags[i].open == tags[i].open);
            BOOST_TEST(found_tags[i].total == tags[i].total);
        }
        for (int i = 0; i < queries; ++i) {
            compare_list(expected, actual, user, any_query(log, projects));
            const auto q = any_history_query(log, tasks);
            const auto right = expected.history(user, q).value();
            const auto left = actual.history(user, q).value();
            BOOST_REQUIRE(left.size() == right.size());
            for (std::size_t k = 0; k < right.size(); ++k) {
                BOOST_TEST(left[k].offset == right[k].offset);
                BOOST_TEST(left[k].value == right[k].value);
            }
        }
    }
    for (std::int32_t p = 0; p < log.partitions(); ++p) {
        const auto right = expected.hash(p).value();
        const auto left = actual.hash(p).value();
        BOOST_TEST(left.hash.text() == right.hash.text());
        BOOST_TEST(left.hash.rows == right.hash.rows);
        BOOST_TEST((left.at == right.at));
    }
}

}  // namespace daybook::tests
