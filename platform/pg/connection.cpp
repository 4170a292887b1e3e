#include "platform/pg/connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <libpq-fe.h>
#include <poll.h>
#include <utility>
#include <vector>

namespace daybook::platform::pg {
namespace {

using domain::errc;
using domain::make_problem;
using domain::problem;
using domain::result;
using clock = std::chrono::steady_clock;

constexpr auto client_grace = std::chrono::seconds(2);  // the server's own time-out should speak first
constexpr std::string_view copy_head{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr std::string_view copy_tail{"\377\377", 2};
constexpr std::size_t copy_chunk_bytes = 256 * 1024;

std::string trimmed(const char* message) {
    std::string text = message == nullptr ? "" : message;
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    for (auto& c : text)
        if (c == '\n') c = ' ';
    return text;
}

/// Classes of SQLSTATE after which the same call may succeed (PostgreSQL manual, appendix A).
bool is_retryable(std::string_view state) {
    constexpr std::string_view exact[] = {"57P01", "57P02", "57P03", "57P05", "40001",
                                          "40P01", "55P03", "25006", "42P01", "3F000"};
    for (const auto one : exact)
        if (state == one) return true;
    return state.starts_with("08") || state.starts_with("53");
}

problem problem_of(const PGresult* r) {
    const char* state_text = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const std::string_view state = state_text == nullptr ? "" : state_text;
    const char* primary = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    const auto message =
        fmt::format("PostgreSQL says {} {}", state, primary != nullptr ? primary : PQresultErrorMessage(r));
    if (state == "57014") return make_problem(errc::query_timeout, message);
    if (state.empty() || is_retryable(state)) return make_problem(errc::view_unavailable, message);
    return make_problem(errc::view_stopped, message);
}

/// Waits for the socket; false at the deadline.
bool wait_socket(int socket, short events, clock::time_point until) {
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
        if (left <= 0) return false;
        pollfd one{socket, events, 0};
        const int ready = ::poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return true;  // libpq will find out what is wrong
    }
}

}  // namespace

rows::rows(pg_result* owned) noexcept : result_(owned) {}
void rows::clear::operator()(pg_result* r) const noexcept { PQclear(r); }
int rows::size() const noexcept { return PQntuples(result_.get()); }
bool rows::is_null(int row, int column) const noexcept {
    return PQgetisnull(result_.get(), row, column) != 0;
}
std::string_view rows::bytes(int row, int column) const noexcept {
    return {PQgetvalue(result_.get(), row, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}
std::int64_t rows::affected() const noexcept {
    const char* text = PQcmdTuples(result_.get());
    return text == nullptr || *text == '\0' ? 0 : std::strtoll(text, nullptr, 10);
}

void connection::close::operator()(pg_conn* c) const noexcept { PQfinish(c); }

connection::connection(std::unique_ptr<pg_conn, close> conn, const connection_options& options)
    : conn_(std::move(conn)), statement_deadline_(options.statement_deadline) {}

connection::~connection() = default;

result<std::unique_ptr<connection>> connection::open(const connection_options& options) {
    const auto until = clock::now() + options.connect_deadline;
    const auto server_options =
        fmt::format("-c statement_timeout={} -c timezone=UTC -c client_min_messages=error{}{}",
                    options.statement_deadline.count(),
                    options.search_path.empty() ? "" : " -c search_path=", options.search_path);
    const char* names[] = {"dbname",  "fallback_application_name", "client_encoding",
                           "options", "keepalives_idle",           "tcp_user_timeout",
                           nullptr};
    const char* values[] = {options.url.c_str(),
                            options.application_name.c_str(),
                            "UTF8",
                            server_options.c_str(),
                            "30",
                            "30000",
                            nullptr};
    std::unique_ptr<pg_conn, close> conn(PQconnectStartParams(names, values, 1));
    if (!conn) return make_problem(errc::view_unavailable, "no memory for a PostgreSQL connection");
    auto failed = [&](std::string_view why) {
        return make_problem(errc::view_unavailable, fmt::format("PostgreSQL cannot be reached: {}", why), {},
                            "Start it, or correct --postgres.");
    };
    if (PQstatus(conn.get()) == CONNECTION_BAD) return failed(trimmed(PQerrorMessage(conn.get())));
    for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK; state = PQconnectPoll(conn.get())) {
        if (state == PGRES_POLLING_FAILED) return failed(trimmed(PQerrorMessage(conn.get())));
        const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (!wait_socket(PQsocket(conn.get()), events, until)) return failed("no answer within the deadline");
    }
    PQsetNoticeProcessor(
        conn.get(), [](void*, const char*) {}, nullptr);
    if (PQsetnonblocking(conn.get(), 1) != 0) return failed(trimmed(PQerrorMessage(conn.get())));
    return std::unique_ptr<connection>(new connection(std::move(conn), options));
}

bool connection::usable() const noexcept { return !lost_ && PQstatus(conn_.get()) == CONNECTION_OK; }
bool connection::in_transaction() const noexcept { return PQtransactionStatus(conn_.get()) != PQTRANS_IDLE; }
std::int32_t connection::backend_pid() const noexcept { return PQbackendPID(conn_.get()); }

connection::clock::time_point connection::deadline() const {
    if (statement_deadline_.count() == 0) return clock::now() + std::chrono::hours(24 * 365);
    return clock::now() + statement_deadline_ + client_grace;
}

problem connection::lost(std::string_view what) {
    lost_ = true;
    return make_problem(errc::view_unavailable, fmt::format("the PostgreSQL connection is lost: {}", what));
}

result<void> connection::flush(clock::time_point until) {
    for (;;) {
        const int left = PQflush(conn_.get());
        if (left == 0) return {};
        if (left < 0) return lost(trimmed(PQerrorMessage(conn_.get())));
        // The server may be waiting for us to read (a notice, an error) before it reads on.
        if (!wait_socket(PQsocket(conn_.get()), POLLIN | POLLOUT, until))
            return lost("it does not take our bytes");
        if (PQconsumeInput(conn_.get()) == 0) return lost(trimmed(PQerrorMessage(conn_.get())));
    }
}

/// Reads to the end of what was sent: the first error, or the last answer.
result<rows> connection::finish(clock::time_point until) {
    if (const auto sent = flush(until); !sent) return sent.error();
    rows answer(nullptr);
    std::optional<problem> failure;
    for (;;) {
        if (PQisBusy(conn_.get()) != 0) {
            if (!wait_socket(PQsocket(conn_.get()), POLLIN, until))
                return lost("no answer within the deadline");
            if (PQconsumeInput(conn_.get()) == 0) return lost(trimmed(PQerrorMessage(conn_.get())));
            continue;
        }
        PGresult* raw = PQgetResult(conn_.get());
        if (raw == nullptr) break;
        rows one(raw);
        const auto status = PQresultStatus(raw);
        if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
            if (!failure) failure = problem_of(raw);
        } else if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
            answer = std::move(one);
            break;  // PQgetResult would answer the same for ever
        } else {
            answer = std::move(one);
        }
    }
    if (PQstatus(conn_.get()) != CONNECTION_OK) {
        return lost(failure ? failure->detail : trimmed(PQerrorMessage(conn_.get())));
    }
    if (failure) return *failure;
    return answer;
}

