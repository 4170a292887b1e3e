// What queries mean (semantics §4), rule by rule, over tasks in memory: the definition that both stores are
// tested by.
#include "domain/filter/evaluate.hpp"
#include "domain/filter/fuzzy.hpp"
#include "domain/filter/print.hpp"
#include "domain/text/trigram.hpp"
#include "tests/support/queries.hpp"

#include <boost/test/unit_test.hpp>

namespace dom = daybook::domain;
namespace filter = daybook::domain::filter;
using namespace daybook::tests;

namespace {

dom::instant at(std::string_view text) { return dom::parse_instant(text).value(); }

dom::task_id number(std::uint8_t n) {
    std::array<std::uint8_t, 16> bytes{};
    bytes[15] = n;
    return dom::task_id(dom::uuid(bytes));
}

dom::task_date day(std::string text) {
    // All-day dates stand at 09:00 in Berlin, in summer 07:00Z.
    const auto resolved = at(text + "T07:00:00Z");
    return {std::move(text), resolved};
}
dom::task_date time(std::string_view text) { return {std::string(text), at(text)}; }

/// A task, its surroundings and its words.
struct subject {
    subject() {
        task.id = number(1);
        task.title = "Task";
        task.created_at = task.updated_at = at("2026-08-01T08:00:00Z");
    }
    dom::task task{};
    bool blocked = false;
    bool has_subtask = false;
    std::vector<std::string> comments{};
    std::string language{"english"};
    std::vector<std::pair<std::string, dom::project_id>> projects{};

