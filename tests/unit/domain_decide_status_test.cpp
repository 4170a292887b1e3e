// The status machine, deletion, dependencies (ST1, D1, N1; settled 6c, 6e).
#include "domain/limits.hpp"
#include "tests/support/given.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace daybook::tests;
using daybook::domain::errc;
using daybook::domain::status;
namespace dom = daybook::domain;

namespace {

constexpr std::string_view a = R"({"task_id":"$a"})";

/// A task `a` in that status.
story in_status(status s) {
    auto story = given().task("a");
    switch (s) {
        case status::open: break;
        case status::in_progress: story.did("start_task", a); break;
        case status::completed: story.did("complete_task", a); break;
        case status::cancelled: story.did("cancel_task", a); break;
        case status::skipped: story.did("skip_task", a); break;
        case status::deleted: story.did("delete_task", a); break;
        case status::purged: story.did("delete_task", a).did("purge_task", a); break;
    }
    return story;
}

/// a above b and c, b above d and e.
story tree() {
    return given()
        .task("a")
        .task("b", R"("parent_id":"$a")")
        .task("c", R"("parent_id":"$a")")
        .task("d", R"("parent_id":"$b")")
        .task("e", R"("parent_id":"$b")");
}

std::string ids_of(const dom::problem& p, std::string_view member, const story& s) {
    std::string names;
    for (const auto& id : p.extra.at(member).as_array())
        names += s.name_of(dom::uuid::parse(std::string_view(id.as_string())).value());
    return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_decide_status)

BOOST_AUTO_TEST_CASE(st1_every_command_in_every_status) {
    // Per status in the order of the enum: the status afterwards, `-` no-op, `409`, `404`.
    const std::map<std::string, std::vector<std::string>> table{
        {"start_task", {"in_progress", "-", "409", "409", "409", "409", "404"}},
        {"stop_task", {"-", "open", "409", "409", "409", "409", "404"}},
        {"complete_task", {"completed", "completed", "-", "409", "409", "409", "404"}},
        {"reopen_task", {"-", "409", "open", "open", "409", "409", "404"}},
        {"cancel_task", {"cancelled", "cancelled", "409", "-", "409", "409", "404"}},
        {"skip_task", {"skipped", "skipped", "409", "409", "-", "409", "404"}},
        {"delete_task", {"deleted", "deleted", "deleted", "deleted", "deleted", "-", "404"}},
        {"restore_task", {"-", "-", "-", "-", "-", "open", "404"}},
        {"purge_task", {"409", "409", "409", "409", "409", "purged", "404"}},
    };
    for (const auto& [type, row] : table) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            auto story = in_status(static_cast<status>(i));
            const auto version = story.of("a").version;
            const auto result = story.when(type, a);
            std::string found;
            if (!result.decided())
                found = std::to_string(row_of(result.decided().error().code).http_status);
            else if (std::holds_alternative<dom::no_op>(*result.decided()))
                found = "-";
            else
                found = to_text(story.of("a").status);
            BOOST_TEST(found == row[i], type << " in " << to_text(static_cast<status>(i)) << ": " << found);
            BOOST_TEST((story.of("a").version == version + (found == "-" || found[0] == '4' ? 0 : 1)));
        }
    }
}

BOOST_AUTO_TEST_CASE(st1_the_refusal_of_a_deleted_task_says_deleted) {
    in_status(status::deleted).when("complete_task", a).then_rejected(errc::task_deleted);
    in_status(status::skipped).when("reopen_task", a).then_rejected(errc::status_conflict);
}

BOOST_AUTO_TEST_CASE(st1_the_times_of_status_changes_come_from_events) {
    auto story = given().task("a").at_time("2026-08-22T09:00:00Z").did("start_task", a);
    BOOST_TEST((story.of("a").started_at == at("2026-08-22T09:00:00Z")));
    story.at_time("2026-08-22T10:00:00Z").did("complete_task", a);
    BOOST_TEST((story.of("a").completed_at == at("2026-08-22T10:00:00Z")));
    BOOST_TEST((story.of("a").started_at == at("2026-08-22T09:00:00Z")));
    story.did("reopen_task", a);
    BOOST_TEST(!story.of("a").completed_at.has_value());
    BOOST_TEST(!story.of("a").started_at.has_value());
    story.at_time("2026-08-22T11:00:00Z").did("delete_task", a);
    BOOST_TEST((story.of("a").deleted_at == at("2026-08-22T11:00:00Z")));
    story.did("restore_task", a);
    BOOST_TEST(!story.of("a").deleted_at.has_value());
}

