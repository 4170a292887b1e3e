// The log and the read models of an installation that does not run, opened by a tool.
#pragma once

#include "app/tools/tools.hpp"
#include "eventlog/event_log.hpp"
#include "projector/view.hpp"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook::app {

struct stopped_views {
    std::unique_ptr<eventlog::event_log> log;
    std::vector<std::unique_ptr<projector::view_store>> stores;
    std::vector<std::pair<projector::view_store*, std::shared_ptr<projector::view>>> views;
};

/// `view`: rocks, postgres or all. Errors: folder_locked while a server runs on the folder, those of log and
/// stores, config_invalid if the view is not named by --data or --postgres.
[[nodiscard]] domain::result<stopped_views> open_stopped(const installation&, std::string_view view);

}  // namespace daybook::app
