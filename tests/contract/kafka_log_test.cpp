// What only a real broker can show: transactions of strangers, unsafe topics, Kafka's own partitioner. Runs
// where DAYBOOK_TEST_KAFKA names one.
#include "eventlog/kafka_log.hpp"

#include "domain/json_text.hpp"
#include "eventlog/kafka_topic.hpp"
#include "tests/contract/logs_under_test.hpp"
#include "tests/support/claiming.hpp"

#include <boost/test/unit_test.hpp>
#include <librdkafka/rdkafka.h>

#include <memory>
#include <set>

namespace el = daybook::eventlog;
namespace dom = daybook::domain;
using namespace daybook::tests;

namespace {

boost::test_tools::assertion_result there_is_a_broker(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result is(broker_address().has_value());
    is.message() << "DAYBOOK_TEST_KAFKA is not set";
    return is;
}

el::kafka_log_options options_for(const std::string& topic, std::int32_t partitions = 1) {
    el::kafka_log_options options;
    options.brokers = broker_address().value();
    options.topic = topic;
    options.partitions = partitions;
    options.other_topics = {};
    return options;
}

el::kafka_handle asker() {
    return el::open_kafka(el::kafka_role::asker, broker_address().value(), {}).value();
}

/// A producer that knows nothing of Daybook.
struct stranger {
    el::kafka_handle handle;

