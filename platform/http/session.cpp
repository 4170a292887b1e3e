#include "platform/http/session.hpp"

#include "platform/http/problem_response.hpp"
#include "platform/http/request_target.hpp"
#include "platform/http/response_head.hpp"
#include "platform/http/upgrade.hpp"
#include "platform/obs/log.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <new>
#include <sys/socket.h>
#include <utility>

namespace daybook::platform::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using domain::errc;
using domain::make_problem;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t head_read_bytes = 4 * 1024;
constexpr std::size_t body_read_bytes = 64 * 1024;
constexpr std::size_t idle_buffer_bytes_max = 8 * 1024;  // an idle connection keeps no more
constexpr int live_send_buffer_bytes = 64 * 1024;
constexpr std::size_t linger_bytes_max = 4 * 1024 * 1024;
constexpr auto linger_deadline = 2s;
constexpr auto goodbye_deadline = 1s;  // for the peer of a WebSocket to answer our close
constexpr auto stream_peer_check_period = 2s;
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

std::string plain_address(asio::ip::address address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    return address.to_string();
}

bool has_no_body(int status) noexcept { return status == 204 || status == 304; }

}  // namespace

session::session(io_socket socket, const session_context& context, session_group& group)
    : socket_(std::move(socket)),
      context_(context),
      group_(group),
      reader_({context.options.head_bytes_max, context.options.target_bytes_max,
               context.options.body_bytes_max}) {
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    const auto peer = socket_.remote_endpoint(ignored);
    peer_address_ = plain_address(peer.address());
    peer_is_loopback_ = peer_address_ == "::1" || peer_address_.starts_with("127.");
    local_address_ = plain_address(socket_.local_endpoint(ignored).address());
    place_ = group_.open.insert(group_.open.end(), this);
}

session::~session() { group_.open.erase(place_); }

void session::enter(phase p, std::chrono::milliseconds allowed) {
    phase_ = p;
    deadline_ = steady_clock::now() + allowed;
}

void session::enter(phase p) {
    phase_ = p;
    deadline_ = steady_instant::max();
}

void session::check_deadline(steady_instant now) {
    if (phase_ == phase::streaming && now - peer_seen_ > stream_peer_check_period) {
        peer_seen_ = now;
        char byte = 0;
        if (::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) cut_off();
        return;
    }
    if (now < deadline_) return;
    deadline_ = steady_instant::max();
    if (phase_ == phase::idle || phase_ == phase::reading) {
        timed_out_ = true;
        error_code ignored;
        socket_.cancel(ignored);
    } else {
        cut_off();
    }
}

void session::begin_stop() {
    if (phase_ == phase::idle) {
        error_code ignored;
        socket_.cancel(ignored);
    } else if (phase_ == phase::streaming) {
        cut_off();
    } else if (phase_ == phase::talking && websocket_) {
        websocket_->end(close_code::going_away, "the server stops");
        enter(phase::talking, goodbye_deadline);
    }
}

void session::cut_off() {
    const auto kept = shared_from_this();
    error_code ignored;
    socket_.close(ignored);
    if (websocket_) websocket_->cut_off();
    stop_signal_.emit(asio::cancellation_type::terminal);
}

std::string session::next_request_id() { return fmt::format("{}{:x}", group_.id_prefix, ++group_.requests); }

asio::awaitable<void> session::run(std::shared_ptr<session> self) {
    try {
        bool go_on = true;
        while (go_on) go_on = co_await self->serve_one();
        co_await self->linger();
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted)
            obs::log_error("a connection ended by an error",
                           {{"error", e.what()}, {"request_id", self->request_id_}});
    } catch (const std::exception& e) {
        obs::log_error("a connection ended by an error",
                       {{"error", e.what()}, {"request_id", self->request_id_}});
    }
    error_code ignored;
    self->socket_.close(ignored);
}

