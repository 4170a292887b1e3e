// A blocking socket to a server on loopback that sends exactly the bytes it is given and reads answers with a
// deadline.
#pragma once

#include <arpa/inet.h>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace daybook::tests {

struct raw_answer {
    int status = 0;
    std::string head;  ///< status line and fields
    std::string body;  ///< as on the wire, chunked bodies undone

    /// The value of a field, nothing if it is absent.
    [[nodiscard]] std::optional<std::string> field(std::string_view name) const {
        std::size_t at = head.find("\r\n");
        while (at != std::string::npos && at + 2 < head.size()) {
            const std::size_t begin = at + 2;
            at = head.find("\r\n", begin);
            const std::string line = head.substr(begin, at == std::string::npos ? at : at - begin);
            const std::size_t colon = line.find(": ");
            if (colon != name.size()) continue;
            bool same = true;
            for (std::size_t i = 0; i < colon; ++i)
                same = same && std::tolower(static_cast<unsigned char>(line[i])) ==
                                   std::tolower(static_cast<unsigned char>(name[i]));
            if (same) return line.substr(colon + 2);
        }
        return std::nullopt;
    }
};

class raw_connection {
 public:
    explicit raw_connection(std::uint16_t port,
                            std::chrono::milliseconds deadline = std::chrono::seconds(10)) {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        timeval limit{};
        limit.tv_sec = deadline.count() / 1000;
        limit.tv_usec = deadline.count() % 1000 * 1000;
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("cannot connect");
    }
    raw_connection(const raw_connection&) = delete;
    raw_connection& operator=(const raw_connection&) = delete;
    ~raw_connection() { ::close(socket_); }

    /// False if the peer closed already.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void finish_sending() { ::shutdown(socket_, SHUT_WR); }

    /// The next answer (also a 100); nothing if the peer closes before it is whole. Throws when the deadline
    /// passes.
    std::optional<raw_answer> read_answer(bool to_head = false) {
        while (read_.find("\r\n\r\n") == std::string::npos)
            if (!read_more()) return std::nullopt;
        raw_answer answer;
        const std::size_t end = read_.find("\r\n\r\n");
        answer.head = read_.substr(0, end);
        read_.erase(0, end + 4);
        answer.status = std::stoi(answer.head.substr(9, 3));
        if (to_head || answer.status == 100 || answer.status == 204 || answer.status == 304) return answer;
        if (answer.field("Transfer-Encoding")) {
            if (!read_chunks(answer.body)) return std::nullopt;
        } else if (const auto length = answer.field("Content-Length")) {
            const std::size_t size = std::stoul(*length);
            while (read_.size() < size)
                if (!read_more()) return std::nullopt;
            answer.body = read_.substr(0, size);
            read_.erase(0, size);
        } else {
            while (read_more()) continue;
            answer.body.swap(read_);
        }
        return answer;
    }
    /// True if the peer closes without another byte.
    bool reads_end() { return read_.empty() && !read_more(); }
    /// The bytes that arrived and are not part of an answer yet.
    std::string& unread() { return read_; }
    bool read_more() {
        char bytes[16 * 1024];
        const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            throw std::runtime_error("no bytes before the deadline");
        if (got <= 0) return false;
        read_.append(bytes, static_cast<std::size_t>(got));
        return true;
    }

 private:
    bool read_chunks(std::string& into) {
        while (true) {
            std::size_t end = std::string::npos;
            while ((end = read_.find("\r\n")) == std::string::npos)
                if (!read_more()) return false;
            const std::size_t size = std::stoul(read_.substr(0, end), nullptr, 16);
            while (read_.size() < end + 2 + size + 2)
                if (!read_more()) return false;
            into += read_.substr(end + 2, size);
            read_.erase(0, end + 2 + size + 2);
            if (size == 0) return true;
        }
    }

    int socket_ = -1;
    std::string read_;
};

}  // namespace daybook::tests
