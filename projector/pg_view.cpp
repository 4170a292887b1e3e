#include "projector/pg_view.hpp"

#include "projector/pg_migrations.hpp"

#include <utility>

namespace daybook::projector {
namespace {

using domain::result;
namespace pg = platform::pg;

pg::connection_options connection_of(const pg_view_options& options, std::int64_t version) {
    pg::connection_options out;
    out.url = options.url;
    out.search_path = version_schema(version);
    out.statement_deadline = options.statement_deadline;
    return out;
}

pg::connection_options writer_of(const pg_view_options& options, std::int64_t version) {
    auto out = connection_of(options, version);
    out.application_name = "daybook projector";
    return out;
}

pg::pool_options readers_of(const pg_view_options& options, std::int64_t version) {
    pg::pool_options out;
    out.connection = connection_of(options, version);
    out.connection.application_name = "daybook reader";
    out.sessions_max = options.reader_sessions_max;
    return out;
}

result<void> drop_now(const pg_view_options& options, std::int64_t version) {
    pg::connection_options plain;
    plain.url = options.url;
    plain.statement_deadline = options.statement_deadline;
    auto session = pg::connection::open(plain);
    if (!session) return session.error();
    auto transaction = pg::transaction::begin(**session);
    if (!transaction) return transaction.error();
    if (auto ready = prepare_store(**session); !ready) return ready;
    if (auto dropped = drop_version(**session, version); !dropped) return dropped;
    return transaction->commit();
}

}  // namespace

pg_view::pg_view(const pg_view_options& options, std::int64_t version, std::unique_ptr<pg_bulk> bulk)
    : options_(options),
      version_(version),
      bulk_(std::move(bulk)),
      writer_(writer_of(options, version)),
      reader_(readers_of(options, version)) {}

pg_view::~pg_view() {
    bulk_.reset();
    // What stays because the server is away is dropped by the next pg_store.
    if (drop_when_released_) static_cast<void>(drop_now(options_, version_).has_value());
}

result<void> pg_view::finish_bulk() {
    if (!bulk_) return {};
    if (auto done = bulk_->finish(); !done) return done;
    bulk_.reset();
    return {};
}

result<eventlog::fold_checkpoint> pg_view::position(std::int32_t partition) {
    return bulk_ ? bulk_->position(partition) : writer_.position(partition);
}

result<void> pg_view::apply(const view_batch& batch) {
    return bulk_ ? bulk_->apply(batch) : writer_.apply(batch);
}

result<void> drop_version(pg::connection& c, std::int64_t version) {
    const auto schema = version_schema(version);
    if (auto dropped = c.run("DROP SCHEMA IF EXISTS " + pg::quoted(schema) + " CASCADE"); !dropped)
        return dropped;
    pg::parameters p;
    p.text(schema);
    if (auto gone = c.query("DELETE FROM daybook.migrations WHERE schema_name = $1", p); !gone)
        return gone.error();
    return {};
}

}  // namespace daybook::projector
