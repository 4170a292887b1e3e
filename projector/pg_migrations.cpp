#include "projector/pg_migrations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace daybook::projector {
namespace {

using domain::errc;
using domain::result;
namespace pg = platform::pg;

// "daybook" in ASCII; any program that changes the schemas of this database takes it.
constexpr std::int64_t schema_lock = 0x646179626f6f6b;

result<std::vector<int>> applied_to(pg::connection& c, const std::string& schema) {
    pg::parameters p;
    p.text(schema);
    auto found =
        c.query("SELECT number, name FROM daybook.migrations WHERE schema_name = $1 ORDER BY number", p);
    if (!found) return found.error();
    std::vector<int> out;
    for (int row = 0; row < found->size(); ++row) {
        const auto number = static_cast<int>(found->integer(row, 0));
        if (number > static_cast<int>(migrations().size())) {
            return domain::make_problem(
                errc::format_newer,
                fmt::format("schema {} has had migration {} {}, which this program does not know", schema,
                            number, found->bytes(row, 1)));
        }
        out.push_back(number);
    }
    return out;
}

result<void> run_in(pg::connection& c, const std::string& schema, std::string_view sql) {
    return c.run(fmt::format("SET LOCAL search_path TO {};\n{}\nSET LOCAL search_path TO DEFAULT",
                             pg::quoted(schema), sql));
}

}  // namespace

std::string version_schema(std::int64_t version) { return fmt::format("daybook_v{}", version); }

result<void> prepare_store(pg::connection& c) {
    // The lock comes first: two CREATE … IF NOT EXISTS at once may both try, and one fails.
    return c.run(fmt::format(R"sql(
        SELECT pg_advisory_xact_lock({});
        CREATE SCHEMA IF NOT EXISTS daybook;
        CREATE TABLE IF NOT EXISTS daybook.migrations (
            schema_name text COLLATE "C" NOT NULL,
            number      integer NOT NULL,
            name        text NOT NULL,
            applied_at  timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (schema_name, number)
        ))sql",
                             schema_lock));
}

result<void> migrate_up(pg::connection& c, const std::string& schema, migration_scope scope,
                        std::optional<int> last) {
    const auto applied = applied_to(c, schema);
    if (!applied) return applied.error();
    for (const auto& m : migrations()) {
        if (m.scope != scope || (last && m.number > *last)) continue;
        if (std::ranges::find(*applied, m.number) != applied->end()) continue;
        if (auto done = run_in(c, schema, m.up); !done)
            return done.error().prefixed(fmt::format("migration {:04} {} of {}", m.number, m.name, schema));
        pg::parameters p;
        p.text(schema).int4(m.number).text(m.name);
        if (auto noted =
                c.query("INSERT INTO daybook.migrations (schema_name, number, name) VALUES ($1, $2, $3)", p);
            !noted)
            return noted.error();
    }
    return {};
}

result<void> migrate_down(pg::connection& c, const std::string& schema, int keep) {
    const auto applied = applied_to(c, schema);
    if (!applied) return applied.error();
    for (auto number = applied->rbegin(); number != applied->rend() && *number > keep; ++number) {
        const auto& m = migrations()[static_cast<std::size_t>(*number) - 1];
        if (auto done = run_in(c, schema, m.down); !done)
            return done.error().prefixed(
                fmt::format("migration {:04} {} of {}, back", m.number, m.name, schema));
        pg::parameters p;
        p.text(schema).int4(m.number);
        if (auto noted = c.query("DELETE FROM daybook.migrations WHERE schema_name = $1 AND number = $2", p);
            !noted)
            return noted.error();
    }
    return {};
}

}  // namespace daybook::projector
