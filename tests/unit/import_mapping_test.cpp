// What becomes of records that are not as a task wants them (docs/import.md).
#include "app/import/history.hpp"
#include "tests/support/import_book.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

namespace import = daybook::app::import;
namespace dom = daybook::domain;
using namespace daybook::tests;

namespace {

import::wanted_book mapped(const std::string& source, const std::string& text) {
    auto book = import::map_records(source, import::read_source(text), test_zones()).value();
    import::link(book);
    return book;
}

std::string members(const import::wanted_task& t) { return boost::json::serialize(t.members); }

/// Whether a note of that line says so.
bool says(const import::wanted_book& book, std::int64_t line, std::string_view what) {
    for (const auto& n : book.notes)
        if (n.line == line && n.reason.find(what) != std::string::npos) return true;
    return false;
}

import_book::counts import_into(import_book& book, const import::wanted_book& wanted, bool exact = false) {
    import::plan_options options;
    options.now = book.now;
    options.exact = exact;
    return book.run(import::make_plan(wanted, book.current(), options));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(import_mapping)

BOOST_AUTO_TEST_CASE(a_beads_issue_becomes_a_task_and_what_a_task_has_no_place_for_stays_under_x) {
    const auto book = mapped(
        "beads", R"({"id":"bd-1","title":"Fix it","description":"a\r\nb","status":"closed","priority":0,
        "issue_type":"bug","created_at":"2026-01-01T10:00:00.5+01:00","updated_at":"2026-01-03T00:00:00Z",
        "closed_at":"2026-01-02T00:00:00Z","close_reason":"done","labels":["ui","phase:2"],"assignee":"ann","pinned":0,
        "estimated_minutes":30,"metadata":{"a":[1]},"comments":[{"id":7,"author":"bob","text":"ok","created_at":"2026-01-01T12:00:00Z"}]})"
                 "");
    // The record stands on several lines: JSON lines do not.
    BOOST_TEST(book.tasks.empty());
    BOOST_TEST(book.refused.size() == 4);

    const auto one = mapped(
        "beads",
        R"({"id":"bd-1","title":"Fix it","description":"a\r\nb","status":"closed","priority":0,)"
        R"("issue_type":"bug","created_at":"2026-01-01T10:00:00.5+01:00","updated_at":"2026-01-03T00:00:00Z",)"
        R"("closed_at":"2026-01-02T00:00:00Z","close_reason":"done","labels":["ui","phase:2"],"assignee":"ann","pinned":0,)"
        R"("estimated_minutes":30,"metadata":{"a":[1]},"comments":[{"id":7,"author":"bob","text":"ok","created_at":"2026-01-01T12:00:00Z"}]})");
    BOOST_REQUIRE(one.tasks.size() == 1);
    BOOST_TEST(one.notes.empty());
    const auto& t = one.tasks.front();
    BOOST_TEST(
        members(t) ==
        R"({"x_source_id":"bd-1","title":"Fix it","description":"a\nb","priority":"P1","assignee":"ann",)"
        R"("x_updated_at":"2026-01-03T00:00:00Z","x_closed_at":"2026-01-02T00:00:00Z","tags":["#ui","#phase:2"],)"
        R"("estimate":30,"x_issue_type":"bug","x_close_reason":"done","x_metadata":"{\"a\":[1]}"})");
    BOOST_TEST((t.status == dom::status::completed));
    BOOST_TEST((t.created_at == at("2026-01-01T09:00:00.500Z")));
    BOOST_TEST((t.closed_at == at("2026-01-02T00:00:00Z")));
    BOOST_REQUIRE(t.comments.size() == 1);
    BOOST_TEST(t.comments[0].text == "bob: ok");
    BOOST_TEST(t.id.text() == import::task_id_of("beads", "bd-1").text());
    BOOST_TEST(t.id.text() != import::task_id_of("taskwarrior", "bd-1").text());
}

