// Writes one version of the Postgres view, batch by batch: rows and position in one guarded transaction.
#pragma once

#include "platform/pg/connection.hpp"
#include "projector/recent_map.hpp"
#include "projector/view.hpp"
#include "projector/view_fold.hpp"
#include "projector/written_texts.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace daybook::projector {

/// Threads: one. Keeps the rows it wrote lately; they are the store's as long as the guard holds, and
/// forgotten after any failure.
class pg_writer final : public view_writer, private row_source {
 public:
    /// Connects at the first call. `options.search_path` is the version's schema.
    explicit pg_writer(platform::pg::connection_options options);

    [[nodiscard]] domain::result<eventlog::fold_checkpoint> position(std::int32_t partition) override;
    /// A lost connection during COMMIT leaves the outcome open; the same batch again finds out.
    [[nodiscard]] domain::result<void> apply(const view_batch&) override;

 private:
    [[nodiscard]] domain::result<void> connect();
    [[nodiscard]] domain::result<void> try_apply(const view_batch&);
    /// False: the batch had been committed by the attempt whose outcome was open.
    [[nodiscard]] domain::result<bool> move_position(const view_batch&);
    [[nodiscard]] domain::result<void> load_rows(const view_batch&);
    [[nodiscard]] domain::result<void> load_tasks(const view_batch&);
    [[nodiscard]] domain::result<void> load_books(const view_batch&);
    [[nodiscard]] domain::result<void> load_projects(const view_batch&);
    [[nodiscard]] domain::result<void> load_filters(const view_batch&);
    using texts_by_task = std::unordered_map<std::string, written_texts>;  ///< keys: user, NUL, id
    /// Texts of all tasks of the batch as they are behind it. Precondition: rows are loaded.
    [[nodiscard]] domain::result<texts_by_task> texts_after(const view_batch&);
    [[nodiscard]] domain::result<void> write_rows(const view_batch&, const changed_rows&,
                                                  const texts_by_task&);
    void remember(const changed_rows&);
    void forget();

    [[nodiscard]] domain::result<std::shared_ptr<const domain::task>> task(const domain::user_id&,
                                                                           const domain::task_id&) override;
    [[nodiscard]] domain::result<std::optional<domain::book_state>> book(const domain::user_id&) override;
    [[nodiscard]] domain::result<std::optional<domain::project>> project(const domain::user_id&,
                                                                         const domain::project_id&) override;

    [[nodiscard]] domain::result<std::optional<domain::saved_filter>> filter(
        const domain::user_id&, const domain::filter_id&) override;

    platform::pg::connection_options options_;
    std::unique_ptr<platform::pg::connection> session_;
    // Keys: user, NUL, id. A missing row is cached as null or nullopt until the batch is written.
    recent_map<std::shared_ptr<const domain::task>> tasks_;
    recent_map<std::optional<domain::book_state>> books_;
    recent_map<std::optional<domain::project>> projects_;
    recent_map<std::optional<domain::saved_filter>> filters_;
    std::unordered_map<std::int32_t, std::string>
        open_outcome_;  ///< partition -> checkpoint of a COMMIT without answer
};

}  // namespace daybook::projector
