#include "platform/http/request_reader.hpp"

#include "platform/http/ascii.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace daybook::platform::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using domain::errc;
using domain::make_problem;

constexpr std::size_t request_line_rest_bytes_max = 32;  // method, version, spaces, line end
constexpr std::size_t blank_bytes_max = 64;
constexpr std::uint64_t body_reserve_bytes_max = 64 * 1024;

domain::problem malformed(std::string detail) {
    return make_problem(errc::request_malformed, std::move(detail));
}

// What the framing rules look at.
struct framing {
    int hosts = 0;
    int lengths = 0;
    int encodings = 0;
    std::string_view length;
    std::string_view encoding;
};

void note_field(framing& f, std::string_view name, std::string_view value) {
    if (ascii_iequals(name, "Host")) ++f.hosts;
    if (ascii_iequals(name, "Content-Length")) {
        ++f.lengths;
        f.length = value;
    }
    if (ascii_iequals(name, "Transfer-Encoding")) {
        ++f.encodings;
        f.encoding = value;
    }
}

domain::result<void> judge(const framing& f, std::string_view request_line) {
    const bool bodyless = request_line.starts_with("GET ") || request_line.starts_with("HEAD ");
    if (f.hosts != 1)
        return malformed(f.hosts == 0 ? "the request has no Host" : "the request has several Hosts");
    if (f.encodings > 0) {
        if (f.encodings > 1 || !ascii_iequals(f.encoding, "chunked"))
            return malformed("the only Transfer-Encoding is exactly one `chunked`");
        if (f.lengths > 0) return malformed("Transfer-Encoding and Content-Length exclude each other");
        if (!request_line.ends_with(" HTTP/1.1")) return malformed("chunked needs HTTP/1.1");
        if (bodyless) return malformed("a GET or HEAD has no body");
    }
    if (f.lengths > 1) return malformed("Content-Length stands more than once");
    if (f.lengths == 1) {
        const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        if (f.length.empty() || f.length.size() > 18 ||
            !std::all_of(f.length.begin(), f.length.end(), is_digit))
            return malformed("Content-Length is not one number");
        if (bodyless && f.length.find_first_not_of('0') != std::string_view::npos)
            return malformed("a GET has no body");
    }
    return {};
}

// Beast's parser with our own storage: it checks tokens and values, decodes the body and knows the message's
// end.
class wire_parser final : public beast_http::basic_parser<true> {
 public:
    explicit wire_parser(const request_reader::limits& l) : framing_bytes_max_(l.head_bytes_max) {
        header_limit(static_cast<std::uint32_t>(l.head_bytes_max));
        body_limit(l.body_bytes_max);
        eager(true);
    }
    request_head head;
    std::string body;

 private:
    void on_request_impl(beast_http::verb, boost::beast::string_view method_text,
                         boost::beast::string_view target, int version, error_code&) override {
        head.method = http::parse_method({method_text.data(), method_text.size()});
        head.target.assign(target.data(), target.size());
        head.minor_version = version % 10;
    }
    void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}
    void on_field_impl(beast_http::field, boost::beast::string_view name, boost::beast::string_view value,
                       error_code& ec) override {
        // Trailer fields are dropped: a trailer must not become a header (RFC 9110 §6.5.1).
        if (!is_header_done())
            head.fields.add({name.data(), name.size()}, {value.data(), value.size()});
        else
            count_framing(name.size() + value.size(), ec);
    }
    /// Chunk extensions and trailers together have the header's limit: Beast would take any amount.
    void count_framing(std::size_t bytes, error_code& ec) {
        framing_bytes_ += bytes;
        if (framing_bytes_ > framing_bytes_max_) ec = beast_http::error::header_limit;
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
        // Not the whole length: a client that only announces a body must not make us hold memory for it.
        if (length) body.reserve(static_cast<std::size_t>(std::min(*length, body_reserve_bytes_max)));
    }
    std::size_t on_body_impl(boost::beast::string_view piece, error_code&) override {
        body.append(piece.data(), piece.size());
        return piece.size();
    }
    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view extensions, error_code& ec) override {
        count_framing(extensions.size(), ec);
    }
    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view piece, error_code&) override {
        body.append(piece.data(), piece.size());
        return piece.size();
    }
    void on_finish_impl(error_code&) override {}

    std::size_t framing_bytes_max_;
    std::size_t framing_bytes_ = 0;
};

}  // namespace

domain::result<void> check_framing(std::string_view head) {
    const auto line_end = head.find("\r\n");
    const auto request_line = head.substr(0, line_end);
    framing f;
    std::string_view rest = head.substr(line_end + 2);
    while (rest.size() > 2) {
        const auto end = rest.find("\r\n");
        const auto line = rest.substr(0, end);
        rest.remove_prefix(end + 2);
        if (line.front() == ' ' || line.front() == '\t')
            return malformed("a header line is folded (obs-fold)");
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return malformed("a header line has no colon");
        note_field(f, line.substr(0, colon), trimmed(line.substr(colon + 1)));
    }
    return judge(f, request_line);
}

struct request_reader::impl {
    explicit impl(limits l) : bounds(l) { parser.emplace(bounds); }

