// One version of the Postgres view: schema daybook_v<n>.
#pragma once

#include "platform/pg/connection.hpp"
#include "projector/pg_bulk.hpp"
#include "projector/pg_reader.hpp"
#include "projector/pg_writer.hpp"
#include "projector/view.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace daybook::projector {

struct pg_view_options {
    std::string url{};
    std::size_t reader_sessions_max = 8;
    std::chrono::milliseconds statement_deadline{10'000};
};

/// Threads: as view_writer and view_reader say; in a bulk load each partition may have its own writer.
class pg_view final : public view, private view_writer {
 public:
    pg_view(const pg_view_options&, std::int64_t version, std::unique_ptr<pg_bulk> bulk);
    ~pg_view() override;

    [[nodiscard]] std::int64_t version() const noexcept { return version_; }
    /// The schema goes away with the last user of this object.
    void drop_when_released() noexcept { drop_when_released_ = true; }

    [[nodiscard]] view_writer& writer() override { return *this; }
    [[nodiscard]] view_reader& reader() override { return reader_; }
    [[nodiscard]] bool parallel_bulk() const override { return true; }
    [[nodiscard]] domain::result<void> finish_bulk() override;

 private:
    [[nodiscard]] domain::result<eventlog::fold_checkpoint> position(std::int32_t partition) override;
    [[nodiscard]] domain::result<void> apply(const view_batch&) override;

    pg_view_options options_;
    std::int64_t version_;
    std::unique_ptr<pg_bulk> bulk_;  ///< null once finished
    pg_writer writer_;
    pg_reader reader_;
    std::atomic<bool> drop_when_released_ = false;
};

/// Drops a version and what the store knows of it. Precondition: an open transaction, prepare_store() in it.
[[nodiscard]] domain::result<void> drop_version(platform::pg::connection&, std::int64_t version);

}  // namespace daybook::projector
