#include "eventlog/rocks_log.hpp"

#include "domain/limits.hpp"
#include "eventlog/outcome_gate.hpp"
#include "eventlog/partition_ends.hpp"
#include "eventlog/rocks_record.hpp"
#include "platform/rocks/key.hpp"
#include "platform/rocks/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <mutex>
#include <pthread.h>
#include <stop_token>
#include <thread>
#include <utility>

namespace daybook::eventlog {
namespace {

namespace rocks = platform::rocks;
using domain::errc;
using std::chrono::steady_clock;

constexpr std::string_view format_key = "m/format";
constexpr std::string_view partitions_key = "m/partitions";
constexpr std::string_view format_name = "daybook-log ";  // and the version
constexpr int format_version = 1;
constexpr std::int32_t partitions_max = 1'024;
constexpr std::size_t batch_bytes_max =
    std::size_t{8} * 1024 * 1024;  // of one sync; a longer queue takes several
constexpr std::size_t scan_readahead_bytes = std::size_t{512} * 1024;
constexpr std::size_t records_of_a_scan = 512;  // a read of this many is a catch-up, not the live tail
constexpr std::size_t read_bytes_max = std::size_t{16} * 1024 * 1024;  // of one read(), at least one record
constexpr auto free_disk_asked_every = std::chrono::milliseconds(100);

void end_process(const domain::problem& failed) {
    std::fputs(
        fmt::format("daybook: the embedded log could not be written, the process ends: {}\n", failed.detail)
            .c_str(),
        stderr);
    std::abort();
}

rocks::store_options store_options_of(const std::filesystem::path& folder) {
    rocks::store_options options;
    options.folder = folder;
    options.damaged = errc::log_damaged;
    options.unavailable = errc::log_unavailable;
    return options;
}

std::optional<std::int32_t> parse_number(std::string_view text) {
    std::int32_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// Reads what the folder says about itself, or writes it if the folder is new.
domain::result<std::int32_t> settle_format(rocks::store& store, std::optional<std::int32_t> wanted) {
    const auto format = store.get(format_key);
    if (!format) return format.error();
    const auto partitions = store.get(partitions_key);
    if (!partitions) return partitions.error();
    const auto folder = store.folder().string();
    if (!*format) {
        if (store.scan({}).valid())
            return domain::make_problem(errc::log_foreign,
                                        fmt::format("{} holds something that is no log", folder));
        const auto count = wanted.value_or(partitions_default);
        rocks::batch birth(store);
        birth.put(format_key, fmt::format("{}{}", format_name, format_version));
        birth.put(partitions_key, fmt::format("{}", count));
        if (auto written = store.write(birth, rocks::durability::synced); !written) return written.error();
        return count;
    }
    const auto version = (*format)->starts_with(format_name)
                             ? parse_number(std::string_view(**format).substr(format_name.size()))
                             : std::nullopt;
    if (!version)
        return domain::make_problem(errc::log_foreign,
                                    fmt::format("{} holds something that is no log", folder));
    if (*version > format_version)
        return domain::make_problem(errc::format_newer,
                                    fmt::format("{} has log format {}, this program knows up to {}", folder,
                                                *version, format_version));
    const auto count = *partitions ? parse_number(**partitions) : std::nullopt;
    if (!count || *count < 1 || *count > partitions_max)
        return domain::make_problem(errc::log_damaged, fmt::format("{} does not say its partitions", folder));
    if (wanted && *wanted != *count)
        return domain::make_problem(
            errc::log_unsafe,
            fmt::format("{} was made with {} partitions, {} are asked for", folder, *count, *wanted), {},
            "Partitions are fixed at creation: leave the option out.");
    return *count;
}

domain::result<std::vector<std::int64_t>> read_ends(const rocks::store& store, std::int32_t partitions) {
    std::vector<std::int64_t> ends;
    for (std::int32_t p = 0; p < partitions; ++p) {
        rocks::range all;
        all.prefix = rocks_key(p, 0).substr(0, 5);
        auto at = store.scan(all);
        at.seek_to_last();
        std::int64_t end = 0;
        if (at.valid()) {
            auto offset = at.key().substr(5);
            end = static_cast<std::int64_t>(rocks::take_u64(offset).value_or(0)) + 1;
        }
        if (auto read = at.status(); !read) return read.error();
        ends.push_back(end);
    }
    return ends;
}

}  // namespace

struct rocks_log::core {
    /// Records of one appender, with tickets that count on from the first.
    struct queued {
        std::int32_t partition;
        std::int64_t first_ticket;
        std::shared_ptr<outcome_gate> to;
        std::vector<new_record> records;
    };