    explicit stranger(const el::kafka_properties& properties) {
        auto* conf = rd_kafka_conf_new();
        char why[256];
        rd_kafka_conf_set(conf, "bootstrap.servers", broker_address()->c_str(), why, sizeof why);
        for (const auto& [name, value] : properties)
            BOOST_REQUIRE(rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof why) ==
                          RD_KAFKA_CONF_OK);
        handle.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why));
        BOOST_REQUIRE(handle != nullptr);
    }
    void send(const std::string& topic, std::int32_t partition, const std::string& key) const {
        std::string value = "stranger";
        const auto error =
            rd_kafka_producev(handle.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                              RD_KAFKA_V_KEY(const_cast<char*>(key.data()), key.size()),
                              RD_KAFKA_V_VALUE(value.data(), value.size()),
                              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        BOOST_REQUIRE(error == RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    void flush() const { BOOST_REQUIRE(rd_kafka_flush(handle.get(), 20'000) == RD_KAFKA_RESP_ERR_NO_ERROR); }
};

void must(rd_kafka_error_t* error) {
    const std::string why = error == nullptr ? "" : rd_kafka_error_string(error);
    BOOST_REQUIRE_MESSAGE(error == nullptr, why);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kafka_log_on_a_real_broker, *boost::unit_test::precondition(there_is_a_broker))

BOOST_AUTO_TEST_CASE(row_7_a_strangers_open_transaction_freezes_neither_end_nor_reader) {
    const auto topic = fresh_topic();
    const auto log = el::kafka_log::open(options_for(topic), soon()).value();
    test_writer writer(*log, "w1");
    writer.claim().value();
    const stranger other(el::kafka_properties{{"transactional.id", topic}});
    must(rd_kafka_init_transactions(other.handle.get(), 20'000));
    must(rd_kafka_begin_transaction(other.handle.get()));
    other.send(topic, 0, "k");
    other.flush();
    writer.append("behind the open transaction");
    BOOST_TEST(writer.outcomes().wait_for(1)[0].offset.value_or(-1) == 2);
    BOOST_TEST(log->end_offsets(soon()).value()[0] == 3);
    BOOST_TEST((judge_all(*log) == std::vector<std::string>{"claim", "unparsable", "commit"}));
}

BOOST_AUTO_TEST_CASE(missing_topics_are_made_safe_and_the_others_beside_them) {
    auto options = options_for(fresh_topic(), 3);
    options.other_topics = {fresh_topic(), fresh_topic()};
    const auto log = el::kafka_log::open(options, soon()).value();
    BOOST_TEST(log->partitions() == 3);
    BOOST_TEST(log->check_ground(soon()).has_value());
    const auto handle = asker();
    for (const auto& name : options.other_topics)
        BOOST_TEST(el::look_at(handle.get(), name, soon()).value().topic.has_value());
    options.partitions.reset();
    BOOST_TEST(el::kafka_log::open(options, soon()).value()->partitions() == 3);
    options.create_if_missing = false;
    options.topic = fresh_topic();
    BOOST_TEST((el::kafka_log::open(options, soon()).error().code == dom::errc::log_unsafe));
    BOOST_TEST(!el::look_at(handle.get(), options.topic, soon()).value().topic.has_value());
}

BOOST_AUTO_TEST_CASE(an_unsafe_topic_is_refused_and_the_setting_named) {
    const auto handle = asker();
    const std::vector<std::pair<std::string, std::string>> unsafe{
        {"retention.ms", "1000"},
        {"retention.bytes", "100000"},
        {"cleanup.policy", "compact"},
        {"cleanup.policy", "compact,delete"},
        {"unclean.leader.election.enable", "true"},
        {"max.message.bytes", "100000"},
        {"message.timestamp.type", "LogAppendTime"}};
    for (const auto& [name, value] : unsafe) {
        el::new_topic made{fresh_topic(), 1, 1, el::log_topic_settings(1)};
        std::erase_if(made.settings, [&](const auto& one) { return one.first == name; });
        made.settings.emplace_back(name, value);
        el::make_topics(handle.get(), {made}, soon()).value();
        const auto refused = el::kafka_log::open(options_for(made.name), soon());
        BOOST_REQUIRE_MESSAGE(refused.has_error(), name);
        BOOST_TEST((refused.error().code == dom::errc::log_unsafe));
        BOOST_TEST(refused.error().field == name);
        BOOST_TEST(refused.error().detail.find(name + "=" + value) != std::string::npos);
        BOOST_TEST(refused.error().hint.find("kafka-configs.sh") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_topic_whose_partitions_grew_is_refused) {
    const auto topic = fresh_topic();
    const auto log = el::kafka_log::open(options_for(topic), soon()).value();
    test_writer writer(*log, "w1");
    writer.claim().value();
    BOOST_TEST((el::kafka_log::open(options_for(topic, 2), soon()).error().code == dom::errc::log_unsafe));

    const auto handle = asker();
    const el::kafka_queue queue(rd_kafka_queue_new(handle.get()));
    char why[256];
    auto* grown = rd_kafka_NewPartitions_new(topic.c_str(), 2, why, sizeof why);
    rd_kafka_CreatePartitions(handle.get(), &grown, 1, nullptr, queue.get());
    const el::kafka_event answer(rd_kafka_queue_poll(queue.get(), 20'000));
    rd_kafka_NewPartitions_destroy(grown);
    BOOST_REQUIRE(answer != nullptr);
    const auto until = soon();
    while (el::look_at(handle.get(), topic, until).value().topic->partitions != 2)
        BOOST_REQUIRE((std::chrono::steady_clock::now() < until));
    BOOST_TEST((log->check_ground(soon()).error().code == dom::errc::log_unsafe));
    auto options = options_for(topic);
    options.partitions.reset();
    const auto reopened = el::kafka_log::open(options, soon());
    BOOST_REQUIRE(reopened.has_error());
    BOOST_TEST((reopened.error().code == dom::errc::log_unsafe));
    BOOST_TEST(reopened.error().detail.find("born with 1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_topic_made_anew_under_the_same_name_is_another_log) {
    const auto topic = fresh_topic();
    const auto log = el::kafka_log::open(options_for(topic), soon()).value();
    test_writer first(*log, "w1");
    first.claim().value();
    BOOST_TEST(log->check_ground(soon()).has_value());
    first.give_up();

    const auto handle = asker();
    const el::kafka_queue queue(rd_kafka_queue_new(handle.get()));
    auto* asked = rd_kafka_DeleteTopic_new(topic.c_str());
    rd_kafka_DeleteTopics(handle.get(), &asked, 1, nullptr, queue.get());
    const el::kafka_event answer(rd_kafka_queue_poll(queue.get(), 20'000));
    rd_kafka_DeleteTopic_destroy(asked);
    BOOST_REQUIRE(answer != nullptr);
    const auto until = soon();
    while (el::look_at(handle.get(), topic, until).value().topic)
        BOOST_REQUIRE((std::chrono::steady_clock::now() < until));
    BOOST_TEST((log->check_ground(soon()).error().code == dom::errc::log_truncated));

    const auto anew = el::kafka_log::open(options_for(topic), soon()).value();
    test_writer second(*anew, "w2");
    second.claim().value();
    BOOST_TEST((log->check_ground(soon()).error().code == dom::errc::log_foreign));
}

BOOST_AUTO_TEST_CASE(a_topic_that_lost_its_first_records_is_refused) {
    const auto topic = fresh_topic();
    const auto log = el::kafka_log::open(options_for(topic), soon()).value();
    test_writer writer(*log, "w1");
    writer.claim().value();
    writer.append();
    writer.outcomes().wait_for(1);
    const auto handle = asker();
    const el::kafka_queue queue(rd_kafka_queue_new(handle.get()));
    const el::kafka_partition_list before(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(before.get(), topic.c_str(), 0)->offset = 1;
    auto* asked = rd_kafka_DeleteRecords_new(before.get());
    rd_kafka_DeleteRecords(handle.get(), &asked, 1, nullptr, queue.get());
    const el::kafka_event answer(rd_kafka_queue_poll(queue.get(), 20'000));
    rd_kafka_DeleteRecords_destroy(asked);
    BOOST_REQUIRE(answer != nullptr);
    BOOST_REQUIRE(rd_kafka_event_error(answer.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
    BOOST_TEST((log->check_ground(soon()).error().code == dom::errc::log_truncated));
    const auto reader = log->open_reader({{0, 0}});
    std::vector<el::record> records;
    const auto read = reader->read(records, 10, soon());
    BOOST_REQUIRE(read.has_error());
    BOOST_TEST((read.error().code == dom::errc::log_truncated));
    BOOST_TEST((reader->read(records, 10, soon()).error().code == dom::errc::log_truncated));
}

BOOST_AUTO_TEST_CASE(keys_fall_where_a_kafka_client_with_the_java_partitioner_puts_them) {
    const auto topic = fresh_topic();
    constexpr std::int32_t partitions = 8;
    const auto log = el::kafka_log::open(options_for(topic, partitions), soon()).value();
    const stranger other(el::kafka_properties{{"partitioner", "murmur2"}});
    constexpr int keys = 300;
    for (int i = 0; i < keys; ++i)
        other.send(topic, RD_KAFKA_PARTITION_UA,
                   std::string(static_cast<std::size_t>(i % 9), 'u') + std::to_string(i * i));
    other.flush();
    const auto ends = log->end_offsets(soon()).value();
    std::size_t seen = 0;
    for (std::int32_t p = 0; p < partitions; ++p)
        for (const auto& one :
             read_records(*log, p, 0, static_cast<std::size_t>(ends[static_cast<std::size_t>(p)]))) {
            BOOST_TEST(el::partition_of(one.key.value(), partitions) == p);
            ++seen;
        }
    BOOST_TEST(seen == static_cast<std::size_t>(keys));
}

BOOST_AUTO_TEST_CASE(a_record_that_the_client_refuses_is_unknown_and_nothing_follows_it) {
    const auto log = el::kafka_log::open(options_for(fresh_topic()), soon()).value();
    collected_outcomes outcomes;
    const auto appender = log->open_appender(0, outcomes.receiver());
    appender->append({clock_ms(), {}, "fits", {}});
    appender->append({clock_ms(), {}, std::string(2'000'000, 'x'), {}});
    appender->append({clock_ms(), {}, "would fit", {}});
    const auto reported = outcomes.wait_for(2);
    BOOST_TEST(reported[0].offset.value_or(-1) == 0);
    BOOST_TEST(!reported[1].offset.has_value());
    BOOST_TEST(!reported[1].reason.empty());
    BOOST_TEST(log->end_offsets(soon()).value()[0] == 1);
}

BOOST_AUTO_TEST_CASE(takeovers_with_a_zombie_leave_no_void_record_acknowledged_where_it_was_expected) {
    const auto topic = fresh_topic();
    const auto one = el::kafka_log::open(options_for(topic), soon()).value();
    const auto two = el::kafka_log::open(options_for(topic), soon()).value();
    std::set<std::string> succeeded;
    std::unique_ptr<test_writer> previous;
    constexpr int takeovers = 20;
    for (int round = 0; round < takeovers; ++round) {
        auto writer =
            std::make_unique<test_writer>(round % 2 == 0 ? *one : *two, "w" + std::to_string(round));
        writer->claim().value();
        const auto expected = writer->owned().next_offset;
        for (int i = 0; i < 5; ++i) writer->append(fmt::format("{}.{}", round, i));
        // The one before wakes up and writes on the claim that it lost.
        if (previous) previous->append(fmt::format("{}.zombie", round));
        const auto reported = writer->outcomes().wait_for(5);
        for (std::size_t i = 0; i < 5; ++i) {
            // Rule 2: success is exactly the expected offset with every earlier record a success.
            if (reported[i].offset != expected + static_cast<std::int64_t>(i)) break;
            succeeded.insert(fmt::format("{}.{}", round, i));
        }
        previous = std::move(writer);
    }
    const auto end = static_cast<std::size_t>(one->end_offsets(soon()).value()[0]);
    el::log_fold fold(0, {});
    std::set<std::string> applied;
    for (auto& next : read_records(*one, 0, 0, end)) {
        const auto judged = fold.feed(std::move(next)).value();
        if (const auto* whole = std::get_if<el::commit>(&judged))
            applied.insert(
                std::string(dom::parse_json(whole->parts[0].raw.value)->at("data").at("title").as_string()));
    }
    for (const auto& text : succeeded) BOOST_TEST(applied.contains(text), text);
    for (const auto& text : applied) BOOST_TEST(!text.ends_with("zombie"), text);
    BOOST_TEST(!succeeded.empty());
}

BOOST_AUTO_TEST_SUITE_END()
