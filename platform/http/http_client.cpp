#include "platform/http/http_client.hpp"

#include "platform/http/ascii.hpp"
#include "platform/http/json_strict.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <sys/socket.h>
#include <utility>

namespace daybook::platform::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace beast_http = boost::beast::http;
using asio::ip::tcp;
using beast::error_code;
using domain::errc;
using domain::make_problem;
using beast_request = beast_http::request<beast_http::string_body>;

struct server_name {
    std::string host;
    std::string port;
    std::string authority;  // the Host header
};

domain::result<server_name> parse_url(const std::string& text) {
    const auto url = boost::urls::parse_uri(text);
    const bool plain = url && url->scheme_id() == boost::urls::scheme::http && !url->has_userinfo() &&
                       !url->encoded_host().empty() &&
                       (url->encoded_path().empty() || url->encoded_path() == "/") && !url->has_query() &&
                       !url->has_fragment();
    if (!plain) {
        return make_problem(errc::config_invalid,
                            fmt::format("'{}' is not the address of a Daybook server", text), "url",
                            "Write http://HOST:PORT; TLS ends in front of the server.");
    }
    server_name name;
    name.host = url->host_address();
    name.port = url->port().empty() ? "80" : std::string(url->port());
    const auto authority = url->encoded_host_and_port();
    name.authority.assign(authority.data(), authority.size());
    return name;
}

bool may_repeat(const client_request& r) {
    if (r.method != method::post && r.method != method::patch) return true;
    for (const auto& [name, value] : r.headers)
        if (ascii_iequals(name, "Idempotency-Key")) return true;
    return false;
}

class beast_client final : public client {
 public:
    beast_client(client_options options, server_name to) : options_(std::move(options)), to_(std::move(to)) {}

    domain::result<client_response> send(client_request r) override;

 private:
    struct failure {
        domain::problem why;
        bool before_answer = false;  // nothing of an answer arrived
    };

    boost::system::result<client_response, failure> exchange(const beast_request& message, bool is_head);
    std::optional<domain::problem> connect();
    beast_request to_message(client_request r) const;
    bool connection_is_usable();
    failure fail(const error_code& ec, std::string_view doing, bool before_answer) const;
    template <class Start>
    error_code wait_for(Start start);

    client_options options_;
    server_name to_;
    asio::io_context context_{1};
    std::optional<beast::tcp_stream> stream_;
    beast::flat_buffer unread_;
};

// Runs one asynchronous operation to its end: Beast's deadlines work for asynchronous operations only.
template <class Start>
error_code beast_client::wait_for(Start start) {
    error_code outcome;
    start([&outcome](const error_code& ec, const auto&...) { outcome = ec; });
    context_.restart();
    context_.run();
    return outcome;
}

beast_client::failure beast_client::fail(const error_code& ec, std::string_view doing,
                                         bool before_answer) const {
    const std::string reason =
        ec == beast::error::timeout ? std::string("the deadline passed") : ec.message();
    return {
        make_problem(errc::unreachable, fmt::format("{} http://{}: {}", doing, to_.authority, reason), "url"),
        before_answer && ec != beast::error::timeout};
}

std::optional<domain::problem> beast_client::connect() {
    error_code ec;
    tcp::resolver resolver(context_);
    const auto found = resolver.resolve(to_.host, to_.port, ec);
    if (ec) return fail(ec, "cannot resolve", true).why;
    stream_.emplace(context_);
    unread_.clear();
    stream_->expires_after(options_.connect_deadline);
    ec = wait_for([&](auto done) { stream_->async_connect(found, std::move(done)); });
    if (ec) {
        stream_.reset();
        return fail(ec, "cannot reach", true).why;
    }
    stream_->socket().set_option(tcp::no_delay(true), ec);
    return std::nullopt;
}

// A server closes what is idle; then there is an end of file to read already.
bool beast_client::connection_is_usable() {
    if (!stream_) return false;
    char byte = 0;
    const auto got = ::recv(stream_->socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

beast_request beast_client::to_message(client_request r) const {
    beast_request message;
    message.version(11);
    message.method_string(to_string(r.method));
    message.target(r.target);
    message.set(beast_http::field::host, to_.authority);
    message.set(beast_http::field::user_agent, "daybook/" DAYBOOK_VERSION);
    if (!options_.token.empty()) message.set(beast_http::field::authorization, "Bearer " + options_.token);
    if (!options_.user.empty()) message.set("Daybook-User", options_.user);
    for (const auto& [name, value] : r.headers) message.set(name, value);
    if (!r.body.empty()) message.set(beast_http::field::content_type, r.content_type);
    message.body() = std::move(r.body);
    message.prepare_payload();
    return message;
}

boost::system::result<client_response, beast_client::failure> beast_client::exchange(
    const beast_request& message, bool is_head) {
    stream_->expires_after(options_.request_deadline);
    error_code ec = wait_for([&](auto done) { beast_http::async_write(*stream_, message, std::move(done)); });
    if (ec) return fail(ec, "cannot send to", true);
    beast_http::response_parser<beast_http::string_body> parser;
    parser.body_limit(options_.answer_bytes_max);
    parser.header_limit(64 * 1024);
    parser.skip(is_head);
    ec = wait_for([&](auto done) { beast_http::async_read(*stream_, unread_, parser, std::move(done)); });
    if (ec) return fail(ec, "no whole answer from", !parser.got_some());
    client_response answer;
    answer.status = static_cast<int>(parser.get().result_int());
    for (const auto& f : parser.get()) {
        const auto name = f.name_string();
        answer.headers.emplace_back(std::string(name.data(), name.size()),
                                    std::string(f.value().data(), f.value().size()));
    }
    if (!parser.keep_alive()) stream_.reset();
    answer.body = std::move(parser.get().body());
    return answer;
}

domain::result<client_response> beast_client::send(client_request r) {
    const bool repeatable = may_repeat(r);
    const bool is_head = r.method == method::head;
    const bool is_write = !is_head && r.method != method::get;
    const beast_request message = to_message(std::move(r));
    // Once a write was sent, whatever fails later leaves its outcome open.
    const auto ended = [&](domain::problem why, bool sent) {
        if (is_write && sent) why.code = errc::outcome_unknown;
        return why;
    };
    for (int attempt = 0;; ++attempt) {
        const bool reused = connection_is_usable();
        if (!reused) {
            if (auto why = connect()) return ended(std::move(*why), attempt > 0);
        }
        auto answer = exchange(message, is_head);
        if (answer) return std::move(*answer);
        stream_.reset();
        if (attempt > 0 || !reused || !repeatable || !answer.error().before_answer)
            return ended(std::move(answer.error().why), true);
    }
}

}  // namespace

std::string_view client_response::header(std::string_view name) const noexcept {
    for (const auto& [have, value] : headers)
        if (ascii_iequals(have, name)) return value;
    return {};
}

domain::result<boost::json::value> client_response::json() const { return parse_json_strict(body); }

domain::result<client_response> client::get(std::string target) {
    client_request r;
    r.target = std::move(target);
    return send(std::move(r));
}

domain::result<client_response> client::post(std::string target, const boost::json::value& body) {
    client_request r;
    r.method = method::post;
    r.target = std::move(target);
    r.body = boost::json::serialize(body);
    return send(std::move(r));
}

domain::result<std::unique_ptr<client>> create_client(client_options options) {
    auto to = parse_url(options.url);
    if (!to) return to.error();
    std::unique_ptr<client> made = std::make_unique<beast_client>(std::move(options), std::move(*to));
    return made;
}

}  // namespace daybook::platform::http
