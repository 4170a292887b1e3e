// The log that the settings name, opened: the only place that knows all its implementations.
#pragma once

#include "domain/errc.hpp"
#include "eventlog/event_log.hpp"
#include "eventlog/kafka_client.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace daybook::app {

struct log_settings {
    std::string kafka;  ///< bootstrap servers; empty: the embedded log in `folder`
    std::string topic;
    std::string kafka_config;                ///< file of client properties; may be empty
    std::optional<std::int32_t> partitions;  ///< of a log that does not exist yet; none: the default
    std::filesystem::path folder;            ///< DIR/log
    bool create = true;                      ///< makes topics or the folder where they are missing
    std::chrono::seconds patience{30};       ///< with a broker that starts together with us
};

/// Errors: those of the implementations: log_unsafe, log_damaged, log_unavailable, folder_locked,
/// format_newer, …
[[nodiscard]] domain::result<std::unique_ptr<eventlog::event_log>> open_log(const log_settings&);

/// The client properties of `kafka_config`; none without a file. Errors: config_invalid.
[[nodiscard]] domain::result<eventlog::kafka_properties> kafka_properties_of(const std::string& kafka_config);

}  // namespace daybook::app
