#include "eventlog/kafka_outlet.hpp"

#include "eventlog/kafka_topic.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <utility>

namespace daybook::eventlog {
namespace {

using domain::errc;

constexpr int poll_ms = 100;  // how often the wish to stop is looked at
constexpr std::size_t in_flight_max = 10'000;

struct message_closer {
    void operator()(rd_kafka_message_t* one) const noexcept { rd_kafka_message_destroy(one); }
};
using message = std::unique_ptr<rd_kafka_message_t, message_closer>;

/// Stops reading a partition at the end of the scope.
struct partition_reading {
    rd_kafka_topic_t* topic;
    std::int32_t partition;
    partition_reading(rd_kafka_topic_t* t, std::int32_t p) : topic(t), partition(p) {}
    partition_reading(const partition_reading&) = delete;
    partition_reading& operator=(const partition_reading&) = delete;
    ~partition_reading() { (void)rd_kafka_consume_stop(topic, partition); }
};

std::optional<std::string> header_of(const rd_kafka_message_t& from, std::string_view name) {
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&from, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_header_get_last(headers, std::string(name).c_str(), &value, &size) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return std::nullopt;
    return std::string(static_cast<const char*>(value), size);
}

/// Counts acknowledgements; false at the first that is none.
bool all_persisted(rd_kafka_event_t* event, std::size_t& acknowledged, std::string& why) {
    while (const auto* one = rd_kafka_event_message_next(event)) {
        ++acknowledged;
        if (one->err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        why = rd_kafka_err2str(one->err);
        return false;
    }
    return true;
}

}  // namespace

kafka_outlet::kafka_outlet(outlet_options options, std::int32_t partitions, kafka_handle producer)
    : options_(std::move(options)),
      partitions_(partitions),
      producer_(std::move(producer)),
      events_(rd_kafka_queue_get_main(producer_.get())) {}

kafka_outlet::~kafka_outlet() {
    (void)rd_kafka_purge(producer_.get(),
                         RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

domain::result<std::unique_ptr<kafka_outlet>> kafka_outlet::open(outlet_options options, deadline until) {
    auto producer = open_kafka(kafka_role::producer, options.brokers, options.properties);
    if (!producer) return producer.error();
    const auto view = look_at(producer->get(), options.topic, until);
    if (!view) return view.error();
    if (!view->topic || !view->topic->led)
        return domain::make_problem(errc::log_unavailable,
                                    fmt::format("topic {} is not there", options.topic));
    return std::unique_ptr<kafka_outlet>(
        new kafka_outlet(std::move(options), view->topic->partitions, std::move(*producer)));
}

domain::result<void> kafka_outlet::produce(const new_record& next) {
    auto* headers = rd_kafka_headers_new(next.headers.size());
    for (const auto& [name, value] : next.headers)
        (void)rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                                  static_cast<ssize_t>(value.size()));
    std::array<rd_kafka_vu_t, 7> parts{};
    parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    parts[0].u.cstr = options_.topic.c_str();
    parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    parts[1].u.i32 = partition_of(next.key.value_or(""), partitions_);
    parts[2].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[2].u.mem = {const_cast<char*>(next.value.data()), next.value.size()};
    parts[3].vtype = RD_KAFKA_VTYPE_KEY;
    if (next.key) parts[3].u.mem = {const_cast<char*>(next.key->data()), next.key->size()};
    parts[4].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    parts[4].u.i64 = next.timestamp_ms;
    parts[5].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[5].u.i = RD_KAFKA_MSG_F_COPY;
    parts[6].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[6].u.headers = headers;
    auto* error = rd_kafka_produceva(producer_.get(), parts.data(), parts.size());
    if (error == nullptr) return {};
    rd_kafka_headers_destroy(headers);  // taken over only on success
    auto why = domain::make_problem(errc::log_unavailable, fmt::format("writing to {}: {}", options_.topic,
                                                                       rd_kafka_error_string(error)));
    rd_kafka_error_destroy(error);
    return why;
}

domain::result<void> kafka_outlet::write(std::span<const new_record> run, const std::stop_token& stop) {
    std::size_t sent = 0;
    std::size_t acknowledged = 0;
    while (acknowledged < run.size()) {
        for (; sent < run.size() && sent - acknowledged < in_flight_max; ++sent)
            if (auto done = produce(run[sent]); !done) return done;
        const kafka_event event(rd_kafka_queue_poll(events_.get(), poll_ms));
        std::string why;
        if (event && rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DR &&
            !all_persisted(event.get(), acknowledged, why))
            return domain::make_problem(errc::log_unavailable,
                                        fmt::format("writing to {}: {}", options_.topic, why));
        if (stop.stop_requested() && acknowledged < run.size())
            return domain::make_problem(errc::log_unavailable, "stopped before all was acknowledged");
    }
    return {};
}

domain::result<std::vector<std::optional<std::string>>> kafka_outlet::last_headers(std::string_view name,
                                                                                   deadline until) const {
    std::vector<std::optional<std::string>> out(static_cast<std::size_t>(partitions_));
    const auto consumer = open_kafka(kafka_role::consumer, options_.brokers, options_.properties);
    if (!consumer) return consumer.error();
    const kafka_topic_handle topic(rd_kafka_topic_new(consumer->get(), options_.topic.c_str(), nullptr));
    const auto doing = fmt::format("reading the end of {}", options_.topic);
    for (std::int32_t p = 0; p < partitions_; ++p) {
        std::int64_t low = 0;
        std::int64_t high = 0;
        const auto asked = rd_kafka_query_watermark_offsets(consumer->get(), options_.topic.c_str(), p, &low,
                                                            &high, kafka_timeout_ms(until));
        if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_problem(asked, doing);
        if (low >= high) continue;
        if (rd_kafka_consume_start(topic.get(), p, high - 1) != 0)
            return kafka_problem(rd_kafka_last_error(), doing);
        const partition_reading ends(topic.get(), p);
        const message last(rd_kafka_consume(topic.get(), p, kafka_timeout_ms(until)));
        if (!last) return domain::make_problem(errc::log_unavailable, doing + ": no answer in time");
        if (last->err != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_problem(last->err, doing);
        out[static_cast<std::size_t>(p)] = header_of(*last, name);
    }
    return out;
}

}  // namespace daybook::eventlog