BOOST_AUTO_TEST_CASE(titles_texts_and_labels_that_do_not_fit_are_made_to_fit_and_told) {
    const std::string long_title(501, 'x');
    const std::string long_text(70'000, 'y');
    const auto book =
        mapped("beads",
               R"({"id":"1","title":"two\nlines"})"
               "\n"
               R"({"id":"2","title":")" +
                   long_title + "\"}\n" +
                   R"({"id":"3","title":" "})"
                   "\n"
                   R"({"id":"4","title":"t","description":")" +
                   long_text + "\"}\n" +
                   R"({"id":"5","title":"t","labels":["a b","ok","OK","1","2","3","4","5","6","7","8","9"]})"
                   "\n" +
                   R"({"id":"6","title":"t","notes":")" + std::string(20'000, 'z') +
                   R"(","design":"short","priority":9,"status":"odd"})");
    BOOST_REQUIRE(book.tasks.size() == 6);
    BOOST_TEST(book.tasks[0].members.at("title").as_string() == "two lines");
    BOOST_TEST(says(book, 1, "line breaks"));
    BOOST_TEST(book.tasks[1].members.at("title").as_string() == std::string(500, 'x'));
    BOOST_TEST(book.tasks[1].members.at("x_title").as_string() == long_title);
    BOOST_TEST(says(book, 2, "longer than 500"));
    BOOST_TEST(book.tasks[2].members.at("title").as_string() == "(no title)");
    BOOST_TEST(book.tasks[3].members.at("description").as_string().size() == 65'536);
    BOOST_TEST(says(book, 4, "description is longer"));
    BOOST_TEST(boost::json::serialize(book.tasks[4].members.at("tags")) ==
               R"(["#a-b","#ok","#1","#2","#3","#4","#5","#6","#7","#8"])");
    BOOST_TEST(book.tasks[4].members.at("x_more_tags").as_string() == "#9");
    BOOST_TEST(says(book, 5, "became the tag #a-b"));
    BOOST_TEST(book.tasks[5].members.at("x_design").as_string() == "short");
    BOOST_TEST(book.tasks[5].members.at("x_notes").as_string().size() > 16'000);
    BOOST_TEST(says(book, 6, "x_notes is cut"));
    BOOST_TEST(book.tasks[5].members.at("x_priority").as_int64() == 9);
    BOOST_TEST(book.tasks[5].members.at("x_status").as_string() == "odd");
    import_book target;
    BOOST_TEST(import_into(target, book).refused.empty());
}

BOOST_AUTO_TEST_CASE(links_to_nothing_to_oneself_in_a_circle_and_too_many_are_left_out_and_told) {
    const auto book = mapped(
        "beads",
        R"({"id":"a","title":"a","dependencies":[{"depends_on_id":"b","type":"blocks"},{"depends_on_id":"nowhere","type":"blocks"},{"depends_on_id":"a","type":"blocks"}]})"
        "\n"
        R"({"id":"b","title":"b","dependencies":[{"depends_on_id":"c","type":"blocks"},{"depends_on_id":"p","type":"parent-child"},{"depends_on_id":"a","type":"parent-child"}]})"
        "\n"
        R"({"id":"c","title":"c","dependencies":[{"depends_on_id":"a","type":"blocks"},{"depends_on_id":"b","type":"related"}]})"
        "\n"
        R"({"id":"p","title":"p","dependencies":[{"depends_on_id":"b","type":"parent-child"}]})");
    BOOST_TEST(book.tasks[0].depends_on == std::vector<std::string>{"b"}, boost::test_tools::per_element());
    BOOST_TEST(says(book, 1, "nowhere is not in the file"));
    BOOST_TEST(says(book, 1, "a is the task itself"));
    BOOST_TEST(book.tasks[1].parents == std::vector<std::string>{"p"}, boost::test_tools::per_element());
    BOOST_TEST(says(book, 2, "second parent"));
    BOOST_TEST(book.tasks[2].depends_on.empty());
    BOOST_TEST(says(book, 3, "circle"));
    BOOST_TEST(says(book, 4, "below the task"));
    BOOST_TEST(book.tasks[2].members.at("x_dependencies").as_string().find("related") !=
               boost::json::string::npos);

    std::string wide = R"({"id":"top","title":"top"})";
    for (int i = 0; i < 101; ++i)
        wide +=
            "\n"
            R"({"id":"w)" +
            std::to_string(i) +
            R"(","title":"w","dependencies":[{"depends_on_id":"top","type":"parent-child"}]})";
    std::string deep = R"({"id":"d0","title":"d"})";
    for (int i = 1; i < 9; ++i)
        deep +=
            "\n"
            R"({"id":"d)" +
            std::to_string(i) + R"(","title":"d","dependencies":[{"depends_on_id":"d)" +
            std::to_string(i - 1) + R"(","type":"parent-child"}]})";
    for (const auto& text : {wide, deep}) {
        const auto tree = mapped("beads", text);
        BOOST_TEST(tree.notes.size() == 1);
        import_book target;
        BOOST_TEST(import_into(target, tree).refused.empty());
    }
}

