#include "projector/pg_migrations.hpp"

#include "projector/pg_rows.hpp"
#include "tests/support/postgres_database.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

namespace pg = daybook::platform::pg;
namespace view = daybook::projector;
using daybook::domain::errc;
using daybook::tests::postgres_database;

namespace {

void in_transaction(pg::connection& c, auto work) {
    auto begun = pg::transaction::begin(c).value();
    work();
    begun.commit().value();
}

/// Everything that a schema holds, as text: tables with columns, constraints and indexes.
std::multiset<std::string> contents(pg::connection& c, const std::string& schema) {
    const auto found = c.query(
                            "SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' "
                            "|| is_nullable FROM "
                            "information_schema.columns WHERE table_schema = '" +
                            schema +
                            "' UNION ALL "
                            "SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = '" +
                            schema +
                            "' UNION ALL "
                            "SELECT 'constraint ' || conname FROM pg_constraint n JOIN pg_namespace s ON "
                            "s.oid = n.connamespace "
                            "WHERE s.nspname = '" +
                            schema + "'")
                           .value();
    std::multiset<std::string> out;
    for (int row = 0; row < found.size(); ++row) out.emplace(found.bytes(row, 0));
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pg_migrations)

BOOST_AUTO_TEST_CASE(every_migration_goes_up_down_and_up_again_to_the_same_schema) {
    const postgres_database database;
    const auto c = database.connect();
    for (const auto scope : {view::migration_scope::store, view::migration_scope::version}) {
        const std::string schema =
            scope == view::migration_scope::store ? "daybook" : view::version_schema(1);
        in_transaction(*c, [&] {
            view::prepare_store(*c).value();
            c->run("CREATE SCHEMA IF NOT EXISTS " + schema).value();
        });
        std::vector<std::multiset<std::string>> stages{contents(*c, schema)};
        for (const auto& m : view::migrations()) {
            if (m.scope != scope) continue;
            in_transaction(*c, [&] { view::migrate_up(*c, schema, scope, m.number).value(); });
            BOOST_TEST((contents(*c, schema) != stages.back()), m.name << " changes nothing");
            stages.push_back(contents(*c, schema));
        }
        const auto full = stages.back();
        for (auto m = view::migrations().rbegin(); m != view::migrations().rend(); ++m) {
            if (m->scope != scope) continue;
            in_transaction(*c, [&] { view::migrate_down(*c, schema, m->number - 1).value(); });
            stages.pop_back();
            BOOST_TEST((contents(*c, schema) == stages.back()),
                       m->name << " does not take back what it made");
        }
        in_transaction(*c, [&] { view::migrate_up(*c, schema, scope).value(); });
        BOOST_TEST((contents(*c, schema) == full));
    }
}

BOOST_AUTO_TEST_CASE(a_second_run_applies_nothing) {
    const postgres_database database;
    const auto c = database.connect();
    for (int i = 0; i < 2; ++i) {
        in_transaction(*c, [&] {
            view::prepare_store(*c).value();
            view::migrate_up(*c, "daybook", view::migration_scope::store).value();
        });
    }
    BOOST_TEST(c->query("SELECT count(*) FROM daybook.migrations").value().integer(0, 0) == 1);
}

BOOST_AUTO_TEST_CASE(a_schema_of_a_newer_program_is_refused) {
    const postgres_database database;
    const auto c = database.connect();
    auto begun = pg::transaction::begin(*c).value();
    view::prepare_store(*c).value();
    c->run(
         "INSERT INTO daybook.migrations (schema_name, number, name) VALUES ('daybook', 9000, "
         "'from_the_future')")
        .value();
    const auto done = view::migrate_up(*c, "daybook", view::migration_scope::store);
    BOOST_REQUIRE(!done);
    BOOST_TEST((done.error().code == errc::format_newer));
    BOOST_TEST(done.error().detail.find("from_the_future") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_migration_that_fails_leaves_nothing) {
    const postgres_database database;
    const auto c = database.connect();
    in_transaction(*c, [&] {
        view::prepare_store(*c).value();
        c->run("CREATE SCHEMA daybook_v1; CREATE TABLE daybook_v1.tasks (other text)").value();
    });
    const auto before = contents(*c, "daybook_v1");
    {
        auto begun = pg::transaction::begin(*c).value();
        const auto done = view::migrate_up(*c, "daybook_v1", view::migration_scope::version);
        BOOST_REQUIRE(!done);
        BOOST_TEST(done.error().detail.find("0002 view_tables") != std::string::npos, done.error().detail);
    }
    BOOST_TEST((contents(*c, "daybook_v1") == before));
    BOOST_TEST(c->query("SELECT count(*) FROM daybook.migrations").value().integer(0, 0) == 0);
}

BOOST_AUTO_TEST_CASE(the_columns_that_the_program_writes_are_those_of_the_tables) {
    const postgres_database database;
    const auto c = database.connect();
    in_transaction(*c, [&] {
        view::prepare_store(*c).value();
        c->run("CREATE SCHEMA daybook_v1").value();
        view::migrate_up(*c, "daybook_v1", view::migration_scope::version).value();
    });
    for (const auto& table : {view::positions_table, view::books_table, view::projects_table,
                              view::tasks_table, view::history_table}) {
        const auto found =
            c->query(
                 "SELECT string_agg(column_name, ', ' ORDER BY ordinal_position) FROM "
                 "information_schema.columns WHERE table_schema = 'daybook_v1' AND table_name = '" +
                 std::string(table.name) + "'")
                .value();
        BOOST_TEST(found.bytes(0, 0) == table.columns);
    }
}

BOOST_AUTO_TEST_SUITE_END()