    limits bounds;
    std::optional<wire_parser> parser;
    stage at = stage::head;
    std::size_t scanned = 0;     // of the head: bytes before it hold no end of the head
    std::size_t line_begin = 0;  // of the line that is being scanned
    std::size_t blank = 0;       // bytes of empty lines before the request line (RFC 9112 §2.2)

    // The size of the complete head, 0 if it goes on.
    domain::result<std::size_t> find_head_end(std::string_view unread);
    domain::problem target_too_long() const;
    domain::problem head_too_large() const;
    domain::problem from_beast(const error_code& ec) const;
};

domain::result<std::size_t> request_reader::impl::find_head_end(std::string_view unread) {
    while (true) {
        const auto at_lf = unread.find('\n', scanned);
        if (at_lf == std::string_view::npos) {
            scanned = unread.size();
            if (unread.size() - blank > bounds.head_bytes_max)
                return line_begin == blank ? target_too_long() : head_too_large();
            return std::size_t{0};
        }
        if (at_lf == 0 || unread[at_lf - 1] != '\r')
            return malformed("a line ends without a carriage return");
        const bool line_is_empty = at_lf - 1 == line_begin;
        scanned = at_lf + 1;
        if (!line_is_empty) {
            const bool is_request_line = line_begin == blank;
            line_begin = scanned;
            if (is_request_line && scanned - blank > bounds.target_bytes_max + request_line_rest_bytes_max)
                return target_too_long();
            if (scanned - blank > bounds.head_bytes_max) return head_too_large();
            continue;
        }
        line_begin = scanned;
        if (at_lf - 1 == blank) {
            blank = scanned;
            if (blank > blank_bytes_max) return malformed("too many empty lines before the request");
            continue;
        }
        if (scanned - blank > bounds.head_bytes_max) return head_too_large();
        return scanned;
    }
}

domain::problem request_reader::impl::target_too_long() const {
    return make_problem(errc::target_too_long,
                        fmt::format("the request target has more than {} bytes", bounds.target_bytes_max));
}

domain::problem request_reader::impl::head_too_large() const {
    return make_problem(errc::headers_too_large,
                        fmt::format("the header has more than {} bytes", bounds.head_bytes_max));
}

domain::problem request_reader::impl::from_beast(const error_code& ec) const {
    if (ec == beast_http::error::body_limit)
        return make_problem(errc::body_too_large,
                            fmt::format("the body has more than {} bytes", bounds.body_bytes_max));
    if (ec == beast_http::error::header_limit) return head_too_large();
    return malformed("the request breaks HTTP/1.1: " + ec.message());
}

request_reader::request_reader(limits l) : impl_(std::make_unique<impl>(l)) {}
request_reader::~request_reader() = default;

request_reader::stage request_reader::current_stage() const noexcept { return impl_->at; }
request_head& request_reader::head() noexcept { return impl_->parser->head; }
std::string& request_reader::body() noexcept { return impl_->parser->body; }

void request_reader::reset() {
    impl_->parser.emplace(impl_->bounds);
    impl_->at = stage::head;
    impl_->scanned = impl_->line_begin = impl_->blank = 0;
}

domain::result<std::size_t> request_reader::put(std::string_view unread) {
    wire_parser& parser = *impl_->parser;
    std::size_t skipped = 0;
    if (impl_->at == stage::head) {
        const auto size = impl_->find_head_end(unread);
        if (!size) return size.error();
        if (*size == 0) return std::size_t{0};
        skipped = impl_->blank;
        const auto head = unread.substr(skipped, *size - skipped);
        if (auto framed = check_framing(head); !framed) return framed.error();
        error_code ec;
        const std::size_t used = parser.put(boost::asio::buffer(head.data(), head.size()), ec);
        if (ec && ec != beast_http::error::need_more) return impl_->from_beast(ec);
        if (!parser.is_header_done() || used != head.size())
            return malformed("the header's end is ambiguous");
        if (parser.head.target.size() > impl_->bounds.target_bytes_max) return impl_->target_too_long();
        parser.head.keep_alive = parser.keep_alive();
        parser.head.has_body = !parser.is_done();
        if (parser.head.has_body)
            parser.head.body_bytes_max =
                static_cast<std::size_t>(parser.content_length().value_or(impl_->bounds.body_bytes_max));
        if (const auto expect = parser.head.fields.find("Expect"); expect && parser.head.minor_version == 1)
            parser.head.expects_continue = ascii_iequals(*expect, "100-continue");
        impl_->at = parser.is_done() ? stage::done : stage::body;
        return *size;
    }
    error_code ec;
    const std::size_t used = parser.put(boost::asio::buffer(unread.data(), unread.size()), ec);
    if (ec && ec != beast_http::error::need_more) return impl_->from_beast(ec);
    // What Beast leaves is at most a piece of a chunk's head or of the trailer.
    if (unread.size() - used > impl_->bounds.head_bytes_max) return malformed("a chunk's head is too long");
    if (parser.is_done()) impl_->at = stage::done;
    return used;
}

}  // namespace daybook::platform::http