// One request and its answer; false ends the connection.
asio::awaitable<bool> session::serve_one() {
    reader_.reset();
    const arrival came = co_await read_head();
    if (came == arrival::gone) co_return false;
    const auto began = steady_clock::now();
    request_id_ = next_request_id();
    std::size_t route_index = context_.routes.routes().size();
    if (came == arrival::refused) {
        auto refused = problem_response(*refusal_, request_id_);
        record(route_index, refused.status, began);
        co_await send(std::move(refused), false, false, 1);
        co_return false;
    }
    const bool is_head = reader_.head().method == method::head;
    const int minor_version = reader_.head().minor_version;
    bool keep_alive = reader_.head().keep_alive;

    auto admission = admit(route_index);
    byte_budget::lease room;
    if (reader_.head().has_body) {
        room = context_.bodies.take(reader_.head().body_bytes_max);
        if (!room) {
            auto refused = problem_response(
                make_problem(errc::overloaded, "too many request bodies at one time"), request_id_);
            record(route_index, refused.status, began);
            co_await send(std::move(refused), false, is_head, minor_version);
            co_return false;
        }
        if (reader_.head().expects_continue) {
            // A refused client is told before it sends the body, and then must not send it.
            if (!admission) {
                auto refused = problem_response(admission.error(), request_id_);
                record(route_index, refused.status, began);
                co_await send(std::move(refused), false, is_head, minor_version);
                co_return false;
            }
            enter(phase::writing, context_.options.write_deadline);
            if (!co_await write_all(continue_line)) co_return false;
            enter(phase::reading, context_.options.read_deadline);
        }
        const arrival body_came = co_await read_body();
        if (body_came == arrival::gone) co_return false;
        if (body_came == arrival::refused) {
            auto refused = problem_response(*refusal_, request_id_);
            record(route_index, refused.status, began);
            co_await send(std::move(refused), false, is_head, minor_version);
            co_return false;
        }
    }
    response answer;
    if (admission) {
        admission->request.body = std::move(reader_.body());
        enter(phase::handling);
        answer = co_await call(*admission->to, std::move(admission->request));
    } else {
        answer = problem_response(admission.error(), request_id_);
    }
    keep_alive = keep_alive && !group_.stopping;
    if (answer.talk) {
        record(route_index, 101, began);
        co_await converse(std::move(answer.talk));
        co_return false;
    }
    const int status = answer.status;
    const bool live = answer.live;
    if (live) record(route_index, status, began);
    const bool sent = co_await send(std::move(answer), keep_alive, is_head, minor_version);
    if (!live) record(route_index, status, began);
    co_return sent&& keep_alive;
}

// Gives the reader what arrived. `starved`: it can use nothing more of it.
session::arrival session::feed_reader(bool& starved) {
    const auto used = reader_.put(arrived_.unused());
    if (!used) {
        refusal_ = used.error();
        return arrival::refused;
    }
    arrived_.consume(*used);
    starved = *used == 0 || arrived_.empty();
    return arrival::complete;
}

// Appends what the socket has; 0 = the peer or a deadline ended it.
asio::awaitable<std::size_t> session::read_some() {
    const bool in_body = reader_.current_stage() == request_reader::stage::body;
    const auto room = arrived_.prepare(in_body ? body_read_bytes : head_read_bytes);
    error_code ec;
    const std::size_t got = co_await socket_.async_read_some(asio::buffer(room.data(), room.size()),
                                                             asio::redirect_error(asio::use_awaitable, ec));
    arrived_.commit(got);
    co_return ec ? 0 : got;
}

asio::awaitable<session::arrival> session::read_head() {
    timed_out_ = false;
    bool starved = arrived_.empty();
    if (starved) {
        arrived_.trim(idle_buffer_bytes_max);
        if (group_.stopping) co_return arrival::gone;
        enter(phase::idle, context_.options.idle_deadline);
    } else {
        enter(phase::reading, context_.options.read_deadline);
    }
    while (reader_.current_stage() == request_reader::stage::head) {
        if (starved) {
            const std::size_t got = co_await read_some();
            if (got == 0) {
                if (!timed_out_ || phase_ == phase::idle) co_return arrival::gone;
                refusal_ = make_problem(errc::request_timeout, "the header did not arrive in time");
                co_return arrival::refused;
            }
            if (phase_ == phase::idle) enter(phase::reading, context_.options.read_deadline);
        }
        if (feed_reader(starved) == arrival::refused) co_return arrival::refused;
    }
    co_return arrival::complete;
}

asio::awaitable<session::arrival> session::read_body() {
    bool starved = arrived_.empty();
    while (reader_.current_stage() == request_reader::stage::body) {
        if (starved) {
            const std::size_t got = co_await read_some();
            if (got == 0) {
                if (!timed_out_) co_return arrival::gone;
                refusal_ = make_problem(errc::request_timeout, "the body did not arrive in time");
                co_return arrival::refused;
            }
        }
        if (feed_reader(starved) == arrival::refused) co_return arrival::refused;
    }
    co_return arrival::complete;
}