BOOST_AUTO_TEST_CASE(st1_complete_refuses_open_descendants_and_lists_them) {
    auto story = tree().did("complete_task", R"({"task_id":"$b","children":"keep"})");
    const auto refused = story.when("complete_task", a);
    BOOST_TEST(ids_of(refused.rejection(), "children", story) == "dec");
    BOOST_TEST((refused.rejection().code == errc::children_open));
    story.when("cancel_task", a).then_rejected(errc::children_open);
}

BOOST_AUTO_TEST_CASE(st1_a_cascade_is_one_commit_with_one_event_a_task) {
    auto story = tree().did("complete_task", R"({"task_id":"$d"})");
    story.when("complete_task", R"({"task_id":"$a","children":"cascade"})")
        .then({"task.completed a", "task.completed b", "task.completed e", "task.completed c"});
    BOOST_TEST((story.of("e").status == status::completed));
    tree()
        .when("cancel_task", R"({"task_id":"$a","children":"cascade"})")
        .then({"task.cancelled a", "task.cancelled b", "task.cancelled d", "task.cancelled e",
               "task.cancelled c"});
}

BOOST_AUTO_TEST_CASE(st1_keep_leaves_the_children_as_they_are) {
    auto story = tree();
    story.when("complete_task", R"({"task_id":"$a","children":"keep"})").then({"task.completed a"});
    BOOST_TEST((story.of("b").status == status::open));
    story.when("delete_task", R"({"task_id":"$a","children":"keep"})").then({"task.deleted a"});
    BOOST_TEST((story.of("b").parent == dom::task_id(id_named("a"))));
}

BOOST_AUTO_TEST_CASE(st1_delete_cascades_by_default) {
    tree()
        .when("delete_task", a)
        .then({"task.deleted a", "task.deleted b", "task.deleted d", "task.deleted e", "task.deleted c"});
}

BOOST_AUTO_TEST_CASE(settled_6e_delete_with_refuse_counts_every_child_that_is_not_deleted) {
    auto story = tree().did("complete_task", R"({"task_id":"$b","children":"cascade"})");
    story.did("delete_task", R"({"task_id":"$c"})");
    const auto refused = story.when("delete_task", R"({"task_id":"$a","children":"refuse"})");
    BOOST_TEST(ids_of(refused.rejection(), "children", story) == "bde");
    story.did("delete_task", R"({"task_id":"$b"})");
    story.when("delete_task", R"({"task_id":"$a","children":"refuse"})").then({"task.deleted a"});
}

BOOST_AUTO_TEST_CASE(st1_restore_brings_back_what_that_delete_deleted_each_with_its_status) {
    auto story = tree().did("start_task", R"({"task_id":"$c"})").did("complete_task", R"({"task_id":"$d"})");
    story.did("delete_task", R"({"task_id":"$e"})").did("delete_task", a);
    const auto result = story.when("restore_task", a);
    BOOST_TEST(result.data(3) == R"({"status":"in_progress","deleted_at":null})");
    BOOST_TEST((story.of("c").status == status::in_progress));
    BOOST_TEST((story.of("d").status == status::completed));
    BOOST_TEST((story.of("e").status == status::deleted));
    BOOST_TEST(story.of("a").deleted_by.empty());
}

BOOST_AUTO_TEST_CASE(st1_restore_under_a_deleted_parent_is_refused) {
    tree()
        .did("delete_task", a)
        .when("restore_task", R"({"task_id":"$b"})")
        .then_rejected(errc::parent_deleted);
}

BOOST_AUTO_TEST_CASE(a_deleted_subtree_comes_back_alone_where_its_parent_lives) {
    auto story = tree().did("delete_task", R"({"task_id":"$b"})");
    story.when("restore_task", R"({"task_id":"$b"})")
        .then({"task.restored b", "task.restored d", "task.restored e"});
}

