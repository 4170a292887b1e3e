// The roles as processes: which modules each is made of, in which order they start and stop.
#pragma once

#include "app/settings.hpp"

namespace daybook::app {

enum class roles { all, command_api, projector, reactors };

/// Runs until SIGTERM or SIGINT, or until a part cannot go on. Exit status as in tools.hpp. On a signal: stop
/// accepting, finish what is in flight, checkpoint, end within limits::shutdown_deadline.
int run_server(const settings&, roles);

}  // namespace daybook::app
