// Expected failures: one table with code, HTTP status, whether a retry helps, and a title (api §4,
// docs/errors.md).
#pragma once

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace daybook::domain {

enum class errc : std::uint8_t {
    // 400: the request itself is malformed
    request_malformed,
    json_malformed,
    cursor_mismatch,
    command_id_bad,
    // who is asking
    unauthenticated,
    forbidden,
    origin_refused,
    host_refused,
    // what is asked for
    not_found,
    method_not_allowed,
    not_acceptable,
    request_timeout,
    body_too_large,
    target_too_long,
    media_type_unsupported,
    sync_token_expired,
    upgrade_required,
    headers_too_large,
    rate_limited,
    connections_exceeded,
    // 409: state
    status_conflict,
    task_deleted,
    task_exists,
    children_open,
    dependency_cycle,
    command_id_reused,
    parent_deleted,
    undo_conflict,
    name_taken,
    // 412
    version_mismatch,
    // 422: a member is not what it should be
    field_unknown,
    field_required,
    field_invalid,
    field_too_long,
    command_unknown,
    reference_unknown,
    limit_exceeded,
    limit_commit,
    date_invalid,
    zone_unknown,
    recurrence_invalid,
    recurrence_unsupported_part,
    reminder_invalid,
    reminder_no_base,
    cron_invalid,
    cron_six_fields,
    cron_zone_twice,
    cron_never_matches,
    cron_every_too_short,
    position_foreign,
    dependency_failed,
    temp_id_unknown,
    query_syntax,
    query_unknown_field,
    query_bad_value,
    query_too_long,
    query_too_deep,
    // 503: wrote nothing and never will (settled 14)
    log_unavailable,
    writer_moved,
    overloaded,
    storage_full,
    view_unavailable,
    not_ready,
    query_timeout,
    // 504
    outcome_unknown,
    position_not_reached,
    // stops a reader or a start; seen on the command line and in /health
    log_unsafe,
    log_truncated,
    log_damaged,
    log_foreign,
    format_newer,
    folder_locked,
    view_stopped,
    config_invalid,
    unreachable,
    internal,
};

/// One row of the table. `code` is the stable text that clients match on.
struct errc_row {
    errc value;
    std::string_view code;
    std::uint16_t http_status;
    bool retryable;  ///< the same request may succeed later without a change by the caller
    std::string_view title;
    std::string_view what_to_do;
};

/// All rows in the order of `errc`. Complexity: constant.
[[nodiscard]] std::span<const errc_row> errc_table() noexcept;
[[nodiscard]] const errc_row& row_of(errc) noexcept;

/// An expected failure as the caller sees it: problem+json over HTTP, `code: detail (hint)` on a terminal.
struct problem {
    errc code = errc::internal;
    std::string detail{};  ///< one sentence with the values at hand
    std::string field{};   ///< path of the offending member, such as `args.due`; empty if none
    std::string hint{};    ///< what to do next; empty if the table's text says it all
    std::optional<std::int64_t> column{};  ///< code points from 1 (S4)
    boost::json::object
        extra{};  ///< members that only some codes have: `current`, `children`, `path`, `index`

    /// The same problem with `context: ` in front of its detail, for climbing up.
    [[nodiscard]] problem prefixed(std::string_view context) const;
};

[[noreturn]] void throw_exception_from_error(const problem&, const boost::source_location&);

template <class T>
using result = boost::system::result<T, problem>;

[[nodiscard]] inline problem make_problem(errc code, std::string detail, std::string field = {},
                                          std::string hint = {}) {
    return problem{code, std::move(detail), std::move(field), std::move(hint), std::nullopt, {}};
}

/// What `result::value()` throws where a failure was not expected; caught once, at the top of a role or
/// session.
class problem_error : public std::exception {
 public:
    explicit problem_error(problem p);
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }
    [[nodiscard]] const problem& value() const noexcept { return problem_; }

 private:
    problem problem_;
    std::string text_;
};

}  // namespace daybook::domain