BOOST_AUTO_TEST_CASE(settled_6e_an_open_task_below_a_deleted_one_still_counts) {
    auto story = tree().did("delete_task", R"({"task_id":"$b","children":"keep"})");
    story.did("complete_task", R"({"task_id":"$c"})")
        .when("complete_task", a)
        .then_rejected(errc::children_open);
}

BOOST_AUTO_TEST_CASE(settled_37_purge_leaves_the_version_and_nothing_else) {
    auto story =
        given().task("a", R"("tags":["x"],"description":"secret","depends_on":[])").did("delete_task", a);
    story.when("purge_task", a).then({"task.purged a"});
    BOOST_TEST(story.of("a").title.empty());
    BOOST_TEST(story.of("a").description.empty());
    BOOST_TEST(story.of("a").tags.empty());
    BOOST_TEST(story.of("a").version == 3);
    for (const auto* type : {"update_task", "restore_task", "delete_task", "purge_task"})
        story.when(type, a).then_rejected(errc::not_found);
}

BOOST_AUTO_TEST_CASE(nothing_points_to_a_purged_parent) {
    auto story = tree().did("delete_task", a);
    story.when("purge_task", a).then({"task.purged a", "task.moved b", "task.moved c"});
    BOOST_TEST(!story.of("b").parent.has_value());
    story.when("restore_task", R"({"task_id":"$b"})")
        .then({"task.restored b", "task.restored d", "task.restored e"});
}

BOOST_AUTO_TEST_CASE(settled_15_a_cascade_beyond_one_commit_is_refused) {
    auto story = given().task("a");
    for (int i = 0; i < 11; ++i) {
        story.task(fmt::format("p{}", i), R"("parent_id":"$a")");
        for (int j = 0; j < 91; ++j)
            story.task(fmt::format("p{}c{}", i, j), fmt::format(R"("parent_id":"$p{}")", i));
    }
    story.when("delete_task", a).then_rejected(errc::limit_commit);
    story.when("delete_task", R"({"task_id":"$a","children":"keep"})").then({"task.deleted a"});
}

BOOST_AUTO_TEST_CASE(settled_12_the_last_status_change_is_remembered) {
    auto story = given().task("a");
    const auto created = story.of("a").status_event;
    story.did("update_task", R"({"task_id":"$a","title":"b"})");
    BOOST_TEST((story.of("a").status_event == created));
    const auto completed = story.when("complete_task", a).event(0).id;
    BOOST_TEST((story.of("a").status_event == completed));
}

BOOST_AUTO_TEST_CASE(d1_a_dependency_on_itself_is_a_cycle) {
    auto story = given().task("a");
    const auto refused = story.when("update_task", R"({"task_id":"$a","depends_on":["$a"]})");
    BOOST_TEST((refused.rejection().code == errc::dependency_cycle));
    BOOST_TEST(ids_of(refused.rejection(), "path", story) == "aa");
    given()
        .when("create_task", R"({"task_id":"$a","title":"x","depends_on":["$a"]})")
        .then_rejected(errc::dependency_cycle);
}

BOOST_AUTO_TEST_CASE(d1_a_cycle_is_refused_with_its_path) {
    auto story = given()
                     .task("c")
                     .task("b", R"("depends_on":["$c"])")
                     .task("x")
                     .task("a", R"("depends_on":["$x","$b"])");
    const auto refused = story.when("update_task", R"({"task_id":"$c","depends_on":["$x","$a"]})");
    BOOST_TEST((refused.rejection().code == errc::dependency_cycle));
    BOOST_TEST(ids_of(refused.rejection(), "path", story) == "cabc");
}

BOOST_AUTO_TEST_CASE(d1_an_unknown_or_deleted_target_is_an_unknown_reference) {
    auto story = given().task("gone").did("delete_task", R"({"task_id":"$gone"})").task("a");
    story.when("update_task", R"({"task_id":"$a","depends_on":["$missing"]})")
        .then_rejected(errc::reference_unknown, "args.depends_on[0]");
    story.when("update_task", R"({"task_id":"$a","depends_on":["$gone"]})")
        .then_rejected(errc::reference_unknown);
    story.when("create_task", R"({"title":"x","depends_on":["$gone"]})")
        .then_rejected(errc::reference_unknown);
}

