// What only PostgreSQL can do to a view: go away, be changed by hand, be shared by two processes.
#include "projector/pg_migrations.hpp"
#include "projector/pg_store.hpp"
#include "tests/support/cutting_proxy.hpp"
#include "tests/support/event_writer.hpp"
#include "tests/support/postgres_database.hpp"
#include "tests/support/queries.hpp"
#include "tests/support/view_comparison.hpp"
#include "tests/support/view_events.hpp"
#include "tests/support/view_model.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <regex>
#include <string>
#include <thread>

namespace view = daybook::projector;
using daybook::domain::errc;
using namespace daybook::tests;

namespace {

/// The URL with another port, and the port that it had.
std::string with_port(const std::string& url, std::uint16_t port) {
    return std::regex_replace(url, std::regex(R"((127\.0\.0\.1|localhost):\d+)"),
                              fmt::format("127.0.0.1:{}", port));
}
std::uint16_t port_of(const std::string& url) {
    std::smatch found;
    const std::regex pattern(R"((127\.0\.0\.1|localhost):(\d+))");
    BOOST_REQUIRE(std::regex_search(url, found, pattern));
    return static_cast<std::uint16_t>(std::stoi(found[2]));
}

void end_sessions(const postgres_database& database, const std::string& application) {
    database.admin(
        fmt::format("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{}' "
                    "AND datname = (SELECT datname FROM pg_database WHERE datname = '{}')",
                    application, database.name()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pg_view)

BOOST_AUTO_TEST_CASE(a_second_projector_stops_and_the_first_goes_on) {
    const postgres_database database;
    view_events log(1, 1, 1);
    view_model model(1);
    view::pg_store first_store{view::pg_view_options{database.url()}};
    view::pg_store second_store{view::pg_view_options{database.url()}};
    const auto first = first_store.open_current().value();
    const auto second = second_store.open_current().value();
    BOOST_TEST(first_store.current_version() == second_store.current_version());
    const auto a = log.next(5);
    const auto b = log.next(5);
    model.apply(a);
    model.apply(b);
    first->writer().apply(a).value();
    const auto doubled = second->writer().apply(a);
    BOOST_REQUIRE(!doubled);
    BOOST_TEST((doubled.error().code == errc::view_stopped));
    BOOST_TEST(doubled.error().detail.find("another projector owns this view") != std::string::npos);
    first->writer().apply(b).value();
    compare_reads(model, first->reader(), log, 1);
}

BOOST_AUTO_TEST_CASE(two_projectors_that_race_apply_each_batch_once) {
    const postgres_database database;
    view_events log(2, 1, 2);
    view_model model(1);
    std::vector<view::view_batch> batches;
    for (int i = 0; i < 60; ++i) {
        batches.push_back(log.next(4));
        model.apply(batches.back());
    }
    view::pg_store one{view::pg_view_options{database.url()}};
    view::pg_store two{view::pg_view_options{database.url()}};
    const std::shared_ptr<view::view> views[] = {one.open_current().value(), two.open_current().value()};
    std::optional<errc> stopped[2];
    const auto run = [&](std::size_t which) {
        for (const auto& batch : batches) {
            const auto done = views[which]->writer().apply(batch);
            if (done) continue;
            stopped[which] = done.error().code;
            return;
        }
    };
    std::thread other(run, 1);
    run(0);
    other.join();
    BOOST_TEST((stopped[0].has_value() != stopped[1].has_value()));
    BOOST_TEST((stopped[0].value_or(errc::view_stopped) == errc::view_stopped));
    BOOST_TEST((stopped[1].value_or(errc::view_stopped) == errc::view_stopped));
    compare_reads(model, views[0]->reader(), log, 1);
}

BOOST_AUTO_TEST_CASE(a_lost_session_is_unavailable_and_the_same_batch_goes_through_afterwards) {
    const postgres_database database;
    view_events log(3, 1, 2);
    view_model model(1);
    view::pg_store store{view::pg_view_options{database.url()}};
    const auto current = store.open_current().value();
    for (int i = 0; i < 6; ++i) {
        const auto batch = log.next(10);
        model.apply(batch);
        if (i > 0) {
            end_sessions(database, "daybook projector");
            const auto lost = current->writer().apply(batch);
            BOOST_REQUIRE(!lost);
            BOOST_TEST((lost.error().code == errc::view_unavailable));
        }
        current->writer().apply(batch).value();
        end_sessions(database, "daybook reader");
        compare_reads(model, current->reader(), log, 1);
    }
}

BOOST_AUTO_TEST_CASE(a_commit_whose_answer_is_lost_counts_once) {
    const postgres_database database;
    cutting_proxy proxy(port_of(database.url()));
    view_events log(4, 1, 2);
    view_model model(1);
    view::pg_store direct{view::pg_view_options{database.url()}};
    const auto reader = direct.open_current().value();
    view::pg_store store{view::pg_view_options{with_port(database.url(), proxy.port())}};
    const auto current = store.open_current().value();
    for (int i = 0; i < 4; ++i) {
        const auto batch = log.next(10);
        model.apply(batch);
        proxy.lose_answer_to("COMMIT");
        const auto lost = current->writer().apply(batch);
        BOOST_REQUIRE(!lost);
        BOOST_TEST((lost.error().code == errc::view_unavailable));
        BOOST_TEST(proxy.has_cut());
        BOOST_TEST((reader->writer().position(0).value() == batch.after), "the server had committed");
        current->writer().apply(batch).value();
        compare_reads(model, reader->reader(), log, 1);
    }
}

BOOST_AUTO_TEST_CASE(a_batch_that_fails_half_way_leaves_nothing) {
    const postgres_database database;
    view_events log(5, 1, 1);
    view_model model(1);
    view::pg_store store{view::pg_view_options{database.url()}};
    const auto current = store.open_current().value();
    const auto first = log.next(10);
    model.apply(first);
    current->writer().apply(first).value();
    const auto second = log.next(10);
    const auto session = database.connect();
    session
        ->run(
            "CREATE FUNCTION daybook_v1.refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RAISE EXCEPTION ''refused''; END'; "
            "CREATE TRIGGER refuse BEFORE INSERT ON daybook_v1.history EXECUTE FUNCTION daybook_v1.refuse()")
        .value();
    const auto refused = current->writer().apply(second);
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == errc::view_stopped));
    compare_reads(model, current->reader(), log, 1);
    session->run("DROP TRIGGER refuse ON daybook_v1.history").value();
    model.apply(second);
    current->writer().apply(second).value();
    compare_reads(model, current->reader(), log, 1);
}

BOOST_AUTO_TEST_CASE(every_column_that_is_changed_by_hand_is_found_and_its_row_named) {
    const postgres_database database;
    view_events log(6, 1, 1);
    view::pg_store store{view::pg_view_options{database.url()}};
    const auto current = store.open_current().value();
    for (int i = 0; i < 4; ++i) current->writer().apply(log.next(100)).value();
    current->reader().hash(0).value();
    const auto session = database.connect();
    const std::pair<std::string, std::string> changes[] = {
        {"tasks.status", "1 - status % 2"},
        {"tasks.priority", "5 - priority"},
        {"tasks.tags", "tags || '#x'::text"},
        {"tasks.tags_folded", "tags_folded || 'x'::text"},
        {"tasks.start_at", "coalesce(start_at, 0) + 1"},
        {"tasks.due_at", "coalesce(due_at, 0) + 1"},
        {"tasks.created_at", "created_at + 1"},
        {"tasks.updated_at", "updated_at - 1"},
        {"tasks.completed_at", "coalesce(completed_at, 0) + 1"},
        {"tasks.parent_id", "gen_random_uuid()"},
        {"tasks.project_id", "gen_random_uuid()"},
        {"tasks.depends_on", "depends_on || gen_random_uuid()"},
        {"tasks.assignee", "'someone else'"},
        {"tasks.title_key", "'x'::bytea"},
        {"tasks.due_all_day", "NOT due_all_day"},
        {"tasks.series_id", "gen_random_uuid()"},
        {"tasks.assignee_folded", "'someone else'"},
        {"tasks.traits", "traits # 1"},
        {"tasks.languages", "languages || 'x'::text"},
        {"tasks.words", "words || 'another'::tsvector"},
        {"tasks.doc", "replace(doc, 'title', 'x_title')"},
        {"history.type", "type || 'x'"},
        {"history.actor", "actor || 'x'"},
        {"history.happened_at", "happened_at + 1"},
        {"history.fields", "fields || 'x'::text"},
        {"history.task_id", "gen_random_uuid()"},
        {"books.doc", "'{}'"},
        {"projects.name", "name || 'x'"},
        {"projects.name_folded", "name_folded || 'x'"},
        {"projects.deleted", "NOT deleted"},
        {"filters.name", "name || 'x'"},
        {"filters.deleted", "NOT deleted"},
        {"filters.doc", "replace(doc, 'query', 'x_query')"}};
    for (const auto& [column, change] : changes) {
        const auto table = column.substr(0, column.find('.'));
        const auto name = column.substr(column.find('.') + 1);
        auto begun = daybook::platform::pg::transaction::begin(*session).value();
        session
            ->run("SET LOCAL search_path TO daybook_v1; CREATE TABLE kept AS SELECT ctid AS at, * FROM " +
                  table + " WHERE " + (table == "tasks" ? "status < 5" : "true") + " LIMIT 1; UPDATE " +
                  table + " SET " + name + " = " + change + " WHERE ctid = (SELECT at FROM kept)")
            .value();
        begun.commit().value();
        const auto found = current->reader().hash(0);
        if (found) {
            BOOST_ERROR("a change of " << column << " is not noticed");
        } else {
            BOOST_TEST((found.error().code == errc::view_stopped));
            BOOST_TEST(found.error().detail.find("table " + table) != std::string::npos,
                       found.error().detail);
            if (name != "doc")
                BOOST_TEST(found.error().detail.find(name) != std::string::npos, found.error().detail);
        }
        // Back to what it was: the row is written again from the copy.
        const auto key = table == "tasks"     ? "task_id"
                         : table == "history" ? "log_offset"
                         : table == "books"   ? "user_id"
                         : table == "filters" ? "filter_id"
                                              : "project_id";
        session
            ->run(fmt::format("SET search_path TO daybook_v1; UPDATE {0} SET {1} = kept.{1} FROM kept WHERE "
                              "{0}.{2} = kept.{2}; "
                              "DROP TABLE kept; RESET search_path",
                              table, name, key))
            .value();
        current->reader().hash(0).value();
    }
}

BOOST_AUTO_TEST_CASE(rows_that_are_added_or_taken_by_hand_change_the_hash_or_are_named) {
    const postgres_database database;
    view_events log(7, 1, 1);
    view::pg_store store{view::pg_view_options{database.url()}};
    const auto current = store.open_current().value();
    current->writer().apply(log.next(100)).value();
    const auto before = current->reader().hash(0).value();
    const auto session = database.connect();
    session
        ->run(
            "DELETE FROM daybook_v1.history WHERE log_offset = (SELECT max(log_offset) FROM "
            "daybook_v1.history)")
        .value();
    BOOST_TEST(!(current->reader().hash(0).value().hash == before.hash));
    session->run("DELETE FROM daybook_v1.books").value();
    const auto strays = current->reader().hash(0);
    BOOST_REQUIRE(!strays);
    BOOST_TEST(strays.error().detail.find("no book") != std::string::npos, strays.error().detail);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_away_at_the_start_is_unavailable_and_not_a_failure_for_good) {
    const postgres_database database;
    auto proxy = std::make_optional<cutting_proxy>(port_of(database.url()));
    const auto url = with_port(database.url(), proxy->port());
    proxy.reset();
    view::pg_store store{view::pg_view_options{url}};
    const auto opened = store.open_current();
    BOOST_REQUIRE(!opened);
    BOOST_TEST((opened.error().code == errc::view_unavailable));
    BOOST_TEST(daybook::domain::row_of(opened.error().code).retryable);
    BOOST_TEST(store.current_version() == 0);
}

BOOST_AUTO_TEST_CASE(a_load_that_is_cut_off_leaves_nothing_and_the_next_one_works) {
    const postgres_database database;
    view_events log(8, 1, 2);
    view_model model(1);
    view::pg_store store{view::pg_view_options{database.url()}};
    const auto current = store.open_current().value();
    std::vector<view::view_batch> batches;
    for (int i = 0; i < 5; ++i) {
        batches.push_back(log.next(50));
        model.apply(batches.back());
    }
    {
        const auto begun = store.begin_version().value();
        begun->writer().apply(batches[0]).value();
        end_sessions(database, "daybook rebuild");
        // What is sent into a dead connection may be noticed one batch later.
        auto done = begun->writer().apply(batches[1]);
        for (std::size_t i = 2; done && i < batches.size(); ++i) done = begun->writer().apply(batches[i]);
        if (done) done = begun->finish_bulk();
        BOOST_REQUIRE(!done);
        BOOST_TEST((done.error().code == errc::view_stopped));
        BOOST_TEST(!begun->finish_bulk());
    }
    const auto session = database.connect();
    BOOST_TEST(session->query("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'daybook_v%'")
                   .value()
                   .integer(0, 0) == 1);
    const auto begun = store.begin_version().value();
    for (const auto& batch : batches) begun->writer().apply(batch).value();
    begun->finish_bulk().value();
    compare_reads(model, begun->reader(), log, 2);
}

BOOST_AUTO_TEST_CASE(every_kind_of_query_goes_through_an_index_of_tasks) {
    const postgres_database database;
    view::pg_store store{view::pg_view_options{database.url()}};
    const auto begun = store.begin_version().value();
    constexpr int tasks = 20'000;
    constexpr int books = 100;
    view::view_batch batch;
    event_writer writer(1, [&](std::int32_t, daybook::eventlog::new_record) { return std::int64_t{0}; });
    for (int i = 0; i < tasks; ++i) {
        auto e = writer.task_event(fmt::format("user-{}", i % books),
                                   daybook::domain::event_type::task_created, task_number(i),
                                   {{"title", fmt::format("common word{} draft{}", i % 500, i)},
                                    {"priority", fmt::format("P{}", 1 + i % 4)},
                                    {"tags", {fmt::format("#tag{}", i % 30)}},
                                    {"due", fmt::format("2026-09-{:02}", 1 + i % 28)},
                                    {"due_at", fmt::format("2026-09-{:02}T09:00:00.000Z", 1 + i % 28)}});
        auto value = daybook::domain::encode_event(e);
        batch.events.push_back({std::move(e), i, std::move(value)});
    }
    batch.after.next_offset = tasks;
    begun->writer().apply(batch).value();
    begun->finish_bulk().value();
    const daybook::domain::user_id user("user-0");
    for (const auto* q : {"common ",
                          "word100 ",
                          "comm*",
                          "\"common word100\"",
                          "common word100 ",
                          "common -word100 ",
                          "title:common",
                          "#tag10",
                          "#tag10 common due:2026-09-01..2026-09-10 sort:due",
                          "sort:priority",
                          "sort:priority-,due",
                          "is:open due:none",
                          "is:overdue",
                          "p1 sort:updated-",
                          "sort:title",
                          "status:completed",
                          "assignee:none sort:created",
                          "has:subtask",
                          "is:blocked",
                          "id:01980000-0000-7000-8000-000000000000"}) {
        const auto plan = begun->reader().explain(user, asked({{"q", q}})).value();
        BOOST_TEST_CONTEXT(q << ": " << fmt::format("{}", fmt::join(plan, "\n"))) {
            BOOST_TEST(std::ranges::none_of(
                plan, [](const auto& line) { return line.find("Seq Scan on tasks") != std::string::npos; }));
            BOOST_TEST(std::ranges::any_of(
                plan, [](const auto& line) { return line.find("Index") != std::string::npos; }));
        }
    }
}

BOOST_AUTO_TEST_CASE(only_one_process_loads_a_version_at_a_time) {
    const postgres_database database;
    view::pg_store one{view::pg_view_options{database.url()}};
    view::pg_store two{view::pg_view_options{database.url()}};
    one.open_current().value();
    two.open_current().value();
    const auto begun = one.begin_version().value();
    const auto refused = two.begin_version();
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == errc::view_stopped));
    one.drop_begun().value();
}

