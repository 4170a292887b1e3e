// One session with PostgreSQL, every call bounded by a deadline. libpq stays in the .cpp.
#pragma once

#include "domain/errc.hpp"
#include "platform/pg/wire.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

struct pg_conn;
struct pg_result;

namespace daybook::platform::pg {

struct connection_options {
    std::string url{};  ///< libpq connection string or URI; never logged, it may hold a password
    std::string application_name{"daybook"};
    std::string search_path{};  ///< a schema; empty: the server's default
    std::chrono::milliseconds connect_deadline{3'000};
    /// The server cancels a statement after this; the client gives up on the connection 2 s later. 0:
    /// neither.
    std::chrono::milliseconds statement_deadline{30'000};
};

/// An answer, all columns in binary form. Lifetime: views returned live as long as this object.
class rows {
 public:
    explicit rows(pg_result* owned) noexcept;
    [[nodiscard]] int size() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] bool is_null(int row, int column) const noexcept;
    [[nodiscard]] std::string_view bytes(int row, int column) const noexcept;
    [[nodiscard]] std::int64_t integer(int row, int column) const noexcept {
        return read_int(bytes(row, column));
    }
    [[nodiscard]] bool boolean(int row, int column) const noexcept {
        return read_int(bytes(row, column)) != 0;
    }
    /// Rows that an INSERT, UPDATE, DELETE or COPY touched.
    [[nodiscard]] std::int64_t affected() const noexcept;

 private:
    struct clear {
        void operator()(pg_result*) const noexcept;
    };
    std::unique_ptr<pg_result, clear> result_;
};

/// Errors of all calls, by SQLSTATE: view_unavailable (retryable: no connection, the server shuts down or
/// lacks resources, a deadlock, a table that is gone), query_timeout (57014), view_stopped naming the
/// SQLSTATE for the rest. After view_unavailable ask usable(): a lost session stays lost, open another.
/// Threads: one at a time.
class connection {
 public:
    /// Errors: view_unavailable. UTF8 is set as the encoding, UTC as the time zone.
    [[nodiscard]] static domain::result<std::unique_ptr<connection>> open(const connection_options&);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// One or more statements without parameters; several run as one transaction unless they say otherwise.
    [[nodiscard]] domain::result<void> run(const std::string& sql);
    [[nodiscard]] domain::result<rows> query(const std::string& sql, const parameters& = {});
    /// As query(), but planned once a session. `name` must stand for the same `sql` at all times.
    [[nodiscard]] domain::result<rows> prepared(const std::string& name, const std::string& sql,
                                                const parameters&);

    /// `COPY table (columns) FROM STDIN (FORMAT binary)`; then any number of puts, then the end. Between
    /// begin and end nothing else may run. A failed call ends the COPY.
    [[nodiscard]] domain::result<void> copy_begin(const std::string& sql);
    [[nodiscard]] domain::result<void> copy_put(const copy_rows&);
    [[nodiscard]] domain::result<std::int64_t> copy_end();
    [[nodiscard]] domain::result<std::int64_t> copy(const std::string& sql, const copy_rows&);

    [[nodiscard]] bool usable() const noexcept;
    [[nodiscard]] bool in_transaction() const noexcept;
    [[nodiscard]] std::int32_t backend_pid()
        const noexcept;  ///< of the server's process, for tests and log lines

 private:
    friend class transaction;
    struct close {
        void operator()(pg_conn*) const noexcept;
    };
    using clock = std::chrono::steady_clock;

    connection(std::unique_ptr<pg_conn, close>, const connection_options&);
    [[nodiscard]] clock::time_point deadline() const;
    [[nodiscard]] domain::result<void> flush(clock::time_point);
    [[nodiscard]] domain::result<rows> finish(clock::time_point);
    [[nodiscard]] domain::result<void> put_bytes(const char*, std::size_t);
    [[nodiscard]] domain::problem lost(std::string_view what);

    std::unique_ptr<pg_conn, close> conn_;
    std::chrono::milliseconds statement_deadline_;
    std::unordered_set<std::string> prepared_;
    bool lost_ = false;
};

/// BEGIN now, ROLLBACK at the end of the scope unless commit() came first.
class transaction {
 public:
    enum class kind : std::uint8_t { read_write, snapshot };  ///< snapshot: repeatable read, read only
    [[nodiscard]] static domain::result<transaction> begin(connection&, kind = kind::read_write);
    ~transaction();
    transaction(transaction&&) noexcept;
    transaction& operator=(transaction&&) = delete;
    /// view_unavailable here means unknown: the server may have committed.
    [[nodiscard]] domain::result<void> commit();

 private:
    explicit transaction(connection& c) : connection_(&c) {}
    connection* connection_;
};

/// An identifier in quotes.
[[nodiscard]] std::string quoted(std::string_view identifier);

}  // namespace daybook::platform::pg
