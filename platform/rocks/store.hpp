// A RocksDB database without its headers: open, batch, read, snapshot, cursor, sorted ingest. Statuses become
// problems. The log, the decision store and the RocksDB view stand on it; what their keys mean is theirs
// (schema/rocks.md).
#pragma once

#include "domain/errc.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::platform::rocks {

/// Index into store_options::families plus one; 0 is the family that always exists.
using family = std::size_t;
inline constexpr family default_family = 0;

enum class durability : std::uint8_t {
    synced,    ///< on disk when write() returns
    buffered,  ///< survives the end of the process, not of the machine
    none,      ///< no write-ahead log: survives flush() only; for bulk loads that start over
};

enum class recovery : std::uint8_t {
    /// A torn tail of the write-ahead log is cut, damage anywhere else refuses to open (settled 19).
    torn_tail,
    /// Everything behind the first damage is cut: only for the repair of a copy.
    point_in_time,
    /// Only what is damaged is left out: to see what a repair cuts, never to go on with.
    skip_damaged,
};

struct store_options {
    std::filesystem::path folder{};
    std::vector<std::string> families{};  ///< beside the default one; made if missing
    bool create_if_missing = true;
    bool read_only = false;  ///< sees the state at open; another process may hold the folder
    recovery on_open = recovery::torn_tail;
    std::size_t write_buffer_bytes = std::size_t{16} * 1024 * 1024;  ///< per family, twice at most
    std::size_t block_cache_bytes = std::size_t{32} * 1024 * 1024;
    int open_files_max = 256;
    /// Most keys that get() asks for are not there: spares the search in memory at the cost of a filter
    /// there.
    bool misses_are_common = false;
    bool zstd_at_bottom = true;  ///< false: LZ4 in every level and sorted file; cheaper to write
    /// What a status becomes: damage found in the files, and everything else that is not a full disk or a
    /// lock.
    domain::errc damaged = domain::errc::log_damaged;
    domain::errc unavailable = domain::errc::log_unavailable;
};

class store;

/// Changes that are written together or not at all, later ones over earlier ones. Threads: one.
/// Lifetime: ends before the store does that it was made for. After write() it may be cleared and used again.
class batch {
 public:
    explicit batch(const store&);
    batch(batch&&) noexcept;
    batch& operator=(batch&&) noexcept;
    ~batch();

    void put(std::string_view key, std::string_view value) { put(default_family, key, value); }
    void erase(std::string_view key) { erase(default_family, key); }
    void put(family, std::string_view key, std::string_view value);
    void erase(family, std::string_view key);
    /// Keys from `first` up to and without `last`.
    void erase_range(family, std::string_view first, std::string_view last);
    void clear();
    [[nodiscard]] bool empty() const noexcept { return changes_ == 0; }
    [[nodiscard]] std::size_t changes() const noexcept { return changes_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }  ///< of keys and values

 private:
    friend class store;
    struct impl;
    std::unique_ptr<impl> impl_;
    std::size_t changes_ = 0;
    std::size_t bytes_ = 0;
};

/// One state of the whole store. Lifetime: ends before its store does.
class snapshot {
 public:
    snapshot(snapshot&&) noexcept;
    snapshot& operator=(snapshot&&) noexcept;
    ~snapshot();

 private:
    friend class store;
    struct impl;
    explicit snapshot(std::unique_ptr<impl>);
    std::unique_ptr<impl> impl_;
};

/// Keys of one range in order. Stands on the first one when made. Threads: one. Lifetime: ends before its
/// store does. Once valid() is false ask status(): a failed read also ends the range.
class cursor {
 public:
    cursor(cursor&&) noexcept;
    cursor& operator=(cursor&&) noexcept;
    ~cursor();

    [[nodiscard]] bool valid() const;
    [[nodiscard]] std::string_view key() const;    ///< precondition: valid(); until the next move
    [[nodiscard]] std::string_view value() const;  ///< likewise
    void next();
    void prev();
    void seek(std::string_view key);           ///< to the first key >= `key` in the range
    void seek_for_prev(std::string_view key);  ///< to the last key <= `key` in the range
    void seek_to_first();
    void seek_to_last();
    [[nodiscard]] domain::result<void> status() const;

