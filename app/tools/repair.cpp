// daybook log --repair: the way out of a damaged embedded log (settled 19). Works on a stopped installation
// only.
#include "app/tools/tools.hpp"
#include "command-api/partition_state.hpp"
#include "domain/limits.hpp"
#include "eventlog/rocks_log.hpp"
#include "platform/rocks/store.hpp"
#include "projector/rocks_store.hpp"
#include "reactors/agenda.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

namespace daybook::app {
namespace {

namespace fs = std::filesystem;

using domain::limits::partitions_max;  // what does not exist has applied nothing

void raise_to(std::vector<std::int64_t>& applied, std::int32_t partition, std::int64_t next_offset) {
    auto& known = applied[static_cast<std::size_t>(partition)];
    known = std::max(known, next_offset);
}

/// How far the stores in the data folder have applied the log, partition by partition. A folder that is not
/// there has applied nothing. The Postgres view is not asked: it is rebuilt.
domain::result<std::vector<std::int64_t>> applied_by_stores(const fs::path& data) {
    std::vector<std::int64_t> applied(partitions_max, 0);
    std::int32_t partitions = 0;  // of the log, as its claims say
    if (fs::exists(data / "decisions")) {
        auto store = command_api::open_decision_store(data / "decisions");
        if (!store) return store.error().prefixed("decisions");
        for (std::int32_t p = 0; p < partitions_max; ++p) {
            auto state = command_api::partition_state::open(**store, p, {});
            if (!state) return state.error().prefixed("decisions");
            raise_to(applied, p, (*state)->checkpoint().next_offset);
            partitions = std::max(partitions, (*state)->checkpoint().partitions);
        }
    }
    if (fs::exists(data / "reactors")) {
        reactors::agenda_options options;
        options.folder = data / "reactors";
        const auto agenda = reactors::agenda::open(std::move(options), partitions_max);
        if (!agenda) return agenda.error().prefixed("reactors");
        for (std::int32_t p = 0; p < partitions_max; ++p) {
            raise_to(applied, p, (*agenda)->position(p).next_offset);
            partitions = std::max(partitions, (*agenda)->position(p).partitions);
        }
    }
    if (fs::exists(data / "views" / "rocks")) {
        projector::rocks_store_options options;
        options.folder = data / "views" / "rocks";
        if (partitions == 0) partitions = eventlog::partitions_default;
        options.partitions = partitions;
        auto store = projector::rocks_store::open(std::move(options));
        if (!store) return store.error().prefixed("views");
        auto view = (*store)->open_current();
        if (!view) return view.error().prefixed("views");
        for (std::int32_t p = 0; p < partitions; ++p) {
            const auto at = (*view)->writer().position(p);
            if (!at) return at.error().prefixed("views");
            raise_to(applied, p, at->next_offset);
        }
    }
    return applied;
}

}  // namespace

int run_repair(const installation& where) {
    if (where.data.empty())
        return report(domain::make_problem(domain::errc::config_invalid,
                                           "--repair works on the folder of a stopped installation", "repair",
                                           "Name it with --data."));
    const auto folder = fs::path(where.data) / "log";
    // A server that runs keeps its log locked: nothing of its stores is touched then.
    std::error_code unknown;
    std::optional<platform::rocks::folder_hold> hold;
    if (fs::is_directory(folder, unknown)) {
        auto held = platform::rocks::folder_hold::take(folder);
        if (!held) return report(held.error());
        hold = std::move(*held);
    }
    const auto applied = applied_by_stores(where.data);
    if (!applied) return report(applied.error());
    const auto repaired = eventlog::repair_copy(folder, *applied);
    if (!repaired) return report(repaired.error());
    if (repaired->healthy) {
        fmt::print("nothing to repair: {} opens, its checksums are right and no store is ahead of it\n",
                   folder.string());
        return exit_done;
    }
    for (const auto& each : repaired->partitions)
        fmt::print("partition {:>3}  ends at {}{}\n", each.partition, each.end,
                   each.seen_behind > 0
                       ? fmt::format(", at least {} records behind it are cut", each.seen_behind)
                       : "");
    const auto kept = eventlog::adopt_repair(folder, *repaired);
    if (!kept) return report(kept.error());
    fmt::print("repaired; the damaged log is kept as {}\n", kept->string());
    return exit_done;
}

}  // namespace daybook::app
