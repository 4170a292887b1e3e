#include "projector/rocks_bulk.hpp"

#include "domain/codec/task_json.hpp"
#include "projector/bulk_rows.hpp"
#include "projector/rocks_keys.hpp"
#include "projector/rocks_rows.hpp"
#include "projector/rocks_text_bulk.hpp"
#include "projector/text_fold.hpp"
#include "projector/varint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <utility>

namespace daybook::projector {
namespace {

namespace keys = rocks_keys;

struct kept_event {
    std::int64_t offset;
    std::optional<domain::task_id> task;
    std::string value;
};

/// The text rows of a fold in key order (schema/rocks.md 2.8 to 2.10).
domain::result<void> write_text_rows(platform::rocks::sst_writer& to, std::int32_t partition,
                                     const text_fold& texts) {
    for (const auto& [user, book] : texts.books()) {
        std::vector<const std::pair<const domain::task_id, text_fold::changed>*> sorted;
        for (const auto& task : book.tasks) sorted.push_back(&task);
        std::ranges::sort(sorted, {}, [](const auto* t) { return t->first; });
        for (const auto* t : sorted) {
            const auto key = keys::of_row(partition, keys::space::text, user, t->first);
            if (auto done = to.add(key, encode_texts(t->second.after)); !done) return done;
        }
    }
    for (const auto& [user, book] : texts.books()) {
        std::vector<std::pair<std::uint32_t, domain::task_id>> sorted;
        for (const auto& [task, changed] : book.tasks) {
            if (!changed.before) sorted.emplace_back(changed.after.ordinal, task);
        }
        std::ranges::sort(sorted);
        for (const auto& [ordinal, task] : sorted) {
            if (auto done = to.add(keys::ordinal(partition, user, ordinal), task.value().byte_view()); !done)
                return done;
        }
    }
    for (const auto& [user, book] : texts.books()) {
        std::string count;
        append_varint(count, book.ordinals);
        if (auto done = to.add(keys::of_book(partition, keys::space::book_text, user), count); !done)
            return done;
    }
    return {};
}

}  // namespace

/// What a partition holds back: the state of the books that were touched and the events since the last file.
struct bulk_loader::partition_load {
    std::int32_t partition = 0;
    eventlog::fold_checkpoint at{};
    bulk_rows rows{};
    std::map<domain::user_id, std::vector<kept_event>> events{};  ///< in key order, each in offset order
    std::size_t event_bytes = 0;
    text_fold texts{nullptr};
    bool rows_written = false;  ///< rows that are not here may be in the store
};

bulk_loader::bulk_loader(platform::rocks::store& store, platform::rocks::store_options like,
                         std::int32_t partitions, bulk_limits limits)
    : store_(store),
      like_(std::move(like)),
      partitions_(partitions),
      limits_(limits),
      stored_(store, partitions) {
    loads_.resize(static_cast<std::size_t>(partitions));
}

bulk_loader::~bulk_loader() = default;

bulk_loader::partition_load& bulk_loader::load_of(std::int32_t partition) {
    const std::scoped_lock lock(mutex_);
    auto& load = loads_.at(static_cast<std::size_t>(partition));
    if (!load) {
        load = std::make_unique<partition_load>();
        load->partition = partition;
    }
    return *load;
}

domain::result<eventlog::fold_checkpoint> bulk_loader::position(std::int32_t partition) {
    return load_of(partition).at;
}

domain::result<void> bulk_loader::load(view_batch& batch) {
    auto& load = load_of(batch.partition);
    if (load.at != batch.before) {
        return domain::make_problem(
            domain::errc::view_stopped,
            fmt::format("the bulk load of partition {} stands at offset {}, not at {}", batch.partition,
                        load.at.next_offset, batch.before.next_offset));
    }
    rocks_rows stored(store_, partitions_);
    std::vector<kept_event>* kept = nullptr;
    const bulk_rows::book* kept_for = nullptr;
    for (auto& e : batch.events) {
        const auto book = load.rows.apply(e.event, load.rows_written ? &stored : nullptr);
        if (!book) return book.error();
        if (auto done = load.texts.apply(e.event, e.offset, (*book)->state.language); !done) return done;
        if (*book != kept_for) kept = &load.events[e.event.user];
        kept_for = *book;
        load.event_bytes += e.value.size() + sizeof(kept_event);
        kept->push_back(kept_event{e.offset, e.event.task, std::move(e.value)});
    }
    load.at = batch.after;
    if (load.event_bytes > limits_.event_bytes_max) {
        if (auto done = write_events(load); !done) return done;
    }
    if (load.rows.tasks() > limits_.task_rows_max) return write_rows(load);
    return {};
}

template <class Write>
domain::result<void> bulk_loader::ingest(Write write) {
    std::filesystem::path file;
    {
        const std::scoped_lock lock(mutex_);
        file = store_.folder() / fmt::format("bulk-{}.sst", files_++);
    }
    auto to = platform::rocks::sst_writer::create(file, like_);
    if (!to) return to.error();
    if (auto done = write(*to); !done) return done;
    auto made = to->finish();
    if (!made) return made.error();
    if (!*made) {
        std::error_code ignored;  // the writer had opened it; a leftover costs nothing
        std::filesystem::remove(file, ignored);
        return {};
    }
    return store_.ingest(platform::rocks::default_family, std::span(&file, 1));
}

domain::result<void> bulk_loader::write_events(partition_load& load) {
    auto write = [&](platform::rocks::sst_writer& to) -> domain::result<void> {
        for (const auto& [user, events] : load.events) {
            for (const auto& e : events) {
                if (auto done = to.add(keys::event(load.partition, user, e.offset), e.value); !done)
                    return done;
            }
        }
        std::vector<std::pair<domain::task_id, std::int64_t>> by_task;
        for (const auto& [user, events] : load.events) {
            by_task.clear();
            for (const auto& e : events) {
                if (e.task) by_task.emplace_back(*e.task, e.offset);
            }
            std::ranges::sort(by_task);
            for (const auto& [task, offset] : by_task) {
                if (auto done = to.add(keys::task_event(load.partition, user, task, offset), {}); !done)
                    return done;
            }
        }
        return {};
    };
    if (auto done = ingest(write); !done) return done;
    load.events.clear();
    load.event_bytes = 0;
    return {};
}

domain::result<void> bulk_loader::write_rows(partition_load& load) {
    if (auto done = write_events(load); !done) return done;
    auto write = [&](platform::rocks::sst_writer& to) -> domain::result<void> {
        std::map<domain::user_id, std::vector<const domain::task*>> sorted;
        for (const auto& [user, book] : load.rows.books()) {
            auto& rows = sorted[user];
            rows.reserve(book.tasks.size());
            for (const auto& [id, task] : book.tasks) rows.push_back(&task);
            std::ranges::sort(rows, {}, [](const auto* t) { return t->id; });
            for (const auto* t : rows) {
                const auto key = keys::of_row(load.partition, keys::space::task, user, t->id);
                if (auto done = to.add(key, domain::encode_task(*t)); !done) return done;
            }
        }
        for (const auto& [user, book] : load.rows.books()) {
            const auto key = keys::of_book(load.partition, keys::space::book, user);
            if (auto done = to.add(key, domain::encode_book(book.state)); !done) return done;
        }
        for (const auto& [user, book] : load.rows.books()) {
            for (const auto& [id, p] : book.projects) {
                const auto key = keys::of_row(load.partition, keys::space::project, user, id);
                if (auto done = to.add(key, domain::encode_project(p)); !done) return done;
            }
        }
        for (const auto& [user, rows] : sorted) {
            for (const auto* t : rows) {
                if (t->status != domain::status::purged) continue;
                const auto key = keys::of_row(load.partition, keys::space::purged, user, t->id);
                if (auto done = to.add(key, {}); !done) return done;
            }
        }
        return write_text_rows(to, load.partition, load.texts);
    };
    if (auto done = ingest(write); !done) return done;
    // Behind the keys of the index, hence in a file of their own: files of a partition do not overlap.
    auto write_filters = [&](platform::rocks::sst_writer& to) -> domain::result<void> {
        for (const auto& [user, book] : load.rows.books()) {
            for (const auto& [id, f] : book.filters) {
                const auto key = keys::of_row(load.partition, keys::space::filter, user, id);
                if (auto done = to.add(key, domain::encode_filter(f)); !done) return done;
            }
        }
        return {};
    };
    if (auto done = ingest(write_filters); !done) return done;
    load.texts.start_over(&text_source_);
    load.rows.clear();
    load.rows_written = true;
    return {};
}

domain::result<void> bulk_loader::write_index(partition_load& load) {
    auto postings_written = ingest([&](platform::rocks::sst_writer& postings) {
        return ingest([&](platform::rocks::sst_writer& stems) {
            return write_text_index(stored_, load.partition, postings, stems);
        });
    });
    return postings_written;
}

domain::result<void> bulk_loader::finish() {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::optional<domain::problem> failed;
    const auto work = [&] {
        for (auto i = next++; i < loads_.size(); i = next++) {
            if (!loads_[i]) continue;
            auto done = write_rows(*loads_[i]);
            if (done) done = write_index(*loads_[i]);
            if (done) continue;
            const std::scoped_lock lock(mutex);
            failed = done.error();
        }
    };
    {
        std::vector<std::jthread> helpers;
        for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) helpers.emplace_back(work);
        work();
    }
    if (failed) return *failed;
    platform::rocks::batch positions(store_);
    for (const auto& load : loads_) {
        if (load) positions.put(keys::in(load->partition, keys::space::position), load->at.encode());
    }
    if (auto done = store_.write(positions, platform::rocks::durability::synced); !done) return done;
    return store_.flush();
}

}  // namespace daybook::projector