// Everything that can be judged by the head alone, in the order of settled 4.
domain::result<session::admitted> session::admit(std::size_t& route_index) {
    const request_head& head = reader_.head();
    auto target = parse_target(head.target);
    if (!target) return target.error();
    if (auto ok = check_host(head, target->authority, context_.hosts, local_address_); !ok) return ok.error();
    if (auto ok = check_origin(head); !ok) return ok.error();

    auto found = context_.routes.find(head.method, target->segments);
    if (const auto* miss = std::get_if<router::miss>(&found)) {
        if (!miss->path_known) {
            auto p = make_problem(errc::not_found, "no route has this path");
            if (!miss->elsewhere_role.empty())
                p.detail = fmt::format("this path is served by the role {}", miss->elsewhere_role);
            return p;
        }
        auto p = make_problem(errc::method_not_allowed, fmt::format("this path allows {}", miss->allow));
        p.extra["allow"] = miss->allow;
        return p;
    }
    auto& match = std::get<router::match>(found);
    route_index = match.index;
    admitted in;
    in.to = match.found;
    in.request.query = std::move(target->query);
    if (auto ok = resolve_caller(*match.found, in.request); !ok) return ok.error();
    if (auto ok = check_accept(head, match.found->produces); !ok) return ok.error();
    if (auto ok = check_body_type(head); !ok) return ok.error();

    if (match.found->is_websocket) {
        auto key = check_upgrade(head);
        if (!key) return key.error();
        // Frames before the handshake's end would have to be handed over; no client sends them (RFC 6455
        // §4.1).
        if (!arrived_.empty())
            return make_problem(errc::request_malformed, "bytes follow the request before it was answered");
        websocket_key_ = std::move(*key);
    }

    request& r = in.request;
    r.method = head.method;
    r.target = head.target;
    r.path = std::move(target->path);
    r.segments = std::move(target->segments);
    r.path_parameters = std::move(match.path_parameters);
    r.headers = std::move(reader_.head().fields);
    r.request_id = request_id_;
    r.peer_address = peer_address_;
    r.peer_is_loopback = peer_is_loopback_;
    return in;
}

// A ticket leaves the query, so handlers do not see it; it counts once.
domain::result<void> session::redeem_ticket(request& into) const {
    const auto ticket = into.query_parameter("ticket");
    if (!ticket) return ticket.error();
    auto* const tickets = context_.options.tickets;
    auto who = tickets == nullptr ? std::nullopt : tickets->redeem(**ticket);
    if (!who)
        return make_problem(errc::unauthenticated, "the ticket is unknown, used or too old", "ticket",
                            "Ask for a new one: POST /v1/tickets.");
    into.caller = std::move(*who);
    std::erase_if(into.query, [](const auto& each) { return each.first == "ticket"; });
    return {};
}

domain::result<void> session::resolve_caller(const route& to, request& into) {
    const auto is_ticket = [](const auto& each) { return each.first == "ticket"; };
    if (to.takes_ticket && std::any_of(into.query.begin(), into.query.end(), is_ticket)) {
        if (auto ok = redeem_ticket(into); !ok) return ok.error();
        return auth::check_scopes(into.caller, to.needs);
    }
    auto shown = shown_credentials(reader_.head());
    if (!shown) return shown.error();
    const bool is_open = to.needs.empty() || (to.open_on_loopback && context_.listens_on_loopback);
    auto who = context_.who.authenticate(*shown);
    if (!who) {
        if (is_open) return {};
        return who.error();
    }
    into.caller = std::move(*who);
    if (is_open) return {};
    return auth::check_scopes(into.caller, to.needs);
}

// The one place where a handler's failure becomes an answer.
asio::awaitable<response> session::call(const route& to, request r) {
    domain::problem failure;
    std::string bug;
    const std::string id = r.request_id;
    try {
        auto got = co_await to.handler(std::move(r));
        if (got) co_return std::move(*got);
        failure = std::move(got.error());
    } catch (const domain::problem_error& e) {
        failure = e.value();
    } catch (const std::bad_alloc&) {
        failure = make_problem(errc::overloaded, "the server is out of memory");
        bug = "out of memory";
    } catch (const std::exception& e) {
        failure = make_problem(errc::internal, "an unexpected error; the log has it under the request id");
        bug = e.what();
    }
    if (!bug.empty() || failure.code == errc::internal) {
        obs::log_error(
            "a request failed",
            {{"request_id", id}, {"route", to.pattern}, {"error", bug.empty() ? failure.detail : bug}});
    }
    co_return problem_response(failure, id);
}