BOOST_AUTO_TEST_CASE(settled_6e_depends_on_keeps_a_target_that_is_deleted_later) {
    auto story = given()
                     .task("b")
                     .task("c")
                     .task("a", R"("depends_on":["$b"])")
                     .did("delete_task", R"({"task_id":"$b"})");
    BOOST_TEST(story.of("a").depends_on.size() == 1);
    story.when("update_task", R"({"task_id":"$a","depends_on":["$b","$c"]})").then({"task.updated a"});
}

BOOST_AUTO_TEST_CASE(d1_closing_the_last_blocker_unblocks_in_the_same_commit) {
    auto story = given().task("x").task("y").task("a", R"("depends_on":["$x","$y"])");
    story.when("complete_task", R"({"task_id":"$x"})").then({"task.completed x"});
    const auto result = story.when("complete_task", R"({"task_id":"$y"})");
    BOOST_TEST(result.event(0).command.text() == result.event(1).command.text());
    BOOST_TEST((result.event(1).type == dom::event_type::task_unblocked));
    BOOST_TEST(story.of("a").version == 2);
}

BOOST_AUTO_TEST_CASE(d1_skipping_cancelling_and_deleting_unblock_too) {
    for (const auto* type : {"skip_task", "cancel_task", "delete_task"}) {
        const auto result =
            given().task("x").task("a", R"("depends_on":["$x"])").when(type, R"({"task_id":"$x"})");
        BOOST_TEST((result.event(1).type == dom::event_type::task_unblocked), type);
    }
}

BOOST_AUTO_TEST_CASE(d1_only_open_dependents_are_unblocked_and_each_once) {
    auto story = given()
                     .task("p")
                     .task("x", R"("parent_id":"$p")")
                     .task("y", R"("parent_id":"$p","depends_on":["$x"])")
                     .task("a", R"("depends_on":["$x","$y"])")
                     .task("done", R"("depends_on":["$x"])")
                     .did("complete_task", R"({"task_id":"$done"})");
    story.when("complete_task", R"({"task_id":"$p","children":"cascade"})")
        .then({"task.completed p", "task.completed x", "task.completed y", "task.unblocked a"});
}

BOOST_AUTO_TEST_CASE(d1_deleting_a_closed_blocker_unblocks_nobody_again) {
    given()
        .task("x")
        .task("a", R"("depends_on":["$x"])")
        .did("complete_task", R"({"task_id":"$x"})")
        .when("delete_task", R"({"task_id":"$x"})")
        .then({"task.deleted x"});
}

BOOST_AUTO_TEST_CASE(d1_completing_a_blocked_task_is_allowed_with_a_warning) {
    auto story = given().task("x").task("a", R"("depends_on":["$x"])");
    const auto result = story.when("complete_task", a);
    const auto& accepted = std::get<dom::accepted>(*result.decided());
    BOOST_REQUIRE(accepted.warnings.size() == 1);
    BOOST_TEST(accepted.warnings[0].code == "blocked_by");
    BOOST_TEST(accepted.warnings[0].extra.at("blocked_by").as_array().size() == 1);
    const auto free = given().task("a").when("complete_task", a);
    BOOST_TEST(std::get<dom::accepted>(*free.decided()).warnings.empty());
}

BOOST_AUTO_TEST_CASE(settled_8_a_task_that_comes_back_is_resolved_in_the_zone_of_today) {
    auto story = given().task("a", R"("due":"2026-08-31")").did("complete_task", a);
    story.did("configure_book", R"({"zone":"Europe/Berlin"})");
    BOOST_TEST((story.of("a").due->at == at("2026-08-31T09:00:00Z")));
    story.did("reopen_task", a);
    BOOST_TEST((story.of("a").due->at == at("2026-08-31T07:00:00Z")));
}

BOOST_AUTO_TEST_SUITE_END()
