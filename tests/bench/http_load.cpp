// Load over HTTP from one thread: N keep-alive connections, one request in flight on each, for a bounded
// time.
//
//   http_load --port P --connections N --seconds S --mode create|batch|life|get|targets [--users U] [--batch
//   B]
//   [--ids FILE]
//
// create: one create_task a request; batch: B of them; life: B commands, ten for each task (a create and nine
// updates), so ten events a task; get: one GET of a random task of --ids; targets: of a random path of --ids,
// where the second word of a line is a path. --requests R ends after R requests.
//
// Prints one JSON object: requests, commands, rate per second and latency in milliseconds. Loopback only.
#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;

struct options {
    std::uint16_t port = 8080;
    int connections = 1;
    double seconds = 5;
    std::string mode = "create";
    int users = 64;
    int batch = 100;
    std::string ids;
    std::uint64_t requests = 0;  ///< 0: until the time is over
};

struct connection {
    int socket = -1;
    std::string request;
    std::size_t sent = 0;
    std::string answer;
    steady::time_point began;
};

class requests {
 public:
    explicit requests(const options& o) : options_(o), random_(std::random_device{}()) {
        if (o.mode != "get" && o.mode != "targets") return;
        std::ifstream file(o.ids);
        for (std::string user, id; file >> user >> id;) ids_.emplace_back(user, id);
        if (ids_.empty()) throw std::runtime_error("--ids FILE with lines `user task_id` is needed for get");
    }

    [[nodiscard]] int commands_in_each() const {
        return options_.mode == "batch" || options_.mode == "life" ? options_.batch : 1;
    }

    std::string next() {
        if (!ids_.empty()) {
            const auto& [user, id] = ids_[random_() % ids_.size()];
            return fmt::format("GET {}{} HTTP/1.1\r\nHost: localhost\r\nDaybook-User: {}\r\n\r\n",
                               options_.mode == "get" ? "/v1/tasks/" : "", id, user);
        }
        const auto user = fmt::format("load-{}", random_() % static_cast<unsigned>(options_.users));
        std::string body = R"({"mode":"independent","commands":[)";
        for (int i = 0; i < commands_in_each(); ++i) {
            if (i != 0) body += ',';
            if (options_.mode == "life" && i % 10 != 0)
                body += fmt::format(
                    R"({{"id":"{:016x}{:016x}","type":"update_task","args":{{"task_id":"t{}","title":"Pay the rent, note {}","percent":{}}}}})",
                    random_(), random_(), i / 10, ++count_, i % 10 * 10);
            else
                body += fmt::format(
                    R"({{"id":"{:016x}{:016x}","type":"create_task","temp_id":"t{}","args":{{"title":"Pay the rent of month {}","priority":"P2","tags":["home","money"],"due":"2026-08-31"}}}})",
                    random_(), random_(), options_.mode == "life" ? i / 10 : i, ++count_);
        }
        body += "]}";
        return fmt::format(
            "POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nDaybook-User: {}\r\n"
            "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
            user, body.size(), body);
    }

 private:
    const options& options_;
    std::mt19937_64 random_;
    std::uint64_t count_ = 0;
    std::vector<std::pair<std::string, std::string>> ids_;
};

/// Length of a complete answer at the front of `text`, 0 if it is not complete yet.
std::size_t complete(std::string_view text) {
    const auto head = text.find("\r\n\r\n");
    if (head == std::string_view::npos) return 0;
    const auto field = text.substr(0, head).find("Content-Length: ");
    if (field == std::string_view::npos) throw std::runtime_error("an answer without Content-Length");
    const auto length = std::strtoull(text.data() + field + 16, nullptr, 10);
    const auto whole = head + 4 + length;
    return text.size() >= whole ? whole : 0;
}

class load {
 public:
    explicit load(const options& o) : options_(o), source_(o), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

