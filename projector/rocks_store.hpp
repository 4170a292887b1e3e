// The versions of the RocksDB view: one folder each, a CURRENT file for the one that serves (settled 28).
#pragma once

#include "platform/runtime/folder_lock.hpp"
#include "projector/rocks_view.hpp"
#include "projector/view.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

namespace daybook::projector {

struct rocks_store_options {
    std::filesystem::path folder{};  ///< `DIR/views/rocks`
    std::int32_t partitions = 0;
    std::size_t columns_bytes_max = std::size_t{256} * 1024 * 1024;
    bulk_limits bulk_bounds{};
};

/// Threads: any, one call at a time inside. A kill at any instruction leaves a serving version or none;
/// whatever is not named by CURRENT is removed at the next open.
class rocks_store final : public view_store {
 public:
    /// Makes the folder and locks it for as long as the object lives. Errors: folder_locked,
    /// view_unavailable.
    [[nodiscard]] static domain::result<std::unique_ptr<rocks_store>> open(rocks_store_options);

    [[nodiscard]] std::string_view name() const override { return "rocks"; }
    [[nodiscard]] domain::result<std::shared_ptr<view>> open_current() override;
    [[nodiscard]] std::int64_t current_version() const override;
    [[nodiscard]] domain::result<std::shared_ptr<view>> begin_version() override;
    [[nodiscard]] domain::result<void> switch_to_begun() override;
    [[nodiscard]] domain::result<void> drop_begun() override;

 private:
    rocks_store(rocks_store_options options, platform::runtime::folder_lock lock)
        : options_(std::move(options)), lock_(std::move(lock)) {}
    [[nodiscard]] domain::result<std::shared_ptr<rocks_view>> open_version(std::int64_t number, bool bulk);
    [[nodiscard]] domain::result<void> read_current();
    [[nodiscard]] domain::result<void> write_current(std::int64_t number);
    void remove_all_but(std::int64_t a, std::int64_t b);

    rocks_store_options options_;
    platform::runtime::folder_lock lock_;
    mutable std::mutex mutex_;
    bool current_read_ = false;
    std::int64_t current_ = 0;  ///< 0: none yet
    std::int64_t begun_ = 0;
    std::shared_ptr<rocks_view> current_view_;
    std::shared_ptr<rocks_view> begun_view_;
    std::vector<std::int64_t> closing_;  ///< replaced versions that readers may still hold
};

}  // namespace daybook::projector
