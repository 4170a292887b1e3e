// The log as people and tools see it: every record of a partition as one line of JSON, voids marked (settled
// 31a).
//
//   {"position":"…","timestamp":"…","key":…,"headers":{…},"void":null,"value":{…}}
//
// `timestamp` is the record's; `void` is the reason or null; a value that is not JSON is a string, one that
// is not even UTF-8 the string `base64:…`.
#pragma once

#include "domain/errc.hpp"
#include "eventlog/event_log.hpp"
#include "eventlog/validity.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace daybook::projector {

/// Appends the line, newline included. Without a log_id the position is null.
void append_log_line(std::string& out, const eventlog::record&, const std::optional<domain::uuid>& log_id,
                     std::optional<eventlog::void_reason>);

/// All set members hold; a record that is no event matches only an empty filter.
struct log_filter {
    std::string user{};
    std::string task{};
    std::string type{};
    [[nodiscard]] bool empty() const noexcept { return user.empty() && task.empty() && type.empty(); }
    [[nodiscard]] bool matches(std::string_view value) const;
};

/// Judges the records of one partition and gives their lines in offset order. A part of a commit waits for
/// the verdict about the commit, and so does what stands behind it. Threads: one.
class log_lines {
 public:
    struct options {
        std::int64_t first_offset = 0;  ///< earlier records are judged and not shown
        bool raw = false;               ///< the value's bytes and a newline, nothing else
        log_filter filter{};
    };
    /// `from`: where judging begins, at or before first_offset.
    log_lines(std::int32_t partition, eventlog::fold_checkpoint from, options);
    /// Appends the lines that are decided now. Errors: those of log_fold, after the record was shown.
    [[nodiscard]] domain::result<void> feed(eventlog::record, std::string& out);
    /// Appends what still waits: the log ends in an unfinished commit, of which nothing is void yet.
    void finish(std::string& out);
    [[nodiscard]] const eventlog::log_fold& fold() const noexcept { return fold_; }
    [[nodiscard]] std::int64_t lines() const noexcept { return lines_; }

 private:
    struct waiting {
        eventlog::record record;
        std::optional<eventlog::void_reason> reason;
    };
    void show(const waiting&, std::string& out);

    eventlog::log_fold fold_;
    options options_;
    std::deque<waiting> waiting_;
    std::int64_t lines_ = 0;
};

}  // namespace daybook::projector
