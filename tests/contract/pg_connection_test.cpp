#include "platform/pg/connection.hpp"
#include "platform/pg/pool.hpp"
#include "tests/support/postgres_database.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

namespace pg = daybook::platform::pg;
using daybook::domain::errc;
using daybook::tests::postgres_database;

BOOST_AUTO_TEST_SUITE(pg_connection)

BOOST_AUTO_TEST_CASE(every_kind_of_value_goes_in_and_comes_back) {
    const postgres_database database;
    const auto session = database.connect();
    pg::uuid_bytes id{};
    for (std::size_t i = 0; i < id.size(); ++i) id[i] = static_cast<std::uint8_t>(i * 17);
    const std::string bytes{"\0\xff\x80 a", 5};
    const std::vector<std::string> texts{"", "a,b", "\"{}\\", "ü"};
    pg::parameters p;
    p.text("Grüße").bytes(bytes).uuid(id).int8(-5'000'000'000).int4(-7).boolean(true).texts(texts);
    const auto answer =
        session
            ->query(
                "SELECT $1::text, $2::bytea, $3::uuid, $4::int8, $5::int4, $6::bool, $7::text[], NULL::int8",
                p)
            .value();
    BOOST_TEST(answer.size() == 1);
    BOOST_TEST(answer.bytes(0, 0) == "Grüße");
    BOOST_TEST(answer.bytes(0, 1) == bytes);
    BOOST_TEST((pg::read_uuid(answer.bytes(0, 2)) == id));
    BOOST_TEST(answer.integer(0, 3) == -5'000'000'000);
    BOOST_TEST(answer.integer(0, 4) == -7);
    BOOST_TEST(answer.boolean(0, 5));
    BOOST_TEST(pg::read_array(answer.bytes(0, 6)) == texts, boost::test_tools::per_element());
    BOOST_TEST(answer.is_null(0, 7));
}

BOOST_AUTO_TEST_CASE(copy_writes_the_rows_that_it_was_given) {
    const postgres_database database;
    const auto session = database.connect();
    session->run("CREATE TABLE t (a int8, b text, c text[], d int2, e uuid)").value();
    pg::copy_rows rows;
    constexpr int count = 20'000;
    for (int i = 0; i < count; ++i) {
        rows.row(5);
        rows.int8(i);
        rows.text(std::string(static_cast<std::size_t>(i % 100), 'x'));
        rows.texts(i % 2 == 0 ? std::vector<std::string>{} : std::vector<std::string>{"a", "b"});
        rows.null();
        rows.uuid({});
    }
    BOOST_TEST(session->copy("COPY t FROM STDIN (FORMAT binary)", rows).value() == count);
    const auto sums =
        session->query("SELECT count(*), sum(a)::int8, sum(length(b)), count(d), sum(cardinality(c)) FROM t")
            .value();
    BOOST_TEST(sums.integer(0, 0) == count);
    BOOST_TEST(sums.integer(0, 1) == std::int64_t{count} * (count - 1) / 2);
    BOOST_TEST(sums.integer(0, 2) == count / 100 * 4950);
    BOOST_TEST(sums.integer(0, 3) == 0);
    BOOST_TEST(sums.integer(0, 4) == count);
}

BOOST_AUTO_TEST_CASE(a_failed_copy_leaves_a_session_that_still_works) {
    const postgres_database database;
    const auto session = database.connect();
    session->run("CREATE TABLE t (a int8 PRIMARY KEY)").value();
    pg::copy_rows rows;
    for (int i = 0; i < 2; ++i) {
        rows.row(1);
        rows.int8(1);
    }
    const auto copied = session->copy("COPY t FROM STDIN (FORMAT binary)", rows);
    BOOST_REQUIRE(!copied);
    BOOST_TEST((copied.error().code == errc::view_stopped));
    BOOST_TEST(copied.error().detail.find("23505") != std::string::npos, copied.error().detail);
    BOOST_TEST(session->usable());
    BOOST_TEST(session->query("SELECT count(*) FROM t").value().integer(0, 0) == 0);
}

BOOST_AUTO_TEST_CASE(a_transaction_that_is_not_committed_leaves_nothing) {
    const postgres_database database;
    const auto session = database.connect();
    session->run("CREATE TABLE t (a int8)").value();
    {
        auto begun = pg::transaction::begin(*session).value();
        session->run("INSERT INTO t VALUES (1)").value();
    }
    BOOST_TEST(!session->in_transaction());
    BOOST_TEST(session->query("SELECT count(*) FROM t").value().integer(0, 0) == 0);
    auto begun = pg::transaction::begin(*session).value();
    session->run("INSERT INTO t VALUES (2)").value();
    begun.commit().value();
    BOOST_TEST(session->query("SELECT count(*) FROM t").value().integer(0, 0) == 1);
}

BOOST_AUTO_TEST_CASE(a_failed_transaction_is_never_reported_as_committed) {
    const postgres_database database;
    const auto session = database.connect();
    session->run("CREATE TABLE t (a int8)").value();
    auto begun = pg::transaction::begin(*session).value();
    session->run("INSERT INTO t VALUES (1)").value();
    BOOST_TEST(!session->run("SELECT 1/0"));
    BOOST_TEST(!begun.commit());
}

BOOST_AUTO_TEST_CASE(errors_say_whether_a_retry_helps) {
    const postgres_database database;
    pg::connection_options options{database.url()};
    options.statement_deadline = std::chrono::milliseconds(100);
    const auto session = pg::connection::open(options).value();
    BOOST_TEST((session->run("SELEC 1").error().code == errc::view_stopped));
    BOOST_TEST((session->run("SELECT * FROM nowhere").error().code == errc::view_unavailable));
    BOOST_TEST((session->run("SELECT pg_sleep(20)").error().code == errc::query_timeout));
    BOOST_TEST(session->usable());
    BOOST_TEST(session->query("SELECT 7").value().size() == 1);
}

BOOST_AUTO_TEST_CASE(a_session_that_the_server_ended_is_view_unavailable_and_not_usable) {
    const postgres_database database;
    const auto session = database.connect();
    database.admin("SELECT pg_terminate_backend(" + std::to_string(session->backend_pid()) + ")");
    const auto answer = session->query("SELECT 1");
    BOOST_REQUIRE(!answer);
    BOOST_TEST((answer.error().code == errc::view_unavailable));
    BOOST_TEST(!session->usable());
    BOOST_TEST((session->query("SELECT 1").error().code == errc::view_unavailable));
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_view_unavailable_at_once) {
    const auto opened = pg::connection::open({"postgresql://nobody@127.0.0.1:1/none"});
    BOOST_REQUIRE(!opened);
    BOOST_TEST((opened.error().code == errc::view_unavailable));
    BOOST_TEST(!pg::connection::open({"postgresql://[broken"}));
}

BOOST_AUTO_TEST_CASE(the_pool_bounds_its_sessions_and_drops_stale_ones) {
    const postgres_database database;
    pg::pool_options options;
    options.connection.url = database.url();
    options.sessions_max = 2;
    options.wait_deadline = std::chrono::milliseconds(50);
    pg::pool pool(options);
    std::int32_t first_pid = 0;
    {
        auto one = pool.take().value();
        auto two = pool.take().value();
        BOOST_TEST(one->backend_pid() != two->backend_pid());
        first_pid = one->backend_pid();
        const auto three = pool.take();
        BOOST_REQUIRE(!three);
        BOOST_TEST((three.error().code == errc::view_unavailable));
        database.admin("SELECT pg_terminate_backend(" + std::to_string(first_pid) + ")");
        BOOST_TEST(!one->query("SELECT 1"));
    }
    auto fresh = pool.take().value();
    BOOST_TEST(fresh->backend_pid() != first_pid);
    BOOST_TEST(fresh->query("SELECT 1").value().size() == 1);
}

BOOST_AUTO_TEST_CASE(a_session_left_in_a_transaction_does_not_go_back_to_the_pool) {
    const postgres_database database;
    pg::pool_options options;
    options.connection.url = database.url();
    pg::pool pool(options);
    std::int32_t left = 0;
    {
        auto one = pool.take().value();
        left = one->backend_pid();
        one->run("BEGIN").value();
    }
    BOOST_TEST(pool.take().value()->backend_pid() != left);
}

BOOST_AUTO_TEST_SUITE_END()
