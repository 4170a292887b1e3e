#include "platform/rocks/store.hpp"

#include "platform/rocks/key.hpp"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <sys/statvfs.h>
#include <utility>

namespace daybook::platform::rocks {
namespace {

using domain::errc;
using domain::problem;

constexpr std::uint64_t wal_bytes_max = 64ULL * 1024 * 1024;
constexpr std::size_t info_logs_kept = 2;
constexpr std::size_t verify_readahead_bytes = std::size_t{2} * 1024 * 1024;
constexpr double bloom_bits_per_key = 10.0;
constexpr double memory_filter_ratio = 0.05;  // of write_buffer_bytes

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& text) { return {text.data(), text.size()}; }

problem to_problem(const rocksdb::Status& status, const store_options& options, std::string_view doing) {
    const auto text = status.ToString();
    const auto detail = fmt::format("{} {}: {}", doing, options.folder.string(), text);
    if (status.IsNoSpace()) return domain::make_problem(errc::storage_full, detail);
    if (status.IsCorruption()) return domain::make_problem(options.damaged, detail);
    if (status.IsIOError() && text.find("lock") != std::string::npos)
        return domain::make_problem(errc::folder_locked, detail);
    return domain::make_problem(options.unavailable, detail);
}

rocksdb::ColumnFamilyOptions family_options(const store_options& options,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(bloom_bits_per_key));
    table.format_version = 5;
    rocksdb::ColumnFamilyOptions result;
    result.write_buffer_size = options.write_buffer_bytes;
    result.max_write_buffer_number = 2;
    if (options.misses_are_common) {
        result.memtable_whole_key_filtering = true;
        result.memtable_prefix_bloom_size_ratio = memory_filter_ratio;
    }
    result.compression = rocksdb::kLZ4Compression;
    if (options.zstd_at_bottom) result.bottommost_compression = rocksdb::kZSTD;
    result.level_compaction_dynamic_level_bytes = true;
    result.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return result;
}

rocksdb::WALRecoveryMode recovery_mode(recovery how) {
    switch (how) {
        case recovery::torn_tail: return rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
        case recovery::point_in_time: return rocksdb::WALRecoveryMode::kPointInTimeRecovery;
        case recovery::skip_damaged: return rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
    }
    return rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
}

rocksdb::DBOptions db_options(const store_options& options) {
    rocksdb::DBOptions result;
    result.create_if_missing = options.create_if_missing;
    result.create_missing_column_families = true;
    result.wal_recovery_mode = recovery_mode(options.on_open);
    result.max_open_files = options.open_files_max;
    result.max_total_wal_size = wal_bytes_max;
    result.max_background_jobs = 2;
    result.keep_log_file_num = info_logs_kept;
    result.info_log_level = rocksdb::WARN_LEVEL;
    result.bytes_per_sync = std::uint64_t{1024} * 1024;
    return result;
}

}  // namespace

struct store::impl {
    store_options options;
    std::unique_ptr<rocksdb::DB> db;
    std::vector<rocksdb::ColumnFamilyHandle*> families;  // in the order of `family`

    ~impl() {
        for (auto* handle : families) db->DestroyColumnFamilyHandle(handle);
        if (db) db->Close();
    }
    [[nodiscard]] problem failed(const rocksdb::Status& status, std::string_view doing) const {
        return to_problem(status, options, doing);
    }
};

struct snapshot::impl {
    rocksdb::DB* db;
    const rocksdb::Snapshot* handle;
    ~impl() { db->ReleaseSnapshot(handle); }
};

