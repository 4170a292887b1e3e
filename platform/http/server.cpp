#include "platform/http/server.hpp"

#include "platform/http/problem_response.hpp"
#include "platform/http/session.hpp"
#include "platform/obs/log.hpp"
#include "platform/runtime/worker_thread.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <random>
#include <sys/socket.h>
#include <thread>
#include <unordered_map>

namespace daybook::platform::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using domain::errc;
using domain::make_problem;
using namespace std::chrono_literals;

using io_acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;

constexpr auto accept_retry_after = 100ms;  // when the process has no file descriptor left
constexpr auto cut_off_deadline = 1s;       // for coroutines to end after they were cancelled

// Who is connected how often. Threads: any.
class connection_table {
 public:
    bool enter(const std::string& address, std::size_t per_address_max) {
        const std::scoped_lock lock(mutex_);
        std::size_t& count = by_address_[address];
        if (count >= per_address_max) return false;
        ++count;
        ++total_;
        return true;
    }
    void leave(const std::string& address) {
        const std::scoped_lock lock(mutex_);
        if (const auto at = by_address_.find(address); at != by_address_.end() && --at->second == 0)
            by_address_.erase(at);
        if (--total_ == 0) empty_.notify_all();
    }
    bool wait_empty(std::chrono::milliseconds deadline) {
        std::unique_lock lock(mutex_);
        return empty_.wait_for(lock, deadline, [this] { return total_ == 0; });
    }
    std::size_t total() const {
        const std::scoped_lock lock(mutex_);
        return total_;
    }

 private:
    mutable std::mutex mutex_;
    std::condition_variable empty_;
    std::unordered_map<std::string, std::size_t> by_address_;
    std::size_t total_ = 0;
};

// One thread, its io_context and its connections. The group is declared first: coroutines that the io_context
// destroys still take their session out of it.
struct io_worker {
    session_group group;
    std::atomic<std::size_t> sessions{0};
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                               asio::io_context::executor_type>
        sweep{context};
    runtime::worker_thread thread;
};

template <class Do>
void for_each_session(session_group& group, Do act) {
    for (auto at = group.open.begin(); at != group.open.end();) {
        session* one = *at++;
        act(*one);
    }
}

std::string random_prefix() {
    std::random_device entropy;
    return fmt::format("{:08x}", entropy());
}

class asio_server final : public server {
 public:
    asio_server(server_options options, const router& routes, const auth::authenticator& who,
                obs::metrics* figures)
        : options_(std::move(options)),
          bodies_(options_.bodies_bytes_max),
          context_{options_, routes, who, {}, false, {}, random_prefix(), bodies_} {
        context_.hosts = known_hosts(options_.listen.host, options_.allowed_hosts);
        context_.listens_on_loopback = options_.listen.is_loopback();
        if (figures != nullptr) take_figures(*figures);
    }
    ~asio_server() override { stop(0ms); }

    domain::result<void> start() override;
    std::uint16_t port() const noexcept override { return port_; }
    bool stop(std::chrono::milliseconds deadline) override;
    std::size_t open_connections() const noexcept override { return connections_.total(); }

 private:
    void take_figures(obs::metrics& figures);
    domain::result<void> listen();
    asio::awaitable<void> accept_loop();
    static asio::awaitable<void> sweep_loop(io_worker& worker, std::chrono::milliseconds period);
    void adopt(io_socket socket, io_worker& worker);
    void refuse_connection(io_socket& socket) const;
    io_worker& least_busy();
    template <class Do>
    void on_all_sessions(Do act);

    server_options options_;
    byte_budget bodies_;
    session_context context_;
    connection_table connections_;
    std::shared_ptr<void> connections_gauge_;
    std::vector<std::unique_ptr<io_worker>> workers_;
    std::optional<io_acceptor> acceptor_;
    std::uint16_t port_ = 0;
    bool running_ = false;
};

