#include "app/tools/tools.hpp"

#include "app/open_log.hpp"
#include "platform/http/http_client.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include <cstdio>

namespace daybook::app {

int report(const domain::problem& p) {
    const auto& row = domain::row_of(p.code);
    std::string line = fmt::format("daybook: {}: {}", row.code, p.detail.empty() ? row.title : p.detail);
    if (!p.field.empty()) line += fmt::format(" [{}]", p.field);
    fmt::print(stderr, "{}\n  {}\n", line, p.hint.empty() ? std::string(row.what_to_do) : p.hint);
    return p.code == domain::errc::unreachable ? exit_unreachable : exit_failed;
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
    log_settings settings;
    settings.kafka = where.kafka;
    settings.topic = where.topic;
    settings.kafka_config = where.kafka_config;
    settings.folder = std::filesystem::path(where.data) / "log";
    settings.create = false;
    return open_log(settings);
}

}  // namespace daybook::app