BOOST_AUTO_TEST_CASE(taskwarrior_tasks_keep_what_the_tool_knows) {
    const auto book = mapped(
        "taskwarrior",
        "[{\"id\":1,\"uuid\":\"u1\",\"description\":\"A\\/"
        "B\",\"entry\":\"20120629T191421Z\",\"priority\":\"H\",\"project\":\"party\","
        "\"status\":\"pending\",\"start\":\"20120630T000000Z\",\"annotations\":[{\"entry\":"
        "\"20120629T191534Z\",\"description\":\"the 13th\"}]},\n"
        "{\"uuid\":\"u2\",\"description\":\"B\",\"entry\":\"20120629T191422Z\",\"depends\":\"u1,u9\","
        "\"status\":\"waiting\",\"wait\":\"20130101T000000Z\",\"priority\":\"M\"},\n"
        "{\"uuid\":\"u3\",\"description\":\"C\",\"entry\":\"20120629T191423Z\",\"depends\":[\"u1\",\"u2\"],"
        "\"status\":\"recurring\",\"recur\":\"yearly\",\"mask\":\"-\",\"due\":\"20130429T220000Z\"},\n"
        "{\"uuid\":\"u4\",\"description\":\"D\",\"entry\":\"20120629T191424Z\",\"status\":\"deleted\","
        "\"end\":\"20120701T000000Z\"},\n"
        "{\"uuid\":\"u2\",\"description\":\"B "
        "again\",\"entry\":\"20120629T191422Z\",\"depends\":\"u1\",\"status\":\"completed\",\"end\":"
        "\"20120702T000000Z\"}]");
    BOOST_TEST(book.read == 5);
    BOOST_TEST(book.skipped == 1);
    BOOST_REQUIRE(book.tasks.size() == 4);
    BOOST_TEST(members(book.tasks[0]) ==
               R"({"x_source_id":"u1","title":"A/B","priority":"P2","x_start":"20120630T000000Z"})");
    BOOST_TEST((book.tasks[0].status == dom::status::in_progress));
    BOOST_TEST(book.tasks[0].project == "party");
    BOOST_TEST(book.tasks[0].comments.at(0).text == "the 13th");
    BOOST_TEST(book.tasks[0].line == 1);
    BOOST_TEST(book.tasks[3].source_id == "u2");
    BOOST_TEST(book.tasks[3].line == 5);
    BOOST_TEST(members(book.tasks[1]).find(R"("due":"2013-04-29T22:00:00Z")") != std::string::npos,
               members(book.tasks[1]));
    BOOST_TEST(members(book.tasks[1]).find(R"("x_recur":"yearly")") != std::string::npos);
    BOOST_TEST(members(book.tasks[1]).find(R"("x_status":"recurring")") != std::string::npos);
    BOOST_TEST((book.tasks[2].status == dom::status::deleted));
    import_book target;
    const auto done = import_into(target, book);
    BOOST_TEST(done.refused.empty(), (done.refused.empty() ? "" : done.refused.front()));
    for (const auto& t : book.tasks)
        BOOST_TEST(import::differences(book, t, target.current().tasks.at(t.id), true).empty(), t.source_id);
}

