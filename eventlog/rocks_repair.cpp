// The way out of a damaged embedded log (settled 19): a copy, recovered up to the first damage.
#include "eventlog/rocks_log.hpp"
#include "eventlog/rocks_record.hpp"
#include "platform/rocks/key.hpp"
#include "platform/rocks/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace daybook::eventlog {
namespace {

namespace rocks = platform::rocks;
namespace fs = std::filesystem;
using domain::errc;

// Everything behind the record key's partition and offset (`r`, u32, u64).
struct extent {
    std::int64_t contiguous = 0;  ///< offsets 0 … are all there up to here
    std::int64_t beyond = 0;      ///< records behind a hole
};

domain::result<std::map<std::int32_t, extent>> extents_of(const rocks::store& store) {
    std::map<std::int32_t, extent> found;
    rocks::range all;
    all.prefix = "r";
    all.fill_cache = false;
    auto at = store.scan(all);
    for (; at.valid(); at.next()) {
        auto key = at.key().substr(1);
        const auto partition = rocks::take_u32(key);
        const auto offset = rocks::take_u64(key);
        if (!partition || !offset || !key.empty())
            return domain::make_problem(errc::log_damaged, "the log holds a key that is no record's");
        auto& one = found[static_cast<std::int32_t>(*partition)];
        if (static_cast<std::int64_t>(*offset) == one.contiguous)
            ++one.contiguous;
        else
            ++one.beyond;
    }
    if (auto read = at.status(); !read) return read.error();
    return found;
}

domain::problem cannot(std::string_view doing, const fs::path& what, const std::error_code& why) {
    return domain::make_problem(
        why == std::errc::no_space_on_device ? errc::storage_full : errc::log_unavailable,
        fmt::format("cannot {} {}: {}", doing, what.string(), why.message()));
}

fs::path beside(const fs::path& folder, std::string_view suffix) {
    auto name = folder.lexically_normal();
    if (!name.has_filename()) name = name.parent_path();
    return name.string() + std::string(suffix);
}

domain::result<std::unique_ptr<rocks::store>> open_copy(const fs::path& copy, rocks::recovery how) {
    rocks::store_options options;
    options.folder = copy;
    options.create_if_missing = false;
    options.on_open = how;
    options.damaged = errc::log_damaged;
    return rocks::store::open(options);
}

/// A copy of the log's folder, removed at the end unless it is kept.
class copy_of_log {
 public:
    explicit copy_of_log(fs::path at) : at_(std::move(at)) { remove(); }
    copy_of_log(const copy_of_log&) = delete;
    copy_of_log& operator=(const copy_of_log&) = delete;
    ~copy_of_log() {
        if (!kept_) remove();
    }
    [[nodiscard]] domain::result<void> make(const fs::path& of) const {
        remove();
        std::error_code failed;
        if (!fs::create_directory(at_, failed)) return cannot("copy the log to", at_, failed);
        auto file = fs::directory_iterator(of, failed);
        while (!failed && file != fs::directory_iterator()) {
            const auto name = file->path().filename();
            if (name != rocks::lock_file_name)
                fs::copy(file->path(), at_ / name, fs::copy_options::recursive, failed);
            if (!failed) file.increment(failed);
        }
        if (failed) return cannot("copy the log to", at_, failed);
        return {};
    }
    void keep() { kept_ = true; }
    [[nodiscard]] const fs::path& path() const noexcept { return at_; }