    [[nodiscard]] std::vector<dom::document_token> words() const {
        dom::text_document document{
            {task.title, language}, task.tags, language, {task.description, language}, {}};
        for (const auto& comment : comments) document.comments.push_back({comment, language});
        return dom::analyse(test_analyser(), document);
    }
    [[nodiscard]] bool is(std::string_view query) const { return is(bound(query, language)); }
    [[nodiscard]] bool is(const filter::normal_form& form) const {
        const auto tokens = words();
        std::vector<std::optional<dom::project_id>> resolved;
        for (const auto& wanted : form.projects) {
            resolved.emplace_back();
            for (const auto& [name, id] : projects)
                if (name == wanted || id.text() == wanted) resolved.back() = id;
        }
        return filter::matches(task, form, {blocked, has_subtask, tokens, resolved});
    }
    [[nodiscard]] std::int64_t rank(std::string_view query) const {
        const auto tokens = words();
        return filter::rank_of(bound(query, language), tokens);
    }
};

subject titled(std::string title) {
    subject s;
    s.task.title = std::move(title);
    return s;
}
subject due(dom::task_date date) {
    subject s;
    s.task.due = std::move(date);
    return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_filter_meaning)

BOOST_AUTO_TEST_CASE(example_meeting_p1_due_in_a_week_by_due) {
    constexpr std::string_view query = "meeting p1 due:<=+7d sort:due";
    auto s = titled("Team meeting");
    s.task.priority = dom::priority::p1;
    s.task.due = time("2026-08-29T21:59:59.999Z");  // the last moment of the 29th in Berlin
    BOOST_TEST(s.is(query));
    s.task.due = time("2026-08-29T22:00:00Z");
    BOOST_TEST(!s.is(query));
    s.task.due = day("2026-08-29");
    BOOST_TEST(s.is(query));
    s.task.priority = dom::priority::p2;
    BOOST_TEST(!s.is(query));
    s.task.priority = dom::priority::p1;
    s.task.title = "Meet";
    BOOST_TEST(s.is(query));  // by stem
    s.task.title = "Lunch";
    BOOST_TEST(!s.is(query));
    BOOST_TEST((filter::parse(query)->order == dom::sort_order{{dom::sort_field::due, false}}));
}

BOOST_AUTO_TEST_CASE(example_union_of_tags_not_blocked_with_a_live_reminder) {
    constexpr std::string_view query = "(#work OR #urgent) -is:blocked has:reminder";
    subject s;
    s.task.tags = {"#Urgent"};
    BOOST_TEST(!s.is(query));
    s.task.reminders = {dom::reminder{}};
    BOOST_TEST(s.is(query));
    s.task.reminders.front().state = "snoozed";
    BOOST_TEST(s.is(query));
    s.task.reminders.front().state = "fired";
    BOOST_TEST(!s.is(query));
    s.task.reminders.push_back(dom::reminder{});
    s.blocked = true;
    BOOST_TEST(!s.is(query));
    s.blocked = false;
    s.task.tags = {"#working"};
    BOOST_TEST(!s.is(query));
}

BOOST_AUTO_TEST_CASE(example_a_phrase_in_the_title_completed_in_july_by_local_days) {
    constexpr std::string_view query = "title:\"quarterly report\" completed:2026-07-01..2026-07-31";
    auto s = titled("Send the Quarterly Reports");
    s.task.status = dom::status::completed;
    s.task.completed_at = at("2026-06-30T22:00:00Z");  // midnight in Berlin
    BOOST_TEST(s.is(query));
    s.task.completed_at = at("2026-06-30T21:59:59.999Z");
    BOOST_TEST(!s.is(query));
    s.task.completed_at = at("2026-07-31T21:59:59.999Z");
    BOOST_TEST(s.is(query));
    s.task.completed_at = at("2026-07-31T22:00:00Z");
    BOOST_TEST(!s.is(query));
    s.task.completed_at = at("2026-07-15T12:00:00Z");
    s.task.title = "Report of the quarterly numbers";
    s.task.description = "quarterly report";
    BOOST_TEST(!s.is(query));
}

BOOST_AUTO_TEST_CASE(example_overdue_in_a_project_of_two_words_without_assignee) {
    constexpr std::string_view query = "is:overdue project:\"Two Words\" assignee:none";
    auto s = due(day("2026-08-21"));
    s.projects = {{"Two Words", dom::project_id(number(9).value())}};
    s.task.project = s.projects.front().second;
    BOOST_TEST(s.is(query));
    s.task.due = day("2026-08-22");  // all-day today is not over
    BOOST_TEST(!s.is(query));
    s.task.due = time("2026-08-22T07:59:59.999Z");  // before now
    BOOST_TEST(s.is(query));
    s.task.due = time("2026-08-22T08:00:00Z");
    BOOST_TEST(!s.is(query));
    s.task.due = day("2026-08-21");
    s.task.assignee = "ana";
    BOOST_TEST(!s.is(query));
    s.task.assignee.reset();
    s.task.project.reset();
    BOOST_TEST(!s.is(query));
}

BOOST_AUTO_TEST_CASE(example_undated_open_and_older_than_thirty_days) {
    constexpr std::string_view query = "due:none is:open created:<-30d";
    subject s;
    s.task.created_at = at("2026-07-22T21:59:59.999Z");  // before the 23rd in Berlin
    BOOST_TEST(s.is(query));
    s.task.created_at = at("2026-07-22T22:00:00Z");
    BOOST_TEST(!s.is(query));
    s.task.created_at = at("2026-01-01T00:00:00Z");
    s.task.status = dom::status::in_progress;
    BOOST_TEST(s.is(query));
    s.task.status = dom::status::completed;
    BOOST_TEST(!s.is(query));
    s.task.status = dom::status::open;
    s.task.due = day("2026-09-01");
    BOOST_TEST(!s.is(query));
}

BOOST_AUTO_TEST_CASE(s2_words_match_by_folded_form_or_stem) {
    BOOST_TEST(titled("New Landingpages for spring").is("landingpage "));
    BOOST_TEST(titled("GROSSE Straße").is("große "));
    BOOST_TEST(titled("Größe").is("grosse "));
    BOOST_TEST(titled("naïve café").is("\"NAIVE CAFE\""));
    BOOST_TEST(!titled("catalogue").is("cat "));
    auto s = titled("Task");
    s.task.description = "in the description";
    s.task.tags = {"#tagged"};
    s.comments = {"first", "a commented thing"};
    BOOST_TEST(s.is("description tagged commented "));
    BOOST_TEST(s.is("desc:description comment:comments "));
    BOOST_TEST(!s.is("title:description "));
    BOOST_TEST(!s.is("comment:description "));
}

BOOST_AUTO_TEST_CASE(s2_landing_finds_landingpages_by_its_open_end) {
    const auto s = titled("Neue Landingpages");
    BOOST_TEST(s.is("landing"));
    BOOST_TEST(!s.is("landing "));
    BOOST_TEST(s.is("landing*"));
    BOOST_TEST(!s.is("landing neue "));
    BOOST_TEST(s.is("neue landing"));
}

BOOST_AUTO_TEST_CASE(s2_words_and_together_so_backup_server_never_finds_backup_database) {
    BOOST_TEST(!titled("Backup database").is("backup server"));
    BOOST_TEST(titled("Server: backup").is("backup server"));
}

BOOST_AUTO_TEST_CASE(s2_a_phrase_is_consecutive_words_of_one_text) {
    auto s = titled("buy red apples today");
    BOOST_TEST(s.is("\"red apple\""));
    BOOST_TEST(!s.is("\"apples red\""));
    BOOST_TEST(!s.is("\"buy apples\""));
    s.task.description = "at noon";
    BOOST_TEST(!s.is("\"today at\""));
    s.comments = {"one two", "three"};
    BOOST_TEST(s.is("\"one two\""));
    BOOST_TEST(!s.is("\"two three\""));
}

BOOST_AUTO_TEST_CASE(s2_a_word_that_is_split_is_a_phrase) {
    BOOST_TEST(titled("a foo-bar b").is("foo-bar "));
    BOOST_TEST(titled("a foo bar b").is("foo-bar "));
    BOOST_TEST(!titled("bar foo").is("foo-bar "));
    BOOST_TEST(titled("a foo barricade").is("foo-bar"));
    BOOST_TEST(!titled("a foo barricade").is("foo-bar "));
    BOOST_TEST(titled("a foo barricade").is("foo-bar*"));
}

BOOST_AUTO_TEST_CASE(s2_text_without_a_word_is_refused_where_it_stands) {
    const auto q = filter::parse("a & b ").value();
    const auto form = filter::normalise(q, saturday(), {test_analyser(), "english"});
    BOOST_REQUIRE(!form);
    BOOST_TEST((form.error().code == dom::errc::query_bad_value));
    BOOST_TEST(form.error().column.value_or(0) == 3);
}

BOOST_AUTO_TEST_CASE(s2a_not_and_not_equal_are_complements_also_for_empty_fields) {
    const std::vector<std::string> terms{
        "due:2026-08-22",  "due:<2026-08-22", "priority:P2", "status:open",  "#work",
        "assignee:ana",    "project:Garden",  "is:overdue",  "has:reminder", "start:<today",
        "completed:today", "word ",           "series:none", "is:today"};
    std::vector<subject> subjects(4);
    subjects[1].task.due = day("2026-08-22");
    subjects[1].task.tags = {"#work"};
    subjects[2].task.due = day("2026-08-01");
    subjects[2].task.assignee = "Ana";
    subjects[3].task.title = "words";
    subjects[3].task.completed_at = at("2026-08-22T07:00:00Z");
    for (const auto& term : terms)
        for (const auto& s : subjects) {
            BOOST_TEST(s.is("(" + term + ")") != s.is("-(" + term + ")"), term);
            BOOST_TEST(s.is("NOT NOT (" + term + ")") == s.is("(" + term + ")"), term);
        }
    const subject empty;
    for (const std::string_view complement :
         {"due:!=2026-08-22", "assignee:!=ana", "project:!=Garden", "tag:!=work"})
        BOOST_TEST(empty.is(complement), complement);
    BOOST_TEST(!empty.is("due:!=none"));
}

BOOST_AUTO_TEST_CASE(s2a_priority_p1_comes_first) {
    subject s;
    const auto holding = [&](std::string_view query) {
        std::string out;
        for (int p = 1; p <= 4; ++p) {
            s.task.priority = static_cast<dom::priority>(p);
            if (s.is(query)) out += std::to_string(p);
        }
        return out;
    };
    BOOST_TEST(holding("priority:<=P2") == "12");
    BOOST_TEST(holding("priority:<P2") == "1");
    BOOST_TEST(holding("priority:>P2") == "34");
    BOOST_TEST(holding("priority:>=high") == "234");
    BOOST_TEST(holding("priority:P2..P3") == "23");
    BOOST_TEST(holding("priority:!=P2..P3") == "14");
    BOOST_TEST(holding("p4 ") == "4");
    BOOST_TEST(holding("priority:!=P1") == "234");
    BOOST_TEST(holding("p1 p2 ").empty());
    BOOST_TEST(holding("p1 OR p2 ") == "12");
}

BOOST_AUTO_TEST_CASE(s2a_dates_are_local_days) {
    const auto holds = [&](std::string_view instant, std::string_view query) {
        return due(time(instant)).is(query);
    };
    BOOST_TEST(holds("2026-08-21T22:00:00Z", "due:today"));
    BOOST_TEST(!holds("2026-08-21T21:59:59.999Z", "due:today"));
    BOOST_TEST(holds("2026-08-21T21:59:59.999Z", "due:yesterday"));
    BOOST_TEST(holds("2026-08-22T22:00:00Z", "due:tomorrow"));
    BOOST_TEST(holds("2026-08-22T21:59:59Z", "due:<=today"));
    BOOST_TEST(!holds("2026-08-22T22:00:00Z", "due:<=today"));
    BOOST_TEST(holds("2026-08-22T22:00:00Z", "due:>today"));
    BOOST_TEST(holds("2026-08-23T12:00:00Z", "due:eow"));  // Sunday
    BOOST_TEST(holds("2026-08-31T12:00:00Z", "due:eom"));
    BOOST_TEST(holds("2026-08-29T12:00:00Z", "due:+1w"));
    BOOST_TEST(holds("2026-09-22T12:00:00Z", "due:+1m"));
    BOOST_TEST(holds("2025-08-22T12:00:00Z", "due:-1y"));
    BOOST_TEST(holds("2026-08-22T15:00:00Z", "due:2026-08-22T17:00"));
    BOOST_TEST(holds("2026-08-22T15:00:00Z", "due:2026-08-22T15:00:00Z"));
    BOOST_TEST(!holds("2026-08-22T15:00:00.001Z", "due:2026-08-22T15:00:00Z"));
    BOOST_TEST(holds("2026-08-25T12:00:00Z", "due:today..+7d"));
    BOOST_TEST(!holds("2026-08-25T12:00:00Z", "due:!=today..+7d"));
    BOOST_TEST(!holds("2026-08-25T12:00:00Z", "due:+7d..today"));
}

BOOST_AUTO_TEST_CASE(months_are_clamped_and_weeks_begin_where_the_book_says) {
    const auto day_of = [](std::string_view date, std::string_view now, std::chrono::weekday week_start) {
        filter::query_context context{at(now), nullptr, week_start};
        return dom::to_text(filter::resolve(filter::parse_date_point(date).value(), context).from)
            .substr(0, 10);
    };
    using namespace std::chrono;
    BOOST_TEST(day_of("+1m", "2026-01-31T12:00:00Z", Monday) == "2026-02-28");
    BOOST_TEST(day_of("-1y", "2028-02-29T12:00:00Z", Monday) == "2027-02-28");
    BOOST_TEST(day_of("+9999y", "2026-08-22T12:00:00Z", Monday) == "9999-12-31");
    BOOST_TEST(day_of("-9999y", "2026-08-22T12:00:00Z", Monday) == "0001-01-01");
    BOOST_TEST(day_of("eow", "2026-08-22T12:00:00Z", Monday) == "2026-08-23");
    BOOST_TEST(day_of("eow", "2026-08-22T12:00:00Z", Sunday) == "2026-08-22");
    BOOST_TEST(day_of("eow", "2026-08-23T12:00:00Z", Sunday) == "2026-08-29");
    BOOST_TEST(day_of("eow", "2026-08-23T12:00:00Z", Saturday) == "2026-08-28");
    BOOST_TEST(day_of("eom", "2028-02-10T12:00:00Z", Monday) == "2028-02-29");
}

BOOST_AUTO_TEST_CASE(a_day_of_the_clock_change_is_a_whole_day) {
    // In Berlin 2026-03-29 has 23 hours, 2026-10-25 has 25.
    BOOST_TEST(due(time("2026-03-28T23:00:00Z")).is("due:2026-03-29"));
    BOOST_TEST(due(time("2026-03-29T21:59:59Z")).is("due:2026-03-29"));
    BOOST_TEST(!due(time("2026-03-29T22:00:00Z")).is("due:2026-03-29"));
    BOOST_TEST(due(time("2026-10-25T22:59:59Z")).is("due:2026-10-25"));
    BOOST_TEST(!due(time("2026-10-25T23:00:00Z")).is("due:2026-10-25"));
}

BOOST_AUTO_TEST_CASE(s25a_deleted_tasks_answer_only_where_deleted_is_named_and_purged_ones_never) {
    subject s;
    s.task.status = dom::status::deleted;
    for (const std::string_view silent :
         {"", "task ", "-status:open", "status:!=completed", "id:00000000-0000-0000-0000-000000000001"})
        BOOST_TEST(!s.is(silent), silent);
    for (const std::string_view named : {"status:deleted", "#x OR status:deleted", "-(p1 status:deleted)"})
        BOOST_TEST(s.is(named), named);
    BOOST_TEST(!s.is("status:!=deleted"));
    s.task.status = dom::status::purged;
    for (const std::string_view query : {"", "status:deleted", "-status:open", "status:!=deleted"})
        BOOST_TEST(!s.is(query), query);
}

BOOST_AUTO_TEST_CASE(is_and_has_say_what_they_say) {
    subject s;
    BOOST_TEST(!s.is("has:due"));
    BOOST_TEST(!s.is("has:recurrence"));
    BOOST_TEST(!s.is("has:subtask"));
    BOOST_TEST(!s.is("has:comment"));
    BOOST_TEST(!s.is("is:recurring"));
    BOOST_TEST(!s.is("is:done"));
    BOOST_TEST(s.is("is:open"));
    s.task.recurrence = dom::recurrence{};
    s.task.comments = 1;
    s.has_subtask = true;
    s.blocked = true;
    s.task.due = day("2026-08-22");
    BOOST_TEST(s.is("has:due has:recurrence has:subtask has:comment is:recurring is:blocked is:today"));
    s.task.recurrence.reset();
    s.task.series = dom::series_id(number(3).value());
    BOOST_TEST(s.is("is:recurring -has:recurrence series:" + number(3).text()));
    for (const auto closed : {dom::status::completed, dom::status::cancelled, dom::status::skipped}) {
        s.task.status = closed;
        s.task.due = day("2026-08-01");
        BOOST_TEST(!s.is("is:open"));
        BOOST_TEST(!s.is("is:overdue"));
        BOOST_TEST(s.is("is:done") == (closed == dom::status::completed));
    }
}

BOOST_AUTO_TEST_CASE(s3_rank_is_the_weight_of_the_best_field_of_each_positive_term_summed) {
    auto s = titled("report");
    s.task.tags = {"#report", "#other"};
    s.task.description = "report of numbers";
    s.comments = {"numbers once more"};
    BOOST_TEST(s.rank("report ") == 8);
    BOOST_TEST(s.rank("other ") == 4);
    BOOST_TEST(s.rank("numbers ") == 2);
    BOOST_TEST(s.rank("more ") == 1);
    BOOST_TEST(s.rank("report numbers ") == 10);
    BOOST_TEST(s.rank("\"of numbers\"") == 2);
    BOOST_TEST(s.rank("desc:report ") == 2);
    BOOST_TEST(s.rank("report -more -(missing OR other)") == 8);
    BOOST_TEST(s.rank("report -(-other)") == 12);
    BOOST_TEST(s.rank("missing OR more ") == 1);
    BOOST_TEST(s.rank("#report is:open") == 0);
}

BOOST_AUTO_TEST_CASE(s2_the_fuzzy_pass_takes_words_that_look_alike_for_those_that_must_hold) {
    const auto form = bound("bakcup -sever \"big plan\" pre* title:repotr");
    BOOST_TEST((filter::mistypable(form) == std::vector<std::size_t>{0, 4}));
    subject s;
    s.task.title = "Backup of the report";
    s.task.description = "a big plan of the preacher";
    BOOST_TEST(!s.is(form));
    const std::vector<std::vector<std::string>> alike{{"backups", "backup"}, {"report"}};
    const auto looser = filter::loosened(form, alike);
    BOOST_TEST(s.is(looser));
    BOOST_TEST(filter::rank_of(looser, s.words()) == 8 + 2 + 2 + 8);
    s.task.title = "Backup";
    s.task.description += " report";
    BOOST_TEST(!s.is(looser));  // that word is asked of the title
}

BOOST_AUTO_TEST_CASE(s2_what_was_meant_is_the_query_with_other_words) {
    const auto asked = filter::parse("-(bakcup OR x) title:repotr #work \"a b\" sort:due").value();
    const std::vector<std::optional<std::string>> words{"backup", {}, "report"};
    const auto meant = filter::to_text(filter::reworded(asked, words));
    BOOST_TEST((filter::parse(meant).value() ==
                filter::parse("-(backup OR x) title:report #work \"a b\" sort:due").value()));
}

BOOST_AUTO_TEST_CASE(alike_words_come_best_first_and_are_bounded) {
    dom::alike_words best("landing");
    for (const auto* word : {"landing", "lansing", "budget", "landings"})
        best.offer(word, dom::trigram_set(word));
    BOOST_TEST((best.best() == std::vector<std::string>{"landing", "landings", "lansing"}));
    for (int i = 0; i < 200; ++i) {
        const auto word = "landing" + std::to_string(i);
        best.offer(word, dom::trigram_set(word));
    }
    BOOST_TEST(best.best().size() == dom::alike_words::most);
    BOOST_TEST(best.best().front() == "landing");
}

BOOST_AUTO_TEST_CASE(s3_without_a_sort_words_list_by_rank_then_the_last_change_and_all_else_by_due) {
    using enum dom::sort_field;
    const auto order = [](const dom::query_parameters& list) { return asked(list).order; };
    BOOST_TEST((order({{"q", "report"}}) == dom::sort_order{{rank, true}, {updated, true}}));
    BOOST_TEST((order({{"search", "report"}}) == dom::sort_order{{rank, true}, {updated, true}}));
    BOOST_TEST((order({{"q", "-report #x"}}) == dom::sort_order{{due, false}}));
    BOOST_TEST((order({}) == dom::sort_order{{due, false}}));
    BOOST_TEST((order({{"q", "a sort:priority,rank"}}) ==
                dom::sort_order{{priority, false}, {rank, true}, {updated, true}}));
    BOOST_TEST((order({{"q", "a sort:rank,updated"}}) == dom::sort_order{{rank, true}, {updated, false}}));
    BOOST_TEST((order({{"sort_by", "rank"}}) == dom::sort_order{{rank, true}, {updated, true}}));
    BOOST_TEST((order({{"q", "a"}, {"order", "asc"}}) == dom::sort_order{{rank, false}, {updated, true}}));
    BOOST_TEST((order({{"order", "desc"}}) == dom::sort_order{{due, true}}));
}

BOOST_AUTO_TEST_SUITE_END()
