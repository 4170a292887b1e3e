#include "projector/pg_store.hpp"

#include "projector/pg_migrations.hpp"
#include "projector/pg_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace daybook::projector {
namespace {

using domain::errc;
using domain::make_problem;
using domain::result;
namespace pg = platform::pg;

/// The versions whose schemas are there, in order.
result<std::vector<std::int64_t>> versions_of(pg::connection& c) {
    const auto found =
        c.query("SELECT nspname FROM pg_namespace WHERE nspname ~ '^daybook_v[1-9][0-9]{0,17}$'");
    if (!found) return found.error();
    std::vector<std::int64_t> out;
    for (int row = 0; row < found->size(); ++row) {
        const auto digits = found->bytes(row, 0).substr(version_schema(0).size() - 1);
        std::int64_t version = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), version);
        out.push_back(version);
    }
    std::ranges::sort(out);
    return out;
}

/// 0 if no version serves yet.
result<std::int64_t> pointed_version(pg::connection& c) {
    const auto found = c.query("SELECT version FROM daybook.current_view");
    if (!found) return found.error();
    return found->empty() ? std::int64_t{0} : found->integer(0, 0);
}

result<void> check_encoding(pg::connection& c) {
    const auto found = c.query("SELECT current_setting('server_encoding')");
    if (!found) return found.error();
    if (found->bytes(0, 0) == "UTF8") return {};
    return make_problem(errc::view_stopped,
                        fmt::format("the database's encoding is {}, the view needs UTF8", found->bytes(0, 0)),
                        {}, "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.");
}

/// The store's own schema, ready to use.
result<void> prepare(pg::connection& c) {
    if (auto fits = check_encoding(c); !fits) return fits;
    if (auto ready = prepare_store(c); !ready) return ready;
    return migrate_up(c, std::string(store_schema), migration_scope::store);
}

result<void> make_first_version(pg::connection& c, std::int64_t version) {
    if (auto made = c.run("CREATE SCHEMA " + pg::quoted(version_schema(version))); !made) return made;
    if (auto made = migrate_up(c, version_schema(version), migration_scope::version); !made) return made;
    pg::parameters p;
    p.text(pg_view_stamp());
    auto noted = c.query(
        fmt::format("INSERT INTO {}.made_by (stamp) VALUES ($1)", pg::quoted(version_schema(version))), p);
    if (!noted) return noted.error();
    pg::parameters pointer;
    pointer.int8(version);
    auto pointed = c.query("INSERT INTO daybook.current_view (version) VALUES ($1)", pointer);
    if (!pointed) return pointed.error();
    return {};
}

/// Whether this program makes rows as the version's were made; a version from before there were stamps is
/// another's.
result<bool> is_ours(pg::connection& c, std::int64_t version) {
    const auto table = pg::quoted(version_schema(version)) + ".made_by";
    pg::parameters name;
    name.text(table);
    const auto there = c.query("SELECT to_regclass($1) IS NOT NULL", name);
    if (!there) return there.error();
    if (!there->boolean(0, 0)) return false;
    pg::parameters p;
    p.text(pg_view_stamp());
    const auto same = c.query(fmt::format("SELECT EXISTS (SELECT FROM {} WHERE stamp = $1)", table), p);
    if (!same) return same.error();
    return same->boolean(0, 0);
}

/// Rows made otherwise are never mixed with ours: an empty version takes their place and is filled from the
/// log.
result<std::int64_t> replace_foreign(pg::connection& c, std::int64_t version, std::int64_t newest) {
    const auto ours = is_ours(c, version);
    if (!ours) return ours.error();
    if (*ours) return version;
    if (auto gone = c.run("DELETE FROM daybook.current_view"); !gone) return gone.error();
    if (auto dropped = drop_version(c, version); !dropped) return dropped.error();
    if (auto made = make_first_version(c, newest + 1); !made) return made.error();
    return newest + 1;
}

}  // namespace

result<std::unique_ptr<pg::connection>> pg_store::connect() const {
    pg::connection_options plain;
    plain.url = options_.url;
    return pg::connection::open(plain);
}

std::int64_t pg_store::current_version() const {
    const std::scoped_lock lock(mutex_);
    return current_ ? current_->version() : 0;
}