void asio_server::take_figures(obs::metrics& figures) {
    const auto take = [&](std::string method, std::string route) {
        route_figures f;
        for (std::size_t i = 1; i < f.answers.size(); ++i) {
            f.answers[i] = figures.make_counter(
                "http_requests_total", "Answers by route and kind of status",
                {{"method", method}, {"route", route}, {"status", fmt::format("{}xx", i)}});
        }
        f.seconds =
            figures.make_histogram("http_request_duration_seconds", "From the request's head to its answer",
                                   {{"method", method}, {"route", route}});
        context_.figures.push_back(f);
    };
    for (const auto& r : context_.routes.routes())
        take(std::string(to_string(r->method)), std::string(r->pattern));
    take("other", "none");
    connections_gauge_ = figures.sample_gauge("http_connections_open", "Open connections", {},
                                              [this] { return static_cast<double>(connections_.total()); });
}

domain::result<void> asio_server::listen() {
    const auto fail = [&](const error_code& ec) {
        return make_problem(errc::config_invalid,
                            fmt::format("cannot listen on {}: {}", options_.listen.to_string(), ec.message()),
                            "listen", "Choose another address with --listen, or stop what uses this one.");
    };
    error_code ec;
    const auto address = asio::ip::make_address(options_.listen.host, ec);
    if (ec) return fail(ec);
    const tcp::endpoint endpoint(address, options_.listen.port);
    acceptor_.emplace(workers_.front()->context);
    acceptor_->open(endpoint.protocol(), ec);
    if (!ec) acceptor_->set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec) acceptor_->bind(endpoint, ec);
    if (!ec) acceptor_->listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return fail(ec);
    port_ = acceptor_->local_endpoint(ec).port();
    return {};
}

domain::result<void> asio_server::start() {
    if (context_.who.trusts_everybody() && !context_.listens_on_loopback) {
        return make_problem(
            errc::config_invalid,
            fmt::format("--auth none serves loopback only, not {}", options_.listen.to_string()), "auth",
            "Use --auth tokens:FILE, or listen on 127.0.0.1.");
    }
    const unsigned threads =
        options_.threads != 0 ? options_.threads : std::max(1U, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < threads; ++i) {
        workers_.push_back(std::make_unique<io_worker>());
        workers_.back()->group.id_prefix = fmt::format("{}-{:x}-", context_.id_prefix, i);
    }
    if (auto listening = listen(); !listening) {
        acceptor_.reset();
        workers_.clear();
        return listening.error();
    }
    const auto shortest = std::min({options_.read_deadline, options_.idle_deadline, options_.write_deadline});
    const auto period = std::clamp<std::chrono::milliseconds>(shortest / 4, 10ms, 250ms);
    for (auto& worker : workers_)
        asio::co_spawn(worker->context, sweep_loop(*worker, period), asio::detached);
    asio::co_spawn(workers_.front()->context, accept_loop(), asio::detached);
    for (unsigned i = 0; i < threads; ++i) {
        io_worker& worker = *workers_[i];
        worker.thread = runtime::worker_thread(fmt::format("http-{}", i),
                                               [&worker](std::stop_token) { worker.context.run(); });
    }
    running_ = true;
    return {};
}

io_worker& asio_server::least_busy() {
    const auto less = [](const auto& a, const auto& b) { return a->sessions.load() < b->sessions.load(); };
    return **std::min_element(workers_.begin(), workers_.end(), less);
}