BOOST_AUTO_TEST_CASE(the_old_version_goes_away_with_its_last_user_and_a_writer_of_it_stops) {
    const postgres_database database;
    view_events log(9, 1, 1);
    view::pg_store store{view::pg_view_options{database.url()}};
    view::pg_store elsewhere{view::pg_view_options{database.url()}};
    auto old = store.open_current().value();
    const auto old_elsewhere = elsewhere.open_current().value();
    const auto batch = log.next(20);
    old->writer().apply(batch).value();
    {
        const auto begun = store.begin_version().value();
        begun->writer().apply(batch).value();
        begun->finish_bulk().value();
    }
    const auto number = store.current_version();
    store.switch_to_begun().value();
    BOOST_TEST(store.current_version() == number + 1);
    const auto session = database.connect();
    const auto there = [&](std::int64_t version) {
        return session->query("SELECT to_regnamespace('" + view::version_schema(version) + "') IS NOT NULL")
            .value()
            .boolean(0, 0);
    };
    BOOST_TEST(there(number));
    old->reader().hash(0).value();
    old.reset();
    BOOST_TEST(!there(number));
    BOOST_TEST(there(number + 1));
    BOOST_TEST(session->query("SELECT version FROM daybook.current_view").value().integer(0, 0) ==
               number + 1);

    const auto next = log.next(5);
    auto stopped = old_elsewhere->writer().apply(next);
    if (!stopped && stopped.error().code == errc::view_unavailable)
        stopped = old_elsewhere->writer().apply(next);
    BOOST_REQUIRE(!stopped);
    BOOST_TEST((stopped.error().code == errc::view_stopped));
    BOOST_TEST(stopped.error().detail.find("is gone") != std::string::npos, stopped.error().detail);
}

