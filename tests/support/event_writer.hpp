// Appends valid events to a log as a writer would: a claim, then commits with the right proof. For tests of
// readers.
#pragma once

#include "domain/codec/event_json.hpp"
#include "domain/event.hpp"
#include "eventlog/event_log.hpp"
#include "tests/support/log_records.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace daybook::tests {

/// Puts a record at the end of a partition and returns its offset once it is there.
using put_record = std::function<std::int64_t(std::int32_t partition, eventlog::new_record)>;

inline domain::task_id task_number(std::int64_t n) {
    return domain::task_id::parse(fmt::format("01980000-0000-7000-8000-{:012x}", n)).value();
}

inline domain::project_id project_number(std::int64_t n) {
    return domain::project_id::parse(fmt::format("01980000-0000-7000-9000-{:012x}", n)).value();
}

/// One writer of all partitions. Versions per subject are counted here; time goes on by a second an event.
class event_writer {
 public:
    event_writer(std::int32_t partitions, put_record put)
        : put_(std::move(put)), claims_(static_cast<std::size_t>(partitions)) {}

    /// A new claim of the partition, which voids an unfinished commit.
    std::int64_t claim(std::int32_t partition) {
        auto& c = claims_.at(static_cast<std::size_t>(partition));
        ++c.epoch;
        c.seq = 0;
        c.id = fmt::format("claim-{}-{}", partition, c.epoch);
        return put_(partition, claim_record(claim_of(c.epoch, c.id, "w1", '1',
                                                     static_cast<std::int32_t>(claims_.size()))));
    }

    [[nodiscard]] domain::event task_event(std::string_view user, domain::event_type type,
                                           domain::task_id task, boost::json::object data = {}) {
        auto e = any_event(user, type);
        e.version = ++versions_[std::string(user) + task.text()];
        e.task = task;
        e.data = std::move(data);
        return e;
    }

    [[nodiscard]] domain::event book_event(std::string_view user, domain::event_type type,
                                           std::int64_t version, boost::json::object data) {
        auto e = any_event(user, type);
        e.version = version;
        e.data = std::move(data);
        return e;
    }

    /// One commit, or the first `parts_landed` parts of it. Returns the offset of the last part that landed.
    std::int64_t commit(std::vector<domain::event> events, std::size_t parts_landed = SIZE_MAX) {
        const auto partition = partition_of(events.front().user.text());
        auto& c = claims_.at(static_cast<std::size_t>(partition));
        if (c.epoch == 0) claim(partition);
        const auto command = fmt::format("command-{}", ++commands_);
        std::int64_t last = -1;
        for (std::size_t i = 0; i < events.size() && i < parts_landed; ++i) {
            auto& e = events[i];
            e.command = domain::command_id(command);
            e.log = {c.epoch,
                     c.id,
                     ++c.seq,
                     static_cast<std::int32_t>(i + 1),
                     static_cast<std::int32_t>(events.size()),
                     "0123456789abcdef0123456789abcdef",
                     e.timestamp};
            last = put_(partition,
                        {e.timestamp.time_since_epoch().count(), e.user.text(), domain::encode_event(e), {}});
        }
        return last;
    }
    std::int64_t commit(domain::event e) { return commit(std::vector{std::move(e)}); }

    [[nodiscard]] std::int32_t partition_of(std::string_view user) const {
        return eventlog::partition_of(user, static_cast<std::int32_t>(claims_.size()));
    }
    [[nodiscard]] domain::instant now() const { return now_; }

 private:
    struct claimed {
        std::int64_t epoch = 0;
        std::int64_t seq = 0;
        std::string id{};
    };
    domain::event any_event(std::string_view user, domain::event_type type) {
        domain::event e;
        now_ += std::chrono::seconds(1);
        e.id =
            domain::event_id(domain::uuid::v5(domain::daybook_namespace, fmt::format("event-{}", ++events_)));
        e.type = type;
        e.timestamp = now_;
        e.user = domain::user_id(std::string(user));
        e.correlation_id = "batch";
        e.actor.id = std::string(user);
        e.source = "http";
        return e;
    }

    put_record put_;
    std::vector<claimed> claims_;
    std::unordered_map<std::string, std::int64_t> versions_;
    domain::instant now_{std::chrono::milliseconds(some_instant_ms)};
    std::int64_t commands_ = 0;
    std::int64_t events_ = 0;
};

}  // namespace daybook::tests