    int run() {
        std::vector<connection> connections(static_cast<std::size_t>(options_.connections));
        for (std::size_t i = 0; i < connections.size(); ++i) open(connections[i], i);
        const auto began = steady::now();
        const auto end = began + std::chrono::duration_cast<steady::duration>(
                                     std::chrono::duration<double>(options_.seconds));
        for (auto& c : connections) start(c);
        std::vector<epoll_event> events(connections.size());
        while (steady::now() < end && (options_.requests == 0 || latencies_.size() < options_.requests)) {
            const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
            for (int i = 0; i < ready; ++i)
                receive(connections[events[static_cast<std::size_t>(i)].data.u64]);
        }
        report(std::chrono::duration<double>(steady::now() - began).count());
        for (auto& c : connections) ::close(c.socket);
        return failures_ == 0 ? 0 : 1;
    }

 private:
    void open(connection& c, std::size_t index) {
        c.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(options_.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(c.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error(fmt::format("cannot connect to port {}", options_.port));
        const int on = 1;
        ::setsockopt(c.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = index;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, c.socket, &event);
    }

    void start(connection& c) {
        ++started_;
        c.request = source_.next();
        c.sent = 0;
        c.began = steady::now();
        while (c.sent < c.request.size()) {  // requests are small next to a socket buffer: this blocks rarely
            const auto n =
                ::send(c.socket, c.request.data() + c.sent, c.request.size() - c.sent, MSG_NOSIGNAL);
            if (n <= 0) throw std::runtime_error("the server closed a connection");
            c.sent += static_cast<std::size_t>(n);
        }
    }

    void receive(connection& c) {
        char buffer[64 * 1024];
        const auto n = ::recv(c.socket, buffer, sizeof buffer, 0);
        if (n <= 0) throw std::runtime_error("the server closed a connection");
        c.answer.append(buffer, static_cast<std::size_t>(n));
        const auto length = complete(c.answer);
        if (length == 0) return;
        latencies_.push_back(std::chrono::duration<double, std::milli>(steady::now() - c.began).count());
        const bool good =
            c.answer.compare(9, 2, "20") == 0 && c.answer.find("\"rejected\"") == std::string::npos;
        if (!good && failures_++ == 0) first_failure_ = c.answer.substr(0, 600);
        c.answer.erase(0, length);
        if (options_.requests == 0 || started_ < options_.requests) start(c);
    }

    void report(double seconds) {
        std::sort(latencies_.begin(), latencies_.end());
        const auto at = [&](double q) {
            return latencies_.empty()
                       ? 0.0
                       : latencies_[static_cast<std::size_t>(q * static_cast<double>(latencies_.size() - 1))];
        };
        const auto requests = static_cast<double>(latencies_.size());
        fmt::print(
            "{{\"mode\":\"{}\",\"connections\":{},\"seconds\":{:.2f},\"requests\":{},\"failures\":{},"
            "\"requests_per_s\":{:.0f},"
            "\"commands_per_s\":{:.0f},\"p50_ms\":{:.3f},\"p95_ms\":{:.3f},\"p99_ms\":{:.3f},\"max_ms\":{:."
            "3f}}}\n",
            options_.mode, options_.connections, seconds, latencies_.size(), failures_, requests / seconds,
            requests * source_.commands_in_each() / seconds, at(0.5), at(0.95), at(0.99), at(1.0));
        if (failures_ != 0) fmt::print(stderr, "first failure:\n{}\n", first_failure_);
    }

    const options& options_;
    requests source_;
    int epoll_;
    std::vector<double> latencies_;
    std::uint64_t started_ = 0;
    std::uint64_t failures_ = 0;
    std::string first_failure_;
};

options parse(int argc, char** argv) {
    options o;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const std::string value = argv[i + 1];
        if (name == "--port")
            o.port = static_cast<std::uint16_t>(std::stoi(value));
        else if (name == "--connections")
            o.connections = std::stoi(value);
        else if (name == "--seconds")
            o.seconds = std::min(std::stod(value), 300.0);
        else if (name == "--mode")
            o.mode = value;
        else if (name == "--users")
            o.users = std::stoi(value);
        else if (name == "--batch")
            o.batch = std::stoi(value);
        else if (name == "--ids")
            o.ids = value;
        else if (name == "--requests")
            o.requests = std::stoull(value);
        else
            throw std::runtime_error(fmt::format("unknown option {}", name));
    }
    return o;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const options o = parse(argc, argv);
        return load(o).run();
    } catch (const std::exception& error) {
        fmt::print(stderr, "http_load: {}\n", error.what());
        return 2;
    }
}