    core(rocks_log_options from, std::unique_ptr<rocks::store> opened, std::int32_t count,
         std::vector<std::int64_t> found)
        : options(std::move(from)),
          store(std::move(opened)),
          partitions(count),
          ends(found),
          next(std::move(found)) {}

    rocks_log_options options;
    std::unique_ptr<rocks::store> store;
    std::int32_t partitions;
    partition_ends ends;             // of what is synced
    std::vector<std::int64_t> next;  // writer thread only
    std::atomic<bool> failed = false;

    mutable std::mutex mutex;
    std::condition_variable_any changed;
    std::vector<queued> queue;
    commit_figures figures;

    mutable std::mutex disk_mutex;
    mutable steady_clock::time_point disk_asked{};
    mutable std::optional<std::uint64_t> disk_free;

    void write_until_stopped(const std::stop_token& stop) {
        std::vector<queued> taken;
        while (true) {
            {
                std::unique_lock lock(mutex);
                changed.wait(lock, stop, [&] { return !queue.empty(); });
                if (queue.empty()) return;  // asked to stop and nothing left to write
                taken = std::exchange(queue, {});
            }
            for (std::span<queued> left(taken); !left.empty();) left = left.subspan(write_some(left));
        }
    }

    // One synced batch; how many runs it took. The ends move before the outcomes are told: whoever hears of a
    // record can read it.
    std::size_t write_some(std::span<queued> runs) {
        rocks::batch changes(*store);
        std::size_t count = 0;
        std::string value;
        std::vector<std::int64_t> first_offsets;
        for (; count < runs.size() && (count == 0 || changes.bytes() < batch_bytes_max); ++count) {
            const auto& run = runs[count];
            auto& offset = next[static_cast<std::size_t>(run.partition)];
            first_offsets.push_back(offset);
            for (const auto& one : run.records) {
                value.clear();
                append_rocks_record(value, one);
                changes.put(rocks_key(run.partition, offset++), value);
            }
        }
        const auto written_runs = runs.first(count);
        domain::result<void> written;
        if (failed) {
            written =
                domain::make_problem(errc::log_unavailable, "an earlier write of the embedded log failed");
        } else {
            written = store->write(changes, rocks::durability::synced);
            if (!written) {
                failed = true;
                (options.on_failed_write ? options.on_failed_write : end_process)(written.error());
            }
        }
        if (written) {
            std::vector<std::pair<std::int32_t, std::int64_t>> moved;
            for (const auto& run : written_runs)
                moved.emplace_back(run.partition, next[static_cast<std::size_t>(run.partition)]);
            ends.set(moved);
            const std::scoped_lock lock(mutex);
            ++figures.syncs;
            figures.records += changes.changes();
            figures.bytes += changes.bytes();
        }
        tell(written_runs, first_offsets, written);
        return count;
    }

    // Grouped by appender, each in ticket order: the queue keeps the order of every appender.
    void tell(std::span<queued> written, std::span<const std::int64_t> first_offsets,
              const domain::result<void>& how) {
        std::vector<append_outcome> outcomes;
        for (std::size_t i = 0; i < written.size(); ++i) {
            const auto to = std::exchange(written[i].to, nullptr);
            if (!to) continue;
            outcomes.clear();
            const auto add = [&](std::size_t k) {
                const auto records = static_cast<std::int64_t>(written[k].records.size());
                for (std::int64_t n = 0; n < records; ++n)
                    outcomes.push_back({written[k].first_ticket + n,
                                        how ? std::optional(first_offsets[k] + n) : std::nullopt,
                                        how ? std::string() : how.error().detail});
            };
            add(i);
            for (auto k = i + 1; k < written.size(); ++k) {
                if (written[k].to != to) continue;
                add(k);
                written[k].to = nullptr;
            }
            to->report(outcomes);
        }
    }

