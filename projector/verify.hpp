// Folds the log afresh and compares every view with it (architecture §4): the proof that a view is what the
// log says.
#pragma once

#include "domain/errc.hpp"
#include "eventlog/event_log.hpp"
#include "projector/view.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace daybook::projector {

struct verify_target {
    std::string name{};
    view_reader* reader = nullptr;
};

/// One view and partition.
struct verify_row {
    std::string view{};
    std::int32_t partition = 0;
    bool equal = false;
    std::int64_t offset = 0;  ///< the view's next offset, up to which the log was folded
    state_hash of_view{};
    state_hash of_log{};
    std::string first_difference{};  ///< names the row; empty if equal
};

struct verify_report {
    std::vector<verify_row> rows{};
    std::int64_t records = 0;
    std::int64_t events = 0;
    std::int64_t voids = 0;
    [[nodiscard]] bool equal() const;
};

/// The rows of one partition as a fresh fold of the log makes them, in memory. Threads: one.
class fresh_fold {
 public:
    explicit fresh_fold(std::int32_t partition);
    ~fresh_fold();
    fresh_fold(const fresh_fold&) = delete;
    fresh_fold& operator=(const fresh_fold&) = delete;
    /// Reads on until next_offset. Errors: those of event_stream; log_truncated if the log ends before it.
    [[nodiscard]] domain::result<void> fold_to(eventlog::event_log&, std::int64_t next_offset,
                                               std::stop_token);
    [[nodiscard]] state_hash hash() const;
    /// Of the full text index as the log makes it.
    [[nodiscard]] domain::result<state_hash> text_hash() const;
    /// The first row of the full text index that differs, in words.
    [[nodiscard]] domain::result<std::string> first_text_difference(view_reader&) const;
    /// Compares row by row; the first that differs in words, or empty. A row that the view has in a later
    /// state than the fold is no difference: the view goes on meanwhile.
    [[nodiscard]] domain::result<std::string> first_difference(view_reader&) const;
    [[nodiscard]] std::int64_t records() const noexcept;
    [[nodiscard]] std::int64_t events() const noexcept;
    [[nodiscard]] std::int64_t voids() const noexcept;

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// One partition: adds to the report and returns its rows. The log is read to the farthest view's position;
/// views that stand elsewhere are compared on the way.
[[nodiscard]] domain::result<std::vector<verify_row>> verify_partition(eventlog::event_log&,
                                                                       std::int32_t partition,
                                                                       const std::vector<verify_target>&,
                                                                       verify_report&, std::stop_token);

/// Partition by partition, so memory holds one partition's rows. `each` is told every row as it is known.
/// Errors: those of log and views; a difference is no error.
[[nodiscard]] domain::result<verify_report> verify(eventlog::event_log&, std::vector<verify_target>,
                                                   const std::function<void(const verify_row&)>& each,
                                                   std::stop_token);

}  // namespace daybook::projector
