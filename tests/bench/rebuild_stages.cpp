// How fast the views are built from the embedded log, stage by stage: read, judge, decode, the whole rebuild.
// The stages are the raw limits of the rebuild, measured in the same run; so are a bare sorted file of the
// events and, where a Postgres server that may write files is given, a bare COPY of the same rows with the
// same indexes.
//   rebuild_stages [EVENTS] [FOLDER] [POSTGRES URL]      10 events a task, 8 partitions
#include "eventlog/rocks_log.hpp"
#include "platform/pg/connection.hpp"
#include "platform/rocks/key.hpp"
#include "platform/rocks/store.hpp"
#include "projector/event_stream.hpp"
#include "projector/pg_migrations.hpp"
#include "projector/pg_store.hpp"
#include "projector/rebuild.hpp"
#include "projector/rocks_store.hpp"
#include "tests/bench/burst_appender.hpp"
#include "tests/support/event_writer.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <sys/resource.h>
#include <thread>

using namespace daybook;
using std::chrono::steady_clock;

namespace {

constexpr std::int32_t partitions = 8;

/// Processor seconds of this process so far: comparable even where others use the machine too.
double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void print_row(const char* name, double records, double seconds, double cpu) {
    fmt::print("{:<28} {:>12.0f}/s {:>8.2f} us of processor each\n", name, records / seconds,
               cpu * 1e6 / records);
}

void fill(eventlog::event_log& log, std::int64_t events) {
    bench::burst_appender burst(log, partitions);
    tests::event_writer writer(
        partitions, [&](std::int32_t p, eventlog::new_record r) { return burst.put(p, std::move(r)); });
    using enum domain::event_type;
    for (std::int64_t t = 0; t * 10 < events; ++t) {
        const auto user = fmt::format("user-{}", t % 100);
        const auto id = tests::task_number(t);
        writer.commit(
            writer.task_event(user, task_created, id,
                              {{"title", fmt::format("Write the report number {}", t)},
                               {"description", "What the quarter brought, with figures and a page of thanks"},
                               {"priority", "P2"},
                               {"tags", {"#work", fmt::format("#t{}", t % 40)}},
                               {"due", "2026-09-01"},
                               {"due_at", "2026-09-01T09:00:00.000Z"}}));
        for (int i = 0; i < 7; ++i) {
            writer.commit(
                writer.task_event(user, task_updated, id,
                                  {{"title", fmt::format("Report {} draft {}", t, i)}, {"percent", i * 10}}));
        }
        writer.commit(writer.task_event(user, task_started, id));
        writer.commit(writer.task_event(user, task_completed, id));
    }
    burst.drain();
}

/// Runs `each_record` over all partitions on as many threads as there are cores and prints the rate.
template <class Make>
void stage(const char* name, eventlog::event_log& log, const std::vector<std::int64_t>& ends, Make make) {
    const auto began = steady_clock::now();
    const auto cpu = cpu_seconds();
    std::atomic<std::int32_t> next{0};
    const auto work = [&] {
        for (auto p = next++; p < partitions; p = next++) {
            auto each = make(p);
            auto reader = log.open_reader({{p, 0}});
            std::vector<eventlog::record> records;
            for (std::int64_t read = 0; read < ends[static_cast<std::size_t>(p)];) {
                records.clear();
                reader->read(records, 4'096, steady_clock::now() + std::chrono::seconds(1)).value();
                read += static_cast<std::int64_t>(records.size());
                for (auto& r : records) each(std::move(r));
            }
        }
    };
    {
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
            threads.emplace_back(work);
    }
    std::int64_t total = 0;
    for (const auto e : ends) total += e;
    const auto seconds = std::chrono::duration<double>(steady_clock::now() - began).count();
    print_row(name, static_cast<double>(total), seconds, cpu_seconds() - cpu);
}

/// Keys in order and the values as they are: what a sorted file costs, whatever is in it.
void bare_sorted_files(eventlog::event_log& log, const std::vector<std::int64_t>& ends,
                       const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    stage("read, bare sorted file", log, ends, [&folder](std::int32_t p) {
        platform::rocks::store_options like;
        like.zstd_at_bottom = false;
        auto file = std::make_shared<platform::rocks::sst_writer>(
            platform::rocks::sst_writer::create(folder / fmt::format("{}.sst", p), like).value());
        return [file](eventlog::record r) {
            std::string key;
            platform::rocks::append_u64(key, static_cast<std::uint64_t>(r.offset));
            file->add(key, r.value).value();
        };
    });
    std::filesystem::remove_all(folder);
}

/// Runs one rebuild to its switch. The store's rows are there afterwards.
void rebuild_of(eventlog::event_log& log, projector::view_store& store) {
    projector::rebuild rebuild(log, store, {});
    const auto cpu = cpu_seconds();
    rebuild.run([&](const auto&, const auto&) { return store.switch_to_begun(); }, {}).value();
    const auto status = rebuild.status();
    const auto name = fmt::format("rebuild of {}", store.name());
    print_row(name.c_str(), static_cast<double>(status.events), status.seconds, cpu_seconds() - cpu);
    fmt::print("{:<28} {:>12.0f}/s\n", name + ", loading", status.events_per_second);
}

/// The tasks and the history of the version again, from files, with the indexes of schema/sql: no reading, no
/// folding.
void bare_copy(const std::string& url, std::int64_t version, double tasks) {
    platform::pg::connection_options options;
    options.url = url;
    options.statement_deadline = std::chrono::minutes(10);
    options.search_path = projector::version_schema(version);
    auto c = platform::pg::connection::open(options).value();
    const auto folder = std::string(c->query("SHOW data_directory")->bytes(0, 0));
    for (const auto* table : {"tasks", "history"})
        c->run(fmt::format("COPY {} TO '{}/{}.raw' (FORMAT binary)", table, folder, table)).value();
    const auto began = steady_clock::now();
    c->run("BEGIN; CREATE SCHEMA raw; SET LOCAL search_path = raw; SET LOCAL maintenance_work_mem = '256MB'")
        .value();
    for (const auto* table : {"tasks", "history"}) {
        c->run(fmt::format("CREATE TABLE {} (LIKE {}.{})", table, options.search_path, table)).value();
        c->run(fmt::format("COPY {} FROM '{}/{}.raw' (FORMAT binary, FREEZE)", table, folder, table)).value();
    }
    c->run(
         "ALTER TABLE tasks ADD PRIMARY KEY (user_id, task_id); "
         "CREATE INDEX ON tasks (user_id, due_at, task_id); "
         "ALTER TABLE history ADD PRIMARY KEY (user_id, log_offset); "
         "CREATE INDEX ON history (user_id, task_id, log_offset); ANALYZE tasks, history; COMMIT")
        .value();
    const auto seconds = std::chrono::duration<double>(steady_clock::now() - began).count();
    fmt::print("{:<28} {:>12.0f} tasks/s\n", "bare COPY and indexes", tasks / seconds);
    c->run("DROP SCHEMA raw CASCADE").value();
}

}  // namespace

int main(int argc, char** argv) {
    const std::int64_t events = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
    const std::filesystem::path folder = argc > 2 ? argv[2] : "rebuild-stages";
    const bool filled = std::filesystem::exists(folder / "log");
    eventlog::rocks_log_options at;
    at.folder = folder / "log";
    at.partitions = partitions;
    auto log = eventlog::rocks_log::open(at).value();
    if (!filled) fill(*log, events);
    const auto ends = log->end_offsets(steady_clock::now() + std::chrono::seconds(5)).value();

    stage("read", *log, ends, [](std::int32_t) { return [](eventlog::record) {}; });
    stage("read, judge", *log, ends, [](std::int32_t p) {
        return [fold = std::make_shared<eventlog::log_fold>(p, eventlog::fold_checkpoint{})](
                   eventlog::record r) { (void)fold->feed(std::move(r)).value(); };
    });
    stage("read, judge, decode", *log, ends, [](std::int32_t p) {
        return [stream = std::make_shared<projector::event_stream>(p, eventlog::fold_checkpoint{}),
                out = std::vector<projector::applied_event>()](eventlog::record r) mutable {
            stream->feed(std::move(r), out).value();
            out.clear();
        };
    });

    bare_sorted_files(*log, ends, folder / "sorted");

    projector::rocks_store_options views;
    views.folder = folder / "views";
    views.partitions = partitions;
    auto store = projector::rocks_store::open(views).value();
    rebuild_of(*log, *store);

    auto view = store->open_current().value();
    const domain::user_id user("user-1");
    for (int i = 0; i < 3; ++i) {
        domain::list_query q;
        q.order = {{domain::sort_field::title, false}};
        const auto began = steady_clock::now();
        const auto page = view->reader().list(user, q).value();
        fmt::print("list of {} tasks: {:.2f} ms\n", page.total_count,
                   std::chrono::duration<double, std::milli>(steady_clock::now() - began).count());
    }
    if (argc > 3) {
        projector::pg_view_options options;
        options.url = argv[3];
        projector::pg_store tables(options);
        rebuild_of(*log, tables);
        bare_copy(options.url, tables.current_version(), static_cast<double>(events) / 10);
    }
    return 0;
}
