#include "tests/contract/logs_under_test.hpp"
#include "tests/support/claiming.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <thread>

namespace el = daybook::eventlog;
namespace dom = daybook::domain;
namespace data = boost::unit_test::data;
using namespace daybook::tests;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

el::new_record plain(std::string value) { return {clock_ms(), std::nullopt, std::move(value), {}}; }

std::vector<std::int64_t> offsets_of(const std::vector<el::append_outcome>& outcomes) {
    std::vector<std::int64_t> offsets;
    for (const auto& one : outcomes) offsets.push_back(one.offset.value_or(-1));
    return offsets;
}

std::vector<std::string> values_of(const std::vector<el::record>& records) {
    std::vector<std::string> values;
    for (const auto& one : records) values.push_back(one.value);
    return values;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_log_contract)

BOOST_DATA_TEST_CASE(appends_land_in_order_and_are_acknowledged_in_order, data::make(log_kinds()), kind) {
    const auto made = make_log(kind, 2);
    collected_outcomes outcomes;
    const auto appender = made->log().open_appender(1, outcomes.receiver());
    constexpr std::size_t count = 500;
    for (std::size_t i = 0; i < count; ++i) appender->append(plain(std::to_string(i)));
    const auto reported = outcomes.wait_for(count);
    BOOST_TEST(reported.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
        BOOST_TEST(reported[i].ticket == static_cast<std::int64_t>(i));
        BOOST_TEST(reported[i].offset.value_or(-1) == static_cast<std::int64_t>(i));
    }
    const auto records = read_records(made->log(), 1, 0, count);
    for (std::size_t i = 0; i < count; ++i) {
        BOOST_TEST(records[i].partition == 1);
        BOOST_TEST(records[i].offset == static_cast<std::int64_t>(i));
        BOOST_TEST(records[i].value == std::to_string(i));
    }
    BOOST_TEST((made->log().end_offsets(soon()).value() == std::vector<std::int64_t>{0, count}));
}

BOOST_DATA_TEST_CASE(runs_and_single_records_land_in_the_order_they_were_appended, data::make(log_kinds()),
                     kind) {
    const auto made = make_log(kind, 1);
    collected_outcomes outcomes;
    const auto appender = made->log().open_appender(0, outcomes.receiver());
    std::vector<std::string> sent;
    for (std::size_t length = 0; length < 12; ++length) {
        std::vector<el::new_record> run;
        for (std::size_t i = 0; i < length; ++i)
            run.push_back(plain(sent.emplace_back(std::to_string(length) + "." + std::to_string(i))));
        appender->append(std::span(run));
        appender->append(plain(sent.emplace_back("alone " + std::to_string(length))));
    }
    const auto reported = outcomes.wait_for(sent.size());
    BOOST_TEST(reported.size() == sent.size());
    for (std::size_t i = 0; i < reported.size(); ++i) {
        BOOST_TEST(reported[i].ticket == static_cast<std::int64_t>(i));
        BOOST_TEST(reported[i].offset.value_or(-1) == static_cast<std::int64_t>(i));
    }
    BOOST_TEST((values_of(read_records(made->log(), 0, 0, sent.size())) == sent));
}

BOOST_DATA_TEST_CASE(what_was_acknowledged_can_be_read_at_once, data::make(log_kinds()), kind) {
    const auto made = make_log(kind, 1);
    collected_outcomes outcomes;
    const auto appender = made->log().open_appender(0, outcomes.receiver());
    for (std::size_t i = 0; i < 20; ++i) {
        appender->append(plain(std::to_string(i)));
        outcomes.wait_for(i + 1);
        BOOST_TEST(made->log().end_offsets(soon()).value()[0] == static_cast<std::int64_t>(i) + 1);
    }
}