    [[nodiscard]] std::optional<std::uint64_t> free_bytes() const {
        const std::scoped_lock lock(disk_mutex);
        const auto now = steady_clock::now();
        if (now - disk_asked >= free_disk_asked_every) {
            disk_asked = now;
            disk_free = options.free_bytes ? options.free_bytes() : rocks::free_disk_bytes(options.folder);
        }
        return disk_free;
    }

    std::jthread writer;  // last: uses everything above
};

namespace {

class rocks_appender final : public log_appender {
 public:
    rocks_appender(std::shared_ptr<rocks_log::core> log, std::int32_t partition, on_outcomes outcomes)
        : log_(std::move(log)),
          partition_(partition),
          gate_(std::make_shared<outcome_gate>(std::move(outcomes))) {}
    rocks_appender(const rocks_appender&) = delete;
    rocks_appender& operator=(const rocks_appender&) = delete;

    ~rocks_appender() override {
        {
            const std::scoped_lock lock(log_->mutex);
            std::erase_if(log_->queue, [this](const auto& one) { return one.to == gate_; });
        }
        gate_->close();
    }

    using log_appender::append;
    void append(std::span<new_record> run) override {
        if (run.empty()) return;
        std::vector<new_record> records(std::move_iterator(run.begin()), std::move_iterator(run.end()));
        bool was_empty = false;
        {
            const std::scoped_lock lock(log_->mutex);
            was_empty = log_->queue.empty();
            log_->queue.push_back({partition_, next_ticket_, gate_, std::move(records)});
        }
        next_ticket_ += static_cast<std::int64_t>(run.size());
        if (was_empty) log_->changed.notify_one();  // the writer takes the whole queue before it sleeps
    }

 private:
    std::shared_ptr<rocks_log::core> log_;
    std::int32_t partition_;
    std::shared_ptr<outcome_gate> gate_;
    std::int64_t next_ticket_ = 0;
};

class rocks_reader final : public log_reader {
 public:
    rocks_reader(std::shared_ptr<rocks_log::core> log, std::vector<read_start> starts)
        : log_(std::move(log)), at_(std::move(starts)) {}

    domain::result<void> read(std::vector<record>& out, std::size_t records_max, deadline until) override {
        log_->ends.wait(at_, until, [this] { return woken_.load(); });
        woken_ = false;
        const auto ends = log_->ends.all();
        std::size_t taken = 0;
        std::size_t bytes = 0;
        // Starts behind the partition that was read last, so that a busy one does not starve the others.
        for (std::size_t i = 0; i < at_.size() && taken < records_max && bytes < read_bytes_max; ++i) {
            auto& at = at_[(first_ + i) % at_.size()];
            if (auto read = read_partition(at, ends.at(static_cast<std::size_t>(at.partition)), out,
                                           records_max, taken, bytes);
                !read)
                return read;
        }
        if (!at_.empty()) first_ = (first_ + 1) % at_.size();
        return {};
    }
    void wake() override {
        woken_ = true;
        log_->ends.notify();
    }

 private:
    domain::result<void> read_partition(read_start& at, std::int64_t end, std::vector<record>& out,
                                        std::size_t records_max, std::size_t& taken, std::size_t& bytes) {
        if (at.offset == end) return {};
        if (at.offset > end)
            return domain::make_problem(
                errc::log_truncated,
                fmt::format("partition {} ends at {}, before offset {}", at.partition, end, at.offset));
        rocks::range over;
        over.first = rocks_key(at.partition, at.offset);
        over.last = rocks_key(at.partition, end);
        if (static_cast<std::size_t>(end - at.offset) >= records_of_a_scan &&
            records_max >= records_of_a_scan) {
            over.fill_cache = false;
            over.readahead_bytes = scan_readahead_bytes;
        }
        auto found = log_->store->scan(over);
        for (; found.valid() && taken < records_max && bytes < read_bytes_max; found.next()) {
            auto offset_bytes = found.key().substr(5);
            const auto offset = static_cast<std::int64_t>(rocks::take_u64(offset_bytes).value_or(0));
            if (offset != at.offset)
                return domain::make_problem(errc::log_truncated,
                                            fmt::format("partition {} has offset {} where {} must be",
                                                        at.partition, offset, at.offset));
            auto parsed = parse_rocks_record(at.partition, offset, found.value());
            if (!parsed)
                return domain::make_problem(
                    errc::log_damaged,
                    fmt::format("partition {} offset {} is no stored record", at.partition, offset));
            bytes += found.value().size();
            out.push_back(std::move(*parsed));
            ++taken;
            ++at.offset;
        }
        if (auto read = found.status(); !read) return read;
        if (!found.valid() && taken < records_max && at.offset < end)
            return domain::make_problem(
                errc::log_truncated,
                fmt::format("partition {} lost offset {} and what follows", at.partition, at.offset));
        return {};
    }

