#include "eventlog/kafka_client.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

namespace daybook::eventlog {
namespace {

using domain::errc;

constexpr std::size_t error_text_bytes = 512;

// What the protocol is made of. A change of any of these breaks a clause of architecture §2.1.
constexpr auto owned_properties = std::to_array<std::string_view>({
    "acks",
    "allow.auto.create.topics",
    "auto.commit.enable",
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "batch.size",
    "bootstrap.servers",
    "check.crcs",
    "consume.callback.max.messages",
    "delivery.report.only.error",
    "delivery.timeout.ms",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.instance.id",
    "isolation.level",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "message.max.bytes",
    "message.send.max.retries",
    "message.timeout.ms",
    "metadata.broker.list",
    "partitioner",
    "produce.offset.report",
    "queue.buffering.max.kbytes",
    "queue.buffering.max.messages",
    "queuing.strategy",
    "request.required.acks",
    "retries",
    "test.mock.num.brokers",
    "transaction.timeout.ms",
    "transactional.id",
});

struct property {
    std::string_view name;
    std::string_view value;
};

// What suits us unless --kafka-config says otherwise.
constexpr auto defaults = std::to_array<property>({
    {"client.id", "daybook"},
    {"socket.nagle.disable", "true"},
    {"socket.keepalive.enable", "true"},
    // librdkafka's own wait up to 10 s before a broker that is back is tried again.
    {"reconnect.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "500"},
});
constexpr auto producer_defaults = std::to_array<property>({
    {"linger.ms", "0"},
    {"retry.backoff.ms", "50"},
});
constexpr auto consumer_defaults = std::to_array<property>({
    {"fetch.wait.max.ms", "10"},
    {"fetch.error.backoff.ms", "50"},
    {"fetch.message.max.bytes", "1048576"},
    {"queued.min.messages", "100000"},
});

// What the protocol is made of.
constexpr auto producer_protocol = std::to_array<property>({
    {"enable.idempotence", "true"},
    {"acks", "all"},
    // While one request is away the next records gather: fewer and larger ones, as a group commit does it.
    {"max.in.flight.requests.per.connection", "1"},
    {"message.timeout.ms", "0"},
    {"message.max.bytes", "1000000"},
    {"allow.auto.create.topics", "false"},
});
constexpr auto consumer_protocol = std::to_array<property>({
    {"isolation.level", "read_uncommitted"},
    {"auto.offset.reset", "error"},
    {"check.crcs", "true"},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"allow.auto.create.topics", "false"},
});

// Nothing is printed behind the program's back; errors come back from the calls or as events.
void drop_log_line(const rd_kafka_t*, int, const char*, const char*) {}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

domain::result<void> set(rd_kafka_conf_t* conf, std::string_view name, std::string_view value) {
    std::array<char, error_text_bytes> why{};
    if (rd_kafka_conf_set(conf, std::string(name).c_str(), std::string(value).c_str(), why.data(),
                          why.size()) == RD_KAFKA_CONF_OK)
        return {};
    return domain::make_problem(errc::config_invalid, fmt::format("Kafka property {}: {}", name, why.data()),
                                std::string(name));
}

domain::result<void> set_all(rd_kafka_conf_t* conf, std::span<const property> properties) {
    for (const auto& one : properties)
        if (auto done = set(conf, one.name, one.value); !done) return done;
    return {};
}

domain::result<void> configure(rd_kafka_conf_t* conf, kafka_role role, const std::string& brokers,
                               const kafka_properties& properties, std::size_t queue_kbytes) {
    const bool producer = role == kafka_role::producer;
    if (auto done = set(conf, "bootstrap.servers", brokers); !done) return done;
    if (auto done = set_all(conf, defaults); !done) return done;
    if (auto done = producer ? set_all(conf, producer_defaults) : set_all(conf, consumer_defaults); !done)
        return done;
    if (role == kafka_role::consumer) {
        if (auto done = set(conf, "queued.max.messages.kbytes", std::to_string(queue_kbytes)); !done)
            return done;
        // Since 2.2: how soon a fetcher whose queue was full looks again. Older ones do not know it.
        (void)set(conf, "fetch.queue.backoff.ms", "20");
    }
    for (const auto& [name, value] : properties)
        if (auto done = set(conf, name, value); !done) return done;
    if (auto done = producer ? set_all(conf, producer_protocol) : set_all(conf, consumer_protocol); !done)
        return done;
    if (producer) rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    rd_kafka_conf_set_log_cb(conf, drop_log_line);
    return {};
}

}  // namespace

void kafka_closer::operator()(rd_kafka_s* handle) const noexcept { rd_kafka_destroy(handle); }
void kafka_closer::operator()(rd_kafka_topic_s* topic) const noexcept { rd_kafka_topic_destroy(topic); }
void kafka_closer::operator()(rd_kafka_queue_s* queue) const noexcept { rd_kafka_queue_destroy(queue); }
void kafka_closer::operator()(rd_kafka_topic_partition_list_s* list) const noexcept {
    rd_kafka_topic_partition_list_destroy(list);
}
void kafka_closer::operator()(rd_kafka_op_s* event) const noexcept { rd_kafka_event_destroy(event); }

domain::result<kafka_properties> parse_kafka_config(std::string_view text) {
    kafka_properties found;
    for (int number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto line = trimmed(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.empty() || line.starts_with('#')) continue;
        const auto equals = line.find('=');
        const auto name = trimmed(line.substr(0, equals));
        if (equals == std::string_view::npos || name.empty())
            return domain::make_problem(errc::config_invalid,
                                        fmt::format("line {} is not name=value", number));
        if (std::find(owned_properties.begin(), owned_properties.end(), name) != owned_properties.end())
            return domain::make_problem(
                errc::config_invalid, fmt::format("line {}: {} belongs to the log's protocol", number, name),
                std::string(name), "Leave it out.");
        found.emplace_back(name, trimmed(line.substr(equals + 1)));
    }
    return found;
}

domain::result<kafka_handle> open_kafka(kafka_role role, const std::string& brokers,
                                        const kafka_properties& properties, std::size_t queue_kbytes) {
    const std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)> guard(rd_kafka_conf_new(),
                                                                                   &rd_kafka_conf_destroy);
    if (auto done = configure(guard.get(), role, brokers, properties, queue_kbytes); !done)
        return done.error();
    std::array<char, error_text_bytes> why{};
    // rd_kafka_new takes the configuration only if it succeeds.
    auto* conf = rd_kafka_conf_dup(guard.get());
    const auto kind = role == kafka_role::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
    kafka_handle made(rd_kafka_new(kind, conf, why.data(), why.size()));
    if (made) return made;
    rd_kafka_conf_destroy(conf);
    return domain::make_problem(errc::config_invalid, fmt::format("Kafka client: {}", why.data()));
}

int kafka_timeout_ms(deadline until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    constexpr std::int64_t hour_ms = 3'600'000;
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 1, hour_ms));
}

domain::problem kafka_problem(int code, std::string_view doing) {
    const auto error = static_cast<rd_kafka_resp_err_t>(code);
    auto why = errc::log_unavailable;
    if (error == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE || error == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
        why = errc::log_truncated;
    if (error == RD_KAFKA_RESP_ERR__BAD_MSG || error == RD_KAFKA_RESP_ERR_INVALID_MSG)
        why = errc::log_damaged;
    return domain::make_problem(why, fmt::format("{}: {}", doing, rd_kafka_err2str(error)));
}

}  // namespace daybook::eventlog
