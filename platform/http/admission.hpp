// May this request come in at all? Pure checks of a parsed head: Host, Origin, media types (settled 33,
// api.md §5).
#pragma once

#include "domain/errc.hpp"
#include "platform/auth/authenticator.hpp"
#include "platform/http/request_reader.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::platform::http {

/// Names that this server answers to, lower case, without port.
class known_hosts {
 public:
    known_hosts() = default;
    /// `listen_host`: an address without brackets.
    known_hosts(std::string_view listen_host, const std::vector<std::string>& allowed);
    /// `local_address`: the address that the connection came in on: naming it is no rebinding, as it is no
    /// name.
    [[nodiscard]] bool contains(std::string_view host, std::string_view local_address) const noexcept;

 private:
    std::vector<std::string> names_;
};

/// The host of "host", "host:port", "[::1]" or "[::1]:port", without brackets; nullopt if it is none of
/// these.
[[nodiscard]] std::optional<std::string_view> host_without_port(std::string_view authority) noexcept;

/// Errors: 400 a Host that is no host; 421 a host that is not ours, also in an absolute target.
[[nodiscard]] domain::result<void> check_host(const request_head& head, std::string_view target_authority,
                                              const known_hosts& known, std::string_view local_address);
/// Errors: 403 an Origin whose host and port are not those of Host. CORS is off: there are no other origins.
[[nodiscard]] domain::result<void> check_origin(const request_head& head);
/// Errors: 406 an Accept that excludes `produces` (a media type, parameters are ignored).
[[nodiscard]] domain::result<void> check_accept(const request_head& head, std::string_view produces);
/// Errors: 415 a Content-Encoding, or a body that is not application/json or application/merge-patch+json in
/// UTF-8.
[[nodiscard]] domain::result<void> check_body_type(const request_head& head);
/// Errors: 400 if Authorization or Daybook-User stands twice.
[[nodiscard]] domain::result<auth::credentials> shown_credentials(const request_head& head);

}  // namespace daybook::platform::http