 private:
    void remove() const {
        std::error_code ignored;
        fs::remove_all(at_, ignored);
    }
    fs::path at_;
    bool kept_ = false;
};

/// The partitions of a copy that opens as a server would open it, and whose files and offsets are right; none
/// otherwise.
std::optional<std::map<std::int32_t, extent>> open_whole(const fs::path& copy) {
    const auto store = open_copy(copy, rocks::recovery::torn_tail);
    if (!store || !(*store)->verify_files({})) return std::nullopt;
    auto found = extents_of(**store);
    if (!found) return std::nullopt;
    for (const auto& [partition, one] : *found)
        if (one.beyond > 0) return std::nullopt;
    return *std::move(found);
}

domain::problem beyond_repair(const domain::problem& why) {
    auto out = why.prefixed("beyond this repair");
    out.hint =
        "Nothing was changed. docs/operations.md says how to go on from a backup or from what the views "
        "still hold.";
    return out;
}

domain::result<void> check_applied(const std::map<std::int32_t, extent>& found,
                                   std::span<const std::int64_t> applied) {
    for (std::size_t p = 0; p < applied.size(); ++p) {
        const auto at = found.find(static_cast<std::int32_t>(p));
        const auto end = at == found.end() ? 0 : at->second.contiguous;
        if (applied[p] <= end) continue;
        return domain::make_problem(
            errc::log_truncated,
            fmt::format("partition {} would end at {}, a store has applied up to {}", p, end, applied[p]), {},
            "Nothing was changed. Restore the log from a backup, or delete the stores and accept the loss: "
            "docs/operations.md.");
    }
    return {};
}

}  // namespace

domain::result<repair_report> repair_copy(const fs::path& folder, std::span<const std::int64_t> applied) {
    repair_report report;
    report.copy = beside(folder, ".repaired");
    std::error_code failed;
    if (!fs::is_directory(folder, failed)) {
        auto none =
            domain::make_problem(errc::config_invalid, fmt::format("{} is no folder", folder.string()));
        if (fs::exists(report.copy, failed))
            none.hint = fmt::format(
                "A repair was cut off at its end: rename the newest {} to {} and repair it again.",
                beside(folder, ".damaged").string(), folder.string());
        return none;
    }
    const copy_of_log scratch(beside(folder, ".repair-scratch"));
    copy_of_log copy(report.copy);

    if (auto made = scratch.make(folder); !made) return made.error();
    if (const auto whole = open_whole(scratch.path())) {
        if (auto behind = check_applied(*whole, applied); !behind) return behind.error();
        report.healthy = true;
        return report;
    }
    // What the damage hides is told by another copy that skips the damaged records only.
    if (auto made = scratch.make(folder); !made) return made.error();
    std::map<std::int32_t, extent> seen;
    if (auto all = open_copy(scratch.path(), rocks::recovery::skip_damaged)) {
        if (auto found = extents_of(**all)) seen = std::move(*found);
    }

    if (auto made = copy.make(folder); !made) return made.error();
    auto kept = open_copy(copy.path(), rocks::recovery::point_in_time);
    if (!kept) return beyond_repair(kept.error());
    if (auto read = (*kept)->verify_files({}); !read) return beyond_repair(read.error());
    auto found = extents_of(**kept);
    if (!found) return beyond_repair(found.error());
    auto all = *found;
    all.insert(seen.begin(), seen.end());
    for (const auto& [partition, ignored] : all) {
        const auto& now = (*found)[partition];
        if (now.beyond > 0)
            return beyond_repair(domain::make_problem(
                errc::log_damaged,
                fmt::format("partition {} has a hole at offset {}", partition, now.contiguous)));
        const auto& before = seen[partition];
        const auto behind = std::max<std::int64_t>(0, before.contiguous + before.beyond - now.contiguous);
        report.partitions.push_back({partition, now.contiguous, behind});
    }
    if (auto behind = check_applied(*found, applied); !behind) return behind.error();
    if (auto flushed = (*kept)->flush(); !flushed) return flushed.error();
    copy.keep();
    return report;
}

domain::result<fs::path> adopt_repair(const fs::path& folder, const repair_report& report) {
    std::error_code failed;
    auto damaged = beside(folder, ".damaged");
    for (int number = 2; fs::exists(damaged, failed); ++number)
        damaged = beside(folder, fmt::format(".damaged-{}", number));
    fs::rename(folder, damaged, failed);
    if (failed) return cannot("set aside", folder, failed);
    fs::rename(report.copy, folder, failed);
    if (failed) return cannot("put the repaired copy at", folder, failed);
    return damaged;
}

}  // namespace daybook::eventlog