BOOST_AUTO_TEST_CASE(an_exported_book_comes_back_as_it_was) {
    const auto first = mapped(
        "daybook",
        R"({"task_id":"0198c7a0-0000-7000-8000-000000000001","title":"Top","priority":"P1","tags":["#a"],"due":"2026-08-31","project":"House"})"
        "\n"
        R"({"task_id":"0198c7a0-0000-7000-8000-000000000002","title":"Below","parent_id":"0198c7a0-0000-7000-8000-000000000001","depends_on":["0198c7a0-0000-7000-8000-000000000003"],"status":"in_progress","duration":30,"x_own":1.5,"mystery":[1]})"
        "\n"
        R"({"task_id":"0198c7a0-0000-7000-8000-000000000003","title":"Other","status":"completed","reminders":[{"when":"1 day before due"}],"due":"2026-08-31T17:00:00[Europe/Berlin]","recurrence":{"rule":"weekly"}})"
        "\n"
        R"({"title":"Without an id","percent":101})");
    import_book one;
    const auto done = import_into(one, first);
    BOOST_TEST(done.refused.empty(), (done.refused.empty() ? "" : done.refused.front()));
    BOOST_TEST(says(first, 4, "percent"));
    std::string exported;
    for (const auto& [id, task] : one.current().tasks) exported += boost::json::serialize(task) + "\n";
    const auto second = mapped("daybook", exported);
    BOOST_TEST(second.notes.empty(), (second.notes.empty() ? "" : second.notes.front().reason));
    import_book two;
    const auto again = import_into(two, second);
    BOOST_TEST(again.refused.empty(), (again.refused.empty() ? "" : again.refused.front()));
    for (const auto& t : second.tasks) {
        const auto left = one.current().tasks.at(t.id);
        auto right = two.current().tasks.at(t.id);
        for (const auto name :
             {"title", "description", "priority", "tags", "status", "due", "start", "parent_id", "project",
              "depends_on", "duration", "x_own", "x_mystery", "created_at", "recurrence"})
            BOOST_TEST((left.if_contains(name) == nullptr ? boost::json::value() : left.at(name)) ==
                           (right.if_contains(name) == nullptr ? boost::json::value() : right.at(name)),
                       name);
    }
    // And into the book that it came from: nothing to do.
    import::plan_options options;
    options.now = one.now;
    const auto nothing = import::make_plan(second, one.current(), options);
    for (const auto& c : nothing.commands) BOOST_ERROR(boost::json::serialize(c.command));
}

BOOST_AUTO_TEST_CASE(a_second_file_sends_only_the_members_that_changed) {
    const std::string text =
        R"({"id":"1","title":"One","priority":2,"labels":["a"],"created_at":"2026-01-01T00:00:00Z"})";
    import_book book;
    import_into(book, mapped("beads", text));
    const auto changed = mapped(
        "beads",
        R"({"id":"1","title":"One!","priority":2,"labels":["a"],"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-02-01T00:00:00Z"})");
    import::plan_options options;
    options.now = book.now;
    const auto plan = import::make_plan(changed, book.current(), options);
    BOOST_REQUIRE(plan.commands.size() == 1);
    const auto& args = plan.commands[0].command.at("args").as_object();
    BOOST_TEST(args.size() == 3);
    BOOST_TEST(args.at("title").as_string() == "One!");
    BOOST_TEST(args.at("x_updated_at").as_string() == "2026-02-01T00:00:00Z");
    BOOST_TEST(plan.commands[0].command.at("occurred_at").as_string() == "2026-02-01T00:00:00.000Z");
    BOOST_TEST(book.run(plan).applied == 1);
    // Back to what it was, and forth again: each time an own command, not a repeat of an old one.
    for (const auto& file : {mapped("beads", text), changed, mapped("beads", text)}) {
        const auto back = book.run(import::make_plan(file, book.current(), options));
        BOOST_TEST(back.applied == 1);
        BOOST_TEST(back.replayed == 0);
    }
}

