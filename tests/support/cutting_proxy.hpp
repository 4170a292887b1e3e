// A TCP relay on loopback that can lose the server's answer to one message: the server has done it, the
// client never learns. Client -> relay -> server.
#pragma once

#include <arpa/inet.h>
#include <atomic>
#include <cstdint>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace daybook::tests {

class cutting_proxy {
 public:
    explicit cutting_proxy(std::uint16_t server_port) : server_port_(server_port) {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        auto address = loopback(0);
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
            ::listen(listener_, 8) != 0)
            throw std::runtime_error("the relay cannot listen");
        socklen_t size = sizeof(address);
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    cutting_proxy(const cutting_proxy&) = delete;
    cutting_proxy& operator=(const cutting_proxy&) = delete;
    ~cutting_proxy() {
        stop_ = true;
        thread_.join();
        ::close(listener_);
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// The next time the client sends bytes that hold `text`, the server gets them, and both connections are
    /// closed once it has answered.
    void lose_answer_to(std::string text) {
        text_ = std::move(text);
        armed_ = true;
    }
    [[nodiscard]] bool has_cut() const noexcept { return !armed_; }

 private:
    static sockaddr_in loopback(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }
    /// One client after the other is enough here.
    void serve() {
        while (!stop_) {
            pollfd waiting{listener_, POLLIN, 0};
            if (::poll(&waiting, 1, 20) <= 0) continue;
            const int client = ::accept(listener_, nullptr, nullptr);
            const int server = ::socket(AF_INET, SOCK_STREAM, 0);
            auto address = loopback(server_port_);
            if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0)
                relay(client, server);
            ::close(client);
            ::close(server);
        }
    }
    void relay(int client, int server) {
        bool cut = false;
        while (!stop_) {
            pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
            if (::poll(both, 2, 20) <= 0) continue;
            for (int from = 0; from < 2; ++from) {
                if (both[from].revents == 0) continue;
                char bytes[65536];
                const auto count = ::recv(both[from].fd, bytes, sizeof(bytes), 0);
                if (count <= 0) return;
                if (from == 1 && cut) {
                    armed_ = false;
                    return;
                }
                if (from == 0 && armed_ &&
                    std::string_view(bytes, static_cast<std::size_t>(count)).find(text_) !=
                        std::string_view::npos)
                    cut = true;
                if (!send_all(both[1 - from].fd, bytes, static_cast<std::size_t>(count))) return;
            }
        }
    }
    static bool send_all(int to, const char* bytes, std::size_t count) {
        while (count > 0) {
            const auto sent = ::send(to, bytes, count, MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes += sent;
            count -= static_cast<std::size_t>(sent);
        }
        return true;
    }

    std::uint16_t server_port_;
    std::uint16_t port_ = 0;
    int listener_ = -1;
    std::string text_;
    std::atomic<bool> armed_ = false;
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

}  // namespace daybook::tests