asio::awaitable<bool> session::send(response r, bool keep_alive, bool is_head, int minor_version) {
    const bool bodyless = is_head || has_no_body(r.status);
    const std::string_view body = r.shared_body ? std::string_view(*r.shared_body) : std::string_view(r.body);
    const bool streams = static_cast<bool>(r.stream);
    body_framing framing;
    if (streams) {
        framing.chunked = minor_version == 1 && !bodyless;
        if (minor_version == 0) keep_alive = false;
    } else if (!has_no_body(r.status)) {
        framing.length = body.size();
    }
    const connection_facts facts = {request_id_, minor_version, keep_alive};
    if (!write_response_head(head_text_, r, framing, facts)) {
        obs::log_error("a handler set a malformed header", {{"request_id", request_id_}});
        const auto failure =
            make_problem(errc::internal, "an unexpected error; the log has it under the request id");
        r = problem_response(failure, request_id_);
        framing = {r.body.size(), false};
        if (!write_response_head(head_text_, r, framing, facts)) co_return false;
        enter(phase::writing, context_.options.write_deadline);
        const bool told =
            co_await write_all(head_text_, is_head ? std::string_view() : std::string_view(r.body));
        co_return told;
    }
    enter(phase::writing, context_.options.write_deadline);
    if (streams) {
        if (r.live) {
            error_code ignored;
            socket_.set_option(asio::socket_base::send_buffer_size(live_send_buffer_bytes), ignored);
        }
        if (!co_await write_all(head_text_)) co_return false;
        if (bodyless) co_return true;
        const bool ended = co_await send_stream(std::move(r.stream), framing.chunked);
        co_return ended&& keep_alive;
    }
    const bool sent = co_await write_all(head_text_, bodyless ? std::string_view() : body);
    co_return sent;
}

// A stream that fails is cut without its last chunk, so that the peer sees that it is not whole.
asio::awaitable<bool> session::send_stream(body_stream next, bool chunked) {
    while (!group_.stopping) {
        peer_seen_ = steady_clock::now();
        enter(phase::streaming);
        std::optional<std::string> piece = co_await next();
        enter(phase::writing, context_.options.write_deadline);
        if (!piece) {
            if (!chunked) co_return true;
            const bool ended = co_await write_all("0\r\n\r\n");
            co_return ended;
        }
        if (piece->empty()) continue;
        if (chunked) {
            head_text_ = fmt::format("{:x}\r\n", piece->size());
            *piece += "\r\n";
            if (!co_await write_all(head_text_, *piece)) co_return false;
        } else if (!co_await write_all(*piece)) {
            co_return false;
        }
    }
    co_return false;
}

// Both pieces in one gather write. Most answers fit into the socket's buffer, so the first try does not wait
// and needs no trip through the scheduler. Precondition: the phase is writing.
asio::awaitable<bool> session::write_all(std::string_view first, std::string_view second) {
    while (!first.empty() || !second.empty()) {
        const std::array<asio::const_buffer, 2> pieces = {asio::buffer(first.data(), first.size()),
                                                          asio::buffer(second.data(), second.size())};
        error_code ec;
        std::size_t written = socket_.write_some(pieces, ec);
        if (ec == asio::error::would_block || ec == asio::error::try_again) {
            written =
                co_await socket_.async_write_some(pieces, asio::redirect_error(asio::use_awaitable, ec));
            deadline_ = steady_clock::now() + context_.options.write_deadline;
        }
        if (ec) co_return false;
        const std::size_t of_first = std::min(written, first.size());
        first.remove_prefix(of_first);
        second.remove_prefix(written - of_first);
    }
    co_return true;
}

// The WebSocket has the socket from now on; when the conversation returns, both are closed.
asio::awaitable<void> session::converse(conversation talk) {
    websocket_options options;
    options.silence = context_.options.websocket_silence;
    options.message_bytes_max = context_.options.message_bytes_max;
    options.key = std::move(websocket_key_);
    options.request_id = request_id_;
    enter(phase::writing, context_.options.write_deadline);
    websocket_ = co_await accept_websocket(std::move(socket_), std::move(options));
    if (!websocket_) co_return;
    enter(phase::talking);
    if (group_.stopping) begin_stop();
    co_await talk(websocket_);
    websocket_->cut_off();
}

// Closing with unread bytes makes the kernel reset the connection, and the peer may lose the answer. So say
// that nothing more comes and read on for a moment (RFC 9112 §9.6).
asio::awaitable<void> session::linger() {
    error_code ec;
    socket_.shutdown(asio::socket_base::shutdown_send, ec);
    if (ec) co_return;
    enter(phase::lingering, linger_deadline);
    std::size_t total = 0;
    while (total < linger_bytes_max) {
        arrived_.consume(arrived_.unused().size());
        const std::size_t got = co_await read_some();
        if (got == 0) co_return;
        total += got;
    }
}

void session::record(std::size_t route_index, int status, steady_instant began) {
    const std::chrono::duration<double> took = steady_clock::now() - began;
    if (!context_.figures.empty()) {
        const route_figures& figures = context_.figures[route_index];
        figures.answers[std::min<std::size_t>(static_cast<std::size_t>(status / 100), 5)].add();
        figures.seconds.observe(took.count());
    }
    if (!obs::log_enabled(obs::level::debug)) return;
    const auto& head = reader_.head();
    obs::log_debug("request", {{"request_id", request_id_},
                               {"method", to_string(head.method)},
                               {"target", head.target},
                               {"status", status},
                               {"seconds", took.count()},
                               {"peer", peer_address_}});
}

}  // namespace daybook::platform::http
