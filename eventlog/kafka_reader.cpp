#include "eventlog/kafka_reader.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace daybook::eventlog {
namespace {

using domain::errc;
using std::chrono::steady_clock;
constexpr std::size_t messages_per_call = 1'000;

record to_record(const rd_kafka_message_t& message) {
    record made;
    made.partition = message.partition;
    made.offset = message.offset;
    made.timestamp_ms = rd_kafka_message_timestamp(&message, nullptr);
    if (message.key != nullptr) made.key.emplace(static_cast<const char*>(message.key), message.key_len);
    if (message.payload != nullptr) made.value.assign(static_cast<const char*>(message.payload), message.len);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t length = 0;
        for (std::size_t i = 0;
             rd_kafka_header_get_all(headers, i, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
            made.headers.emplace_back(name, value != nullptr
                                                ? std::string(static_cast<const char*>(value), length)
                                                : std::string());
    }
    return made;
}

bool is_final(errc code) { return code != errc::log_unavailable; }

}  // namespace

/// Messages of one call, given back to librdkafka at the end of the scope.
struct kafka_reader::taken_messages {
    std::array<rd_kafka_message_t*, messages_per_call> all{};
    std::size_t count = 0;

    taken_messages() = default;
    taken_messages(const taken_messages&) = delete;
    taken_messages& operator=(const taken_messages&) = delete;
    ~taken_messages() {
        for (std::size_t i = 0; i < count; ++i) rd_kafka_message_destroy(all[i]);
    }
    void fetch(rd_kafka_queue_t* queue, int timeout_ms, std::size_t most) {
        const auto got =
            rd_kafka_consume_batch_queue(queue, timeout_ms, all.data(), std::min(most, all.size()));
        count = got > 0 ? static_cast<std::size_t>(got) : 0;
    }
};

kafka_reader::kafka_reader(domain::result<kafka_handle> consumer, const std::string& topic,
                           std::vector<read_start> starts, std::shared_ptr<const kafka_watch> watch)
    : next_(std::move(starts)), watch_(std::move(watch)) {
    if (!consumer) {
        broken_ = consumer.error();
        return;
    }
    consumer_ = std::move(*consumer);
    queue_.reset(rd_kafka_queue_new(consumer_.get()));
    topic_.reset(rd_kafka_topic_new(consumer_.get(), topic.c_str(), nullptr));
    for (const auto& at : next_) {
        if (rd_kafka_consume_start_queue(topic_.get(), at.partition, at.offset, queue_.get()) == 0) continue;
        broken_ =
            kafka_problem(rd_kafka_last_error(), fmt::format("reading {} partition {}", topic, at.partition));
        return;
    }
}

kafka_reader::~kafka_reader() {
    if (!consumer_ || !topic_) return;
    for (const auto& at : next_) (void)rd_kafka_consume_stop(topic_.get(), at.partition);
}

domain::result<void> kafka_reader::read(std::vector<record>& out, std::size_t records_max, deadline until) {
    if (broken_) return *broken_;
    if (woken_.exchange(false)) return {};
    std::size_t room = records_max;
    // librdkafka waits until a batch is full: the first record is waited for alone, the others are what is
    // there.
    int timeout_ms = kafka_timeout_ms(until);
    std::size_t most = 1;
    while (room > 0) {
        taken_messages taken;
        taken.fetch(queue_.get(), timeout_ms, std::min(room, most));
        if (taken.count == 0) {
            // A wake that an earlier read has answered already also ends this wait: it goes on.
            if (room < records_max || woken_ || steady_clock::now() >= until) break;
            timeout_ms = kafka_timeout_ms(until);
            continue;
        }
        if (auto read = take(taken, out); !read) {
            if (is_final(read.error().code)) broken_ = read.error();
            return read;
        }
        room -= taken.count;
        timeout_ms = 0;
        most = messages_per_call;
    }
    const bool woken = woken_.exchange(false);
    if (room < records_max || woken) return {};
    return watch_->state();
}

domain::result<void> kafka_reader::take(const taken_messages& taken, std::vector<record>& out) {
    for (std::size_t i = 0; i < taken.count; ++i) {
        const auto& message = *taken.all[i];
        const auto name = [&] {
            return fmt::format("{} partition {}", rd_kafka_topic_name(topic_.get()), message.partition);
        };
        if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR)
            return kafka_problem(message.err, fmt::format("reading {}", name()));
        const auto at = std::find_if(next_.begin(), next_.end(), [&](const read_start& one) {
            return one.partition == message.partition;
        });
        if (at == next_.end())
            return domain::make_problem(errc::internal, "a record of a partition nobody reads");
        if (message.offset != at->offset)
            return domain::make_problem(errc::log_truncated, fmt::format("{} has offset {} where {} must be",
                                                                         name(), message.offset, at->offset));
        out.push_back(to_record(message));
        ++at->offset;
    }
    return {};
}

void kafka_reader::wake() {
    woken_ = true;
    if (queue_) rd_kafka_queue_yield(queue_.get());
}

}  // namespace daybook::eventlog
