// The versions of the Postgres view in one database: schemas daybook_v<n> and, in schema daybook, which one
// serves.
#pragma once

#include "projector/pg_view.hpp"
#include "projector/view.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

namespace daybook::projector {

/// Threads: any, one call at a time is done. Several processes may use one database; one of them writes.
class pg_store final : public view_store {
 public:
    explicit pg_store(pg_view_options options) : options_(std::move(options)) {}

    [[nodiscard]] std::string_view name() const override { return "postgres"; }
    /// Applies the migrations that the database has not had. Errors also: view_unavailable while the server
    /// is away (retry), view_stopped if the database is not UTF-8.
    [[nodiscard]] domain::result<std::shared_ptr<view>> open_current() override;
    [[nodiscard]] std::int64_t current_version() const override;
    [[nodiscard]] domain::result<std::shared_ptr<view>> begin_version() override;
    /// Errors also: view_stopped if another process switched meanwhile.
    [[nodiscard]] domain::result<void> switch_to_begun() override;
    [[nodiscard]] domain::result<void> drop_begun() override;

 private:
    [[nodiscard]] domain::result<std::unique_ptr<platform::pg::connection>> connect() const;

    pg_view_options options_;
    mutable std::mutex mutex_;
    std::shared_ptr<pg_view> current_;
    std::shared_ptr<pg_view> begun_;
};

}  // namespace daybook::projector
