// Old schema versions of events as the current one. Golden files in tests/golden keep every old form
// readable.
#pragma once

#include "domain/errc.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace daybook::domain {

/// What this program writes.
inline constexpr std::string_view schema_version_current = "1.0";

/// Brings `data` to the current major and `version` with it. A newer minor of the current major stays as it
/// is. Known: `0.9` (priority `low medium high urgent` in any case becomes P4 P3 P2 P1). Errors: format_newer
/// for a newer major; log_damaged for a text that is no version, or one that never was.
[[nodiscard]] result<void> upcast(std::string& version, boost::json::object& data);

/// The same question without data: whether the version needs upcasting.
[[nodiscard]] inline bool is_current(std::string_view version) noexcept {
    return version == schema_version_current;
}

}  // namespace daybook::domain
