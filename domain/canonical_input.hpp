// What people type, in the one form that events and tasks hold: NFC, canonical tags, priority habits
// (semantics §0, V1).
#pragma once

#include "domain/errc.hpp"
#include "domain/task.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::domain {

/// Unicode normalisation form C; none if the bytes are not well-formed UTF-8. ASCII costs one copy.
[[nodiscard]] std::optional<std::string> to_nfc(std::string_view text);

/// Full case folding, for comparing without case. Precondition: well-formed UTF-8.
[[nodiscard]] std::string fold_case(std::string_view text);

/// What a text may be. Lengths in code points after NFC.
struct text_rule {
    std::size_t length_min = 1;
    std::size_t length_max = 0;  ///< 0: only the bytes count
    std::size_t bytes_max = 0;   ///< 0: only the code points count
    bool lines = false;          ///< newline and tab are allowed, CR LF becomes LF
};

/// NFC of the text. Errors, at `field`: field_invalid (not UTF-8, control characters, nothing but white space
/// where length_min > 0), field_too_long.
[[nodiscard]] result<std::string> canonical_text(std::string_view text, const text_rule&,
                                                 std::string_view field);

extern const text_rule title_rule, description_rule, comment_rule, name_rule;

/// `work`, `#work` -> `#work`. Errors, at `field`: field_invalid (another character than letters, digits and
/// `_ - / . :`, or none), field_too_long.
[[nodiscard]] result<std::string> canonical_tag(std::string_view text, std::string_view field);

/// The list in its order, each tag once without case (the first spelling stays). Errors: as canonical_tag,
/// and limit_exceeded beyond limits::tags_max.
[[nodiscard]] result<std::vector<std::string>> canonical_tags(const boost::json::array&,
                                                              std::string_view field);

/// Equal without case. Precondition: both are canonical.
[[nodiscard]] bool same_tag(std::string_view a, std::string_view b);

/// P1–P4 in either case, and low, medium, high, urgent.
[[nodiscard]] std::optional<priority> priority_from_habit(std::string_view text) noexcept;

/// `HH:MM`; none if it is not a time of day.
[[nodiscard]] std::optional<std::chrono::minutes> parse_time_of_day(std::string_view) noexcept;

}  // namespace daybook::domain
