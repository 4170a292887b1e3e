// A projector's write proxy (settled 31): writes go on to the command-api with the caller's own
// Authorization, and its answer comes back as it is.
#pragma once

#include "platform/http/router.hpp"
#include "platform/runtime/worker_pool.hpp"

#include <memory>
#include <string>
#include <vector>

namespace daybook::app {

/// Routes with the shapes of `served_there`, each of which passes its request on to `url`.
/// Errors: config_invalid if the url is malformed. While the command-api cannot be reached its routes answer
/// 503 `log.unavailable`; when it went away in the middle of a request, 504 `outcome_unknown`.
[[nodiscard]] domain::result<std::vector<platform::http::route>> proxy_routes(
    std::string url, const std::vector<platform::http::route>& served_there,
    platform::runtime::worker_pool& pool);

}  // namespace daybook::app
