// The tables of docs/recurrence.md and docs/reminders.md: each row is worked out and compared.
#include "domain/cron.hpp"
#include "domain/reminder_time.hpp"
#include "tests/support/source_folder.hpp"
#include "tests/support/time_cases.hpp"

#include <fstream>
#include <map>

using namespace daybook::tests;
namespace dom = daybook::domain;
namespace rec = daybook::domain::recurring;

namespace {

using row = std::vector<std::string>;

std::string trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '`')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '`')) text.remove_suffix(1);
    return std::string(text);
}

row cells(std::string_view line) {
    row out;
    line.remove_prefix(1);
    for (auto bar = line.find('|'); bar != std::string_view::npos; bar = line.find('|')) {
        out.push_back(trimmed(line.substr(0, bar)));
        line.remove_prefix(bar + 1);
    }
    return out;
}

/// The rows of all tables of the page whose header is `header`.
std::vector<row> rows(const std::string& page, const row& header) {
    std::ifstream file(daybook::tests::source_folder() / "docs" / page);
    std::vector<row> out;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with('|')) {
            inside = false;
        } else if (cells(line) == header) {
            inside = true;
        } else if (inside && !line.starts_with("|-")) {
            out.push_back(cells(line));
        }
    }
    return out;
}

std::string with_commas(std::string text) {
    for (auto at = text.find(' '); at != std::string::npos; at = text.find(' ', at + 2))
        text.replace(at, 1, ", ");
    return text;
}

std::size_t entries(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), ',')) + 1;
}

dom::reminder_dates due_in_berlin(const std::string& due) {
    return {require_ok(dom::parse_date(due, zones())), std::nullopt, zone("Europe/Berlin"),
            std::chrono::hours(9), zones()};
}

std::string shown(const rec::series& s, const rec::next_answer& answer) {
    if (answer.ended) return "ended: " + std::string(rec::name_of(*answer.ended));
    return dom::nominal_text(answer.next->nominal, s.kind == rec::series_kind::all_day);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_doc_examples)

BOOST_AUTO_TEST_CASE(rules_name_the_dates_that_the_page_shows) {
    const auto dates = rows("recurrence.md", {"Rule", "Start", "First dates"});
    BOOST_TEST(dates.size() >= 12U);
    for (const auto& each : dates)
        BOOST_TEST(with_commas(nominals_of(series(each[0], each[1]), entries(each[2]))) == each[2], each[0]);
    const auto instants = rows("recurrence.md", {"Rule", "Start", "First instants"});
    BOOST_TEST(instants.size() >= 5U);
    for (const auto& each : instants)
        BOOST_TEST(with_commas(instants_of(series(each[0], each[1]), entries(each[2]))) == each[2], each[1]);
}

BOOST_AUTO_TEST_CASE(completions_bring_the_next_ones_that_the_page_shows) {
    const auto due =
        rows("recurrence.md", {"Rule", "Start", "Closed", "At (Europe/Berlin)", "Next", "Passed over"});
    BOOST_TEST(due.size() >= 5U);
    for (const auto& each : due) {
        const auto s = series(each[0], each[1]);
        const auto answer = rec::next_after_due(s, {wall(each[2]), at(each[3]), 0},
                                                rec::catch_up::next_future, zone("Europe/Berlin"), 100);
        std::string missed;
        for (const auto& one : answer.missed.newest)
            missed +=
                (missed.empty() ? "" : ", ") + dom::nominal_text(one, s.kind == rec::series_kind::all_day);
        BOOST_TEST(shown(s, answer) == each[4]);
        BOOST_TEST((missed.empty() ? "-" : missed) == each[5]);
    }
    const auto done =
        rows("recurrence.md", {"Rule", "Start", "Done (Europe/Berlin)", "Next after completion"});
    BOOST_TEST(done.size() >= 4U);
    for (const auto& each : done) {
        const auto s = series(each[0], each[1]);
        BOOST_TEST(shown(s, rec::next_after_completion(s, {s.start, at(each[2]), 0},
                                                       zone("Europe/Berlin"))) == each[3]);
    }
}

BOOST_AUTO_TEST_CASE(reminders_ring_when_the_page_says) {
    const auto rings = rows("reminders.md", {"Reminder", "Due", "Rings"});
    BOOST_TEST(rings.size() >= 6U);
    for (const auto& each : rings)
        BOOST_TEST(utc(require_ok(dom::reminder_moment_of(require_ok(dom::parse_reminder_offset(each[0])),
                                                          due_in_berlin(each[1])))
                           .at) == each[2]);
    const auto moves = rows("reminders.md", {"Reminder", "Due", "Now", "Does"});
    BOOST_TEST(moves.size() >= 5U);
    const std::map<dom::move_action, std::string> names{{dom::move_action::schedule, "schedule"},
                                                        {dom::move_action::fire_now, "fire_now"},
                                                        {dom::move_action::none, "none"}};
    for (const auto& each : moves) {
        const auto dates = due_in_berlin(each[1]);
        const auto moment =
            require_ok(dom::reminder_moment_of(require_ok(dom::parse_reminder_offset(each[0])), dates));
        BOOST_TEST(names.at(dom::action_after_move(moment.at, dom::is_past(*dates.due, dates, at(each[2])),
                                                   at(each[2]))) == each[3]);
    }
}

BOOST_AUTO_TEST_CASE(cron_fires_when_the_page_says) {
    const auto fires = rows("reminders.md", {"Expression", "Zone", "After", "Fires"});
    BOOST_TEST(fires.size() >= 7U);
    for (const auto& each : fires) {
        const auto schedule = require_ok(dom::parse_cron(each[0]));
        dom::cron_slots slots(schedule, zone(each[1]), at(each[2]), at(each[2]));
        std::string got;
        for (std::size_t i = 0; i < entries(each[3]); ++i)
            got += (i == 0 ? "" : ", ") + utc(slots.next().value());
        BOOST_TEST(got == each[3], each[0]);
    }
}

BOOST_AUTO_TEST_SUITE_END()
