// Applies schema/sql to a database: which files there are, which ones a schema has had.
#pragma once

#include "domain/errc.hpp"
#include "platform/pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace daybook::projector {

enum class migration_scope : std::uint8_t {
    store,    ///< once a database, in schema `daybook`
    version,  ///< in every `daybook_v<n>`
};

/// One NNNN_name.{up,down}.sql, built into the program.
struct migration {
    int number;
    std::string_view name;
    migration_scope scope;
    std::string_view up;
    std::string_view down;
};

/// All of them by number, from 1 without gaps. Defined in a generated file (schema/sql/embed.cmake).
[[nodiscard]] std::span<const migration> migrations() noexcept;

inline constexpr std::string_view store_schema = "daybook";
[[nodiscard]] std::string version_schema(std::int64_t version);  ///< `daybook_v7`

/// Makes schema `daybook` and its table `migrations(schema_name, number, name, applied_at)` where they are
/// missing and takes, until the end of the transaction, the lock under which versions come and go.
/// Precondition of this and the next two: an open transaction. Errors: those of the connection; format_newer
/// if the schema has had a migration that this program does not know.
[[nodiscard]] domain::result<void> prepare_store(platform::pg::connection&);

/// Brings a schema up to migration `last` of its scope (default: all of them), each exactly once, in order.
[[nodiscard]] domain::result<void> migrate_up(platform::pg::connection&, const std::string& schema,
                                              migration_scope, std::optional<int> last = {});
/// Takes back, newest first, all migrations with a number above `keep`. For the tests of the migrations.
[[nodiscard]] domain::result<void> migrate_down(platform::pg::connection&, const std::string& schema,
                                                int keep);

}  // namespace daybook::projector
