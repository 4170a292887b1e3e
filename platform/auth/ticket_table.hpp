// One-time tickets: what a browser shows where it cannot send a header (settled 35). They live in this
// process only.
#pragma once

#include "domain/errc.hpp"
#include "domain/limits.hpp"
#include "platform/auth/caller.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace daybook::platform::auth {

struct ticket_options {
    std::chrono::milliseconds life = domain::limits::ticket_life;
    std::size_t tickets_max = domain::limits::tickets_max;  ///< that are good at one time
    std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

/// Threads: any.
class ticket_table {
 public:
    explicit ticket_table(ticket_options options = {});

    /// 256 random bits of the system as text that needs no escape in a URL. Only its hash is kept. Errors:
    /// overloaded (too many wait to be used).
    [[nodiscard]] domain::result<std::string> issue(caller who);
    /// The caller that the ticket stands for, once; nothing if it is unknown, used or too old.
    [[nodiscard]] std::optional<caller> redeem(std::string_view ticket);
    [[nodiscard]] std::chrono::milliseconds life() const noexcept { return options_.life; }

 private:
    struct issued {
        caller who;
        std::chrono::steady_clock::time_point ends{};
    };
    ticket_options options_;
    std::mutex mutex_;
    std::unordered_map<std::string, issued> tickets_;  ///< by the ticket's SHA-256
};

}  // namespace daybook::platform::auth
