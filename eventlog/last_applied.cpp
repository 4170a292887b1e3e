#include "eventlog/last_applied.hpp"

#include <fmt/format.h>

#include <vector>

namespace daybook::eventlog {
namespace {

using domain::errc;

// A claim is the first record unless a stranger wrote before it: small steps.
constexpr std::size_t records_per_read = 16;

std::string not_reached(std::int32_t partition, std::int64_t offset) {
    return fmt::format("partition {} offset {} could not be read in time", partition, offset);
}

}  // namespace

domain::result<std::optional<domain::uuid>> read_log_id(event_log& log, std::int32_t partition,
                                                        deadline until) {
    const auto ends = log.end_offsets(until);
    if (!ends) return ends.error();
    const auto end = ends->at(static_cast<std::size_t>(partition));
    if (end == 0) return std::optional<domain::uuid>();
    log_fold fold(partition, {});
    const auto reader = log.open_reader({{partition, 0}});
    std::vector<record> records;
    while (fold.read_offset() < end) {
        records.clear();
        if (auto read = reader->read(records, records_per_read, until); !read) return read.error();
        if (records.empty())
            return domain::make_problem(errc::log_unavailable, not_reached(partition, fold.read_offset()));
        for (auto& next : records) {
            auto judged = fold.feed(std::move(next));
            if (!judged) return judged.error();
            if (const auto* claimed = std::get_if<was_claim>(&*judged))
                return std::optional(claimed->claim.log_id);
        }
    }
    return std::optional<domain::uuid>();
}

domain::result<void> check_last_applied(event_log& log, std::int32_t partition, const fold_checkpoint& store,
                                        deadline until) {
    if (store.next_offset == 0) return {};
    if (store.log_id) {
        const auto found = read_log_id(log, partition, until);
        if (!found) return found.error();
        if (*found && **found != *store.log_id)
            return domain::make_problem(
                errc::log_foreign,
                fmt::format("partition {} of {} is the log {}, the store was folded from {}", partition,
                            log.describe(), (*found)->text(), store.log_id->text()));
    }
    const auto ends = log.end_offsets(until);
    if (!ends) return ends.error();
    const auto end = ends->at(static_cast<std::size_t>(partition));
    if (end < store.next_offset)
        return domain::make_problem(
            errc::log_truncated, fmt::format("partition {} of {} ends at {}, the store has applied up to {}",
                                             partition, log.describe(), end, store.next_offset));
    const auto reader = log.open_reader({{partition, store.last_offset}});
    std::vector<record> records;
    if (auto read = reader->read(records, 1, until); !read) return read.error();
    if (records.empty())
        return domain::make_problem(errc::log_unavailable, not_reached(partition, store.last_offset));
    if (crc32c(records.front().value) == store.last_crc) return {};
    return domain::make_problem(
        errc::log_truncated,
        fmt::format("partition {} offset {} of {} holds another record than the one the store "
                    "applied",
                    partition, store.last_offset, log.describe()));
}

}  // namespace daybook::eventlog
