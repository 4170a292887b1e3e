#include "eventlog/kafka_appender.hpp"

#include <librdkafka/rdkafka.h>

#include <array>
#include <pthread.h>
#include <utility>

namespace daybook::eventlog {
namespace {

constexpr int poll_ms = 100;  // only how often the wish to stop is looked at if nobody wakes the thread
constexpr int events_per_report =
    16;  // what is there already is reported together, but a busy producer is not waited out

void* to_opaque(std::int64_t ticket) { return reinterpret_cast<void*>(static_cast<std::intptr_t>(ticket)); }
std::int64_t to_ticket(void* opaque) {
    return static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(opaque));
}

}  // namespace

kafka_appender::kafka_appender(domain::result<kafka_handle> producer, std::string topic,
                               std::int32_t partition, on_outcomes outcomes)
    : topic_(std::move(topic)), partition_(partition), gate_(std::move(outcomes)) {
    if (producer) {
        producer_ = std::move(*producer);
        events_.reset(rd_kafka_queue_get_main(producer_.get()));
    } else {
        refused_ = refused_append{0, producer.error().detail};
    }
    reporter_ = std::jthread([this](const std::stop_token& stop) {
        ::pthread_setname_np(::pthread_self(), "kafka-outcomes");
        report_until_stopped(stop);
    });
}

kafka_appender::~kafka_appender() {
    gate_.close();
    reporter_.request_stop();
    if (producer_) {
        (void)rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                                  RD_KAFKA_PURGE_F_NON_BLOCKING);
        rd_kafka_queue_yield(events_.get());
    }
    reporter_.join();
}

void kafka_appender::append(std::span<new_record> run) {
    for (auto& next : run) produce(next);
}

void kafka_appender::produce(new_record& next) {
    const auto ticket = next_ticket_++;
    {
        const std::scoped_lock lock(refused_mutex_);
        if (refused_) return;  // the first unknown outcome ends this appender
    }
    auto* headers = rd_kafka_headers_new(next.headers.size());
    for (const auto& [name, value] : next.headers)
        (void)rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                                  static_cast<ssize_t>(value.size()));
    std::array<rd_kafka_vu_t, 8> parts{};
    parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    parts[0].u.cstr = topic_.c_str();
    parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    parts[1].u.i32 = partition_;
    parts[2].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[2].u.mem = {next.value.data(), next.value.size()};
    parts[3].vtype = RD_KAFKA_VTYPE_KEY;
    if (next.key) parts[3].u.mem = {next.key->data(), next.key->size()};
    parts[4].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    parts[4].u.i64 = next.timestamp_ms;
    parts[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[5].u.ptr = to_opaque(ticket);
    parts[6].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[6].u.i = RD_KAFKA_MSG_F_COPY;
    parts[7].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[7].u.headers = headers;
    auto* error = rd_kafka_produceva(producer_.get(), parts.data(), parts.size());
    if (error == nullptr) return;
    rd_kafka_headers_destroy(headers);  // taken over only on success
    refuse(ticket, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
}

void kafka_appender::refuse(std::int64_t ticket, std::string reason) {
    {
        const std::scoped_lock lock(refused_mutex_);
        refused_ = refused_append{ticket, std::move(reason)};
    }
    rd_kafka_queue_yield(events_.get());
}

void kafka_appender::report_until_stopped(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        outcomes_.clear();
        if (events_) {
            for (int i = 0; i < events_per_report; ++i) {
                const kafka_event event(rd_kafka_queue_poll(events_.get(), i == 0 ? poll_ms : 0));
                if (!event) break;
                if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DR) collect(event.get());
            }
        }
        add_refused();
        gate_.report(outcomes_);
        if (!events_) return;
    }
}

void kafka_appender::collect(rd_kafka_op_s* event) {
    while (const auto* message = rd_kafka_event_message_next(event)) {
        const auto ticket = to_ticket(message->_private);
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            add(ticket, std::nullopt, rd_kafka_err2str(message->err));
        } else if (rd_kafka_message_status(message) != RD_KAFKA_MSG_STATUS_PERSISTED || message->offset < 0) {
            // A retry that the broker had already: in the log, but nobody says where.
            add(ticket, std::nullopt, "acknowledged without an offset");
        } else {
            add(ticket, message->offset, {});
        }
    }
}

void kafka_appender::add(std::int64_t ticket, std::optional<std::int64_t> offset, std::string reason) {
    if (ticket < next_report_) return;  // behind a gap that was reported as unknown
    if (ticket != next_report_) {
        offset.reset();
        reason = "acknowledgements came out of order";
    }
    if (unknown_before_ && offset) {
        offset.reset();
        reason = "an earlier record is unknown";
    }
    unknown_before_ = unknown_before_ || !offset;
    next_report_ = ticket + 1;
    outcomes_.push_back({ticket, offset, std::move(reason)});
}

void kafka_appender::add_refused() {
    const std::scoped_lock lock(refused_mutex_);
    if (refused_ && refused_->ticket == next_report_) add(refused_->ticket, std::nullopt, refused_->reason);
}

}  // namespace daybook::eventlog
