#include "platform/http/websocket.hpp"

#include "platform/http/upgrade.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <utility>

namespace daybook::platform::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using io_socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

constexpr auto handshake_deadline = std::chrono::seconds(2);  // also of the closing one
constexpr int send_buffer_bytes = 64 * 1024;
constexpr std::size_t reason_bytes_max = 123;

class beast_websocket final : public websocket, public std::enable_shared_from_this<beast_websocket> {
 public:
    beast_websocket(io_socket socket, const websocket_options& options) : stream_(std::move(socket)) {
        error_code ignored;
        stream_.next_layer().set_option(asio::socket_base::send_buffer_size(send_buffer_bytes), ignored);
        beast::websocket::stream_base::timeout patience{};
        patience.handshake_timeout = handshake_deadline;
        patience.idle_timeout = options.silence;
        patience.keep_alive_pings = true;
        stream_.set_option(patience);
        stream_.set_option(beast::websocket::stream_base::decorator(
            [id = options.request_id](beast::websocket::response_type& r) {
                r.set("Request-Id", id);
                r.set("Cache-Control", "no-store");
            }));
        stream_.read_message_max(options.message_bytes_max);
        stream_.auto_fragment(false);
        stream_.text(true);
    }

    asio::awaitable<bool> accept(std::string key) {
        beast::http::request<beast::http::empty_body> asked(beast::http::verb::get, "/", 11);
        asked.set(beast::http::field::host, "daybook");
        asked.set(beast::http::field::connection, "Upgrade");
        asked.set(beast::http::field::upgrade, "websocket");
        asked.set(beast::http::field::sec_websocket_version, "13");
        asked.set(beast::http::field::sec_websocket_key, key);
        error_code ec;
        co_await stream_.async_accept(asked, asio::redirect_error(asio::use_awaitable, ec));
        co_return !ec;
    }

    asio::awaitable<std::optional<std::string>> read() override {
        error_code ec;
        co_await stream_.async_read(arrived_, asio::redirect_error(asio::use_awaitable, ec));
        if (ec) {
            over_ = true;
            co_return std::nullopt;
        }
        if (!stream_.got_text()) {
            co_await close(close_code::unsupported_data, "messages are text");
            co_return std::nullopt;
        }
        std::string text = beast::buffers_to_string(arrived_.data());
        arrived_.consume(arrived_.size());
        co_return text;
    }

    asio::awaitable<bool> write(std::string_view text) override {
        if (over_) co_return false;
        error_code ec;
        co_await stream_.async_write(asio::buffer(text.data(), text.size()),
                                     asio::redirect_error(asio::use_awaitable, ec));
        if (ec) over_ = true;
        co_return !ec;
    }

    asio::awaitable<void> close(close_code code, std::string reason) override {
        if (std::exchange(over_, true)) co_return;
        if (reason.size() > reason_bytes_max) reason.resize(reason_bytes_max);
        const beast::websocket::close_reason why(static_cast<beast::websocket::close_code>(code), reason);
        error_code ignored;
        co_await stream_.async_close(why, asio::redirect_error(asio::use_awaitable, ignored));
    }

    void end(close_code code, std::string reason) override {
        if (std::exchange(over_, true)) return;
        if (reason.size() > reason_bytes_max) reason.resize(reason_bytes_max);
        const beast::websocket::close_reason why(static_cast<beast::websocket::close_code>(code), reason);
        auto ended = [kept = shared_from_this()](const error_code&) {};
        stream_.async_close(why, std::move(ended));
    }

    void cut_off() override {
        over_ = true;
        error_code ignored;
        stream_.next_layer().close(ignored);
    }

 private:
    beast::websocket::stream<io_socket, false> stream_;
    beast::flat_buffer arrived_;
    bool over_ = false;
};

}  // namespace

asio::awaitable<std::shared_ptr<websocket>> accept_websocket(io_socket socket, websocket_options options) {
    auto made = std::make_shared<beast_websocket>(std::move(socket), options);
    const bool accepted = co_await made->accept(std::move(options.key));
    if (!accepted) co_return nullptr;
    co_return made;
}

}  // namespace daybook::platform::http