 private:
    friend class store;
    struct impl;
    explicit cursor(std::unique_ptr<impl>);
    std::unique_ptr<impl> impl_;
};

/// What a cursor walks over: keys with `prefix`, or [first, last). Absent bounds are open.
struct range {
    family in = default_family;
    std::string prefix{};  ///< sets both bounds; first and last are then ignored
    std::optional<std::string> first{};
    std::optional<std::string> last{};
    const snapshot* at = nullptr;
    bool fill_cache = true;           ///< false for whole scans
    std::size_t readahead_bytes = 0;  ///< for whole scans, such as 2 MiB
};

/// Threads: any number for every member. Blocking: local files only.
/// Errors of all members: storage_full, store_options::damaged, store_options::unavailable.
class store {
 public:
    /// Errors also: folder_locked (the database is open elsewhere), format_newer (options of a newer
    /// RocksDB).
    [[nodiscard]] static domain::result<std::unique_ptr<store>> open(store_options);
    ~store();
    store(const store&) = delete;
    store& operator=(const store&) = delete;

    [[nodiscard]] domain::result<std::optional<std::string>> get(std::string_view key) const {
        return get(default_family, key);
    }
    [[nodiscard]] domain::result<std::optional<std::string>> get(family, std::string_view key,
                                                                 const snapshot* at = nullptr) const;
    /// All or nothing. After an error the outcome is unknown until the store is opened again.
    [[nodiscard]] domain::result<void> write(batch&, durability);
    [[nodiscard]] class snapshot snapshot() const;
    [[nodiscard]] cursor scan(const range&) const;
    /// Writes everything in memory into sorted files and waits for it.
    [[nodiscard]] domain::result<void> flush();
    /// Reads every sorted file and compares its checksums, one file after another until `stop` is requested.
    [[nodiscard]] domain::result<void> verify_files(const std::stop_token& stop) const;
    /// Moves finished files of sst_writer into a family. The files' keys replace older ones.
    [[nodiscard]] domain::result<void> ingest(family, std::span<const std::filesystem::path> files);
    [[nodiscard]] std::uint64_t property(family, std::string_view rocksdb_property) const;  ///< 0 if unknown
    [[nodiscard]] const std::filesystem::path& folder() const noexcept;

 private:
    friend class batch;
    struct impl;
    explicit store(std::unique_ptr<impl>);
    std::unique_ptr<impl> impl_;
};

/// Keeps every process from opening the database of a folder, as an open store does, without opening it.
class folder_hold {
 public:
    /// Errors: folder_locked (the database is open), log_unavailable.
    [[nodiscard]] static domain::result<folder_hold> take(const std::filesystem::path& folder);
    folder_hold(folder_hold&&) noexcept;
    folder_hold& operator=(folder_hold&&) noexcept;
    ~folder_hold();

 private:
    struct impl;
    explicit folder_hold(std::unique_ptr<impl>);
    std::unique_ptr<impl> impl_;
};

/// The file in a database's folder that the lock is on. Who copies the folder leaves it out: closing any
/// descriptor of it lets go of this process's lock.
inline constexpr std::string_view lock_file_name = "LOCK";

/// Writes one sorted file for store::ingest. Threads: one.
class sst_writer {
 public:
    [[nodiscard]] static domain::result<sst_writer> create(const std::filesystem::path& file,
                                                           const store_options& like);
    sst_writer(sst_writer&&) noexcept;
    sst_writer& operator=(sst_writer&&) noexcept;
    ~sst_writer();
    /// Precondition: `key` is greater than the one before.
    [[nodiscard]] domain::result<void> add(std::string_view key, std::string_view value);
    /// An empty writer makes no file: false.
    [[nodiscard]] domain::result<bool> finish();
    [[nodiscard]] std::uint64_t bytes() const;

 private:
    struct impl;
    explicit sst_writer(std::unique_ptr<impl>);
    std::unique_ptr<impl> impl_;
};

/// Bytes that an ordinary user can still write on the file system of `folder`; none if it cannot be asked.
[[nodiscard]] std::optional<std::uint64_t> free_disk_bytes(const std::filesystem::path& folder);

}  // namespace daybook::platform::rocks
