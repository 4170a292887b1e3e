#include "platform/http/request_target.hpp"

#include "platform/runtime/utf8.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace daybook::platform::http {
namespace {

namespace urls = boost::urls;
using domain::errc;
using domain::make_problem;

const urls::encoding_opts plus_is_space(true, false, false);

// Pieces that need no decoding are the common case.
domain::result<std::string> decoded(urls::pct_string_view piece, const urls::encoding_opts& options) {
    std::string text(piece.data(), piece.size());
    if (text.find_first_of("%+") != std::string::npos) text = piece.decode(options);
    if (text.find('\0') != std::string::npos || !runtime::is_utf8(text))
        return make_problem(errc::request_malformed, "the request target is not UTF-8 text without U+0000");
    return text;
}

domain::result<void> split(const urls::url_view& url, request_target& into) {
    for (const auto segment : url.encoded_segments()) {
        auto text = decoded(segment, {});
        if (!text) return text.error();
        into.path += '/';
        into.path += *text;
        into.segments.push_back(std::move(*text));
    }
    if (into.path.empty()) into.path = "/";
    for (const auto parameter : url.encoded_params()) {
        auto name = decoded(parameter.key, plus_is_space);
        if (!name) return name.error();
        auto value = decoded(parameter.value, plus_is_space);
        if (!value) return value.error();
        if (name->empty() && !parameter.has_value) continue;  // "?", "a=1&"
        into.query.emplace_back(std::move(*name), std::move(*value));
    }
    return {};
}

}  // namespace

domain::result<request_target> parse_target(std::string_view target) {
    request_target parsed;
    const bool origin_form = target.starts_with('/');
    const auto url = origin_form ? urls::parse_origin_form(target) : urls::parse_absolute_uri(target);
    if (!url) return make_problem(errc::request_malformed, "the request target is not a path with a query");
    if (!origin_form) {
        if (url->scheme_id() != urls::scheme::http && url->scheme_id() != urls::scheme::https)
            return make_problem(errc::request_malformed, "the request target has another scheme than http");
        const auto authority = url->encoded_host_and_port();
        parsed.authority.assign(authority.data(), authority.size());
        if (parsed.authority.empty() || url->has_userinfo())
            return make_problem(errc::request_malformed, "the request target names no plain host");
    }
    if (auto done = split(*url, parsed); !done) return done.error();
    return parsed;
}

}  // namespace daybook::platform::http
