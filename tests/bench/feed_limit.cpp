// The raw limit of the live feed: Beast alone, two threads, the same message to every connection so many
// times a second. Title: the nanoseconds of the steady clock.
//
//   feed_limit --connections N --seconds S --rate R
//
// Prints its port first; begins when all are connected, stays until it is told to end.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using stream = boost::beast::websocket::stream<tcp::socket, false>;
using message = std::shared_ptr<const std::string>;
using steady = std::chrono::steady_clock;

/// One thread and its connections, each with what waits for it.
struct shard {
    struct connection {
        explicit connection(tcp::socket socket) : to(std::move(socket)) {}
        stream to;
        std::vector<message> waiting;
        bool writing = false;
    };
    asio::io_context context{1};
    std::vector<std::unique_ptr<connection>> open;

    void say(const message& what) {
        for (auto& each : open) {
            each->waiting.push_back(what);
            if (!each->writing) write_next(*each);
        }
    }
    void write_next(connection& c) {
        c.writing = !c.waiting.empty();
        if (!c.writing) return;
        const message what = c.waiting.front();
        c.waiting.erase(c.waiting.begin());
        c.to.async_write(asio::buffer(*what), [this, &c, what](const error_code& failed, std::size_t) {
            if (!failed) write_next(c);
        });
    }
};

void accept_all(std::array<shard, 2>& shards, tcp::acceptor& door, int count) {
    for (int i = 0; i < count; ++i) {
        auto& to = shards[static_cast<std::size_t>(i) % shards.size()];
        tcp::socket socket(to.context);
        door.accept(socket);
        socket.set_option(tcp::no_delay(true));
        auto made = std::make_unique<shard::connection>(std::move(socket));
        made->to.auto_fragment(false);
        made->to.accept();
        boost::beast::flat_buffer subscription;
        made->to.read(subscription);
        made->to.text(true);
        to.open.push_back(std::move(made));
    }
}

int run(int connections, double seconds, double rate) {
    std::array<shard, 2> shards;
    asio::io_context here;
    tcp::acceptor door(here, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    fmt::print("{}\n", door.local_endpoint().port());
    std::fflush(stdout);
    accept_all(shards, door, connections);
    std::vector<std::thread> threads;
    for (auto& s : shards) {
        threads.emplace_back([&s] {
            const auto work = asio::make_work_guard(s.context);
            s.context.run();
        });
    }
    const auto step = std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(1 / rate));
    const auto end =
        steady::now() + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(seconds));
    asio::steady_timer beat(here);
    const std::string rest(300, 'x');  // as long as a delta
    for (auto next = steady::now(); next < end; next += step) {
        beat.expires_at(next);
        beat.wait();
        const auto ns =
            std::chrono::duration_cast<std::chrono::nanoseconds>(steady::now().time_since_epoch()).count();
        const auto what = std::make_shared<const std::string>(
            fmt::format("{{\"rest\":\"{}\",\"title\":\"{}\"}}", rest, ns));
        for (auto& s : shards) asio::post(s.context, [&s, what] { s.say(what); });
    }
    asio::signal_set told_to_end(here, SIGTERM, SIGINT);  // when the listeners have counted
    told_to_end.async_wait([](const error_code&, int) {});
    here.run();
    for (auto& s : shards) s.context.stop();
    for (auto& t : threads) t.join();
    return 0;
}

}  // namespace

int main(int count, char** words) {
    int connections = 1'000;
    double seconds = 10;
    double rate = 20;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view name = words[i];
        if (name == "--connections") connections = std::atoi(words[i + 1]);
        if (name == "--seconds") seconds = std::atof(words[i + 1]);
        if (name == "--rate") rate = std::atof(words[i + 1]);
    }
    try {
        return run(connections, seconds, rate);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