BOOST_DATA_TEST_CASE(reading_starts_at_any_offset_and_gives_at_most_what_is_asked, data::make(log_kinds()),
                     kind) {
    const auto made = make_log(kind, 1);
    collected_outcomes outcomes;
    const auto appender = made->log().open_appender(0, outcomes.receiver());
    for (int i = 0; i < 10; ++i) appender->append(plain(std::to_string(i)));
    outcomes.wait_for(10);
    BOOST_TEST((values_of(read_records(made->log(), 0, 7, 3)) == std::vector<std::string>{"7", "8", "9"}));
    const auto reader = made->log().open_reader({{0, 2}});
    std::vector<el::record> records;
    while (records.size() < 4) {
        const auto before = records.size();
        reader->read(records, 2, soon()).value();
        BOOST_TEST(records.size() <= before + 2);
    }
    BOOST_TEST((values_of(records) == std::vector<std::string>{"2", "3", "4", "5"}));
}

BOOST_DATA_TEST_CASE(one_reader_follows_several_partitions, data::make(log_kinds()), kind) {
    const auto made = make_log(kind, 3);
    collected_outcomes outcomes;
    std::vector<std::unique_ptr<el::log_appender>> appenders;
    for (std::int32_t p = 0; p < 3; ++p)
        appenders.push_back(made->log().open_appender(p, outcomes.receiver()));
    for (int i = 0; i < 30; ++i) appenders[static_cast<std::size_t>(i % 3)]->append(plain(std::to_string(i)));
    outcomes.wait_for(30);
    const auto reader = made->log().open_reader({{2, 0}, {0, 5}});
    std::vector<el::record> records;
    while (records.size() < 15) reader->read(records, 4, soon()).value();
    std::array<std::int64_t, 3> next{5, 0, 0};
    for (const auto& one : records)
        BOOST_TEST(one.offset == next.at(static_cast<std::size_t>(one.partition))++);
    BOOST_TEST((next == std::array<std::int64_t, 3>{10, 0, 10}));
}

BOOST_DATA_TEST_CASE(a_waiting_reader_gets_a_record_as_soon_as_it_lands, data::make(log_kinds()), kind) {
    const auto made = make_log(kind, 1);
    auto reading = std::async(std::launch::async, [&] { return read_records(made->log(), 0, 0, 1); });
    collected_outcomes outcomes;
    const auto appender = made->log().open_appender(0, outcomes.receiver());
    appender->append(plain("late"));
    BOOST_TEST((values_of(reading.get()) == std::vector<std::string>{"late"}));
}

BOOST_DATA_TEST_CASE(reading_at_the_end_waits_until_the_deadline_and_is_no_error, data::make(log_kinds()),
                     kind) {
    const auto made = make_log(kind, 1);
    const auto reader = made->log().open_reader({{0, 0}});
    std::vector<el::record> records;
    const auto until = steady_clock::now() + 50ms;
    BOOST_TEST(reader->read(records, 10, until).has_value());
    BOOST_TEST(records.empty());
    BOOST_TEST((steady_clock::now() >= until));
}

BOOST_DATA_TEST_CASE(wake_ends_a_wait_and_also_the_next_one, data::make(log_kinds()), kind) {
    const auto made = make_log(kind, 1);
    const auto reader = made->log().open_reader({{0, 0}});
    std::vector<el::record> records;
    reader->wake();
    BOOST_TEST(reader->read(records, 10, soon()).has_value());
    std::promise<void> about_to_read;
    auto reading = std::async(std::launch::async, [&] {
        about_to_read.set_value();
        return reader->read(records, 10, steady_clock::now() + 10min);
    });
    about_to_read.get_future().wait();
    reader->wake();
    BOOST_REQUIRE((reading.wait_for(patience) == std::future_status::ready));
    BOOST_TEST(reading.get().has_value());
    BOOST_TEST(records.empty());
}

BOOST_DATA_TEST_CASE(reading_behind_the_end_is_a_truncated_log, data::make(log_kinds()), kind) {
    const auto made = make_log(kind, 1);
    collected_outcomes outcomes;
    const auto appender = made->log().open_appender(0, outcomes.receiver());
    appender->append(plain("only"));
    outcomes.wait_for(1);
    const auto reader = made->log().open_reader({{0, 5}});
    std::vector<el::record> records;
    const auto read = reader->read(records, 10, soon());
    BOOST_REQUIRE(read.has_error());
    BOOST_TEST((read.error().code == dom::errc::log_truncated), read.error().detail);
}

