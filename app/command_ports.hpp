// How the reactors' commands reach the writer: in the same process, or over HTTP (settled 31).
#pragma once

#include "command-api/command_handler.hpp"
#include "domain/errc.hpp"
#include "eventlog/command_port.hpp"

#include <memory>
#include <string>

namespace daybook::app {

/// Straight into the sequencer's mailbox. Lifetime: within that of the handler.
[[nodiscard]] std::unique_ptr<eventlog::command_port> in_process_port(command_api::command_handler&);

/// POST /v1/commands, a few connections at once, the commands of one book over the same one. Its destructor
/// ends within the request that is on its way; what was not sent is answered as unavailable. Errors:
/// config_invalid for a URL that is none.
[[nodiscard]] domain::result<std::unique_ptr<eventlog::command_port>> http_port(const std::string& url,
                                                                                const std::string& token);

}  // namespace daybook::app
