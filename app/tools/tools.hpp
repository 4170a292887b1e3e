// The tools of the command line. Each returns the exit status: 0 done, 1 failed, 2 wrong usage, 3 not
// reachable.
#pragma once

#include "domain/errc.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::eventlog {
class event_log;
}
namespace daybook::platform::http {
class client;
}

namespace daybook::app {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_unreachable = 3;

/// Where a tool finds its installation: a running server (`url`), a stopped one (`data`), or the log itself
/// (`kafka`).
struct installation {
    std::string url = "http://127.0.0.1:8080";
    std::string token;
    std::string data;   ///< set: read the folder of a stopped installation
    std::string kafka;  ///< set: read the topic itself
    std::string topic = "task-events";
    std::string kafka_config;
    std::string postgres;
    std::string user;   ///< the book, by Daybook-User; empty: the token's own
    bool json = false;  ///< also when standard output is no terminal
};

/// `code: detail (hint)` on standard error; the status that fits.
int report(const domain::problem&);

[[nodiscard]] domain::result<std::unique_ptr<platform::http::client>> connect(const installation&);
/// The log of a stopped embedded installation, or the topic. Precondition: data or kafka is set.
[[nodiscard]] domain::result<std::unique_ptr<eventlog::event_log>> open_log(const installation&);

struct log_options {
    std::string from = "beginning";
    std::optional<int> partition{};
    bool follow = false;
    std::string task;
    std::string type;
    bool raw = false;
    bool repair = false;
};
int run_log(const installation&, const log_options&);
/// Repairs a copy of a damaged embedded log and puts it in its place, unless a store has applied more than it
/// would hold.
int run_repair(const installation&);

struct audit_options {
    std::string task, actor, field, since, until;
    std::string format;  ///< text, json or csv; empty: as the output is
};
int run_audit(const installation&, const audit_options&);

struct search_options {
    std::string query;
    std::string store;  ///< rocks or postgres; empty: the server's own
    std::int64_t limit = 50;
    bool explain = false;
};
int run_search(const installation&, const search_options&);

struct rebuild_options {
    std::string view = "all";
    bool cancel = false;
};
int run_rebuild(const installation&, const rebuild_options&);

struct verify_options {
    std::string view = "all";
};
int run_verify(const installation&, const verify_options&);

struct export_options {
    bool events = false;
    std::string output;
};
int run_export(const installation&, const export_options&);

/// `name`: a row of calc::calculations(). Reads standard input to its end.
int run_calc(std::string_view name);

}  // namespace daybook::app
