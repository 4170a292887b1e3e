// /health*, /healthz and /metrics of every role (api §3, settled 35).
#pragma once

#include "platform/http/router.hpp"
#include "platform/obs/metrics.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <string>
#include <vector>

namespace daybook::app {

/// One part of a role, such as `command-api` or `view rocks`.
struct health {
    std::string part;
    bool ready = false;
    std::string why;              ///< why not; empty if ready
    boost::json::object details;  ///< shown by /health only
};

/// Called for each request, from any I/O thread: must not block.
using health_check = std::function<std::vector<health>()>;

/// live: the process answers. ready and healthz: every part is ready, else 503 naming those that are not.
/// health: all details; it and metrics need admin unless the listener is loopback or auth is none.
[[nodiscard]] std::vector<platform::http::route> health_routes(health_check, const platform::obs::metrics&);

}  // namespace daybook::app
