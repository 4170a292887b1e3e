// The figures of the sequencer; handles that swallow updates until make_sequencer_metrics gave them a place.
#pragma once

#include "platform/obs/metrics.hpp"

namespace daybook::command_api {

struct sequencer_metrics {
    platform::obs::histogram append_seconds{};  ///< from handing a commit to the log to its acknowledgement
    platform::obs::histogram group_records{};   ///< records acknowledged together
    platform::obs::gauge queued_batches{};      ///< taken from the mailbox in one turn
    platform::obs::gauge in_flight_records{};   ///< decided and not acknowledged, all partitions
    platform::obs::gauge owned_partitions{};
    platform::obs::counter commands_applied{};
    platform::obs::counter commands_no_op{};
    platform::obs::counter commands_replayed{};
    platform::obs::counter commands_rejected{};
    platform::obs::counter batches_refused{};   ///< 503: nothing was written
    platform::obs::counter outcomes_unknown{};  ///< 504
    platform::obs::counter recoveries{};        ///< own claims after an unknown outcome
    platform::obs::counter takeovers_lost{};    ///< partitions yielded to another writer
    platform::obs::counter void_records{};      ///< seen while reading to the end
};

[[nodiscard]] sequencer_metrics make_sequencer_metrics(platform::obs::metrics&);

}  // namespace daybook::command_api
