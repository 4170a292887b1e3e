#include "platform/obs/log.hpp"

#include "platform/runtime/utf8.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <unistd.h>

namespace daybook::platform::obs {
namespace {

constexpr std::string_view level_name(level l) noexcept {
    switch (l) {
        case level::debug: return "debug";
        case level::info: return "info";
        case level::warn: return "warn";
        case level::error: return "error";
    }
    return "error";
}

spdlog::level::level_enum spdlog_level(level l) noexcept {
    switch (l) {
        case level::debug: return spdlog::level::debug;
        case level::info: return spdlog::level::info;
        case level::warn: return spdlog::level::warn;
        case level::error: return spdlog::level::err;
    }
    return spdlog::level::err;
}

// The line is made here; spdlog filters by level and writes whole lines from many threads.
struct state {
    log_format format = log_format::automatic;
    spdlog::logger logger{"daybook", std::make_shared<spdlog::sinks::stderr_sink_mt>()};

    state() {
        logger.set_pattern("%v");
        logger.set_level(spdlog::level::info);
        logger.flush_on(spdlog::level::debug);
    }
};

state& the_state() {
    static state one;
    return one;
}

log_format effective(log_format wanted) {
    if (wanted != log_format::automatic) return wanted;
    static const bool terminal = ::isatty(STDERR_FILENO) == 1;
    return terminal ? log_format::human : log_format::json;
}

std::string quoted(std::string_view text) {
    return boost::json::serialize(boost::json::string(runtime::repaired_utf8(text)));
}

std::string json_value(const field& f) {
    if (const auto* text = std::get_if<std::string_view>(&f.value)) return quoted(*text);
    if (const auto* number = std::get_if<double>(&f.value))
        return std::isfinite(*number) ? fmt::format("{}", *number) : std::string("null");
    return std::visit([](const auto& value) { return fmt::format("{}", value); }, f.value);
}

// Without quotes where the text is one plain word.
std::string human_value(const field& f) {
    const auto* text = std::get_if<std::string_view>(&f.value);
    if (text == nullptr) return json_value(f);
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_/:@+";
    if (!text->empty() && text->find_first_not_of(plain) == std::string_view::npos) return std::string(*text);
    return quoted(*text);
}

std::string time_text() {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(second)), (now - second).count());
}

}  // namespace

void configure_log(const log_options& options) {
    the_state().format = options.format;
    the_state().logger.set_level(spdlog_level(options.least));
}

bool log_enabled(level l) noexcept { return the_state().logger.should_log(spdlog_level(l)); }

std::string format_log_line(log_format format, level l, std::string_view time_rfc3339,
                            std::string_view message, std::initializer_list<field> fields) {
    if (effective(format) == log_format::human) {
        auto line = fmt::format("{} {:<5} {}", time_rfc3339, level_name(l), runtime::repaired_utf8(message));
        for (const auto& f : fields) line += fmt::format("  {}={}", f.name, human_value(f));
        return line;
    }
    auto line = fmt::format(R"({{"time":"{}","level":"{}","message":{})", time_rfc3339, level_name(l),
                            quoted(message));
    for (const auto& f : fields) line += fmt::format(",{}:{}", quoted(f.name), json_value(f));
    line += '}';
    return line;
}

void log(level l, std::string_view message, std::initializer_list<field> fields) noexcept {
    try {
        if (!log_enabled(l)) return;
        const auto line = format_log_line(the_state().format, l, time_text(), message, fields);
        the_state().logger.log(spdlog_level(l), spdlog::string_view_t(line.data(), line.size()));
    } catch (...) {
        // Logging must not break what it reports on; out of memory is the only way here.
        return;
    }
}

}  // namespace daybook::platform::obs
