#include "eventlog/event_log.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

namespace el = daybook::eventlog;

BOOST_AUTO_TEST_SUITE(eventlog_partitioner)

// Vectors of org.apache.kafka.common.utils.UtilsTest.testMurmur2. The contract suite compares with the Java
// producer.
BOOST_AUTO_TEST_CASE(keys_fall_where_kafka_puts_them) {
    const auto hash = [](std::int32_t murmur2) { return (murmur2 & 0x7fffffff) % 0x7fffffff; };
    const auto whole = [](std::string_view key) { return el::partition_of(key, 0x7fffffff); };
    BOOST_TEST(whole("21") == hash(-973932308));
    BOOST_TEST(whole("foobar") == hash(-790332482));
    BOOST_TEST(whole("a-little-bit-long-string") == hash(-985981536));
    BOOST_TEST(whole("a-little-bit-longer-string") == hash(-1486304829));
    BOOST_TEST(whole("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8") == hash(-58897971));
    BOOST_TEST(whole("abc") == hash(479470107));
}

// Where the console producer of Kafka 4.3.1 (Java) put these keys on a topic of 8 partitions.
BOOST_AUTO_TEST_CASE(keys_fall_where_the_java_producer_put_them) {
    const std::vector<std::pair<std::string_view, std::int32_t>> placed{
        {"ana", 0},         {"user@example.com", 4},
        {"б", 7},           {"日本語", 2},
        {"u0", 6},          {"uu1", 6},
        {"uuu4", 4},        {"uuuu9", 4},
        {"uuuuu16", 0},     {"uuuuuu25", 0},
        {"u49", 0},         {"uu64", 1},
        {"uuu81", 6},       {"uuuuu121", 2},
        {"uuuuuu144", 5},   {"uu225", 7},
        {"uuuuuuu1156", 2}, {"u1225", 4},
        {"uuuuuu361", 3},   {"uuuuuu1089", 7}};
    for (const auto& [key, partition] : placed) BOOST_TEST(el::partition_of(key, 8) == partition, key);
}

BOOST_AUTO_TEST_CASE(every_partition_is_in_range_also_for_bytes_above_127) {
    for (int c = 0; c < 256; ++c)
        for (const std::int32_t partitions : {1, 2, 7, 8}) {
            const auto partition = el::partition_of(std::string(3, static_cast<char>(c)), partitions);
            BOOST_TEST((partition >= 0 && partition < partitions));
        }
}

// RFC 3720 B.4 and the usual check value.
BOOST_AUTO_TEST_CASE(crc32c_gives_the_published_values) {
    BOOST_TEST(el::crc32c("") == 0U);
    BOOST_TEST(el::crc32c("123456789") == 0xe3069283U);
    BOOST_TEST(el::crc32c(std::string(32, '\0')) == 0x8a9136aaU);
    BOOST_TEST(el::crc32c(std::string(32, '\xff')) == 0x62a8ab43U);
    std::string rising;
    for (char c = 0; c < 32; ++c) rising.push_back(c);
    BOOST_TEST(el::crc32c(rising) == 0x46dd794eU);
}

BOOST_AUTO_TEST_SUITE_END()
