// The program's log: one line an event, JSON by default, readable text on a terminal. Written to standard
// error.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace daybook::platform::obs {

enum class level : std::uint8_t { debug, info, warn, error };
enum class log_format : std::uint8_t {
    automatic,
    json,
    human
};  ///< automatic: human on a terminal, else json

struct log_options {
    log_format format = log_format::automatic;
    level least = level::info;
};

/// A field of a line. Text is viewed, not copied: it must live until log() returns.
/// Names in use: request_id, command_id, user, partition, position, view, route, status, error, path.
struct field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;

    field(std::string_view n, std::string_view v) : name(n), value(v) {}
    field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
    field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
    template <class T>
        requires std::is_arithmetic_v<T>
    field(std::string_view n, T v) : name(n) {
        if constexpr (std::is_same_v<T, bool>) {
            value = v;
        } else if constexpr (std::is_floating_point_v<T>) {
            value = static_cast<double>(v);
        } else if constexpr (std::is_signed_v<T>) {
            value = static_cast<std::int64_t>(v);
        } else {
            value = static_cast<std::uint64_t>(v);
        }
    }
};

/// Sets format and level; before the first call the defaults hold. Threads: call it before other threads log.
void configure_log(const log_options& options);
[[nodiscard]] bool log_enabled(level l) noexcept;

/// {"time":"2026-08-22T08:00:00.123Z","level":"info","message":"…",<fields>}. Never throws; text that is not
/// UTF-8 is repaired. Threads: any; a line is written whole.
void log(level l, std::string_view message, std::initializer_list<field> fields = {}) noexcept;

inline void log_debug(std::string_view m, std::initializer_list<field> f = {}) noexcept {
    log(level::debug, m, f);
}
inline void log_info(std::string_view m, std::initializer_list<field> f = {}) noexcept {
    log(level::info, m, f);
}
inline void log_warn(std::string_view m, std::initializer_list<field> f = {}) noexcept {
    log(level::warn, m, f);
}
inline void log_error(std::string_view m, std::initializer_list<field> f = {}) noexcept {
    log(level::error, m, f);
}

/// The line that log() would write, without the newline: for tests and for other sinks.
[[nodiscard]] std::string format_log_line(log_format format, level l, std::string_view time_rfc3339,
                                          std::string_view message, std::initializer_list<field> fields);

}  // namespace daybook::platform::obs
