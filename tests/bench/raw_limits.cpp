// What the machine gives without Daybook, for the ratios of docs/benchmarks.md. Each prints one JSON object.
//
//   raw_limits fdatasync FOLDER SECONDS            append 512 bytes, fdatasync, again
//   raw_limits produce BROKER TOPIC SECONDS N      idempotent producer, 512-byte records, N in flight,
//   partition 0 raw_limits consume BROKER TOPIC                partition 0 from the beginning to the end of
//   now
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;

double milliseconds_since(steady::time_point t) {
    return std::chrono::duration<double, std::milli>(steady::now() - t).count();
}

void print(const char* what, std::vector<double>& latencies, double seconds) {
    std::sort(latencies.begin(), latencies.end());
    const auto at = [&](double q) {
        return latencies.empty()
                   ? 0.0
                   : latencies[static_cast<std::size_t>(q * static_cast<double>(latencies.size() - 1))];
    };
    fmt::print("{{\"raw\":\"{}\",\"operations\":{},\"per_s\":{:.0f},\"p50_ms\":{:.3f},\"p99_ms\":{:.3f}}}\n",
               what, latencies.size(), static_cast<double>(latencies.size()) / seconds, at(0.5), at(0.99));
}

int fdatasync_loop(const std::string& folder, double seconds) {
    const auto path = folder + "/raw_fdatasync";
    const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) throw std::runtime_error("cannot write in " + folder);
    const std::string block(512, 'x');
    std::vector<double> latencies;
    const auto began = steady::now();
    while (milliseconds_since(began) < seconds * 1000) {
        const auto t = steady::now();
        if (::write(file, block.data(), block.size()) < 0 || ::fdatasync(file) != 0)
            throw std::runtime_error("write failed");
        latencies.push_back(milliseconds_since(t));
    }
    print("fdatasync of 512 bytes", latencies, milliseconds_since(began) / 1000);
    ::close(file);
    ::unlink(path.c_str());
    return 0;
}

void set(rd_kafka_conf_t* conf, const char* name, const char* value) {
    char error[256];
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK)
        throw std::runtime_error(error);
}

struct deliveries {
    std::vector<double> latencies;
    int in_flight = 0;
};

void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto& d = *static_cast<deliveries*>(opaque);
    const auto began =
        steady::time_point(steady::duration(reinterpret_cast<std::intptr_t>(message->_private)));
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(message->err));
    d.latencies.push_back(milliseconds_since(began));
    --d.in_flight;
}

int produce(const std::string& broker, const std::string& topic, double seconds, int in_flight_max) {
    deliveries d;
    auto* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", broker.c_str());
    set(conf, "enable.idempotence", "true");
    set(conf, "linger.ms", "0");
    set(conf, "socket.nagle.disable", "true");
    rd_kafka_conf_set_opaque(conf, &d);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    char error[256];
    auto* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
    if (producer == nullptr) throw std::runtime_error(error);
    const std::string value(512, 'x');
    const auto send = [&] {
        const auto now = steady::now().time_since_epoch().count();
        if (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                              RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                              RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(now)),
                              RD_KAFKA_V_END) != RD_KAFKA_RESP_ERR_NO_ERROR)
            throw std::runtime_error("produce failed");
        ++d.in_flight;
    };
    send();  // the first message waits for the producer id: not counted
    while (d.in_flight > 0) rd_kafka_poll(producer, 100);
    d.latencies.clear();
    const auto began = steady::now();
    while (milliseconds_since(began) < seconds * 1000) {
        while (d.in_flight < in_flight_max) send();
        rd_kafka_poll(producer, 10);
    }
    const auto elapsed = milliseconds_since(began) / 1000;
    while (d.in_flight > 0) rd_kafka_poll(producer, 100);
    print(fmt::format("librdkafka producer, {} in flight", in_flight_max).c_str(), d.latencies, elapsed);
    rd_kafka_destroy(producer);
    return 0;
}

int consume(const std::string& broker, const std::string& topic) {
    auto* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", broker.c_str());
    set(conf, "group.id", "raw");
    set(conf, "enable.auto.commit", "false");
    set(conf, "isolation.level", "read_uncommitted");
    set(conf, "queued.max.messages.kbytes", "1048576");
    set(conf, "fetch.message.max.bytes", "8388608");
    char error[256];
    auto* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
    if (consumer == nullptr) throw std::runtime_error(error);
    std::int64_t low = 0;
    std::int64_t high = 0;
    if (rd_kafka_query_watermark_offsets(consumer, topic.c_str(), 0, &low, &high, 10'000) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        throw std::runtime_error("no watermark");
    auto* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = 0;
    rd_kafka_assign(consumer, list);
    auto* queue = rd_kafka_queue_get_consumer(consumer);
    std::vector<rd_kafka_message_t*> messages(10'000);
    std::int64_t count = 0;
    const auto began = steady::now();
    for (std::int64_t next = 0; next < high && milliseconds_since(began) < 120'000;) {
        const auto n = rd_kafka_consume_batch_queue(queue, 1'000, messages.data(), messages.size());
        for (ssize_t i = 0; i < n; ++i) {
            auto* message = messages[static_cast<std::size_t>(i)];
            if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                next = message->offset + 1;
                ++count;
            }
            rd_kafka_message_destroy(message);
        }
    }
    const auto seconds = milliseconds_since(began) / 1000;
    fmt::print("{{\"raw\":\"librdkafka consumer, one partition\",\"operations\":{},\"per_s\":{:.0f}}}\n",
               count, static_cast<double>(count) / seconds);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> a(argv + 1, argv + argc);
    try {
        if (a.size() == 3 && a[0] == "fdatasync") return fdatasync_loop(a[1], std::stod(a[2]));
        if (a.size() == 5 && a[0] == "produce") return produce(a[1], a[2], std::stod(a[3]), std::stoi(a[4]));
        if (a.size() == 3 && a[0] == "consume") return consume(a[1], a[2]);
        fmt::print(stderr,
                   "usage: raw_limits fdatasync FOLDER SECONDS | produce BROKER TOPIC SECONDS N | consume "
                   "BROKER TOPIC\n");
        return 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "raw_limits: {}\n", error.what());
        return 1;
    }
}
