#include "command-api/sequencer_metrics.hpp"

#include <array>

namespace daybook::command_api {

sequencer_metrics make_sequencer_metrics(platform::obs::metrics& all) {
    static constexpr auto group_bounds =
        std::to_array<double>({1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096});
    const auto outcome = [&](const char* status) {
        return all.make_counter("daybook_commands_total", "Commands by outcome.", {{"status", status}});
    };
    sequencer_metrics made;
    made.append_seconds = all.make_histogram("daybook_append_seconds",
                                             "From handing a commit to the log to its acknowledgement.");
    made.group_records = all.make_histogram("daybook_append_group_records", "Records acknowledged together.",
                                            {}, group_bounds);
    made.queued_batches =
        all.make_gauge("daybook_sequencer_queue_batches", "Batches taken from the mailbox in one turn.");
    made.in_flight_records =
        all.make_gauge("daybook_in_flight_records", "Records decided and not yet acknowledged.");
    made.owned_partitions =
        all.make_gauge("daybook_owned_partitions", "Partitions that this process writes.");
    made.commands_applied = outcome("applied");
    made.commands_no_op = outcome("no_op");
    made.commands_replayed = outcome("replayed");
    made.commands_rejected = outcome("rejected");
    made.batches_refused =
        all.make_counter("daybook_batches_refused_total", "Batches answered 503: nothing was written.");
    made.outcomes_unknown =
        all.make_counter("daybook_outcomes_unknown_total", "Batches answered 504 at their deadline.");
    made.recoveries = all.make_counter("daybook_recoveries_total", "Own claims after an unknown outcome.");
    made.takeovers_lost =
        all.make_counter("daybook_takeovers_lost_total", "Partitions yielded to another writer.");
    made.void_records =
        all.make_counter("daybook_void_records_total", "Void records seen by the command-api.");
    return made;
}

}  // namespace daybook::command_api
