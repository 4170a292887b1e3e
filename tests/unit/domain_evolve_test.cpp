// The fold (architecture §3, settled 6b): total, and nothing but events decides it.
#include "domain/evolve.hpp"
#include "tests/support/generators.hpp"
#include "tests/support/given.hpp"
#include "tests/support/property.hpp"

#include <boost/test/unit_test.hpp>

using namespace daybook::tests;
namespace dom = daybook::domain;
using dom::event_type;

BOOST_AUTO_TEST_SUITE(domain_evolve)

BOOST_AUTO_TEST_CASE(evolve_is_total_over_any_event_on_any_task) {
    DAYBOOK_PROPERTY("a fold never fails, and version and time are the envelope's", [] {
        auto e = some_event();
        e.task = dom::task_id(some_uuid());
        const auto before = maybe(some_task);
        const auto after = dom::evolve(before ? &*before : nullptr, e);
        RC_ASSERT(after.version == e.version);
        RC_ASSERT(after.updated_at == e.timestamp);
        RC_ASSERT(after == dom::evolve(before ? &*before : nullptr, e));
    });
}

BOOST_AUTO_TEST_CASE(a_status_follows_from_the_type_whatever_the_data_says) {
    auto story = given().task("a").happened(event_type::task_updated, "a", R"({"status":"completed"})");
    BOOST_TEST((story.of("a").status == dom::status::open));
    story.happened(event_type::task_completed, "a");
    BOOST_TEST((story.of("a").status == dom::status::completed));
    BOOST_TEST(story.of("a").completed_at.has_value());
}

BOOST_AUTO_TEST_CASE(events_of_types_that_concern_other_things_leave_the_members) {
    auto story = given().task("a");
    const auto before = story.of("a");
    story.happened(event_type::reminder_fired, "a", R"({"fire_id":"x"})");
    auto after = story.of("a");
    BOOST_TEST(after.version == before.version + 1);
    after.version = before.version;
    BOOST_TEST((after == before));
}

BOOST_AUTO_TEST_CASE(unknown_members_are_passed_over) {
    auto story = given().task("a");
    story.happened(event_type::task_updated, "a", R"({"colour":"red","title":"b"})");
    BOOST_TEST(story.of("a").title == "b");
}

BOOST_AUTO_TEST_CASE(settled_6e_a_delete_remembers_its_command_and_the_status_before) {
    auto story = given().task("a").did("start_task", R"({"task_id":"$a"})");
    story.with_id("d-1").did("delete_task", R"({"task_id":"$a"})");
    BOOST_TEST(story.of("a").deleted_by.text() == "d-1");
    BOOST_TEST((story.of("a").status_before == dom::status::in_progress));
}

BOOST_AUTO_TEST_CASE(settled_7_a_book_knows_whether_only_imports_wrote_it) {
    dom::book_state book;
    dom::event e;
    e.source = "import";
    e.timestamp = at("2020-01-01T00:00:00Z");
    book = dom::evolve(book, e);
    BOOST_TEST(book.imported_only);
    BOOST_TEST(book.events == 1);
    e.source = "http";
    e.timestamp = at("2019-01-01T00:00:00Z");
    book = dom::evolve(book, e);
    BOOST_TEST(!book.imported_only);
    BOOST_TEST((book.last_timestamp == at("2020-01-01T00:00:00Z")));
    e.source = "import";
    BOOST_TEST(!dom::evolve(book, e).imported_only);
}

BOOST_AUTO_TEST_CASE(a_folded_book_finds_children_and_dependents_as_they_are_now) {
    auto story = given().task("p").task("q").task("a", R"("parent_id":"$p","depends_on":["$q"])");
    const auto id = [](std::string_view name) { return dom::task_id(id_named(name)); };
    BOOST_TEST((story.book().children(id("p")) == std::vector{id("a")}));
    BOOST_TEST((story.book().dependents(id("q")) == std::vector{id("a")}));
    story.did("move_task", R"({"task_id":"$a","parent_id":"$q"})");
    story.did("update_task", R"({"task_id":"$a","depends_on":["$p"]})");
    BOOST_TEST(story.book().children(id("p")).empty());
    BOOST_TEST((story.book().children(id("q")) == std::vector{id("a")}));
    BOOST_TEST(story.book().dependents(id("q")).empty());
    BOOST_TEST((story.book().dependents(id("p")) == std::vector{id("a")}));
    story.did("delete_task", R"({"task_id":"$a"})");
    BOOST_TEST(story.book().children(id("q")).size() == 1);
    story.did("purge_task", R"({"task_id":"$a"})");
    BOOST_TEST(story.book().children(id("q")).empty());
    BOOST_TEST(story.book().dependents(id("p")).empty());
}

BOOST_AUTO_TEST_SUITE_END()
