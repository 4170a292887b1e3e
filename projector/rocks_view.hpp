// One version of the RocksDB view: rows, history and position in one database (schema/rocks.md).
#pragma once

#include "platform/rocks/store.hpp"
#include "projector/rocks_bulk.hpp"
#include "projector/rocks_lists.hpp"
#include "projector/rocks_rows.hpp"
#include "projector/rocks_text.hpp"
#include "projector/view.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>

namespace daybook::projector {

struct rocks_view_options {
    std::filesystem::path folder{};
    std::int32_t partitions = 0;
    bool bulk = false;  ///< an empty version that is loaded by sorted ingest until finish_bulk()
    std::size_t columns_bytes_max = std::size_t{256} * 1024 * 1024;
    bulk_limits bulk_bounds{};
    std::chrono::steady_clock::duration query_deadline = domain::limits::query_deadline;
};

/// Threads: writer: one, except in a bulk load, where each partition may have its own; reader: any number.
/// Two writers on one database (a doubled runner) corrupt nothing: the second one's batch finds another
/// position row.
class rocks_view final : public view, public view_writer, public view_reader {
 public:
    /// Errors: format_newer, folder_locked, view_unavailable; view_stopped if the database is damaged or was
    /// made for another number of partitions.
    [[nodiscard]] static domain::result<std::shared_ptr<rocks_view>> open(rocks_view_options);
    ~rocks_view() override;

    /// The folder goes away with the last user of this version.
    void remove_when_closed() noexcept { remove_when_closed_ = true; }

    [[nodiscard]] view_writer& writer() override { return *this; }
    [[nodiscard]] view_reader& reader() override { return *this; }
    [[nodiscard]] bool parallel_bulk() const override { return true; }
    [[nodiscard]] domain::result<void> load(view_batch&) override;
    [[nodiscard]] domain::result<void> finish_bulk() override;

    [[nodiscard]] domain::result<eventlog::fold_checkpoint> position(std::int32_t partition) override;
    [[nodiscard]] domain::result<void> apply(const view_batch&) override;

    [[nodiscard]] domain::result<std::optional<task_row>> get(const domain::user_id&,
                                                              const domain::task_id&) override;
    [[nodiscard]] domain::result<task_page> list(const domain::user_id&, const domain::list_query&) override;
    [[nodiscard]] domain::result<std::vector<std::string>> explain(const domain::user_id&,
                                                                   const domain::list_query&) override;
    [[nodiscard]] domain::result<domain::text_document> document(const domain::user_id&,
                                                                 const domain::task_id&) override;
    [[nodiscard]] domain::result<std::vector<history_entry>> history(const domain::user_id&,
                                                                     const history_query&) override;
    [[nodiscard]] domain::result<void> each_with_alarms(
        const domain::user_id&, std::uint8_t kinds,
        const std::function<void(const domain::task&)>& each) override;
    [[nodiscard]] domain::result<std::vector<tag_count>> tags(const domain::user_id&) override;
    [[nodiscard]] domain::result<std::vector<std::vector<std::string>>> alike(
        const domain::user_id&, std::span<const std::string> words) override;
    [[nodiscard]] domain::result<std::optional<domain::book_state>> book(const domain::user_id&) override;
    [[nodiscard]] domain::result<std::vector<domain::project>> projects(const domain::user_id&) override;
    [[nodiscard]] domain::result<std::vector<domain::saved_filter>> filters(const domain::user_id&) override;
    [[nodiscard]] domain::result<hashed_state> hash(std::int32_t partition) override;
    [[nodiscard]] domain::result<std::optional<text_rows>> text_index(const domain::user_id&) override;

 private:
    explicit rocks_view(rocks_view_options);
    [[nodiscard]] domain::result<void> check_meta(bool fresh);

    rocks_view_options options_;
    std::unique_ptr<platform::rocks::store> store_;
    std::unique_ptr<bulk_loader> bulk_;        ///< null once finished
    std::unique_ptr<rocks_text_writer> text_;  ///< under write_mutex_
    std::mutex write_mutex_;                   ///< guard and write of a batch are one step
    std::unique_ptr<rocks_lists> lists_;
    std::atomic<bool> remove_when_closed_ = false;
};

}  // namespace daybook::projector
