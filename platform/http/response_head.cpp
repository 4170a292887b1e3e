#include "platform/http/response_head.hpp"

#include "platform/http/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>

namespace daybook::platform::http {
namespace {

struct default_header {
    std::string_view name;
    std::string_view line;
};

constexpr auto default_headers = std::to_array<default_header>({
    {"Cache-Control", "Cache-Control: private, no-cache\r\n"},
    {"Content-Security-Policy", "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"},
    {"Cross-Origin-Resource-Policy", "Cross-Origin-Resource-Policy: same-origin\r\n"},
    {"Referrer-Policy", "Referrer-Policy: no-referrer\r\n"},
    {"X-Content-Type-Options", "X-Content-Type-Options: nosniff\r\n"},
    {"X-Frame-Options", "X-Frame-Options: DENY\r\n"},
});

bool is_token(std::string_view text) noexcept {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    const auto fits = [&](char c) {
        return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
               marks.find(c) != std::string_view::npos;
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

bool is_field_value(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 && byte != 0x7F;
    });
}

bool is_set(const response& r, std::string_view name) noexcept {
    return std::any_of(r.headers.begin(), r.headers.end(),
                       [&](const auto& header) { return ascii_iequals(header.first, name); });
}

}  // namespace

std::string_view reason_phrase(int status) noexcept {
    switch (status) {
        case 101: return "Switching Protocols";
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 406: return "Not Acceptable";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 410: return "Gone";
        case 412: return "Precondition Failed";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 421: return "Misdirected Request";
        case 422: return "Unprocessable Content";
        case 426: return "Upgrade Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        default: return "Other";
    }
}

std::string_view http_date_now() {
    thread_local std::time_t second = 0;
    thread_local std::array<char, 64> text{};
    thread_local std::size_t size = 0;
    if (const std::time_t now = std::time(nullptr); now != second) {
        second = now;
        std::tm parts{};
        ::gmtime_r(&now, &parts);
        size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    }
    return {text.data(), size};
}

bool write_response_head(std::string& into, const response& r, const body_framing& framing,
                         const connection_facts& facts) {
    into.clear();
    const auto line = [&into](std::string_view name, std::string_view value) {
        into += name;
        into += ": ";
        into += value;
        into += "\r\n";
    };
    fmt::format_to(std::back_inserter(into), "HTTP/1.1 {} {}\r\n", r.status, reason_phrase(r.status));
    line("Date", http_date_now());
    line("Request-Id", facts.request_id);
    for (const auto& header : default_headers)
        if (r.headers.empty() || !is_set(r, header.name)) into += header.line;
    for (const auto& [name, value] : r.headers) {
        if (!is_token(name) || !is_field_value(value)) return false;
        line(name, value);
    }
    if (!r.content_type.empty()) line("Content-Type", r.content_type);
    if (framing.length) fmt::format_to(std::back_inserter(into), "Content-Length: {}\r\n", *framing.length);
    if (framing.chunked) into += "Transfer-Encoding: chunked\r\n";
    if (!facts.keep_alive) {
        into += "Connection: close\r\n";
    } else if (facts.minor_version == 0) {
        into += "Connection: keep-alive\r\n";
    }
    into += "\r\n";
    return true;
}

}  // namespace daybook::platform::http
