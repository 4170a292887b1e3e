#include "eventlog/kafka_client.hpp"
#include "eventlog/kafka_log.hpp"

#include <boost/test/unit_test.hpp>

namespace el = daybook::eventlog;
namespace dom = daybook::domain;

BOOST_AUTO_TEST_SUITE(eventlog_kafka_client)

BOOST_AUTO_TEST_CASE(client_properties_are_read_line_by_line) {
    const auto found =
        el::parse_kafka_config("# TLS\n\n security.protocol = SSL \r\nssl.ca.location=/etc/ca=1.pem").value();
    BOOST_TEST(
        (found == el::kafka_properties{{"security.protocol", "SSL"}, {"ssl.ca.location", "/etc/ca=1.pem"}}));
    BOOST_TEST(el::parse_kafka_config("").value().empty());
}

BOOST_AUTO_TEST_CASE(properties_of_the_protocol_are_refused_by_name_and_line) {
    for (const std::string name :
         {"enable.idempotence", "acks", "message.timeout.ms", "isolation.level", "group.id",
          "auto.offset.reset", "transactional.id", "check.crcs", "bootstrap.servers"}) {
        const auto refused = el::parse_kafka_config("client.rack=a\n" + name + "=1");
        BOOST_REQUIRE(refused.has_error());
        BOOST_TEST((refused.error().code == dom::errc::config_invalid));
        BOOST_TEST(refused.error().field == name);
        BOOST_TEST(refused.error().detail.find("line 2") != std::string::npos);
    }
    BOOST_TEST(el::parse_kafka_config("no equals sign").has_error());
    BOOST_TEST(el::parse_kafka_config("=value").has_error());
}

BOOST_AUTO_TEST_CASE(a_property_that_the_client_does_not_know_is_refused) {
    for (const auto role : {el::kafka_role::producer, el::kafka_role::consumer, el::kafka_role::asker}) {
        const auto refused = el::open_kafka(role, "127.0.0.1:1", {{"no.such.property", "x"}});
        BOOST_REQUIRE(refused.has_error());
        BOOST_TEST((refused.error().code == dom::errc::config_invalid));
        BOOST_TEST(refused.error().detail.find("no.such.property") != std::string::npos);
        BOOST_TEST(el::open_kafka(role, "127.0.0.1:1", {}).has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_broker_that_is_not_there_is_unavailable_by_the_deadline) {
    el::kafka_log_options options;
    options.brokers = "127.0.0.1:1";
    const auto opened =
        el::kafka_log::open(options, std::chrono::steady_clock::now() + std::chrono::milliseconds(300));
    BOOST_REQUIRE(opened.has_error());
    BOOST_TEST((opened.error().code == dom::errc::log_unavailable));
}

BOOST_AUTO_TEST_SUITE_END()
