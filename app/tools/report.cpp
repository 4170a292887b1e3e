#include "app/open_log.hpp"
#include "app/tools/tools.hpp"
#include "platform/http/http_client.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

namespace daybook::app {

int report(const domain::problem& p) {
    const auto& row = domain::row_of(p.code);
    std::string line = fmt::format("daybook: {}: {}", row.code, p.detail.empty() ? row.title : p.detail);
    if (!p.field.empty()) line += fmt::format(" [{}]", p.field);
    fmt::print(stderr, "{}\n  {}\n", line, p.hint.empty() ? std::string(row.what_to_do) : p.hint);
    if (p.code == domain::errc::unreachable) return exit_unreachable;
    // 400 and 422 say that what was asked for is wrong, not what was found.
    return row.http_status == 400 || row.http_status == 422 ? exit_usage : exit_failed;
}

domain::result<std::unique_ptr<platform::http::client>> connect(const installation& where) {
    platform::http::client_options options;
    options.url = where.url;
    options.token = where.token;
    options.user = where.user;
    options.request_deadline = std::chrono::minutes(30);
    return platform::http::create_client(std::move(options));
}

domain::result<std::unique_ptr<eventlog::event_log>> open_log(const installation& where) {
    std::error_code unknown;
    if (where.kafka.empty() &&
        !std::filesystem::is_directory(std::filesystem::path(where.data) / "log", unknown))
        return domain::make_problem(domain::errc::config_invalid, where.data + " holds no embedded log",
                                    "data", "Name the --data folder of a stopped installation, or --kafka.");
    log_settings settings;
    settings.kafka = where.kafka;
    settings.topic = where.topic;
    settings.kafka_config = where.kafka_config;
    settings.folder = std::filesystem::path(where.data) / "log";
    settings.create = false;
    settings.patience = std::chrono::seconds(5);
    auto log = open_log(settings);
    if (!log && !where.kafka.empty() && log.error().code == domain::errc::log_unavailable)
        return domain::make_problem(domain::errc::unreachable, log.error().detail, "kafka",
                                    "Start the broker, or give the address of one that runs.");
    return log;
}

}  // namespace daybook::app
