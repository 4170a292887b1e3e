#include "platform/http/problem_response.hpp"

#include "platform/runtime/utf8.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace daybook::platform::http {

std::string render_problem(const domain::problem& p, std::string_view request_id) {
    const auto& row = domain::row_of(p.code);
    boost::json::object o;
    const auto put = [&o](std::string_view name, std::string_view text) {
        if (!text.empty()) o[name] = runtime::repaired_utf8(text);
    };
    put("type", "urn:daybook:error:" + std::string(row.code));
    put("title", row.title);
    o["status"] = row.http_status;
    put("code", row.code);
    put("detail", p.detail.empty() ? row.title : std::string_view(p.detail));
    put("field", p.field);
    put("hint", p.hint.empty() ? row.what_to_do : std::string_view(p.hint));
    if (p.column) o["column"] = *p.column;
    for (const auto& [name, value] : p.extra) o.insert_or_assign(name, value);
    put("request_id", request_id);
    return boost::json::serialize(o);
}

response problem_response(const domain::problem& p, std::string_view request_id) {
    const auto& row = domain::row_of(p.code);
    response r;
    r.status = row.http_status;
    r.content_type = media_problem;
    r.body = render_problem(p, request_id);
    r.headers.emplace_back("Cache-Control", "no-store");
    if (p.code == domain::errc::unauthenticated)
        r.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"daybook\"");
    if (p.code == domain::errc::method_not_allowed) {
        if (const auto* allow = p.extra.if_contains("allow"); allow != nullptr && allow->is_string())
            r.headers.emplace_back("Allow", std::string(allow->as_string()));
    }
    if (p.code == domain::errc::upgrade_required) {
        r.headers.emplace_back("Upgrade", "websocket");
        r.headers.emplace_back("Connection", "Upgrade");
        r.headers.emplace_back("Sec-WebSocket-Version", "13");
    }
    if (row.retryable && (row.http_status == 503 || row.http_status == 429))
        r.headers.emplace_back("Retry-After", "1");
    return r;
}

}  // namespace daybook::platform::http
