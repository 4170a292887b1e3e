// The doors of the command side: POST /v1/commands and the resource routes, each shorthand for one command
// (api §2).
#pragma once

#include "command-api/command_handler.hpp"
#include "domain/time.hpp"
#include "platform/http/router.hpp"

#include <functional>
#include <vector>

namespace daybook::command_api {

/// `commands` outlives the routes. `now` bounds occurred_at and names commands that came without an id.
[[nodiscard]] std::vector<platform::http::route> command_routes(command_handler& commands,
                                                                std::function<domain::instant()> now);

/// The same routes without handlers, for roles that pass writes on or say who serves them (settled 31).
[[nodiscard]] std::vector<platform::http::route> command_route_shapes();

}  // namespace daybook::command_api