asio::awaitable<void> asio_server::accept_loop() {
    while (acceptor_->is_open()) {
        io_worker& worker = least_busy();
        error_code ec;
        io_socket socket = co_await acceptor_->async_accept(worker.context.get_executor(),
                                                            asio::redirect_error(asio::use_awaitable, ec));
        if (!ec) {
            ++worker.sessions;
            auto give = [this, &worker, moved = std::move(socket)]() mutable {
                adopt(std::move(moved), worker);
            };
            asio::post(worker.context, std::move(give));
            continue;
        }
        if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
        if (ec == asio::error::connection_aborted) continue;
        obs::log_warn("cannot accept connections", {{"error", ec.message()}});
        asio::steady_timer pause(workers_.front()->context, accept_retry_after);
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
}

asio::awaitable<void> asio_server::sweep_loop(io_worker& worker, std::chrono::milliseconds period) {
    error_code ec;
    while (!ec) {
        worker.sweep.expires_after(period);
        co_await worker.sweep.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        const auto now = std::chrono::steady_clock::now();
        for_each_session(worker.group, [now](session& s) { s.check_deadline(now); });
    }
}

// Runs on the worker's thread.
void asio_server::adopt(io_socket socket, io_worker& worker) {
    error_code ec;
    const std::string address = socket.remote_endpoint(ec).address().to_string();
    if (ec || worker.group.stopping || !connections_.enter(address, options_.connections_per_address_max)) {
        if (!ec && !worker.group.stopping) refuse_connection(socket);
        --worker.sessions;
        return;
    }
    auto made = std::make_shared<session>(std::move(socket), context_, worker.group);
    // The completion holds the session too: its cancellation slot must outlive the coroutine.
    auto ended = [this, made, &worker, address](std::exception_ptr) {
        --worker.sessions;
        connections_.leave(address);
    };
    asio::co_spawn(worker.context, session::run(made),
                   asio::bind_cancellation_slot(made->stop_slot(), std::move(ended)));
}

void asio_server::refuse_connection(io_socket& socket) const {
    const auto body = render_problem(
        make_problem(errc::connections_exceeded, fmt::format("this address has {} connections already",
                                                             options_.connections_per_address_max)),
        {});
    const auto text = fmt::format(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: {}\r\nContent-Length: {}\r\nRetry-After: 1\r\n"
        "Request-Id: {}-refused\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{}",
        media_problem, body.size(), context_.id_prefix, body);
    // Best effort, without waiting: a peer that floods us gets no time.
    [[maybe_unused]] const auto sent =
        ::send(socket.native_handle(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    error_code ignored;
    socket.shutdown(asio::socket_base::shutdown_send, ignored);
}

template <class Do>
void asio_server::on_all_sessions(Do act) {
    for (auto& worker : workers_) {
        io_worker* w = worker.get();
        asio::post(w->context, [w, act] {
            w->group.stopping = true;
            for_each_session(w->group, act);
        });
    }
}

bool asio_server::stop(std::chrono::milliseconds deadline) {
    if (!running_) return true;
    running_ = false;
    asio::post(workers_.front()->context, [this] {
        error_code ignored;
        acceptor_->close(ignored);
    });
    on_all_sessions([](session& s) { s.begin_stop(); });
    const bool all_ended = connections_.wait_empty(deadline);
    if (!all_ended) {
        on_all_sessions([](session& s) { s.cut_off(); });
        connections_.wait_empty(cut_off_deadline);
    }
    for (auto& worker : workers_) worker->context.stop();
    for (auto& worker : workers_) worker->thread.join();
    return all_ended;
}

}  // namespace

bool listen_address::is_loopback() const {
    error_code ec;
    const auto address = asio::ip::make_address(host, ec);
    return !ec && address.is_loopback();
}

std::string listen_address::to_string() const {
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                               : fmt::format("[{}]:{}", host, port);
}

domain::result<listen_address> listen_address::parse(std::string_view text) {
    const auto fail = [text] {
        return make_problem(errc::config_invalid, fmt::format("'{}' is not an address and port", text),
                            "listen", "Write 127.0.0.1:8080, [::1]:8080 or localhost:8080.");
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return fail();
    const auto port_text = text.substr(colon + 1);
    listen_address parsed;
    const auto [end, bad] =
        std::from_chars(port_text.data(), port_text.data() + port_text.size(), parsed.port);
    if (bad != std::errc{} || end != port_text.data() + port_text.size()) return fail();
    auto host_text = text.substr(0, colon);
    const bool bracketed = host_text.size() > 2 && host_text.front() == '[' && host_text.back() == ']';
    if (bracketed) host_text = host_text.substr(1, host_text.size() - 2);
    if (host_text == "localhost") host_text = "127.0.0.1";
    error_code ec;
    const auto address = asio::ip::make_address(std::string(host_text), ec);
    if (ec || address.is_v6() != bracketed) return fail();
    parsed.host = address.to_string();
    return parsed;
}

std::unique_ptr<server> create_server(server_options options, const router& routes,
                                      const auth::authenticator& who, obs::metrics* figures) {
    return std::make_unique<asio_server>(std::move(options), routes, who, figures);
}

}  // namespace daybook::platform::http