BOOST_AUTO_TEST_CASE(what_people_did_in_the_book_is_left_alone_where_the_file_has_no_say) {
    import_book book;
    const auto file = mapped("beads", R"({"id":"1","title":"One"})"
                                      "\n"
                                      R"({"id":"2","title":"Two"})");
    import_into(book, file);
    import::import_plan by_hand;
    const auto id = [&](std::size_t i) { return file.tasks[i].id.text(); };
    const auto send = [&](const char* name, const char* type, boost::json::object args) {
        by_hand.commands.push_back({import::no_task,
                                    {{"id", name},
                                     {"type", type},
                                     {"args", std::move(args)},
                                     {"occurred_at", "2026-08-01T00:00:00Z"}},
                                    0});
    };
    send("h1", "update_task", {{"task_id", id(0)}, {"x_mine", "kept"}, {"start", "2026-08-30"}});
    send("h2", "delete_task", {{"task_id", id(1)}});
    BOOST_TEST(book.run(by_hand).applied == 2);
    import::plan_options options;
    options.now = book.now;
    const auto plan = import::make_plan(file, book.current(), options);
    BOOST_TEST(plan.commands.empty());
    BOOST_TEST((plan.tasks[1] == import::task_plan::skip));
    BOOST_TEST(plan.notes.size() == 1);
}

BOOST_AUTO_TEST_CASE(lines_that_are_no_records_are_refused_by_line) {
    const auto book = mapped("beads",
                             "{\"id\":\"1\",\"title\":\"t\"}\n\nnot json\n[1]\n{\"title\":\"no "
                             "id\"}\n{\"id\":\"t\",\"status\":\"tombstone\"}\n");
    BOOST_TEST(book.read == 5);
    BOOST_TEST(book.tasks.size() == 1);
    BOOST_TEST(book.skipped == 1);
    BOOST_REQUIRE(book.refused.size() == 3);
    BOOST_TEST(book.refused[0].line == 3);
    BOOST_TEST(book.refused[1].line == 4);
    BOOST_TEST(book.refused[2].line == 5);
    BOOST_TEST(import::read_source("[{\"a\":1},\n {\"b\":\"]\"}").refused.size() == 1);
    BOOST_TEST(import::read_source("[]").records.empty());
    BOOST_TEST(!import::map_records("todoist", {}, test_zones()));
}

BOOST_AUTO_TEST_CASE(what_create_task_would_refuse_stays_under_x_with_a_note_and_the_task_comes) {
    const auto book =
        mapped("daybook", R"({"title":"a","due":"garbage"})"
                          "\n"
                          R"({"title":"b","start":"2026-09-02","due":"2026-09-01"})"
                          "\n"
                          R"({"title":"c","due":"2026-09-01T10:00[Nowhere/City]","deadline":"2026-09-03"})"
                          "\n"
                          R"({"title":"d","reminders":[{"when":"1 day before due"}]})");
    import_book target;
    const auto done = import_into(target, book);
    BOOST_TEST(done.refused.empty(), (done.refused.empty() ? "" : done.refused.front()));
    BOOST_TEST(done.applied == 4);
    BOOST_TEST(book.tasks[0].members.at("x_due").as_string() == "garbage");
    BOOST_TEST(says(book, 1, "kept as x_due"));
    BOOST_TEST(book.tasks[1].members.at("due").as_string() == "2026-09-01");
    BOOST_TEST(book.tasks[1].members.at("x_start").as_string() == "2026-09-02");
    BOOST_TEST(says(book, 2, "kept as x_start"));
    BOOST_TEST(book.tasks[2].members.at("deadline").as_string() == "2026-09-03");
    BOOST_TEST(says(book, 3, "kept as x_due"));
    BOOST_TEST(book.tasks[3].members.contains("x_reminders"));
    const auto old = mapped("taskwarrior", R"([{"uuid":"u","description":"t","due":"00000101T000000Z"}])");
    BOOST_TEST(old.tasks[0].members.at("x_due").as_string() == "00000101T000000Z");
    BOOST_TEST(says(old, 1, "due is no instant"));
    BOOST_TEST(import_into(target, old).refused.empty());
}

