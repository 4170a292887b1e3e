// The short form of scripts/x differential: a few hundred pairs of book and query.
#include "tests/support/differential.hpp"

#include "projector/pg_store.hpp"
#include "projector/rocks_store.hpp"
#include "tests/support/postgres_database.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace view = daybook::projector;
using namespace daybook::tests;

BOOST_AUTO_TEST_SUITE(differential)

BOOST_DATA_TEST_CASE(evaluator_rocksdb_and_postgres_answer_alike_while_books_grow,
                     boost::unit_test::data::xrange(2), number) {
    const auto seed = test_seed();
    BOOST_TEST_MESSAGE("DAYBOOK_SEED=" << seed);
    const temporary_folder folder;
    const postgres_database database;
    view::rocks_store_options with;
    with.folder = folder.path() / "views" / "rocks";
    with.partitions = 2;
    const auto rocks = view::rocks_store::open(with).value();
    view::pg_store postgres({database.url()});
    differential_block block(seed, static_cast<std::uint64_t>(number), *rocks, postgres);
    BOOST_TEST_CONTEXT("scripts/x differential --seed " << seed << " --block " << number) {
        block.run(200);
        BOOST_TEST(block.counts().pairs == 200U);
        BOOST_TEST(block.counts().answered > 20U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