snapshot::snapshot(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
snapshot::snapshot(snapshot&&) noexcept = default;
snapshot& snapshot::operator=(snapshot&&) noexcept = default;
snapshot::~snapshot() = default;

// RocksDB inserts a run of neighbouring keys for a third less than keys at random, so the changes are
// gathered here and handed over in the order of their keys; those of one key stay in the order they came.
struct batch::impl {
    enum class kind : std::uint8_t { put, erase, erase_range };
    struct change {
        family in;
        kind what;
        std::size_t key_at;  // in `bytes`; behind it the value, or the end of the range
        std::size_t key_bytes;
        std::size_t value_bytes;
    };
    std::string bytes;
    std::vector<change> changes;
    bool has_range = false;  // a range would have to stay before or behind everything in it

    void add(family in, kind what, std::string_view key, std::string_view value) {
        changes.push_back({in, what, bytes.size(), key.size(), value.size()});
        bytes.append(key).append(value);
    }
    [[nodiscard]] std::string_view key(const change& c) const {
        return std::string_view(bytes).substr(c.key_at, c.key_bytes);
    }
    [[nodiscard]] std::string_view value(const change& c) const {
        return std::string_view(bytes).substr(c.key_at + c.key_bytes, c.value_bytes);
    }
    void sort() {
        if (has_range) return;
        const auto before = [this](const change& a, const change& b) {
            if (a.in != b.in) return a.in < b.in;
            const auto order = key(a).compare(key(b));
            return order != 0 ? order < 0 : a.key_at < b.key_at;
        };
        if (!std::ranges::is_sorted(changes, before)) std::ranges::sort(changes, before);
    }
    // Adding to a RocksDB batch in memory fails only on a size limit that we do not set.
    [[nodiscard]] rocksdb::WriteBatch encode(const std::vector<rocksdb::ColumnFamilyHandle*>& families) {
        sort();
        constexpr std::size_t head_bytes = 12;
        constexpr std::size_t around_bytes = 16;  // tag, family and lengths of one change
        rocksdb::WriteBatch made(head_bytes + bytes.size() + changes.size() * around_bytes);
        for (const auto& c : changes) {
            auto* to = families.at(c.in);
            switch (c.what) {
                case kind::put: made.Put(to, slice(key(c)), slice(value(c))).PermitUncheckedError(); break;
                case kind::erase: made.Delete(to, slice(key(c))).PermitUncheckedError(); break;
                case kind::erase_range:
                    made.DeleteRange(to, slice(key(c)), slice(value(c))).PermitUncheckedError();
                    break;
            }
        }
        return made;
    }
};

batch::batch(const store&) : impl_(std::make_unique<impl>()) {}
batch::batch(batch&&) noexcept = default;
batch& batch::operator=(batch&&) noexcept = default;
batch::~batch() = default;

void batch::put(family in, std::string_view key, std::string_view value) {
    impl_->add(in, impl::kind::put, key, value);
    ++changes_;
    bytes_ += key.size() + value.size();
}

void batch::erase(family in, std::string_view key) {
    impl_->add(in, impl::kind::erase, key, {});
    ++changes_;
    bytes_ += key.size();
}

void batch::erase_range(family in, std::string_view first, std::string_view last) {
    impl_->add(in, impl::kind::erase_range, first, last);
    impl_->has_range = true;
    ++changes_;
    bytes_ += first.size() + last.size();
}

void batch::clear() {
    impl_->bytes.clear();
    impl_->changes.clear();
    impl_->has_range = false;
    changes_ = 0;
    bytes_ = 0;
}

struct cursor::impl {
    const store_options* options;
    std::string first;
    std::string last;
    rocksdb::Slice first_slice;  // RocksDB keeps pointers to the bounds
    rocksdb::Slice last_slice;
    std::unique_ptr<rocksdb::Iterator> at;
};

cursor::cursor(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
cursor::cursor(cursor&&) noexcept = default;
cursor& cursor::operator=(cursor&&) noexcept = default;
cursor::~cursor() = default;
bool cursor::valid() const { return impl_->at->Valid(); }
std::string_view cursor::key() const { return view(impl_->at->key()); }
std::string_view cursor::value() const { return view(impl_->at->value()); }
void cursor::next() { impl_->at->Next(); }
void cursor::prev() { impl_->at->Prev(); }
void cursor::seek(std::string_view key) { impl_->at->Seek(slice(key)); }
void cursor::seek_for_prev(std::string_view key) { impl_->at->SeekForPrev(slice(key)); }
void cursor::seek_to_first() { impl_->at->SeekToFirst(); }
void cursor::seek_to_last() { impl_->at->SeekToLast(); }

domain::result<void> cursor::status() const {
    const auto status = impl_->at->status();
    if (status.ok()) return {};
    return to_problem(status, *impl_->options, "reading");
}

store::store(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
store::~store() = default;
const std::filesystem::path& store::folder() const noexcept { return impl_->options.folder; }

domain::result<std::unique_ptr<store>> store::open(store_options options) {
    auto made = std::make_unique<impl>();
    made->options = std::move(options);
    const auto& wanted = made->options;
    if (wanted.create_if_missing && !wanted.read_only) {
        std::error_code failed;
        std::filesystem::create_directories(wanted.folder, failed);
        if (failed)
            return domain::make_problem(
                wanted.unavailable,
                fmt::format("cannot make the folder {}: {}", wanted.folder.string(), failed.message()));
    }
    const auto cache = rocksdb::NewLRUCache(wanted.block_cache_bytes);
    const auto family_opts = family_options(wanted, cache);
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors{
        rocksdb::ColumnFamilyDescriptor(rocksdb::kDefaultColumnFamilyName, family_opts)};
    for (const auto& name : wanted.families) descriptors.emplace_back(name, family_opts);
    rocksdb::DB* db = nullptr;
    const auto path = wanted.folder.string();
    const auto status =
        wanted.read_only
            ? rocksdb::DB::OpenForReadOnly(db_options(wanted), path, descriptors, &made->families, &db)
            : rocksdb::DB::Open(db_options(wanted), path, descriptors, &made->families, &db);
    made->db.reset(db);
    if (!status.ok()) return made->failed(status, "opening");
    return std::unique_ptr<store>(new store(std::move(made)));
}

domain::result<std::optional<std::string>> store::get(family in, std::string_view key,
                                                      const class snapshot* at) const {
    rocksdb::ReadOptions options;
    if (at != nullptr) options.snapshot = at->impl_->handle;
    std::string value;
    const auto status = impl_->db->Get(options, impl_->families.at(in), slice(key), &value);
    if (status.ok()) return std::optional<std::string>(std::move(value));
    if (status.IsNotFound()) return std::optional<std::string>();
    return impl_->failed(status, "reading");
}

domain::result<void> store::write(batch& changes, durability how) {
    rocksdb::WriteOptions options;
    options.sync = how == durability::synced;
    options.disableWAL = how == durability::none;
    auto encoded = changes.impl_->encode(impl_->families);
    const auto status = impl_->db->Write(options, &encoded);
    if (status.ok()) return {};
    return impl_->failed(status, "writing");
}

class snapshot store::snapshot() const {
    auto* db = impl_->db.get();
    return rocks::snapshot(std::unique_ptr<snapshot::impl>(new snapshot::impl{db, db->GetSnapshot()}));
}

cursor store::scan(const range& over) const {
    auto made = std::make_unique<cursor::impl>();
    made->options = &impl_->options;
    rocksdb::ReadOptions options;
    options.fill_cache = over.fill_cache;
    options.readahead_size = over.readahead_bytes;
    if (over.at != nullptr) options.snapshot = over.at->impl_->handle;
    auto first = over.first;
    auto last = over.last;
    if (!over.prefix.empty()) {
        first = over.prefix;
        last = prefix_end(over.prefix);
    }
    if (first) {
        made->first = *first;
        made->first_slice = slice(made->first);
        options.iterate_lower_bound = &made->first_slice;
    }
    if (last) {
        made->last = *last;
        made->last_slice = slice(made->last);
        options.iterate_upper_bound = &made->last_slice;
    }
    made->at.reset(impl_->db->NewIterator(options, impl_->families.at(over.in)));
    made->at->SeekToFirst();
    return cursor(std::move(made));
}

domain::result<void> store::flush() {
    const auto status = impl_->db->Flush(rocksdb::FlushOptions(), impl_->families);
    if (status.ok()) return {};
    return impl_->failed(status, "flushing");
}

domain::result<void> store::verify_files(const std::stop_token& stop) const {
    std::vector<rocksdb::LiveFileMetaData> files;
    impl_->db->GetLiveFilesMetaData(&files);
    const rocksdb::Options like(db_options(impl_->options), family_options(impl_->options, nullptr));
    rocksdb::ReadOptions reading;
    reading.readahead_size = verify_readahead_bytes;
    for (const auto& file : files) {
        if (stop.stop_requested()) return {};
        rocksdb::SstFileReader reader(like);
        auto status = reader.Open(file.db_path + file.name);
        if (status.ok()) status = reader.VerifyChecksum(reading);
        if (status.ok()) continue;
        // A compaction may have replaced it meanwhile.
        std::vector<rocksdb::LiveFileMetaData> now;
        impl_->db->GetLiveFilesMetaData(&now);
        const auto same = [&](const auto& each) { return each.name == file.name; };
        if (std::any_of(now.begin(), now.end(), same)) return impl_->failed(status, "checking");
    }
    return {};
}

domain::result<void> store::ingest(family in, std::span<const std::filesystem::path> files) {
    if (files.empty()) return {};
    rocksdb::IngestExternalFileOptions options;
    options.move_files = true;
    std::vector<std::string> names;
    names.reserve(files.size());
    for (const auto& file : files) names.push_back(file.string());
    const auto status = impl_->db->IngestExternalFile(impl_->families.at(in), names, options);
    if (status.ok()) return {};
    return impl_->failed(status, "ingesting into");
}

std::uint64_t store::property(family in, std::string_view rocksdb_property) const {
    std::uint64_t value = 0;
    if (!impl_->db->GetIntProperty(impl_->families.at(in), slice(rocksdb_property), &value)) return 0;
    return value;
}

struct sst_writer::impl {
    store_options options;  // before the writer, which keeps references into it
    rocksdb::Options rocksdb_options;
    std::unique_ptr<rocksdb::SstFileWriter> to;
    std::uint64_t entries = 0;
};

sst_writer::sst_writer(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
sst_writer::sst_writer(sst_writer&&) noexcept = default;
sst_writer& sst_writer::operator=(sst_writer&&) noexcept = default;
sst_writer::~sst_writer() = default;

domain::result<sst_writer> sst_writer::create(const std::filesystem::path& file, const store_options& like) {
    auto made = std::make_unique<impl>();
    made->options = like;
    made->rocksdb_options = rocksdb::Options(db_options(like), family_options(like, nullptr));
    made->to = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), made->rocksdb_options);
    const auto status = made->to->Open(file.string());
    if (!status.ok()) return to_problem(status, like, "writing a sorted file for");
    return sst_writer(std::move(made));
}

domain::result<void> sst_writer::add(std::string_view key, std::string_view value) {
    const auto status = impl_->to->Put(slice(key), slice(value));
    if (!status.ok()) return to_problem(status, impl_->options, "writing a sorted file for");
    ++impl_->entries;
    return {};
}

domain::result<bool> sst_writer::finish() {
    if (impl_->entries == 0) return false;
    const auto status = impl_->to->Finish();
    if (!status.ok()) return to_problem(status, impl_->options, "writing a sorted file for");
    return true;
}

std::uint64_t sst_writer::bytes() const { return impl_->to->FileSize(); }

struct folder_hold::impl {
    rocksdb::FileLock* lock = nullptr;

    impl() = default;
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl() {
        if (lock != nullptr) rocksdb::Env::Default()->UnlockFile(lock).PermitUncheckedError();
    }
};

folder_hold::folder_hold(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
folder_hold::folder_hold(folder_hold&&) noexcept = default;
folder_hold& folder_hold::operator=(folder_hold&&) noexcept = default;
folder_hold::~folder_hold() = default;

domain::result<folder_hold> folder_hold::take(const std::filesystem::path& folder) {
    auto made = std::make_unique<impl>();
    const auto file = folder / lock_file_name;
    const auto status = rocksdb::Env::Default()->LockFile(file.string(), &made->lock);
    store_options of;
    of.folder = folder;
    if (!status.ok()) return to_problem(status, of, "locking");
    return folder_hold(std::move(made));
}

std::optional<std::uint64_t> free_disk_bytes(const std::filesystem::path& folder) {
    struct statvfs info {};
    if (::statvfs(folder.c_str(), &info) != 0) return std::nullopt;
    return static_cast<std::uint64_t>(info.f_bavail) * static_cast<std::uint64_t>(info.f_frsize);
}

}  // namespace daybook::platform::rocks
