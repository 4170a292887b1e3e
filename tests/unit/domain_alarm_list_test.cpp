// Lists of reminders by what became of them: the same for both stores.
#include "domain/alarm_list.hpp"
#include "tests/support/given.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace daybook::tests;
namespace dom = daybook::domain;

namespace {

struct listed {
    std::vector<std::string> at{};
    std::optional<std::string> next{};
};

listed page(const story& s, dom::alarm_kind kind, std::size_t limit = 50,
            std::optional<std::string_view> cursor = std::nullopt) {
    auto made = dom::alarm_page::make(kind, limit, cursor).value();
    s.book().for_each_task([&](const auto& t) { made.add(*t); });
    listed found;
    for (const auto& one : made.take()) found.at.push_back(dom::to_text(one.alarm.at).substr(11, 5));
    found.next = made.next_cursor();
    return found;
}

std::string fire_args(const story& s, std::string_view task) {
    const auto& t = s.of(task);
    return fmt::format(R"({{"task_id":"${}","fire_id":"{}"}})", task, t.alarms.front().id.text());
}

void ring(story& s, std::string_view task) {
    BOOST_TEST(s.as_service().when("fire_reminder", fire_args(s, task)).decided().has_value());
}

using times = std::vector<std::string>;

/// Now is 2026-08-22T10:00Z. Rings at 11:30, 12:30 and 13:30.
story three() {
    auto s = given();
    s.at_time("2026-08-22T10:00:00Z");
    for (const auto& [name, due] :
         {std::pair{"a", "12:00"}, std::pair{"b", "13:00"}, std::pair{"c", "14:00"}})
        s.task(name, fmt::format(R"("due":"2026-08-22T{}","reminder_minutes":30)", due));
    return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_alarm_list)

BOOST_AUTO_TEST_CASE(what_is_to_come_is_listed_by_its_instant_and_page_by_page) {
    const auto s = three();
    BOOST_TEST(page(s, dom::alarm_kind::upcoming).at == (times{"11:30", "12:30", "13:30"}));
    const auto first = page(s, dom::alarm_kind::upcoming, 2);
    BOOST_TEST(first.at == (times{"11:30", "12:30"}));
    BOOST_REQUIRE(first.next);
    const auto second = page(s, dom::alarm_kind::upcoming, 2, *first.next);
    BOOST_TEST(second.at == times{"13:30"});
    BOOST_TEST(!second.next);
    BOOST_TEST(page(s, dom::alarm_kind::upcoming, 3).next.has_value() == false);
}

BOOST_AUTO_TEST_CASE(what_fired_is_listed_backwards_and_stays_where_it_was_acknowledged) {
    auto s = three();
    s.at_time("2026-08-22T12:45:00Z");
    ring(s, "a");
    ring(s, "b");
    BOOST_TEST(page(s, dom::alarm_kind::fired).at == (times{"12:30", "11:30"}));
    BOOST_TEST(page(s, dom::alarm_kind::upcoming).at == times{"13:30"});
    s.did("ack_reminder",
          fmt::format(R"({{"task_id":"$a","reminder_id":"{}"}})", s.of("a").reminders.front().id.text()));
    BOOST_TEST(page(s, dom::alarm_kind::fired).at == (times{"12:30", "11:30"}));
    const auto first = page(s, dom::alarm_kind::fired, 1);
    BOOST_TEST(page(s, dom::alarm_kind::fired, 1, *first.next).at == times{"11:30"});
}

BOOST_AUTO_TEST_CASE(m5_what_is_older_than_the_grace_is_listed_as_missed) {
    auto s = three();
    s.at_time("2026-08-23T12:00:00Z");
    ring(s, "a");
    BOOST_TEST(page(s, dom::alarm_kind::missed).at == times{"11:30"});
    BOOST_TEST(page(s, dom::alarm_kind::fired).at == times{});
}

BOOST_AUTO_TEST_CASE(m7_a_snooze_is_listed_apart_and_deleted_tasks_are_not) {
    auto s = three();
    s.at_time("2026-08-22T11:45:00Z");
    ring(s, "a");
    s.did("snooze_reminder", fmt::format(R"({{"task_id":"$a","reminder_id":"{}","for":"10 minutes"}})",
                                         s.of("a").reminders.front().id.text()));
    BOOST_TEST(page(s, dom::alarm_kind::snoozed).at == times{"11:55"});
    BOOST_TEST(page(s, dom::alarm_kind::upcoming).at == (times{"12:30", "13:30"}));
    BOOST_TEST(dom::alarm_kinds(s.of("a")) ==
               (dom::bit(dom::alarm_kind::fired) | dom::bit(dom::alarm_kind::snoozed)));
    s.did("delete_task", R"({"task_id":"$a"})");
    BOOST_TEST(page(s, dom::alarm_kind::fired).at == times{});
    BOOST_TEST(int(dom::alarm_kinds(s.of("a"))) == 0);
}

BOOST_AUTO_TEST_CASE(a_cursor_of_another_list_is_refused) {
    const auto s = three();
    const auto first = page(s, dom::alarm_kind::upcoming, 1);
    BOOST_TEST(!dom::alarm_page::make(dom::alarm_kind::fired, 1, *first.next).has_value());
    for (const auto* bad : {"", "upcoming", "upcoming.x.y", "upcoming.1."})
        BOOST_TEST(!dom::alarm_page::make(dom::alarm_kind::upcoming, 1, bad).has_value(), bad);
}

BOOST_AUTO_TEST_SUITE_END()
