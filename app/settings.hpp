// What a server is told: flags, environment (`--postgres` = DAYBOOK_POSTGRES) and TOML file, in this order of
// precedence. One table describes every setting, so help, environment, file and `config check` cannot differ.
#pragma once

#include "domain/errc.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::app {

struct settings {
    std::string data = "./var";
    std::string listen = "127.0.0.1:8080";
    std::string kafka;  ///< bootstrap servers; empty: the embedded log in data/log
    std::string topic = "task-events";
    std::string partitions;    ///< of a log that does not exist yet; empty: 8
    std::string kafka_config;  ///< file of client properties (settled 32)
    std::string postgres;      ///< URL; empty: no Postgres view
    std::string auth = "none";
    std::string allowed_hosts;  ///< comma-separated names
    std::string command_api;    ///< URL for the write proxy of a projector and for reactors
    std::string token;          ///< the role's own service token
    std::string log_format = "auto";
    std::string log_level = "info";
    std::string threads = "0";
};

struct setting_row {
    std::string_view name;  ///< `allowed-hosts`: the flag without dashes and the key of the file
    std::string settings::*member;
    std::string_view help;
    bool secret = false;  ///< redacted by `config check`
};
[[nodiscard]] std::span<const setting_row> setting_table() noexcept;

/// `DAYBOOK_ALLOWED_HOSTS` for `allowed-hosts`.
[[nodiscard]] std::string environment_name(std::string_view setting);

/// The values of a TOML file as settings that the environment does not override. Errors: config_invalid
/// naming the file, line or unknown key.
[[nodiscard]] domain::result<void> load_file(const std::string& path);

/// One remark of `config check`.
struct finding {
    bool refused = false;  ///< a server would not start with it
    std::string setting;
    std::string text;
};
/// Looks at values only; connects to nothing.
[[nodiscard]] std::vector<finding> check(const settings&);

/// Passwords in URLs and secrets replaced by ***.
[[nodiscard]] std::string redacted(const setting_row&, const settings&);

/// `a,b , c` -> {a,b,c}
[[nodiscard]] std::vector<std::string> split_list(std::string_view);

}  // namespace daybook::app