    std::shared_ptr<rocks_log::core> log_;
    std::vector<read_start> at_;
    std::size_t first_ = 0;
    std::atomic<bool> woken_ = false;
};

}  // namespace

rocks_log::rocks_log(std::shared_ptr<core> made) : core_(std::move(made)) {
    core_->writer = std::jthread([log = core_.get()](const std::stop_token& stop) {
        ::pthread_setname_np(::pthread_self(), "log-writer");
        log->write_until_stopped(stop);
    });
}

rocks_log::~rocks_log() {
    core_->writer.request_stop();
    core_->writer.join();
    // Everything acknowledged is synced already: a flush that fails loses nothing.
    if (!core_->failed) (void)core_->store->flush();
}

domain::result<std::unique_ptr<rocks_log>> rocks_log::open(rocks_log_options options) {
    if (options.partitions && (*options.partitions < 1 || *options.partitions > partitions_max))
        return domain::make_problem(errc::config_invalid,
                                    fmt::format("partitions must be 1 to {}", partitions_max), "partitions");
    auto how = store_options_of(options.folder);
    how.create_if_missing = options.create_if_missing;
    auto store = rocks::store::open(how);
    if (!store) {
        auto failed = store.error().prefixed("embedded log");
        if (failed.code == errc::log_damaged)
            failed.hint =
                "daybook log --repair --data DIR makes a copy without what is damaged and says what it cuts.";
        return failed;
    }
    const auto partitions = settle_format(**store, options.partitions);
    if (!partitions) return partitions.error();
    auto ends = read_ends(**store, *partitions);
    if (!ends) return ends.error();
    return std::unique_ptr<rocks_log>(new rocks_log(
        std::make_shared<core>(std::move(options), std::move(*store), *partitions, std::move(*ends))));
}

std::int32_t rocks_log::partitions() const { return core_->partitions; }
std::string rocks_log::describe() const { return fmt::format("embedded {}", core_->options.folder.string()); }

// The folder is held by this process and nothing in it expires; what opened is safe ground until a write
// fails.
domain::result<void> rocks_log::check_ground(deadline) {
    if (core_->failed)
        return domain::make_problem(errc::log_unavailable, "an earlier write of the embedded log failed");
    for (std::int32_t p = 0; p < core_->partitions; ++p) {
        if (core_->ends.of(p) == 0) continue;
        const auto first = core_->store->get(rocks_key(p, 0));
        if (!first) return first.error();
        if (!*first)
            return domain::make_problem(
                errc::log_truncated,
                fmt::format("partition {} of {} does not start at offset 0", p, describe()));
    }
    return {};
}

std::unique_ptr<log_reader> rocks_log::open_reader(std::vector<read_start> starts) {
    return std::make_unique<rocks_reader>(core_, std::move(starts));
}

std::unique_ptr<log_appender> rocks_log::open_appender(std::int32_t partition, on_outcomes outcomes) {
    return std::make_unique<rocks_appender>(core_, partition, std::move(outcomes));
}

domain::result<std::vector<std::int64_t>> rocks_log::end_offsets(deadline) { return core_->ends.all(); }

domain::result<void> rocks_log::writable() const {
    if (core_->failed)
        return domain::make_problem(errc::log_unavailable, "an earlier write of the embedded log failed");
    const auto free = core_->free_bytes();
    if (free && *free < domain::limits::free_disk_bytes_min)
        return domain::make_problem(
            errc::storage_full, fmt::format("{} has {} MiB free, {} are kept", core_->options.folder.string(),
                                            *free >> 20U, domain::limits::free_disk_bytes_min >> 20U));
    return {};
}

domain::result<void> rocks_log::verify_files(const std::stop_token& stop) const {
    return core_->store->verify_files(stop);
}

commit_figures rocks_log::figures() const {
    const std::scoped_lock lock(core_->mutex);
    return core_->figures;
}

}  // namespace daybook::eventlog
