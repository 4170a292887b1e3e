// Both stores answer every read as the plain model does, built batch by batch or in one load.
#include "projector/pg_store.hpp"
#include "projector/rocks_store.hpp"
#include "tests/support/postgres_database.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/view_comparison.hpp"
#include "tests/support/view_events.hpp"
#include "tests/support/view_model.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <memory>
#include <random>
#include <tuple>

namespace view = daybook::projector;
using namespace daybook::tests;

namespace {

std::uint64_t seed() {
    const char* given = std::getenv("DAYBOOK_SEED");
    const auto value = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    BOOST_TEST_MESSAGE("DAYBOOK_SEED=" << value);
    return value;
}

struct postgres {
    explicit postgres(std::int32_t /*partitions*/) {}
    postgres_database database{};
    std::unique_ptr<view::view_store> store =
        std::make_unique<view::pg_store>(view::pg_view_options{database.url()});
};

struct rocks {
    explicit rocks(std::int32_t partitions) {
        view::rocks_store_options options;
        options.folder = folder.path() / "views" / "rocks";
        options.partitions = partitions;
        store = view::rocks_store::open(options).value();
    }
    temporary_folder folder{};
    std::unique_ptr<view::view_store> store{};
};

using stores = std::tuple<rocks, postgres>;

}  // namespace

BOOST_AUTO_TEST_SUITE(view_contract)

BOOST_AUTO_TEST_CASE_TEMPLATE(random_events_lead_to_the_answers_of_the_model, Store, stores) {
    view_events log(seed());
    Store under_test(log.partitions());
    view_model model(log.partitions());
    const auto current = under_test.store->open_current().value();
    for (int round = 0; round < 4; ++round) {
        for (int i = 0; i < 12; ++i) {
            const auto batch = log.next(1 + log.below(40));
            model.apply(batch);
            current->writer().apply(batch).value();
            BOOST_TEST((current->writer().position(batch.partition).value() == batch.after));
        }
        compare_reads(model, current->reader(), log, 25);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_bulk_load_gives_the_same_rows_and_goes_on_batch_by_batch, Store, stores) {
    view_events log(seed());
    Store under_test(log.partitions());
    view_model model(log.partitions());
    const auto old = under_test.store->open_current().value();
    const auto fresh = under_test.store->begin_version().value();
    for (int i = 0; i < 20; ++i) {
        const auto batch = log.next(1 + log.below(60));
        model.apply(batch);
        old->writer().apply(batch).value();
        fresh->writer().apply(batch).value();
        BOOST_TEST((fresh->writer().position(batch.partition).value() == batch.after));
    }
    fresh->finish_bulk().value();
    compare_reads(model, fresh->reader(), log, 10);
    under_test.store->switch_to_begun().value();
    const auto current = under_test.store->open_current().value();
    BOOST_TEST(current.get() == fresh.get());
    for (int i = 0; i < 10; ++i) {
        const auto batch = log.next(1 + log.below(20));
        model.apply(batch);
        current->writer().apply(batch).value();
    }
    compare_reads(model, current->reader(), log, 10);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_batch_that_does_not_follow_is_refused_and_changes_nothing, Store, stores) {
    view_events log(seed(), 1, 1);
    Store under_test(log.partitions());
    view_model model(1);
    const auto current = under_test.store->open_current().value();
    const auto first = log.next(5);
    const auto second = log.next(5);
    const auto early = current->writer().apply(second);
    BOOST_REQUIRE(!early);
    BOOST_TEST((early.error().code == daybook::domain::errc::view_stopped));
    model.apply(first);
    current->writer().apply(first).value();
    const auto twice = current->writer().apply(first);
    BOOST_REQUIRE(!twice);
    BOOST_TEST((twice.error().code == daybook::domain::errc::view_stopped));
    compare_reads(model, current->reader(), log, 1);
    model.apply(second);
    current->writer().apply(second).value();
    compare_reads(model, current->reader(), log, 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_version_that_was_begun_and_dropped_leaves_the_serving_one, Store, stores) {
    view_events log(seed(), 1, 1);
    Store under_test(log.partitions());
    view_model model(1);
    const auto current = under_test.store->open_current().value();
    const auto number = under_test.store->current_version();
    const auto batch = log.next(30);
    model.apply(batch);
    current->writer().apply(batch).value();
    {
        const auto begun = under_test.store->begin_version().value();
        begun->writer().apply(batch).value();
        under_test.store->drop_begun().value();
    }
    {
        const auto begun = under_test.store->begin_version().value();
        begun->writer().apply(batch).value();
        begun->finish_bulk().value();
        under_test.store->drop_begun().value();
    }
    BOOST_TEST(under_test.store->current_version() == number);
    compare_reads(model, current->reader(), log, 2);
}

BOOST_AUTO_TEST_SUITE_END()
