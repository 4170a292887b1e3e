// Asks two readers the same and checks that they answer the same.
#pragma once

#include "domain/alarm_list.hpp"
#include "domain/codec/task_json.hpp"
#include "domain/fold.hpp"
#include "projector/fuzzy_list.hpp"
#include "projector/view.hpp"
#include "tests/support/any_query.hpp"
#include "tests/support/view_events.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

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

inline std::vector<std::string> alarms_of(projector::view_reader& reader, const domain::user_id& user,
                                          domain::alarm_kind kind) {
    auto page = domain::alarm_page::make(kind, 1'000, std::nullopt).value();
    reader.each_with_alarms(user, domain::bit(kind), [&](const domain::task& t) { page.add(t); }).value();
    std::vector<std::string> found;
    for (const auto& one : page.take())
        found.push_back(one.task.text() + " " + one.alarm.id.text() + " " + domain::to_text(one.alarm.at));
    return found;
}

/// The list, with the fuzzy pass where it finds nothing, page by page.
inline void compare_list(projector::view_reader& expected, projector::view_reader& actual,
                         const domain::user_id& user, domain::list_query query) {
    for (int pages = 0; pages < 200; ++pages) {
        const auto of_model = projector::list_or_alike(expected, user, query).value();
        const auto of_store = projector::list_or_alike(actual, user, query).value();
        const auto& right = of_model.page;
        const auto& left = of_store.page;
        BOOST_TEST(of_store.fuzzy == of_model.fuzzy);
        BOOST_TEST((of_store.query.where == of_model.query.where));
        BOOST_TEST(texts_of(left) == texts_of(right), boost::test_tools::per_element());
        BOOST_TEST(left.total_count == right.total_count);
        BOOST_TEST(left.total_is_lower_bound == right.total_is_lower_bound);
        BOOST_TEST((left.next_cursor == right.next_cursor));
        if (pages == 0 && (of_model.fuzzy || right.total_count == 0)) {
            BOOST_TEST((projector::did_you_mean(actual, user, query).value() ==
                        projector::did_you_mean(expected, user, query).value()));
        }
        if (!right.next_cursor || query.page) return;
        domain::apply_cursor(query, *right.next_cursor).value();
    }
    BOOST_FAIL("pages without end");
}

inline projector::history_query any_history_query(view_events& log,
                                                  const std::vector<domain::task_id>& tasks) {
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
    query_generator random(log.below(1U << 30U));
    random.month = "2026-05-";
    random.words = log.all_words();
    random.tags = {"work", "home", "Straße", "日本"};
    random.assignees = log.all_words();
    for (const auto& user : log.users()) {
        const auto tasks = expected.task_ids(user);
        for (const auto& id : tasks) {
            const auto right = expected.get(user, id).value();
            const auto left = actual.get(user, id).value();
            BOOST_REQUIRE(left.has_value() == right.has_value());
            if (right) BOOST_TEST(text_of(*left) == text_of(*right));
            BOOST_TEST((actual.document(user, id).value() == expected.document(user, id).value()));
        }
        const auto projects = expected.projects(user).value();
        random.projects = {"no such project"};
        for (const auto& each : projects) random.projects.push_back(each.name);
        BOOST_TEST((actual.projects(user).value() == projects));
        BOOST_TEST((actual.filters(user).value() == expected.filters(user).value()));
        BOOST_TEST((actual.book(user).value() == expected.book(user).value()));
        const auto tags = expected.tags(user).value();
        const auto found_tags = actual.tags(user).value();
        BOOST_REQUIRE(found_tags.size() == tags.size());
        for (std::size_t i = 0; i < tags.size(); ++i) {
            BOOST_TEST(found_tags[i].tag == tags[i].tag);
            BOOST_TEST(found_tags[i].open == tags[i].open);
            BOOST_TEST(found_tags[i].total == tags[i].total);
        }
        std::vector<std::string> mistyped;
        for (const auto& word : random.words) {
            auto folded = domain::fold_text(word);
            mistyped.push_back(folded + "x");
            mistyped.push_back(std::move(folded));
        }
        BOOST_TEST((actual.alike(user, mistyped).value() == expected.alike(user, mistyped).value()));
        for (const auto kind : {domain::alarm_kind::upcoming, domain::alarm_kind::fired,
                                domain::alarm_kind::missed, domain::alarm_kind::snoozed})
            BOOST_TEST(alarms_of(actual, user, kind) == alarms_of(expected, user, kind),
                       boost::test_tools::per_element());
        for (int i = 0; i < queries; ++i) {
            compare_list(expected, actual, user, any_query(log, random, projects));
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