BOOST_AUTO_TEST_CASE(custom_members_keep_their_text_and_names_as_create_task_does) {
    // e and a combining accent: not NFC. A tab and a bell are no part of a name, but may stand in a text.
    const std::string decomposed = "cafe\xcc\x81";
    const auto book =
        mapped("beads", "{\"id\":\"1\",\"title\":\"t\",\"" + decomposed + "\":\"" + decomposed +
                            R"(","bell":"a\u0007\tb","nul":"a\u0000b","na\u0007me":1,"x_bell":"other"})");
    BOOST_REQUIRE(book.tasks.size() == 1);
    const auto& m = book.tasks[0].members;
    BOOST_TEST(m.at("x_" + decomposed).as_string() == decomposed);
    BOOST_TEST(m.at("x_nul").as_string() == "ab");
    BOOST_TEST(says(book, 1, "x_nul held U+0000"));
    BOOST_TEST(m.at("x_name").as_int64() == 1);
    BOOST_TEST(says(book, 1, "x_name is the nearest name"));
    // Both would be x_bell: one of them stays, and a note says so.
    BOOST_TEST(m.at("x_bell").as_string() == "a\a\tb");
    BOOST_TEST(says(book, 1, "x_bell is there already"));

    import_book target;
    BOOST_TEST(import_into(target, book).refused.empty());
    const auto again = import_into(target, book);
    BOOST_TEST(again.refused.empty());
    BOOST_TEST(again.applied == 0);
}

BOOST_AUTO_TEST_CASE(numbers_stay_what_they_are_and_a_doubled_name_is_refused_as_at_the_door) {
    const auto book = mapped(
        "beads",
        R"({"id":"1","title":"t","big":1e400,"long":123456789012345678901234567890,"max":18446744073709551615,"fine":1.25,"whole":1e3,"least":-9223372036854775808})"
        "\n"
        R"({"id":"2","title":"t","title":"u"})"
        "\n"
        R"({"id":"3","title":"t\u0000u"})"
        "\n"
        R"({"id":4,"title":"t"})");
    BOOST_REQUIRE(book.tasks.size() == 2);
    const auto& m = book.tasks[0].members;
    BOOST_TEST(m.at("x_big").as_string() == "1e400");
    BOOST_TEST(m.at("x_long").as_string() == "123456789012345678901234567890");
    BOOST_TEST(m.at("x_max").as_string() == "18446744073709551615");
    BOOST_TEST(m.at("x_fine").as_double() == 1.25);
    BOOST_TEST(m.at("x_whole").as_int64() == 1000);
    BOOST_TEST(m.at("x_least").as_int64() == std::numeric_limits<std::int64_t>::min());
    for (const auto* name : {"big", "long", "max"})
        BOOST_TEST(says(book, 1, std::string(name) + ": a number"));
    BOOST_TEST(book.tasks[1].members.at("title").as_string() == "tu");
    BOOST_REQUIRE(book.refused.size() == 2);
    BOOST_TEST(book.refused[0].line == 2);
    BOOST_TEST(book.refused[0].reason == "a name stands twice in one object [title]");
    BOOST_TEST(book.refused[1].reason == "id is no text");
    import_book target;
    BOOST_TEST(import_into(target, book).refused.empty());
}

BOOST_AUTO_TEST_CASE(instants_are_never_in_the_future_and_bad_ones_stay_as_text) {
    const auto book =
        mapped("beads", R"({"id":"1","title":"t","created_at":"2099-01-01T00:00:00Z","updated_at":"soon"})");
    BOOST_TEST(book.tasks[0].members.at("x_updated_at").as_string() == "soon");
    BOOST_TEST(says(book, 1, "updated_at is no instant"));
    import_book target;
    BOOST_TEST(import_into(target, book).refused.empty());
    BOOST_TEST((target.book().find(book.tasks[0].id)->created_at == target.now));
}

BOOST_AUTO_TEST_SUITE_END()