result<void> connection::run(const std::string& sql) {
    if (!usable()) return lost("it was lost before");
    if (PQsendQuery(conn_.get(), sql.c_str()) == 0) return lost(trimmed(PQerrorMessage(conn_.get())));
    if (auto done = finish(deadline()); !done) return done.error();
    return {};
}

namespace {

/// The parameters as libpq wants them; pointers into `p`.
struct raw_parameters {
    explicit raw_parameters(const parameters& p) {
        for (const auto& v : p.values()) {
            types.push_back(static_cast<Oid>(v.type));
            pointers.push_back(v.bytes ? v.bytes->data() : nullptr);
            lengths.push_back(v.bytes ? static_cast<int>(v.bytes->size()) : 0);
            formats.push_back(1);
        }
    }
    [[nodiscard]] int count() const { return static_cast<int>(types.size()); }
    std::vector<Oid> types;
    std::vector<const char*> pointers;
    std::vector<int> lengths;
    std::vector<int> formats;
};

}  // namespace

result<rows> connection::query(const std::string& sql, const parameters& p) {
    if (!usable()) return lost("it was lost before");
    const raw_parameters raw(p);
    if (PQsendQueryParams(conn_.get(), sql.c_str(), raw.count(), raw.types.data(), raw.pointers.data(),
                          raw.lengths.data(), raw.formats.data(), 1) == 0)
        return lost(trimmed(PQerrorMessage(conn_.get())));
    return finish(deadline());
}

