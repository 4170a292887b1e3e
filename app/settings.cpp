#include "app/settings.hpp"

#include "domain/limits.hpp"
#include "platform/http/server.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>

namespace daybook::app {
namespace {

constexpr auto table = std::to_array<setting_row>({
    {"data", &settings::data, "folder with one subfolder per owner: log decisions views reactors published"},
    {"listen", &settings::listen, "address and port of the API"},
    {"kafka", &settings::kafka,
     "HOST:PORT,... of the brokers; without it the embedded log in --data is used"},
    {"topic", &settings::topic, "topic of the event log"},
    {"partitions", &settings::partitions,
     "partitions of a log that is made now (8); an existing one must have as many"},
    {"kafka-config", &settings::kafka_config, "file of librdkafka properties for TLS and SASL"},
    {"postgres", &settings::postgres,
     "URL of the Postgres read model; without it only the RocksDB one is kept", true},
    {"auth", &settings::auth, "none (loopback only) or tokens:FILE"},
    {"allowed-hosts", &settings::allowed_hosts,
     "further Host names that the server answers to, comma-separated"},
    {"command-api", &settings::command_api,
     "URL of the command-api: a projector passes writes on to it, reactors send theirs"},
    {"token", &settings::token, "service token of the role", true},
    {"log-format", &settings::log_format, "auto, json or human"},
    {"log-level", &settings::log_level, "debug, info, warn or error"},
    {"threads", &settings::threads, "I/O threads; 0 = one for each core"},
});

bool is_number(std::string_view text, int least, int most) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value >= least && value <= most;
}

bool one_of(std::string_view text, std::initializer_list<std::string_view> choices) {
    return std::find(choices.begin(), choices.end(), text) != choices.end();
}

}  // namespace

std::span<const setting_row> setting_table() noexcept { return table; }

std::string environment_name(std::string_view setting) {
    std::string name = "DAYBOOK_";
    for (const char c : setting)
        name += c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c);
    return name;
}

domain::result<void> load_file(const std::string& path) {
    std::vector<CLI::ConfigItem> items;
    try {
        items = CLI::ConfigTOML().from_file(path);
    } catch (const CLI::Error& error) {
        return domain::make_problem(domain::errc::config_invalid, fmt::format("{}: {}", path, error.what()));
    }
    for (const auto& item : items) {
        std::string key = item.name;
        std::replace(key.begin(), key.end(), '_', '-');
        const auto row =
            std::find_if(table.begin(), table.end(), [&](const auto& r) { return r.name == key; });
        if (!item.parents.empty())
            return domain::make_problem(
                domain::errc::config_invalid,
                fmt::format("{}: there is no section [{}]", path, fmt::join(item.parents, ".")), {},
                "All settings stand at the top, without a section.");
        if (row == table.end())
            return domain::make_problem(domain::errc::config_invalid,
                                        fmt::format("{}: there is no setting {}", path, item.fullname()), key,
                                        "`daybook config check` lists all settings.");
        const auto open = [](const std::string& text) {
            return text == "[" || (text.starts_with('[') && !text.ends_with(']'));
        };
        if (item.inputs.empty() || std::any_of(item.inputs.begin(), item.inputs.end(), open))
            return domain::make_problem(domain::errc::config_invalid,
                                        fmt::format("{}: {} has no value that can be read", path, key), key);
        const auto value = fmt::format("{}", fmt::join(item.inputs, ","));
        ::setenv(environment_name(row->name).c_str(), value.c_str(), /*overwrite=*/0);
    }
    return {};
}

std::vector<finding> check(const settings& s) {
    std::vector<finding> found;
    const auto refuse = [&](std::string setting, std::string text) {
        found.push_back({true, std::move(setting), std::move(text)});
    };
    const auto warn = [&](std::string setting, std::string text) {
        found.push_back({false, std::move(setting), std::move(text)});
    };
    const auto address = platform::http::listen_address::parse(s.listen);
    if (!address) refuse("listen", address.error().detail);
    const bool loopback = address && address->is_loopback();
    if (s.auth == "none") {
        if (address && !loopback)
            refuse("auth", "none checks nobody, so it is allowed on loopback only; use tokens:FILE");
    } else if (!s.auth.starts_with("tokens:")) {
        refuse("auth", "is `none` or `tokens:FILE`");
    } else if (!std::filesystem::is_regular_file(s.auth.substr(7))) {
        refuse("auth", fmt::format("{} is not a file", s.auth.substr(7)));
    }
    if (address && !loopback) warn("listen", "is reachable from outside: put TLS in front (a reverse proxy)");
    if (!s.partitions.empty() && !is_number(s.partitions, 1, domain::limits::partitions_max))
        refuse("partitions", fmt::format("is a number from 1 to {}", domain::limits::partitions_max));
    if (!is_number(s.threads, 0, 256)) refuse("threads", "is a number from 0 to 256");
    if (!one_of(s.log_format, {"auto", "json", "human"})) refuse("log-format", "is auto, json or human");
    if (!one_of(s.log_level, {"debug", "info", "warn", "error"}))
        refuse("log-level", "is debug, info, warn or error");
    if (!s.kafka_config.empty() && s.kafka.empty()) warn("kafka-config", "has no effect without --kafka");
    if (!s.kafka_config.empty() && !std::filesystem::is_regular_file(s.kafka_config))
        refuse("kafka-config", fmt::format("{} is not a file", s.kafka_config));
    if (!s.kafka.empty() && split_list(s.kafka).empty()) refuse("kafka", "names no broker");
    const auto is_topic_character = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '_' || c == '-';
    };
    if (s.topic.empty() || s.topic.size() > 249 ||
        !std::all_of(s.topic.begin(), s.topic.end(), is_topic_character))
        refuse("topic", "is a name of 1 to 249 letters, digits and . _ -");
    for (const auto& host : split_list(s.allowed_hosts))
        if (host.find_first_of(" \t/") != std::string::npos)
            refuse("allowed-hosts", fmt::format("has `{}`, which is no host name", host));
    if (!s.postgres.empty() && !s.postgres.starts_with("postgres://") &&
        !s.postgres.starts_with("postgresql://"))
        refuse("postgres", "is a URL: postgresql://user@host:port/database");
    if (s.data.empty()) refuse("data", "is empty");
    return found;
}

std::string redacted(const setting_row& row, const settings& s) {
    const std::string& value = s.*row.member;
    if (!row.secret || value.empty()) return value;
    const auto scheme = value.find("://");
    if (scheme == std::string::npos) return "***";
    const auto at = value.find('@', scheme);
    const auto colon = value.find(':', scheme + 3);
    std::string shown = value.substr(0, value.find('?'));
    if (at == std::string::npos || colon == std::string::npos || colon > at) return shown;
    return shown.replace(colon + 1, at - colon - 1, "***");
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto comma = text.find(',');
        auto part = text.substr(0, comma);
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
        while (part.starts_with(' ')) part.remove_prefix(1);
        while (part.ends_with(' ')) part.remove_suffix(1);
        if (!part.empty()) parts.emplace_back(part);
    }
    return parts;
}

}  // namespace daybook::app