BOOST_AUTO_TEST_CASE(a_version_that_was_loaded_but_never_switched_to_is_removed_by_the_next_rebuild) {
    const postgres_database database;
    view_events log(10, 1, 1);
    const auto batch = log.next(20);
    {
        view::pg_store killed{view::pg_view_options{database.url()}};
        killed.open_current().value();
        const auto begun = killed.begin_version().value();
        begun->writer().apply(batch).value();
        begun->finish_bulk().value();
    }
    view::pg_store store{view::pg_view_options{database.url()}};
    store.open_current().value();
    const auto begun = store.begin_version().value();
    begun->writer().apply(batch).value();
    begun->finish_bulk().value();
    store.switch_to_begun().value();
    const auto session = database.connect();
    BOOST_TEST(session->query("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'daybook_v%'")
                   .value()
                   .integer(0, 0) == 1);
    BOOST_TEST(
        session->query("SELECT count(DISTINCT schema_name) FROM daybook.migrations").value().integer(0, 0) ==
        2);
}

BOOST_AUTO_TEST_CASE(another_databases_encoding_is_refused) {
    const postgres_database database;
    database.admin("CREATE DATABASE " + database.name() +
                   "_latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
    const auto url =
        std::regex_replace(database.url(), std::regex(database.name()), database.name() + "_latin");
    {
        view::pg_store store{view::pg_view_options{url}};
        const auto opened = store.open_current();
        BOOST_REQUIRE(!opened);
        BOOST_TEST((opened.error().code == errc::view_stopped));
        BOOST_TEST(opened.error().detail.find("LATIN1") != std::string::npos);
    }
    database.admin("DROP DATABASE " + database.name() + "_latin");
}

BOOST_AUTO_TEST_SUITE_END()
