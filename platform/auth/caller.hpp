// Who asks and what they may do: resolved once per request by the authenticator, then only read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace daybook::platform::auth {

/// Scopes are independent of each other but for one: service includes read and write (in the book that it
/// names). admin reaches /v1/admin/* and the audit and log of all books, and writes in none of them (settled
/// 35).
enum class scope : std::uint8_t { read = 1, write = 2, admin = 4, service = 8 };

class scope_set {
 public:
    constexpr scope_set() noexcept = default;
    constexpr scope_set(scope s) noexcept
        : bits_(static_cast<std::uint8_t>(s)) {}  // NOLINT: on purpose implicit

    [[nodiscard]] constexpr bool has(scope s) const noexcept {
        return (bits_ & static_cast<std::uint8_t>(s)) != 0;
    }
    [[nodiscard]] constexpr bool has_any(scope_set other) const noexcept {
        return (bits_ & other.bits_) != 0;
    }
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
    constexpr scope_set& operator|=(scope_set other) noexcept {
        bits_ = static_cast<std::uint8_t>(bits_ | other.bits_);
        return *this;
    }
    friend constexpr scope_set operator|(scope_set a, scope_set b) noexcept { return a |= b; }
    friend constexpr bool operator==(scope_set, scope_set) noexcept = default;

 private:
    std::uint8_t bits_ = 0;
};
[[nodiscard]] constexpr scope_set operator|(scope a, scope b) noexcept { return scope_set(a) | scope_set(b); }

/// "read, write": for messages and the WWW-Authenticate header.
[[nodiscard]] std::string to_string(scope_set s);

struct caller {
    std::string user;  ///< the identity that was proven; empty = nobody (open routes only)
    std::string book;  ///< the user_id whose book the request acts in; equals user but for service
    scope_set scopes;
    std::string_view actor_type =
        "user";  ///< "user" or "service": a literal; with `user` the actor of events

    [[nodiscard]] bool is_anonymous() const noexcept { return user.empty(); }
};

}  // namespace daybook::platform::auth
