// The time zone database of the machine, read once at start.
#pragma once

#include "domain/zone.hpp"

#include <filesystem>

namespace daybook::platform {

inline constexpr const char* zone_folder_default = "/usr/share/zoneinfo";

/// Every TZif file below the folder under its relative name, links included; `posix/` and `right/` and what
/// is not a zone of the database (`localtime`, `posixrules`) are left out. The version is that of the first
/// line of tzdata.zi
/// (`# version 2026a`). Blocks on files. Errors: config_invalid if the folder, the version or a zone cannot
/// be read.
[[nodiscard]] domain::result<domain::zone_table> load_zones(
    const std::filesystem::path& folder = zone_folder_default);

}  // namespace daybook::platform
