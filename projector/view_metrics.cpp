#include "projector/view_metrics.hpp"

#include <algorithm>
#include <functional>
#include <string>

namespace daybook::projector {
namespace {

double sum(const view_runner& runner, std::int64_t (*figure)(const partition_progress&)) {
    std::int64_t total = 0;
    for (const auto& partition : runner.progress_of().all()) total += figure(partition);
    return static_cast<double>(total);
}

double worst_lag_seconds(const view_runner& runner) {
    std::int64_t worst = 0;
    for (const auto& partition : runner.progress_of().all()) worst = std::max(worst, partition.lag_ms);
    return static_cast<double>(worst) / 1000.0;
}

}  // namespace

std::vector<std::shared_ptr<void>> publish_view_metrics(platform::obs::metrics& figures,
                                                        const view_runner& runner) {
    const platform::obs::labels view = {{"view", std::string(runner.name())}};
    const auto show = [&](const char* name, const char* help, std::function<double(const view_runner&)> ask) {
        return figures.sample_gauge(name, help, view,
                                    [ask = std::move(ask), &runner] { return ask(runner); });
    };
    return {
        show("daybook_view_lag_events", "Records of the log that the view has not read.",
             [](const auto& r) { return sum(r, [](const auto& p) { return p.lag_events(); }); }),
        show("daybook_view_lag_seconds", "How long the view may lack what the log has; the worst partition.",
             worst_lag_seconds),
        show("daybook_view_applied_events", "Events applied since the start.",
             [](const auto& r) { return sum(r, [](const auto& p) { return p.events; }); }),
        show("daybook_view_void_records", "Void records passed since the start.",
             [](const auto& r) { return sum(r, [](const auto& p) { return p.voids; }); }),
        show("daybook_view_live",
             "1 while the view follows the log, 0 while it opens, rebuilds or is stopped.",
             [](const auto& r) { return r.status().state == view_state::live ? 1.0 : 0.0; }),
    };
}

}  // namespace daybook::projector
