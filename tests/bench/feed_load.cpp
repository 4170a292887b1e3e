// Listeners of the live feed over WebSocket from one thread: how long from the command to the delta, for
// every delivery.
//
//   feed_load --port P --connections N --seconds S --rate R [--raw 1]
//
// All connections subscribe to the tasks of one book. A thread beside sends R create_task commands a second
// over HTTP, whose titles are the nanoseconds of the steady clock; with --raw the server sends such titles by
// itself. Connections come from 127.0.0.2 and on, a thousand from each address. Prints one JSON object.
#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;

struct options {
    std::uint16_t port = 8080;
    int connections = 1'000;
    double seconds = 10;
    double rate = 20;
    bool raw = false;
};

std::int64_t now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(steady::now().time_since_epoch()).count();
}

sockaddr_in loopback(std::uint32_t last, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(0x7F000000U + last);
    address.sin_port = htons(port);
    return address;
}

int connect_from(std::uint32_t last, std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto from = loopback(last, 0);
    const auto to = loopback(1, port);
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0 ||
        ::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
        throw std::runtime_error(fmt::format("cannot connect: {}", std::strerror(errno)));
    return socket;
}

void send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) throw std::runtime_error("the server closed a connection");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string read_until(int socket, std::string_view end) {
    std::string got;
    while (got.find(end) == std::string::npos) {
        char bytes[4096];
        const auto size = ::recv(socket, bytes, sizeof bytes, 0);
        if (size <= 0) throw std::runtime_error("the server closed a connection");
        got.append(bytes, static_cast<std::size_t>(size));
    }
    return got;
}

/// A short text message, masked with zeros.
std::string client_frame(unsigned char opcode, std::string_view text) {
    std::string frame;
    frame += static_cast<char>(0x80U | opcode);
    frame += static_cast<char>(0x80U | text.size());
    frame += std::string(4, '\0');
    frame += text;
    return frame;
}

int open_listener(const options& o, int index) {
    const int socket = connect_from(2U + static_cast<std::uint32_t>(index) / 1'000U, o.port);
    send_all(socket,
             "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
    if (read_until(socket, "\r\n\r\n").find(" 101 ") == std::string::npos)
        throw std::runtime_error("the handshake was refused");
    send_all(socket, client_frame(1, "{\"subscribe\":[\"tasks\"]}"));
    if (!o.raw) (void)read_until(socket, "\"ready\"");
    return socket;
}

/// Sends the commands, evenly.
void write_at_rate(const options& o, steady::time_point until) {
    const int socket = connect_from(1, o.port);
    const int beat = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    itimerspec every{};
    every.it_interval.tv_nsec = static_cast<long>(1e9 / o.rate);
    every.it_value = every.it_interval;
    ::timerfd_settime(beat, 0, &every, nullptr);
    while (steady::now() < until) {
        std::uint64_t beats = 0;
        if (::read(beat, &beats, sizeof beats) != sizeof beats) throw std::runtime_error("no timer");
        const auto body = fmt::format("{{\"title\":\"{}\"}}", now_ns());
        send_all(socket, fmt::format("POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                                     "application/json\r\nContent-Length: {}\r\n\r\n{}",
                                     body.size(), body));
        (void)read_until(socket, "\"task_id\"");
    }
    ::close(beat);
    ::close(socket);
}

struct listener {
    int socket = -1;
    std::string unread;
};

/// Takes whole frames; the time since each title goes to `took`.
void take_frames(listener& from, std::vector<float>& took) {
    constexpr std::string_view mark = "\"title\":\"";
    const auto now = now_ns();
    std::string_view rest = from.unread;
    while (rest.size() >= 2) {
        std::size_t head = 2;
        std::size_t size = static_cast<unsigned char>(rest[1]);
        if (size == 126) {
            if (rest.size() < 4) break;
            head = 4;
            size = static_cast<std::size_t>(static_cast<unsigned char>(rest[2])) << 8U |
                   static_cast<unsigned char>(rest[3]);
        }
        if (rest.size() < head + size) break;
        const auto text = rest.substr(head, size);
        if ((static_cast<unsigned char>(rest[0]) & 0x0FU) == 9) send_all(from.socket, client_frame(10, text));
        if (const auto at = text.find(mark); at != std::string_view::npos) {
            const auto sent = std::strtoll(text.data() + at + mark.size(), nullptr, 10);
            took.push_back(static_cast<float>(static_cast<double>(now - sent) / 1e6));
        }
        rest.remove_prefix(head + size);
    }
    from.unread.erase(0, from.unread.size() - rest.size());
}

void listen_until(std::vector<listener>& all, int epoll, steady::time_point until, std::vector<float>& took) {
    std::vector<epoll_event> ready(1'024);
    std::vector<char> bytes(64 * 1024);
    while (steady::now() < until) {
        const int count = ::epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), 20);
        for (int i = 0; i < count; ++i) {
            auto& one = all[ready[static_cast<std::size_t>(i)].data.u32];
            const auto size = ::recv(one.socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (size == 0) throw std::runtime_error("the server closed a listener");
            if (size < 0) continue;
            one.unread.append(bytes.data(), static_cast<std::size_t>(size));
            take_frames(one, took);
        }
    }
}

int run(const options& o) {
    std::vector<listener> all;
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < o.connections; ++i) {
        all.push_back({open_listener(o, i), {}});
        epoll_event wanted{};
        wanted.events = EPOLLIN;
        wanted.data.u32 = static_cast<std::uint32_t>(i);
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, all.back().socket, &wanted);
    }
    fmt::print(stderr, "connected\n");
    std::vector<float> took;
    took.reserve(static_cast<std::size_t>(o.connections * o.rate * (o.seconds + 2)));
    const auto end = steady::now() +
                     std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(o.seconds));
    std::thread writer;
    if (!o.raw) writer = std::thread([&] { write_at_rate(o, end); });
    listen_until(all, epoll, end + std::chrono::seconds(1), took);
    if (writer.joinable()) writer.join();
    if (took.empty()) throw std::runtime_error("nothing was delivered");
    std::sort(took.begin(), took.end());
    const auto at = [&](double part) {
        return took[static_cast<std::size_t>(part * static_cast<double>(took.size() - 1))];
    };
    fmt::print(
        "{{\"deliveries\":{},\"per_s\":{:.0f},\"p50_ms\":{:.2f},\"p99_ms\":{:.2f},\"max_ms\":{:.2f}}}\n",
        took.size(), static_cast<double>(took.size()) / o.seconds, at(0.5), at(0.99), at(1));
    return 0;
}

}  // namespace

int main(int count, char** words) {
    options o;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view name = words[i];
        if (name == "--port") o.port = static_cast<std::uint16_t>(std::atoi(words[i + 1]));
        if (name == "--connections") o.connections = std::atoi(words[i + 1]);
        if (name == "--seconds") o.seconds = std::atof(words[i + 1]);
        if (name == "--rate") o.rate = std::atof(words[i + 1]);
        if (name == "--raw") o.raw = std::atoi(words[i + 1]) != 0;
    }
    try {
        return run(o);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
