// What a view's runner shows at /metrics.
#pragma once

#include "platform/obs/metrics.hpp"
#include "projector/runner.hpp"

#include <memory>
#include <vector>

namespace daybook::projector {

/// Lag in events and seconds, events applied, void records passed, whether it is live; labelled by the view's
/// name. The figures are asked for at each scrape while the guards live. Lifetime: guards end before the
/// runner.
[[nodiscard]] std::vector<std::shared_ptr<void>> publish_view_metrics(platform::obs::metrics&,
                                                                      const view_runner&);

}  // namespace daybook::projector
