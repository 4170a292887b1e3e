#include "app/topic_publisher.hpp"

#include "domain/codec/delta_json.hpp"
#include "domain/codec/event_json.hpp"
#include "eventlog/last_applied.hpp"
#include "eventlog/validity.hpp"
#include "platform/obs/log.hpp"
#include "platform/runtime/folder_lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <utility>

namespace daybook::app {
namespace {

using domain::errc;
using domain::result;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto patience = 10s;
constexpr auto retry_after = 1s;
constexpr auto idle_wait = 500ms;
constexpr auto remembered_every = 1s;
constexpr std::size_t records_a_read = 1'024;
constexpr std::string_view position_header = "ce_position";

std::filesystem::path file_of(const std::filesystem::path& folder, std::int32_t partition) {
    return folder / fmt::format("{}.json", partition);
}

/// None if there is none, or none that can be read: then the topic itself tells.
std::optional<eventlog::fold_checkpoint> remembered(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string line;
    if (!std::getline(in, line)) return std::nullopt;
    auto read = eventlog::fold_checkpoint::decode(line);
    if (!read) return std::nullopt;
    return std::move(*read);
}

result<void> remember(const std::filesystem::path& file, const eventlog::fold_checkpoint& at) {
    const auto beside = std::filesystem::path(file).concat(".new");
    {
        std::ofstream out(beside, std::ios::trunc);
        out << at.encode() << '\n';
        if (!out.flush())
            return domain::make_problem(errc::storage_full,
                                        fmt::format("{} cannot be written", beside.string()));
    }
    std::error_code failed;
    std::filesystem::rename(beside, file, failed);
    if (failed) return domain::make_problem(errc::storage_full, failed.message());
    return {};
}

/// CloudEvents in binary mode, as in the log, and where the event stands there.
eventlog::new_record told(const domain::event& e, const domain::position& at, std::int64_t timestamp_ms) {
    eventlog::new_record out;
    out.timestamp_ms = timestamp_ms;
    out.key = e.user.text();
    domain::append_delta(out.value, e, at);
    out.headers = {{"content-type", "application/json"},
                   {"ce_specversion", "1.0"},
                   {"ce_id", e.id.text()},
                   {"ce_type", std::string(domain::to_text(e.type))},
                   {"ce_source", "/daybook"},
                   {"ce_time", domain::to_text(e.timestamp)},
                   {std::string(position_header), at.text()}};
    if (e.task) out.headers.emplace_back("ce_subject", e.task->text());
    return out;
}

}  // namespace

/// One attempt: from opening the topic to the first failure.
struct topic_publisher::way {
    struct partition {
        eventlog::log_fold fold;
        std::int64_t told = -1;            ///< all up to this offset is in the topic
        bool has_memory = false;           ///< of what was told
        eventlog::fold_checkpoint kept{};  ///< in the folder
    };
    std::unique_ptr<eventlog::kafka_outlet> outlet{};
    std::unique_ptr<eventlog::log_reader> reader{};
    std::vector<partition> partitions{};
    std::vector<eventlog::record> records{};
    steady_clock::time_point next_keep{};
    domain::instant began{};
};

topic_publisher::topic_publisher(eventlog::event_log& log, publisher_options options,
                                 platform::obs::metrics& figures)
    : log_(log),
      options_(std::move(options)),
      published_(figures.make_counter("topic_published_total", "Records written to a topic beside the log",
                                      {{"topic", options_.outlet.topic}})) {}

topic_publisher::~topic_publisher() { stop(); }

void topic_publisher::start() {
    thread_ =
        platform::runtime::worker_thread("publisher", [this](const std::stop_token& stop) { run(stop); });
}

void topic_publisher::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
}

