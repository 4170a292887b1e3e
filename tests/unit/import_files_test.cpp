// The real files of DAYBOOK_SHARED (else ../shared beside the project): every record arrives, a second run
// does nothing.
#include "app/import/history.hpp"
#include "tests/support/import_book.hpp"
#include "tests/support/source_folder.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

namespace import = daybook::app::import;
namespace dom = daybook::domain;
using namespace daybook::tests;

namespace {

std::filesystem::path data_folder() {
    if (const char* shared = std::getenv("DAYBOOK_SHARED")) return std::filesystem::path(shared) / "data";
    return daybook::tests::source_folder() / ".." / "shared" / "data";
}

boost::test_tools::assertion_result data_is_there(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result there(std::filesystem::exists(data_folder()));
    there.message() << "no " << data_folder().string() << "; DAYBOOK_SHARED names the folder above it";
    return there;
}

import::source_file read(const std::string& name) {
    std::ifstream file(data_folder() / name, std::ios::binary);
    BOOST_REQUIRE_MESSAGE(file.good(), name);
    return import::read_source(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (std::size_t i = 0; i < lines.size() && i < 5; ++i) out += "\n  " + lines[i];
    return out;
}

/// The book is what the mapping says, no more and no less.
void check_equal(const import::wanted_book& wanted, const import_book& book) {
    const auto current = book.current();
    std::set<dom::task_id> expected;
    for (const auto& t : wanted.tasks) {
        expected.insert(t.id);
        BOOST_REQUIRE_MESSAGE(current.tasks.contains(t.id), t.source_id << " is not in the book");
        const auto differs = import::differences(wanted, t, current.tasks.at(t.id), true);
        BOOST_TEST(differs.empty(), t.source_id << " differs in" << joined(differs));
    }
    for (const auto& [id, task] : current.tasks)
        if (!expected.contains(id))
            BOOST_TEST(task.at("status").as_string() == "deleted", id.text() << " is not in the file");
}

struct real_file {
    const char* name;
    const char* source;
    int read;
    int skipped;
};
std::ostream& operator<<(std::ostream& out, const real_file& f) { return out << f.name; }

const real_file files[] = {
    {"beads-beads.jsonl", "beads", 5722, 3319},
    {"beads-antwort.jsonl", "beads", 876, 0},
    {"beads-relay.jsonl", "beads", 439, 0},
    {"beads-prompt-language.jsonl", "beads", 620, 0},
    {"beads-beads-tables-issues.jsonl", "beads", 298, 0},
    {"beads-neomagi-tables-issues.jsonl", "beads", 198, 0},
    {"taskwarrior-webpp.json", "taskwarrior", 149, 0},
    {"taskwarrior-webpp-backlog.jsonl", "taskwarrior", 228, 79},
    {"taskwarrior-nerab-no-deps.json", "taskwarrior", 6, 0},
    {"taskwarrior-nerab-party2.json", "taskwarrior", 6, 0},
    {"taskwarrior-nerab-party-taxes.json", "taskwarrior", 9, 0},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(import_files, *boost::unit_test::precondition(data_is_there))

BOOST_DATA_TEST_CASE(every_task_of_a_real_file_arrives_with_its_times_and_a_second_run_does_nothing, files,
                     file) {
    auto wanted = import::map_records(file.source, read(file.name), test_zones()).value();
    import::link(wanted);
    BOOST_TEST(wanted.read == file.read);
    BOOST_TEST(wanted.skipped == file.skipped);
    BOOST_TEST(wanted.refused.empty());
    BOOST_TEST(static_cast<std::int64_t>(wanted.tasks.size()) + wanted.skipped == wanted.read);

    import_book book;
    import::plan_options options;
    options.now = book.now;
    const auto plan = import::make_plan(wanted, book.current(), options);
    const auto done = book.run(plan);
    BOOST_TEST(done.refused.empty(), joined(done.refused));
    BOOST_TEST(done.nothing == 0);
    BOOST_TEST(done.replayed == 0);
    check_equal(wanted, book);
    for (const auto& t : wanted.tasks) {
        const auto task = book.book().find(t.id);
        BOOST_TEST((task->created_at == *t.created_at), t.source_id);
        BOOST_TEST(task->comments == static_cast<std::int64_t>(t.comments.size()));
        if (t.closed_at && (t.status == dom::status::completed))
            BOOST_TEST((*task->completed_at >= *t.created_at));
    }
    // The history is the real one: no event needed a second time stamp.
    dom::instant last{};
    for (const auto& e : book.events()) {
        BOOST_TEST((e.timestamp >= last));
        last = e.timestamp;
        BOOST_TEST(!e.data.contains("source_time"));
    }

    auto again = import::make_plan(wanted, book.current(), options);
    BOOST_TEST(again.commands.empty(),
               boost::json::serialize(again.commands.empty() ? boost::json::object()
                                                             : again.commands.front().command));
    for (const auto p : again.tasks) BOOST_TEST((p == import::task_plan::unchanged));
    // Even sent once more without looking, nothing is created twice.
    const auto blind = book.run(plan);
    BOOST_TEST(blind.applied == 0);
    BOOST_TEST(blind.refused.empty());
}

BOOST_DATA_TEST_CASE(an_import_that_was_cut_off_anywhere_goes_on_to_the_same_book,
                     boost::unit_test::data::make({1, 17, 100, 333, 500}), cut) {
    auto wanted = import::map_records("beads", read("beads-relay.jsonl"), test_zones()).value();
    import::link(wanted);
    import_book book;
    import::plan_options options;
    options.now = book.now;
    auto first = import::make_plan(wanted, {}, options);
    BOOST_REQUIRE(first.commands.size() > static_cast<std::size_t>(cut));
    first.commands.resize(static_cast<std::size_t>(cut));
    BOOST_TEST(book.run(first).refused.empty());
    const auto done = book.run(import::make_plan(wanted, book.current(), options));
    BOOST_TEST(done.refused.empty(), joined(done.refused));
    check_equal(wanted, book);
    BOOST_TEST(import::make_plan(wanted, book.current(), options).commands.empty());
}

BOOST_DATA_TEST_CASE(a_history_played_version_after_version_is_the_mapping_of_every_version,
                     boost::unit_test::data::make({"beads-beads-history-a.jsonl",
                                                   "beads-beads-history-b.jsonl",
                                                   "beads-prompt-language-history.jsonl"}),
                     name) {
    const auto versions = read(name);
    BOOST_REQUIRE(import::is_history(versions));
    import_book book;
    import::file_history history;
    using state = std::map<dom::task_id, std::shared_ptr<const dom::task>>;
    std::vector<std::pair<std::size_t, state>> states;
    for (const auto& version : versions.records) {
        history.apply(version).value();
        auto wanted = import::map_records("beads", history.state(), test_zones()).value();
        import::link(wanted);
        import::plan_options options;
        options.now = book.now;
        options.happened = history.committed_at();
        options.exact = true;
        std::set<std::string> there;
        for (const auto& t : wanted.tasks) there.insert(t.source_id);
        for (const auto& [id, line] : history.ever())
            if (!there.contains(id)) options.gone.push_back(import::task_id_of("beads", id));
        int rounds = 0;
        for (;; ++rounds) {
            const auto plan = import::make_plan(wanted, book.current(), options);
            if (plan.commands.empty()) break;
            BOOST_REQUIRE(rounds < 2);
            const auto done = book.run(plan);
            BOOST_TEST(done.refused.empty(), "version " << version.line << joined(done.refused));
        }
        check_equal(wanted, book);
        states.emplace_back(book.events().size(),
                            state(book.book().tasks().begin(), book.book().tasks().end()));
    }
    // A fold up to each version's end gives that state again.
    dom::folded_book again{dom::user_id("me")};
    std::size_t applied = 0;
    for (const auto& [end, then] : states) {
        for (; applied < end; ++applied) again.apply(book.events()[applied]);
        BOOST_REQUIRE(again.tasks().size() == then.size());
        for (const auto& [id, task] : again.tasks())
            if (!(*task == *then.at(id)))
                BOOST_ERROR("event " << end << ": " << id.text() << " is not as it was");
    }
}

BOOST_AUTO_TEST_SUITE_END()
