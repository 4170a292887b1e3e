#include "domain/codec/task_json.hpp"
#include "projector/follower.hpp"
#include "projector/rocks_store.hpp"
#include "projector/verify.hpp"
#include "tests/support/books.hpp"
#include "tests/support/require_ok.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

using namespace daybook;
using namespace daybook::tests;
using domain::event_type;

namespace {

constexpr std::int32_t partitions = 2;

eventlog::deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(5); }

struct fixture {
    temporary_folder folder;
    eventlog::memory_log log{partitions};
    event_writer writer{partitions, into(log)};

    std::shared_ptr<projector::rocks_view> open(const std::string& name, bool bulk = false,
                                                projector::bulk_limits bounds = {}) {
        projector::rocks_view_options options;
        options.folder = folder.path() / name;
        options.partitions = partitions;
        options.bulk = bulk;
        options.bulk_bounds = bounds;
        return require_ok(projector::rocks_view::open(options));
    }
    /// Applies everything that is in the log.
    void follow(const std::shared_ptr<projector::view>& view) {
        auto follower = require_ok(projector::follower::open(log, view, {}, soon()));
        const auto ends = log.end_offsets(soon()).value();
        const auto behind = [&] {
            for (std::int32_t p = 0; p < partitions; ++p) {
                if (follower->at(p).visible < ends[static_cast<std::size_t>(p)]) return true;
            }
            return false;
        };
        while (behind()) require_ok(follower->step(soon()));
    }
    std::vector<std::string> hashes(projector::view& view) {
        std::vector<std::string> out;
        for (std::int32_t p = 0; p < partitions; ++p)
            out.push_back(view.reader().hash(p).value().hash.text());
        return out;
    }
};

const domain::user_id ana{"ana"};
const domain::user_id bob{"bob"};

std::vector<std::string> titles(const projector::task_page& page) {
    std::vector<std::string> out;
    for (const auto& row : page.items) out.push_back(row.task->title);
    return out;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(projector_rocks_view, fixture)

BOOST_AUTO_TEST_CASE(a_task_is_read_as_its_events_left_it) {
    const auto id = task_number(1);
    writer.commit({writer.task_event("ana", event_type::task_created, id, {{"title", "Rent"}}),
                   writer.task_event("ana", event_type::task_started, id)});
    auto view = open("v");
    follow(view);
    auto row = view->get(ana, id).value();
    BOOST_REQUIRE(row);
    BOOST_TEST(row->task->title == "Rent");
    BOOST_TEST(row->task->version == 2);
    BOOST_CHECK(row->task->status == domain::status::in_progress);
    BOOST_TEST(!view->get(bob, id).value().has_value());
    BOOST_TEST(view->book(ana).value()->events == 2);
}

BOOST_AUTO_TEST_CASE(blocked_and_the_project_name_come_from_the_rows_of_the_moment) {
    const auto blocker = task_number(1);
    const auto task = task_number(2);
    const auto project = project_number(1);
    writer.commit(writer.book_event("ana", event_type::project_created, 1,
                                    {{"project_id", project.text()}, {"name", "House"}}));
    writer.commit(writer.task_event("ana", event_type::task_created, blocker, {{"title", "first"}}));
    writer.commit(
        writer.task_event("ana", event_type::task_created, task,
                          {{"title", "second"},
                           {"project_id", project.text()},
                           {"depends_on", boost::json::array{boost::json::string(blocker.text())}}}));
    auto view = open("v");
    follow(view);
    auto row = view->get(ana, task).value();
    BOOST_TEST(row->around.blocked);
    BOOST_TEST(row->around.project_name.value() == "House");

    writer.commit(writer.task_event("ana", event_type::task_completed, blocker));
    writer.commit(writer.book_event("ana", event_type::project_updated, 2,
                                    {{"project_id", project.text()}, {"name", "Home"}}));
    follow(view);
    row = view->get(ana, task).value();
    BOOST_TEST(!row->around.blocked);
    BOOST_TEST(row->around.project_name.value() == "Home");

    writer.commit(writer.book_event("ana", event_type::project_deleted, 3, {{"project_id", project.text()}}));
    follow(view);
    BOOST_TEST(!view->get(ana, task).value()->around.project_name.has_value());
    BOOST_TEST(view->projects(ana).value().empty());
}

BOOST_AUTO_TEST_CASE(a_purged_task_is_gone_from_every_answer) {
    const auto task = task_number(1);
    writer.commit(
        writer.task_event("ana", event_type::task_created, task, {{"title", "secret"}, {"tags", {"#x"}}}));
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(2), {{"title", "other"}}));
    auto view = open("v");
    follow(view);
    BOOST_TEST(view->history(ana, {}).value().size() == 2U);
    writer.commit(writer.task_event("ana", event_type::task_purged, task));
    follow(view);
    BOOST_TEST(!view->get(ana, task).value().has_value());
    BOOST_TEST(view->tags(ana).value().empty());
    projector::history_query of_task;
    of_task.task = task;
    BOOST_TEST(view->history(ana, of_task).value().empty());
    BOOST_TEST(view->history(ana, {}).value().size() == 1U);
    BOOST_TEST(titles(view->list(ana, {}).value()) == std::vector<std::string>{"other"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(tags_that_differ_in_case_are_counted_as_one) {
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(1),
                                    {{"title", "a"}, {"tags", {"#work"}}}));
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(2),
                                    {{"title", "b"}, {"tags", {"#Work", "#home"}}}));
    writer.commit(writer.task_event("ana", event_type::task_completed, task_number(2)));
    auto view = open("v");
    follow(view);
    const auto tags = view->tags(ana).value();
    BOOST_REQUIRE(tags.size() == 2U);
    BOOST_TEST(tags[0].tag == "#home");
    BOOST_TEST(tags[0].open == 0);
    BOOST_TEST(tags[1].tag == "#Work");
    BOOST_TEST(tags[1].open == 1);
    BOOST_TEST(tags[1].total == 2);
}

