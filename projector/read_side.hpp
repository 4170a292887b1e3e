// What the routes of the projector stand on: the log, its views in step with it, and workers for what may
// block.
#pragma once

#include "domain/time.hpp"
#include "domain/zone.hpp"
#include "eventlog/event_log.hpp"
#include "platform/runtime/worker_pool.hpp"
#include "projector/rebuild.hpp"
#include "projector/runner.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace daybook::projector {

/// Filled before the first request, then only read. The first runner is the default store.
struct read_side {
    eventlog::event_log& log;
    platform::runtime::worker_pool& pool;
    const domain::zone_table& zones;
    std::function<domain::instant()> now{};
    std::vector<std::unique_ptr<view_runner>> runners{};
    std::vector<std::unique_ptr<rebuilder>> rebuilders{};  ///< one a runner, in the same order
};

}  // namespace daybook::projector