result<std::shared_ptr<view>> pg_store::open_current() {
    const std::scoped_lock lock(mutex_);
    auto session = connect();
    if (!session) return session.error();
    auto& c = **session;
    auto transaction = pg::transaction::begin(c);
    if (!transaction) return transaction.error();
    if (auto ready = prepare(c); !ready) return ready.error();
    auto version = pointed_version(c);
    if (!version) return version.error();
    const auto there = versions_of(c);
    if (!there) return there.error();
    if (*version == 0) {
        version = there->empty() ? 1 : there->back() + 1;
        if (auto made = make_first_version(c, *version); !made) return made.error();
    } else {
        if (!std::ranges::binary_search(*there, *version)) {
            return make_problem(
                errc::view_stopped,
                fmt::format("schema {} is gone, though it is the view that serves", version_schema(*version)),
                {}, "DROP SCHEMA daybook CASCADE; the projector then builds the view anew.");
        }
        version = replace_foreign(c, *version, there->back());
        if (!version) return version.error();
        if (auto done = migrate_up(c, version_schema(*version), migration_scope::version); !done)
            return done.error();
    }
    if (auto done = transaction->commit(); !done) return done.error();
    if (!current_ || current_->version() != *version)
        current_ = std::make_shared<pg_view>(options_, *version, std::unique_ptr<pg_bulk>());
    return std::shared_ptr<view>(current_);
}

result<std::shared_ptr<view>> pg_store::begin_version() {
    const std::scoped_lock lock(mutex_);
    begun_.reset();
    auto session = connect();
    if (!session) return session.error();
    auto& c = **session;
    auto transaction = pg::transaction::begin(c);
    if (!transaction) return transaction.error();
    if (auto ready = prepare(c); !ready) return ready.error();
    const auto version = pointed_version(c);
    if (!version) return version.error();
    const auto there = versions_of(c);
    if (!there) return there.error();
    // Loaded but never switched to, or left behind when the server was away: nobody can be using them.
    for (const auto left : *there) {
        if (left == *version) continue;
        if (auto dropped = drop_version(c, left); !dropped) return dropped.error();
    }
    if (auto done = transaction->commit(); !done) return done.error();

    const auto next = std::max(*version, there->empty() ? 0 : there->back()) + 1;
    pg::connection_options loading;
    loading.url = options_.url;
    loading.application_name = "daybook rebuild";
    auto bulk = pg_bulk::begin(std::move(loading), next);
    if (!bulk) return bulk.error();
    begun_ = std::make_shared<pg_view>(options_, next, std::move(*bulk));
    return std::shared_ptr<view>(begun_);
}

result<void> pg_store::switch_to_begun() {
    const std::scoped_lock lock(mutex_);
    if (!begun_) return make_problem(errc::internal, "no version was begun");
    auto session = connect();
    if (!session) return session.error();
    auto& c = **session;
    auto transaction = pg::transaction::begin(c);
    if (!transaction) return transaction.error();
    if (auto ready = prepare(c); !ready) return ready;
    const auto old = pointed_version(c);
    if (!old) return old.error();
    const auto there = versions_of(c);
    if (!there) return there.error();
    if (!std::ranges::binary_search(*there, begun_->version())) {
        return make_problem(
            errc::view_stopped,
            fmt::format("{} is gone: another process began a rebuild", version_schema(begun_->version())), {},
            "Start the rebuild again.");
    }
    const auto expected = current_ ? current_->version() : *old;
    // Behind a COMMIT whose answer was lost it has happened already.
    if (*old != begun_->version()) {
        pg::parameters p;
        p.int8(begun_->version()).int8(expected);
        auto moved = c.query(*old == 0 ? "INSERT INTO daybook.current_view (version) SELECT $1 WHERE $2 = 0"
                                       : "UPDATE daybook.current_view SET version = $1 WHERE version = $2",
                             p);
        if (!moved) return moved.error();
        if (moved->affected() != 1) {
            return make_problem(
                errc::view_stopped,
                fmt::format("another process made {} the view that serves", version_schema(*old)), {},
                "Restart this projector.");
        }
    }
    if (auto done = transaction->commit(); !done) return done;
    if (current_) current_->drop_when_released();
    current_ = std::exchange(begun_, nullptr);
    return {};
}

result<void> pg_store::drop_begun() {
    const std::scoped_lock lock(mutex_);
    if (!begun_) return {};
    // Before finish_bulk() there is nothing but an open transaction; the schema exists only afterwards.
    begun_->drop_when_released();
    begun_.reset();
    return {};
}

}  // namespace daybook::projector