BOOST_AUTO_TEST_CASE(history_filters_and_together_and_pages_by_offset) {
    const auto task = task_number(1);
    writer.commit(writer.task_event("ana", event_type::task_created, task, {{"title", "a"}}));
    writer.commit(writer.task_event("ana", event_type::task_updated, task, {{"title", "b"}}));
    writer.commit(writer.task_event("ana", event_type::task_updated, task, {{"priority", "P1"}}));
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(2), {{"title", "c"}}));
    auto view = open("v");
    follow(view);
    projector::history_query q;
    q.task = task;
    BOOST_TEST(view->history(ana, q).value().size() == 3U);
    q.field = "title";
    BOOST_TEST(view->history(ana, q).value().size() == 2U);
    q.type = "task.updated";
    const auto found = view->history(ana, q).value();
    BOOST_REQUIRE(found.size() == 1U);
    BOOST_TEST(found[0].value.find("\"b\"") != std::string::npos);
    projector::history_query paged;
    paged.limit = 3;
    const auto first = view->history(ana, paged).value();
    paged.after_offset = first.back().offset;
    BOOST_TEST(first.size() == 3U);
    BOOST_TEST(view->history(ana, paged).value().size() == 1U);
    projector::history_query by_actor;
    by_actor.actor = "eve";
    BOOST_TEST(view->history(ana, by_actor).value().empty());
}

