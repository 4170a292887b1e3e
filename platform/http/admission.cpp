#include "platform/http/admission.hpp"

#include "platform/http/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::platform::http {
namespace {

using domain::errc;
using domain::make_problem;

// Outside text is shown, but not at any length.
std::string_view shortened(std::string_view text) { return text.substr(0, 100); }

bool is_port(std::string_view text) noexcept {
    return text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_host_byte(char c) noexcept {
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '.' ||
           c == '-' || c == '_';
}

// q=0, q=0.0, q=0.000 mean "not at all" (RFC 9110 §12.4.2).
bool is_excluded(std::string_view parameters) noexcept {
    while (!parameters.empty()) {
        const auto one = trimmed(cut_front(parameters, ';'));
        if (one.size() >= 3 && ascii_lower(one[0]) == 'q' && one[1] == '=')
            return one.substr(2).find_first_not_of("0.") == std::string_view::npos;
    }
    return false;
}

// How precisely a media range names the type: 0 not at all, 1 "*/*", 2 "application/*", 3 the type itself.
int precision(std::string_view range, std::string_view type) noexcept {
    if (range == "*/*") return 1;
    const auto major = type.substr(0, type.find('/') + 1);
    if (range.size() == major.size() + 1 && range.back() == '*' &&
        ascii_iequals(range.substr(0, major.size()), major))
        return 2;
    return ascii_iequals(range, type) ? 3 : 0;
}

}  // namespace

known_hosts::known_hosts(std::string_view listen_host, const std::vector<std::string>& allowed) {
    names_ = {"localhost", ascii_lowered(listen_host)};
    for (const auto& name : allowed) names_.push_back(ascii_lowered(name));
}

bool known_hosts::contains(std::string_view host, std::string_view local_address) const noexcept {
    if (ascii_iequals(host, local_address)) return true;
    return std::any_of(names_.begin(), names_.end(),
                       [&](const auto& name) { return ascii_iequals(name, host); });
}

std::optional<std::string_view> host_without_port(std::string_view authority) noexcept {
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos || end == 1) return std::nullopt;
        const auto host = authority.substr(1, end - 1);
        const auto rest = authority.substr(end + 1);
        if (host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return std::nullopt;
        if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return std::nullopt;
        return host;
    }
    const auto colon = authority.find(':');
    const auto host = authority.substr(0, colon);
    if (host.empty() || !std::all_of(host.begin(), host.end(), is_host_byte)) return std::nullopt;
    if (colon != std::string_view::npos && !is_port(authority.substr(colon + 1))) return std::nullopt;
    return host;
}

domain::result<void> check_host(const request_head& head, std::string_view target_authority,
                                const known_hosts& known, std::string_view local_address) {
    const auto field = head.fields.find("Host").value_or("");
    // RFC 9112 §3.2.2: with an absolute target a proxy sends the same Host; anything else is a trick.
    if (!target_authority.empty() && !ascii_iequals(target_authority, field))
        return make_problem(errc::request_malformed, "Host differs from the host of the target");
    const auto host = host_without_port(field);
    if (!host) return make_problem(errc::request_malformed, "Host is not a host name or address");
    if (!known.contains(*host, local_address))
        return make_problem(errc::host_refused,
                            fmt::format("this server does not answer to '{}'", shortened(*host)));
    return {};
}

domain::result<void> check_origin(const request_head& head) {
    const auto origin = head.fields.find("Origin");
    if (!origin) return {};
    std::string_view authority = *origin;
    for (const std::string_view scheme : {"http://", "https://"})
        if (origin->starts_with(scheme)) authority.remove_prefix(scheme.size());
    const bool has_scheme = authority.size() < origin->size();
    const auto host = head.fields.find("Host").value_or("");
    if (has_scheme && head.fields.count("Origin") == 1 && ascii_iequals(authority, host)) return {};
    return make_problem(errc::origin_refused,
                        fmt::format("the origin '{}' is not this server's", shortened(*origin)));
}

domain::result<void> check_accept(const request_head& head, std::string_view produces) {
    const auto type = produces.substr(0, produces.find(';'));
    bool any_range = false;
    int best = 0;
    bool excluded = false;
    for (std::size_t i = 0; i < head.fields.size(); ++i) {
        auto [name, value] = head.fields.at(i);
        if (!ascii_iequals(name, "Accept")) continue;
        while (!value.empty()) {
            auto parameters = cut_front(value, ',');
            const auto range = trimmed(cut_front(parameters, ';'));
            if (range.empty()) continue;
            any_range = true;
            const int fits = precision(range, type);
            if (fits > best || (fits == best && fits > 0)) {
                excluded = is_excluded(parameters) && (fits > best || excluded);
                best = fits;
            }
        }
    }
    if (!any_range || (best > 0 && !excluded)) return {};
    auto p = make_problem(errc::not_acceptable, fmt::format("the answer is {}, which Accept excludes", type));
    p.hint = fmt::format("Send Accept: {}.", type);
    return p;
}

domain::result<void> check_body_type(const request_head& head) {
    if (const auto encoding = head.fields.find("Content-Encoding"))
        return make_problem(errc::media_type_unsupported, "a body with Content-Encoding is not read");
    if (!head.has_body) return {};
    const auto sent = head.fields.find("Content-Type");
    if (!sent) return make_problem(errc::media_type_unsupported, "the body has no Content-Type");
    std::string_view parameters = *sent;
    const auto type = trimmed(cut_front(parameters, ';'));
    bool fits = head.fields.count("Content-Type") == 1 &&
                (ascii_iequals(type, media_json) || ascii_iequals(type, "application/merge-patch+json"));
    while (!parameters.empty()) {
        const auto one = trimmed(cut_front(parameters, ';'));
        constexpr std::string_view charset = "charset=";
        if (one.size() < charset.size() || !ascii_iequals(one.substr(0, charset.size()), charset)) continue;
        auto value = one.substr(charset.size());
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        fits = fits && ascii_iequals(value, "utf-8");
    }
    if (fits) return {};
    return make_problem(errc::media_type_unsupported, fmt::format("the body is '{}'", shortened(*sent)));
}

domain::result<auth::credentials> shown_credentials(const request_head& head) {
    for (const std::string_view name : {"Authorization", "Daybook-User"})
        if (head.fields.count(name) > 1)
            return make_problem(errc::request_malformed,
                                fmt::format("the header {} stands more than once", name));
    auth::credentials shown;
    shown.authorization = head.fields.find("Authorization");
    // A web page cannot leave Origin and Sec-Fetch-Site out, so what has neither was sent by a program.
    if (!head.fields.find("Origin") && !head.fields.find("Sec-Fetch-Site"))
        shown.daybook_user = head.fields.find("Daybook-User");
    return shown;
}

}  // namespace daybook::platform::http
