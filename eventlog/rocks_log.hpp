// The embedded log: RocksDB with synced writes, one log-writer thread for all partitions (settled 18, 19).
// Key layout and record form: schema/rocks.md.
#pragma once

#include "eventlog/event_log.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace daybook::eventlog {

struct rocks_log_options {
    std::filesystem::path folder{};
    /// Fixed at creation. None: what the folder has, or partitions_default if it is new.
    std::optional<std::int32_t> partitions{};
    bool create_if_missing = true;
    /// Called on the writer thread after a failed append or sync, with the reason. The default prints it and
    /// ends the process: what was synced is unknown, and a restart reads what is there. If it returns
    /// (tests), the log goes on answering unknown to everything.
    std::function<void(const domain::problem&)> on_failed_write{};
    /// Bytes free for writing the folder; the default asks the file system.
    std::function<std::optional<std::uint64_t>()> free_bytes{};
};

/// What the group commit did since it was opened.
struct commit_figures {
    std::uint64_t syncs = 0;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
};

/// Errors of open: folder_locked (another process has it), log_damaged (and the way out: repair_copy),
/// format_newer, log_foreign (a folder of something else), log_unsafe (another number of partitions),
/// storage_full, log_unavailable.
class rocks_log final : public event_log {
 public:
    [[nodiscard]] static domain::result<std::unique_ptr<rocks_log>> open(rocks_log_options);
    ~rocks_log() override;  ///< drains what was appended, then flushes (settled 19)
    rocks_log(const rocks_log&) = delete;
    rocks_log& operator=(const rocks_log&) = delete;

    [[nodiscard]] std::int32_t partitions() const override;
    [[nodiscard]] domain::result<void> check_ground(deadline) override;
    [[nodiscard]] std::unique_ptr<log_reader> open_reader(std::vector<read_start>) override;
    [[nodiscard]] std::unique_ptr<log_appender> open_appender(std::int32_t partition, on_outcomes) override;
    [[nodiscard]] domain::result<std::vector<std::int64_t>> end_offsets(deadline) override;
    [[nodiscard]] domain::result<void> writable() const override;
    [[nodiscard]] std::string describe() const override;
    [[nodiscard]] commit_figures figures() const;
    /// Reads all sorted files and compares their checksums; blocks for that long, or until `stop`. Errors:
    /// log_damaged.
    [[nodiscard]] domain::result<void> verify_files(const std::stop_token& stop) const;

    struct core;

 private:
    explicit rocks_log(std::shared_ptr<core>);
    std::shared_ptr<core> core_;
};

/// What a repair kept and what it cut of one partition.
struct repaired_partition {
    std::int32_t partition = 0;
    std::int64_t end = 0;  ///< the log's end in the repaired copy
    std::int64_t seen_behind =
        0;  ///< records cut behind that end, as far as the damaged folder still shows them
};

struct repair_report {
    bool healthy = false;  ///< the log opens, its checksums are right, no store is ahead: there is no copy
    std::filesystem::path copy{};
    std::vector<repaired_partition> partitions{};
};

/// Looks whether a folder is damaged; then copies it to FOLDER.repaired and opens the copy up to the first
/// damage (settled 19). The original is not touched. `applied`: next offsets of the stores, if known; a
/// partition that would end before one refuses. Leaves nothing behind where it fails, and takes away what an
/// earlier attempt that was killed left. Errors: log_truncated (a store is ahead of the repaired log),
/// folder_locked, log_damaged (beyond this repair), storage_full, log_unavailable (the copy fails).
[[nodiscard]] domain::result<repair_report> repair_copy(const std::filesystem::path& folder,
                                                        std::span<const std::int64_t> applied);

/// Puts the copy in the place of the folder, which stays beside it as FOLDER.damaged (FOLDER.damaged-2 where
/// that is taken, and so on): returned.
[[nodiscard]] domain::result<std::filesystem::path> adopt_repair(const std::filesystem::path& folder,
                                                                 const repair_report&);

}  // namespace daybook::eventlog
