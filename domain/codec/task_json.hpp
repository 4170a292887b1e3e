// Tasks <-> JSON: the one renderer that every answer uses (settled 6a, 31) and the stored form of the stores.
#pragma once

#include "domain/errc.hpp"
#include "domain/task.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace daybook::domain {

/// What a task shows that its own events do not say.
struct task_surroundings {
    bool blocked = false;  ///< a depends_on target is open
    std::optional<std::string> project_name{};
};

/// Appends the task as JSON in the order of settled 6a, absent members as null, `x_*` last.
void render_task(std::string& out, const task&, const task_surroundings&);
[[nodiscard]] std::string render_task(const task&, const task_surroundings&);

/// `"3"`: the ETag of what changes by its own events only.
[[nodiscard]] std::string version_etag(std::int64_t version);
/// The strong ETag of what render_task gives: `"3"`, or `"3-5f0c61a90b2d"` with a hash of what stands around
/// the task where that is not the default, so that equal tags mean equal bytes (E1, decision 12).
[[nodiscard]] std::string task_etag(const task&, const task_surroundings&);

/// Stored form: canonical (equal tasks, equal bytes), with the members that only decide needs. All state
/// hashes are over these bytes.
[[nodiscard]] std::string encode_task(const task&);
[[nodiscard]] result<task> decode_task(std::string_view stored);

[[nodiscard]] std::string encode_book(const struct book_state&);
[[nodiscard]] result<struct book_state> decode_book(std::string_view stored);
[[nodiscard]] std::string encode_project(const struct project&);
[[nodiscard]] result<struct project> decode_project(std::string_view stored);
[[nodiscard]] std::string encode_filter(const struct saved_filter&);
[[nodiscard]] result<struct saved_filter> decode_filter(std::string_view stored);
[[nodiscard]] std::string encode_series(const struct series&);
[[nodiscard]] result<struct series> decode_series(std::string_view stored);

}  // namespace daybook::domain
