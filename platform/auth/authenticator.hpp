// Turns a request's credentials into a caller. Two kinds: `none` (whoever reaches loopback) and
// `tokens:FILE`.
#pragma once

#include "domain/errc.hpp"
#include "platform/auth/caller.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace daybook::platform::auth {

/// What a request shows, as far as identity is concerned. Views into the request, valid for the call.
struct credentials {
    std::optional<std::string_view> authorization;  ///< the header's value
    std::optional<std::string_view>
        daybook_user;  ///< already dropped if Origin or Sec-Fetch-Site stood beside it
};

/// Threads: any, at the same time as reload.
class authenticator {
 public:
    virtual ~authenticator() = default;

    /// An anonymous caller if no credentials were shown and some are needed: the router's scope check turns
    /// that into 401 where the route is not open. Errors: 401 credentials that are malformed, unknown or
    /// expired; 403 Daybook-User names another book and the token is not service; 400 Daybook-User is no
    /// valid user id (settled 22).
    [[nodiscard]] virtual domain::result<caller> authenticate(const credentials& shown) const = 0;
    /// True if nobody is checked: then the server listens on loopback only.
    [[nodiscard]] virtual bool trusts_everybody() const noexcept = 0;
    /// Reads its sources again (SIGHUP). On an error the old table stays in force and the error is returned
    /// and logged.
    [[nodiscard]] virtual domain::result<void> reload() = 0;
};

using wall_clock = std::function<std::chrono::system_clock::time_point()>;

/// The caller is `me` or whoever Daybook-User names; scopes read, write and admin, not service: command ids
/// that start with "daybook:" stay out of reach (settled 2).
[[nodiscard]] std::unique_ptr<authenticator> create_trusting_authenticator();

/// FILE: one JSON object a line, `{"sha256":"<64 lower-case
/// hex>","user":"ana","scopes":["read"],"expires":"<RFC 3339>"}`; no `expires` = never. Empty lines are
/// skipped; anything else that is not of this form refuses the file with its line.
[[nodiscard]] domain::result<std::unique_ptr<authenticator>> create_token_authenticator(
    std::filesystem::path file, wall_clock now = std::chrono::system_clock::now);

/// `none` or `tokens:FILE`.
[[nodiscard]] domain::result<std::unique_ptr<authenticator>> create_authenticator(std::string_view setting);

/// 401 or 403 if `who` has none of `needs`.
[[nodiscard]] domain::result<void> check_scopes(const caller& who, scope_set needs);

/// 1-128 bytes of UTF-8 without control characters (settled 22).
[[nodiscard]] bool is_valid_user_id(std::string_view text) noexcept;

}  // namespace daybook::platform::auth