BOOST_DATA_TEST_CASE(key_headers_time_and_bytes_are_kept, data::make(log_kinds()), kind) {
    const auto made = make_log(kind, 1);
    collected_outcomes outcomes;
    const auto appender = made->log().open_appender(0, outcomes.receiver());
    std::string bytes;
    for (int c = 0; c < 256; ++c) bytes.push_back(static_cast<char>(c));
    std::vector<el::new_record> sent{
        {clock_ms() - 1'000, "ana", R"({"a":1})", el::record_headers("id-1", "task.created")},
        {clock_ms() - 999, std::nullopt, bytes, {{"x", ""}, {"x", "twice"}, {"", bytes}}},
        {clock_ms() - 998, "", "", {}},
        {clock_ms() - 997,
         std::string(300, 'k'),
         std::string(20'000, 'v'),
         {{"long", std::string(300, 'h')}}}};
    for (const auto& one : sent) appender->append(one);
    outcomes.wait_for(sent.size());
    const auto found = read_records(made->log(), 0, 0, sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
        BOOST_TEST(found[i].timestamp_ms == sent[i].timestamp_ms);
        BOOST_TEST((found[i].key == sent[i].key));
        BOOST_TEST((found[i].value == sent[i].value));
        BOOST_TEST((found[i].headers == sent[i].headers));
    }
}

BOOST_DATA_TEST_CASE(the_largest_records_pass, data::make(log_kinds()), kind) {
    const auto made = make_log(kind, 1);
    collected_outcomes outcomes;
    const auto appender = made->log().open_appender(0, outcomes.receiver());
    for (char c = 'a'; c <= 'e'; ++c)
        appender->append(
            {clock_ms(), "ana", std::string(900'000, c), el::record_headers("id", "task.created")});
    BOOST_TEST((offsets_of(outcomes.wait_for(5)) == std::vector<std::int64_t>{0, 1, 2, 3, 4}));
    const auto found = read_records(made->log(), 0, 0, 5);
    for (std::size_t i = 0; i < 5; ++i)
        BOOST_TEST((found[i].value == std::string(900'000, static_cast<char>('a' + static_cast<int>(i)))));
}

BOOST_DATA_TEST_CASE(an_appender_that_is_gone_reports_nothing, data::make(log_kinds()), kind) {
    const auto made = make_log(kind, 1);
    for (int round = 0; round < 20; ++round) {
        collected_outcomes outcomes;
        auto appender = made->log().open_appender(0, outcomes.receiver());
        for (int i = 0; i < 50; ++i) appender->append(plain("round " + std::to_string(round)));
        appender.reset();
        const auto reported = outcomes.so_far().size();
        // Whatever another appender does afterwards is acknowledged later than anything of the first one
        // could be.
        collected_outcomes later;
        const auto other = made->log().open_appender(0, later.receiver());
        other->append(plain("other"));
        later.wait_for(1);
        BOOST_TEST(outcomes.so_far().size() == reported);
    }
    // What was abandoned may be in the log, but whatever is there has no holes.
    const auto end = made->log().end_offsets(soon()).value()[0];
    BOOST_TEST(read_records(made->log(), 0, 0, static_cast<std::size_t>(end)).size() ==
               static_cast<std::size_t>(end));
}

BOOST_DATA_TEST_CASE(a_claimed_partition_takes_events_where_the_claim_says, data::make(log_kinds()), kind) {
    const auto made = make_log(kind, 2);
    test_writer writer(made->log(), "w1", 1);
    BOOST_REQUIRE(writer.claim().has_value());
    BOOST_TEST(writer.owned().claim.epoch == 1);
    BOOST_TEST(writer.owned().claim.partitions == 2);
    BOOST_TEST(writer.owned().next_offset == 1);
    writer.append("one");
    writer.append("two", 1, 2);
    writer.append("two", 2, 2);
    const auto reported = writer.outcomes().wait_for(3);
    BOOST_TEST((offsets_of(reported) == std::vector<std::int64_t>{1, 2, 3}));
    BOOST_TEST(reported[0].ticket == 0);
    BOOST_TEST((judge_all(made->log(), 1) == std::vector<std::string>{"claim", "commit", "part", "commit"}));
}

BOOST_DATA_TEST_CASE(a_second_writer_takes_over_and_the_first_one_steps_down, data::make(log_kinds()), kind) {
    const auto made = make_log(kind, 1);
    test_writer first(made->log(), "w1");
    BOOST_REQUIRE(first.claim().has_value());
    first.append();
    first.outcomes().wait_for(1);
    test_writer second(made->log_of_another_process(), "w2");
    BOOST_REQUIRE(second.claim().has_value());
    BOOST_TEST(second.owned().claim.epoch == 2);
    BOOST_TEST(second.owned().next_offset == 3);
    BOOST_TEST((second.owned().claim.log_id == first.owned().claim.log_id));
    BOOST_TEST(second.commits_seen() == 1U);
    second.append();
    second.outcomes().wait_for(1);
    const auto again = first.claim();
    BOOST_REQUIRE(again.has_error());
    BOOST_TEST((again.error().code == dom::errc::writer_moved));
    BOOST_TEST(again.error().detail.find("w2.example:8080") != std::string::npos);
    BOOST_TEST((judge_all(made->log()) == std::vector<std::string>{"claim", "commit", "claim", "commit"}));
}

BOOST_DATA_TEST_CASE(a_paused_writer_that_wakes_up_writes_void_records_only, data::make(log_kinds()), kind) {
    const auto made = make_log(kind, 1);
    test_writer paused(made->log(), "w1");
    BOOST_REQUIRE(paused.claim().has_value());
    paused.append("before");
    paused.append("torn", 1, 2);
    paused.outcomes().wait_for(2);
    test_writer second(made->log_of_another_process(), "w2");
    BOOST_REQUIRE(second.claim().has_value());
    second.append("after");
    second.outcomes().wait_for(1);
    paused.append("torn", 2, 2);
    paused.append("zombie");
    const auto reported = paused.outcomes().wait_for(4);
    // The offsets give it away: the third record had to land at 3.
    BOOST_TEST(reported[2].offset.value_or(5) == 5);
    second.append("and on");
    second.outcomes().wait_for(2);
    BOOST_TEST(
        (judge_all(made->log()) == std::vector<std::string>{"claim", "commit", "part", "claim", "commit",
                                                            "stale_claim", "stale_claim", "commit"}));
}

BOOST_DATA_TEST_CASE(two_writers_that_start_together_end_with_one_owner, data::make(log_kinds()), kind) {
    const auto made = make_log(kind, 1);
    test_writer one(made->log(), "w1");
    test_writer two(made->log_of_another_process(), "w2");
    auto claiming = std::async(std::launch::async, [&] { return one.claim().has_value(); });
    BOOST_TEST(two.claim().has_value() + claiming.get() >= 1);
    const auto end = static_cast<std::size_t>(made->log().end_offsets(soon()).value()[0]);
    el::log_fold fold(0, {});
    for (auto& next : read_records(made->log(), 0, 0, end)) fold.feed(std::move(next)).value();
    const auto& owner = fold.current_claim()->writer_id == "w1" ? one : two;
    BOOST_TEST(owner.owned().claim.claim_id == fold.current_claim()->claim_id);
}

BOOST_DATA_TEST_CASE(the_ground_of_a_fresh_log_is_safe_and_it_can_be_written, data::make(log_kinds()), kind) {
    const auto made = make_log(kind, 3);
    BOOST_TEST(made->log().partitions() == 3);
    BOOST_TEST(made->log().check_ground(soon()).has_value());
    BOOST_TEST(made->log().writable().has_value());
    BOOST_TEST((made->log().end_offsets(soon()).value() == std::vector<std::int64_t>{0, 0, 0}));
    BOOST_TEST(!made->log().describe().empty());
}

BOOST_AUTO_TEST_SUITE_END()
