// The full text index of the RocksDB view: per book the postings of its words, written in the batch of the
// rows (schema/rocks.md 2.8 to 2.12).
#pragma once

#include "domain/text/analyser.hpp"
#include "platform/rocks/store.hpp"
#include "projector/posting_block.hpp"
#include "projector/rocks_keys.hpp"
#include "projector/rocks_rows.hpp"
#include "projector/text_fold.hpp"
#include "projector/text_rows.hpp"
#include "projector/view.hpp"
#include "projector/view_fold.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace daybook::projector {

/// Threads and lifetime: as those of the rows.
class rocks_text_source final : public text_source {
 public:
    explicit rocks_text_source(const rocks_rows& rows) : rows_(rows) {}
    [[nodiscard]] domain::result<std::optional<task_texts>> texts(const domain::user_id&,
                                                                  const domain::task_id&) override;
    [[nodiscard]] domain::result<std::uint32_t> ordinals(const domain::user_id&) override;
    /// The comment in that event. Errors also: view_stopped if there is no such event.
    [[nodiscard]] domain::result<std::string> comment(const domain::user_id&, std::int64_t offset) const;

 private:
    const rocks_rows& rows_;
};

/// Text rows and ordinals of a fold (2.8 to 2.10).
void put_text_rows(platform::rocks::batch&, std::int32_t partition, const text_fold&);

/// Adds what a stored row of the index says to `out`. `rest`: the key behind its space. Errors: view_stopped.
[[nodiscard]] domain::result<void> add_text_row(rocks_keys::space, std::string_view rest,
                                                std::string_view value, text_rows& out);

/// Threads: one, the one that writes.
class rocks_text_writer {
 public:
    rocks_text_writer(const platform::rocks::store& store, std::int32_t partitions)
        : store_(store), stored_(store, partitions) {}
    /// Puts what the batch changes in the index. `rows`: the fold of its events. Complexity: that of the
    /// changed texts; a task whose texts are the same costs nothing.
    /// Returns the ordinals of `rows.tasks`.
    [[nodiscard]] domain::result<std::vector<std::uint32_t>> put(platform::rocks::batch&, const view_batch&,
                                                                 const changed_rows& rows);

 private:
    /// Per term the tasks that hold it now; none: not any more.
    using term_changes = std::map<std::string, std::map<std::uint32_t, std::optional<posting>>>;
    [[nodiscard]] domain::result<void> fold_texts(text_fold&, const view_batch&);
    [[nodiscard]] domain::result<void> collect(const changed_task&, const text_fold::changed&,
                                               const view_batch&, term_changes&);
    [[nodiscard]] domain::result<void> put_terms(platform::rocks::batch&, std::int32_t partition,
                                                 const domain::user_id&, const term_changes&);

    const platform::rocks::store& store_;
    rocks_rows stored_;
    domain::text_analyser analyser_{};
};

}  // namespace daybook::projector