BOOST_AUTO_TEST_CASE(a_batch_that_does_not_follow_the_position_row_changes_nothing) {
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(1), {{"title", "a"}}));
    auto view = open("v");
    follow(view);
    const auto before = hashes(*view);
    const auto partition = writer.partition_of("ana");
    projector::view_batch again;
    again.partition = partition;
    again.after = view->position(partition).value();
    const auto refused = view->apply(again);
    BOOST_REQUIRE(refused.has_error());
    BOOST_CHECK(refused.error().code == domain::errc::view_stopped);
    BOOST_TEST(hashes(*view) == before, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_view_goes_on_where_it_was_closed) {
    random_books books(writer, 7);
    for (int i = 0; i < 40; ++i) books.commit();
    follow(open("whole"));
    for (int i = 0; i < 40; ++i) books.commit();
    auto reopened = open("whole");
    follow(reopened);
    auto once = open("once");
    follow(once);
    BOOST_TEST(hashes(*reopened) == hashes(*once), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_bulk_load_gives_the_same_state_as_following_whatever_it_keeps_in_memory) {
    random_books books(writer, 11);
    for (int i = 0; i < 300; ++i) books.commit();
    auto followed = open("followed");
    follow(followed);
    for (const auto bounds :
         {projector::bulk_limits{}, projector::bulk_limits{2'000, 5}, projector::bulk_limits{100'000, 1}}) {
        auto loaded = open("loaded-" + std::to_string(bounds.event_bytes_max), true, bounds);
        follow(loaded);
        require_ok(loaded->finish_bulk());
        for (const auto& file : std::filesystem::recursive_directory_iterator(folder.path()))
            BOOST_TEST(!file.path().filename().string().starts_with("bulk-"), file.path());
        BOOST_TEST(hashes(*loaded) == hashes(*followed), boost::test_tools::per_element());
        for (std::int32_t p = 0; p < partitions; ++p) {
            BOOST_CHECK(loaded->position(p).value() == followed->position(p).value());
        }
        for (const auto& user : books.users()) {
            BOOST_TEST(titles(loaded->list(user, {}).value()) == titles(followed->list(user, {}).value()),
                       boost::test_tools::per_element());
        }
    }
}

BOOST_AUTO_TEST_CASE(verify_says_equal_for_a_true_view_and_names_the_row_that_is_not) {
    random_books books(writer, 13);
    for (int i = 0; i < 100; ++i) books.commit();
    auto view = open("v");
    follow(view);
    auto report = projector::verify(log, {{"rocks", &view->reader()}}, {}, {}).value();
    BOOST_TEST(report.equal());
    BOOST_TEST(report.rows.size() == 2U);

    // A row that the log does not know: the view is written behind the runner's back.
    const auto partition = writer.partition_of("ana");
    eventlog::memory_log other(partitions);
    event_writer stray(partitions, into(other));
    auto e =
        stray.task_event("ana", event_type::task_created, task_number(99), {{"title", "never happened"}});
    projector::view_batch batch;
    batch.partition = partition;
    batch.before = view->position(partition).value();
    batch.after = batch.before;
    batch.events.push_back({e, 0, domain::encode_event(e)});
    require_ok(view->apply(batch));
    report = projector::verify(log, {{"rocks", &view->reader()}}, {}, {}).value();
    BOOST_TEST(!report.equal());
    BOOST_TEST(!report.rows[static_cast<std::size_t>(partition)].first_difference.empty());
}

BOOST_AUTO_TEST_CASE(a_view_of_another_partition_count_or_a_newer_format_is_refused) {
    { auto view = open("v"); }
    projector::rocks_view_options options;
    options.folder = folder.path() / "v";
    options.partitions = 5;
    auto refused = projector::rocks_view::open(options);
    BOOST_REQUIRE(refused.has_error());
    BOOST_CHECK(refused.error().code == domain::errc::view_stopped);
}

BOOST_AUTO_TEST_CASE(versions_switch_atomically_and_what_was_left_behind_goes_away) {
    projector::rocks_store_options options;
    options.folder = folder.path() / "views";
    options.partitions = partitions;
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(1), {{"title", "a"}}));
    {
        auto store = projector::rocks_store::open(options).value();
        auto current = store->open_current().value();
        BOOST_TEST(store->current_version() == 1);
        BOOST_TEST(projector::rocks_store::open(options).has_error());  // one process on the folder
        auto begun = store->begin_version().value();
        follow(begun);
        BOOST_TEST(!current->reader().get(ana, task_number(1)).value().has_value());
    }  // killed before finish: the begun version counts for nothing
    {
        auto store = projector::rocks_store::open(options).value();
        auto current = store->open_current().value();
        BOOST_TEST(store->current_version() == 1);
        BOOST_TEST(!std::filesystem::exists(options.folder / "2"));
        auto begun = store->begin_version().value();
        follow(begun);
        require_ok(begun->finish_bulk());
        require_ok(store->switch_to_begun());
        BOOST_TEST(store->current_version() == 2);
        BOOST_TEST(begun->reader().get(ana, task_number(1)).value().has_value());
        BOOST_TEST(std::filesystem::exists(options.folder / "1"));  // a reader still holds it
        BOOST_TEST(!current->reader().get(ana, task_number(1)).value().has_value());
        current.reset();
        BOOST_TEST(!std::filesystem::exists(options.folder / "1"));
    }
    auto store = projector::rocks_store::open(options).value();
    BOOST_TEST(store->open_current().value()->reader().get(ana, task_number(1)).value().has_value());
    BOOST_TEST(store->current_version() == 2);
}

BOOST_AUTO_TEST_CASE(a_damaged_serving_version_can_be_rebuilt) {
    projector::rocks_store_options options;
    options.folder = folder.path() / "views";
    options.partitions = partitions;
    { auto made = projector::rocks_store::open(options).value()->open_current(); }
    std::ofstream(options.folder / "1" / "CURRENT", std::ios::trunc) << "MANIFEST-999999\n";
    auto store = projector::rocks_store::open(options).value();
    BOOST_TEST(store->open_current().has_error());
    auto begun = store->begin_version().value();
    require_ok(begun->finish_bulk());
    require_ok(store->switch_to_begun());
    BOOST_TEST(store->current_version() == 2);
    BOOST_TEST((store->open_current().value() == begun));
}

BOOST_AUTO_TEST_SUITE_END()
