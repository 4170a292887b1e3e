#include "projector/follower.hpp"

#include "eventlog/last_applied.hpp"

#include <fmt/format.h>

#include <utility>

namespace daybook::projector {

using domain::errc;

bool is_passing(const domain::problem& p) noexcept {
    return p.code == errc::log_unavailable || p.code == errc::view_unavailable ||
           p.code == errc::storage_full;
}

domain::result<std::unique_ptr<follower>> follower::open(eventlog::event_log& log, std::shared_ptr<view> of,
                                                         follower_options options, eventlog::deadline until) {
    std::unique_ptr<follower> made(new follower(std::move(of), options));
    std::vector<eventlog::read_start> starts;
    for (std::int32_t p = 0; p < log.partitions(); ++p) {
        auto position = made->view_->writer().position(p);
        if (!position) return position.error();
        if (auto checked = eventlog::check_last_applied(log, p, *position, until); !checked) {
            if (!is_passing(checked.error())) {
                auto refused = checked.error().prefixed(place_text(p, position->next_offset));
                return refused;
            }
            return checked.error();
        }
        slot s{event_stream(p, *position), {}, 0, false, {}, 0};
        s.batch.partition = p;
        s.batch.before = *position;
        s.shown.log_id = position->log_id;
        s.shown.visible = position->next_offset;
        s.shown.settled = position->next_offset;
        starts.push_back({p, position->next_offset});
        made->slots_.push_back(std::move(s));
    }
    made->reader_ = log.open_reader(std::move(starts));
    return made;
}

void follower::wake() { reader_->wake(); }

follower::standing follower::at(std::int32_t partition) const {
    return slots_.at(static_cast<std::size_t>(partition)).shown;
}

domain::result<void> follower::fail(const domain::problem& why, std::int32_t partition, std::int64_t offset) {
    if (is_passing(why)) return why;
    failed_ = why;
    failed_partition_ = partition;
    failed_offset_ = offset;
    return why;
}

domain::result<void> follower::settle(slot& s) {
    auto position = view_->writer().position(s.batch.partition);
    if (!position) return fail(position.error(), s.batch.partition, s.batch.before.next_offset);
    s.in_doubt = false;
    // Applied after all: the answer was lost, not the write.
    if (*position == s.batch.after && s.batch.after != s.batch.before) was_applied(s);
    return flush(s);
}

void follower::was_applied(slot& s) {
    s.shown.events += static_cast<std::int64_t>(s.batch.events.size());
    if (options_.keep_applied && !s.batch.events.empty() && s.batch.after.log_id)
        applied_.push_back({s.batch.partition, *s.batch.after.log_id, std::move(s.batch.events)});
    s.batch.events.clear();
    s.batch_bytes = 0;
    s.batch.before = s.batch.after;
}

domain::result<void> follower::flush(slot& s) {
    s.batch.after = s.stream.checkpoint();
    if (s.batch.after != s.batch.before) {
        if (auto done = view_->writer().apply(s.batch); !done) {
            s.in_doubt = is_passing(done.error());
            return fail(done.error(), s.batch.partition, s.batch.before.next_offset);
        }
        was_applied(s);
    }
    s.shown.log_id = s.batch.before.log_id;
    s.shown.visible = s.stream.read_offset();
    s.shown.settled = s.batch.before.next_offset;
    s.shown.voids = s.stream.voids();
    s.shown.record_ms = s.record_ms;
    return {};
}

domain::result<void> follower::step(eventlog::deadline until) {
    if (failed_) return *failed_;
    for (auto& s : slots_) {
        if (!s.in_doubt) continue;
        if (auto done = settle(s); !done) return done;
    }
    domain::result<void> read;
    if (next_record_ == records_.size() && !unreadable_) {
        records_.clear();
        next_record_ = 0;
        read = reader_->read(records_, options_.read_records_max, until);
    }
    while (next_record_ < records_.size() && !unreadable_) {
        auto& r = records_[next_record_++];
        auto& s = slots_.at(static_cast<std::size_t>(r.partition));
        s.batch_bytes += r.value.size();
        const auto record_ms = r.timestamp_ms;
        if (auto fed = s.stream.feed(std::move(r), s.batch.events); !fed) {
            unreadable_ = fed.error();
            break;
        }
        s.record_ms = record_ms;
        if (s.batch.events.size() >= options_.batch_events_max || s.batch_bytes >= options_.batch_bytes_max) {
            if (auto done = flush(s); !done) return done;
        }
    }
    // What stands before a record that cannot be read is applied first: the view stops exactly there.
    for (auto& s : slots_) {
        if (s.stream.failed_offset() < 0 && s.stream.read_offset() == s.shown.visible) continue;
        if (auto done = flush(s); !done) return done;
    }
    if (unreadable_) {
        for (auto& s : slots_) {
            if (s.stream.failed_offset() < 0) continue;
            s.shown.visible = s.batch.before.next_offset;
            return fail(*unreadable_, s.stream.partition(), s.stream.failed_offset());
        }
    }
    if (!read) return fail(read.error(), -1, -1);
    return {};
}

}  // namespace daybook::projector