result<rows> connection::prepared(const std::string& name, const std::string& sql, const parameters& p) {
    if (!usable()) return lost("it was lost before");
    const raw_parameters raw(p);
    if (!prepared_.contains(name)) {
        if (PQsendPrepare(conn_.get(), name.c_str(), sql.c_str(), raw.count(), raw.types.data()) == 0)
            return lost(trimmed(PQerrorMessage(conn_.get())));
        if (auto done = finish(deadline()); !done) return done.error();
        prepared_.insert(name);
    }
    if (PQsendQueryPrepared(conn_.get(), name.c_str(), raw.count(), raw.pointers.data(), raw.lengths.data(),
                            raw.formats.data(), 1) == 0)
        return lost(trimmed(PQerrorMessage(conn_.get())));
    return finish(deadline());
}

result<void> connection::put_bytes(const char* data, std::size_t size) {
    const auto until = deadline();
    for (std::size_t at = 0; at < size; at += copy_chunk_bytes) {
        const auto chunk = std::min(copy_chunk_bytes, size - at);
        for (;;) {
            const int put = PQputCopyData(conn_.get(), data + at, static_cast<int>(chunk));
            if (put < 0) return lost(trimmed(PQerrorMessage(conn_.get())));
            if (const auto sent = flush(until); !sent) return sent.error();
            if (put == 1) break;
        }
    }
    return {};
}

result<void> connection::copy_begin(const std::string& sql) {
    if (const auto started = run(sql); !started) return started.error();
    return put_bytes(copy_head.data(), copy_head.size());
}

result<void> connection::copy_put(const copy_rows& some) {
    return put_bytes(some.data().data(), some.data().size());
}

result<std::int64_t> connection::copy_end() {
    if (const auto put = put_bytes(copy_tail.data(), copy_tail.size()); !put) return put.error();
    const auto until = deadline();
    for (;;) {
        const int ended = PQputCopyEnd(conn_.get(), nullptr);
        if (ended < 0) return lost(trimmed(PQerrorMessage(conn_.get())));
        if (ended == 1) break;
        if (const auto sent = flush(until); !sent) return sent.error();
    }
    auto done = finish(until);
    if (!done) return done.error();
    return done->affected();
}

result<std::int64_t> connection::copy(const std::string& sql, const copy_rows& all) {
    if (const auto begun = copy_begin(sql); !begun) return begun.error();
    if (const auto put = copy_put(all); !put) return put.error();
    return copy_end();
}

result<transaction> transaction::begin(connection& c, kind k) {
    const auto begun =
        c.run(k == kind::snapshot ? "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY" : "BEGIN");
    if (!begun) return begun.error();
    return transaction(c);
}

transaction::transaction(transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

transaction::~transaction() {
    if (connection_ == nullptr || !connection_->usable()) return;
    // A session that cannot even roll back is lost, and its owner asks usable().
    static_cast<void>(connection_->run("ROLLBACK").has_value());
}

result<void> transaction::commit() {
    // COMMIT of a failed transaction would succeed, as a rollback.
    if (connection_->usable() && PQtransactionStatus(connection_->conn_.get()) != PQTRANS_INTRANS)
        return make_problem(errc::internal, "a transaction that had failed was about to be committed");
    auto* c = std::exchange(connection_, nullptr);
    return c->run("COMMIT");
}

std::string quoted(std::string_view identifier) {
    std::string out{"\""};
    for (const char c : identifier) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

}  // namespace daybook::platform::pg
