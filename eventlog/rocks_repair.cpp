// The way out of a damaged embedded log (settled 19): a copy, recovered up to the first damage.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "eventlog/rocks_log.hpp"
#include "eventlog/rocks_record.hpp"
#include "platform/rocks/key.hpp"
#include "platform/rocks/store.hpp"

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
    return domain::make_problem(why == std::errc::no_space_on_device ? errc::storage_full : errc::log_unavailable,
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
    return rocks::store::open(options);
}

}  // namespace

domain::result<repair_report> repair_copy(const fs::path& folder, std::span<const std::int64_t> applied) {
    repair_report report;
    report.copy = beside(folder, ".repaired");
    const auto scratch = beside(folder, ".repair-scratch");
    std::error_code failed;
    if (!fs::is_directory(folder, failed))
        return domain::make_problem(errc::config_invalid, fmt::format("{} is no folder", folder.string()));
    if (fs::exists(report.copy, failed))
        return domain::make_problem(errc::log_unavailable, fmt::format("{} exists", report.copy.string()), {},
                                    "Remove what an earlier repair left.");
    fs::remove_all(scratch, failed);
    for (const auto& to : {report.copy, scratch}) {
        fs::copy(folder, to, fs::copy_options::recursive, failed);
        if (failed) return cannot("copy the log to", to, failed);
    }
    const auto drop_scratch = [&] {
        std::error_code ignored;
        fs::remove_all(scratch, ignored);
    };

    // What the damage hides is told by a second copy that skips the damaged records only.
    std::map<std::int32_t, extent> seen;
    if (auto all = open_copy(scratch, rocks::recovery::skip_damaged)) {
        if (auto found = extents_of(**all)) seen = std::move(*found);
    }
    drop_scratch();

    auto kept = open_copy(report.copy, rocks::recovery::point_in_time);
    if (!kept) return kept.error().prefixed("beyond this repair");
    auto found = extents_of(**kept);
    if (!found) return found.error().prefixed("beyond this repair");
    auto all = *found;
    all.insert(seen.begin(), seen.end());
    for (const auto& [partition, ignored] : all) {
        const auto& now = (*found)[partition];
        if (now.beyond > 0)
            return domain::make_problem(errc::log_damaged,
                                        fmt::format("partition {} has a hole at offset {}: beyond this repair", partition,
                                                    now.contiguous));
        const auto& before = seen[partition];
        const auto behind = std::max<std::int64_t>(0, before.contiguous + before.beyond - now.contiguous);
        report.partitions.push_back({partition, now.contiguous, behind});
    }
    for (std::size_t p = 0; p < applied.size(); ++p) {
        const auto at = found->find(static_cast<std::int32_t>(p));
        const auto end = at == found->end() ? 0 : at->second.contiguous;
        if (applied[p] <= end) continue;
        kept->reset();
        fs::remove_all(report.copy, failed);  // refused: nothing is left behind, so another attempt finds its place free
        return domain::make_problem(errc::log_truncated,
                                    fmt::format("partition {} would end at {}, a store has applied up to {}", p, end,
                                                applied[p]),
                                    {}, "Restore the log from a backup, or delete the stores and accept the loss.");
    }
    if (auto flushed = (*kept)->flush(); !flushed) return flushed.error();
    return report;
}

domain::result<void> adopt_repair(const fs::path& folder, const repair_report& report) {
    const auto damaged = beside(folder, ".damaged");
    std::error_code failed;
    if (fs::exists(damaged, failed))
        return domain::make_problem(errc::log_unavailable, fmt::format("{} exists", damaged.string()), {},
                                    "Remove what an earlier repair left.");
    fs::rename(folder, damaged, failed);
    if (failed) return cannot("set aside", folder, failed);
    fs::rename(report.copy, folder, failed);
    if (failed) return cannot("put the repaired copy at", folder, failed);
    return {};
}

}  // namespace daybook::eventlog