// The topics are conveniences: whatever fails here is logged and tried again, and nothing else waits for it.
void topic_publisher::run(const std::stop_token& stop) {
    std::string last_failure;
    std::mutex mutex;
    std::condition_variable_any woken;
    while (!stop.stop_requested()) {
        const auto done = follow(stop);
        if (done || stop.stop_requested()) return;
        if (done.error().detail != last_failure) {
            last_failure = done.error().detail;
            platform::obs::log_warn("the topic waits",
                                    {{"topic", options_.outlet.topic}, {"error", last_failure}});
        }
        std::unique_lock lock(mutex);
        woken.wait_for(lock, stop, retry_after, [&stop] { return stop.stop_requested(); });
    }
}

result<void> topic_publisher::follow(const std::stop_token& stop) {
    auto lock = platform::runtime::folder_lock::acquire(options_.folder);
    if (!lock) return lock.error();
    const auto until = steady_clock::now() + patience;
    auto outlet = eventlog::kafka_outlet::open(options_.outlet, until);
    if (!outlet) return outlet.error();
    const auto last = (*outlet)->last_headers(position_header, until);
    if (!last) return last.error();
    way on;
    on.outlet = std::move(*outlet);
    on.began = options_.now();
    std::vector<eventlog::read_start> starts;
    const bool same_places = on.outlet->partitions() == log_.partitions();
    for (std::int32_t p = 0; p < log_.partitions(); ++p) {
        auto kept = remembered(file_of(options_.folder, p));
        if (kept && !eventlog::check_last_applied(log_, p, *kept, until)) kept.reset();
        const auto from = kept.value_or(eventlog::fold_checkpoint());
        way::partition one{eventlog::log_fold(p, from), -1, kept.has_value(), from};
        const auto log_id = eventlog::read_log_id(log_, p, until);
        if (!log_id) return log_id.error();
        const auto& header = (*last)[same_places ? static_cast<std::size_t>(p) : 0];
        const auto at = same_places && header ? domain::position::parse(*header) : std::nullopt;
        if (at && at->partition == p && *log_id == at->log_id) {
            one.told = at->offset;
            one.has_memory = true;
        }
        starts.push_back({p, from.next_offset});
        on.partitions.push_back(std::move(one));
    }
    on.reader = log_.open_reader(std::move(starts));
    while (!stop.stop_requested())
        if (auto done = step(on, stop); !done) return done;
    return {};
}

result<void> topic_publisher::step(way& on, const std::stop_token& stop) {
    on.records.clear();
    if (auto read = on.reader->read(on.records, records_a_read, steady_clock::now() + idle_wait); !read)
        return read;
    std::vector<eventlog::new_record> out;
    for (auto& r : on.records) {
        auto& p = on.partitions.at(static_cast<std::size_t>(r.partition));
        auto judged = p.fold.feed(std::move(r));
        if (!judged) return judged.error();
        auto* whole = std::get_if<eventlog::commit>(&*judged);
        if (whole == nullptr) continue;
        for (const auto& part : whole->parts) {
            if (part.raw.offset <= p.told) continue;
            const domain::instant appended{std::chrono::milliseconds(part.raw.timestamp_ms)};
            if (!p.has_memory && options_.fresh && on.began - appended > *options_.fresh) continue;
            const auto e = domain::decode_event(std::string_view(part.raw.value));
            if (!e) return e.error();
            if (!options_.wants(e->type)) continue;
            const domain::position at{p.fold.checkpoint().log_id.value_or(domain::uuid()), part.raw.partition,
                                      part.raw.offset};
            out.push_back(told(*e, at, part.raw.timestamp_ms));
        }
    }
    if (auto written = on.outlet->write(out, stop); !written) return written;
    published_.add(static_cast<double>(out.size()));
    if (steady_clock::now() < on.next_keep && !stop.stop_requested()) return {};
    on.next_keep = steady_clock::now() + remembered_every;
    for (auto& p : on.partitions) {
        if (p.kept == p.fold.checkpoint()) continue;
        if (auto kept = remember(file_of(options_.folder, p.fold.partition()), p.fold.checkpoint()); !kept)
            return kept;
        p.kept = p.fold.checkpoint();
    }
    return {};
}

}  // namespace daybook::app
