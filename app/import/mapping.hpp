// From a file's text to wanted tasks: pure, no I/O. The table of what becomes of each field is
// docs/import.md.
#pragma once

#include "app/import/wanted.hpp"
#include "domain/errc.hpp"
#include "domain/zone.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace daybook::app::import {

/// The records of a file: a JSON array, or one JSON object a line.
struct source_file {
    std::vector<source_record> records{};
    std::vector<note> refused{};  ///< lines that are no JSON object
    std::vector<note> notes{};
};
[[nodiscard]] source_file read_source(std::string_view text);

/// `zones`: for judging dates as create_task will. Errors: config_invalid for an unknown source.
[[nodiscard]] domain::result<wanted_book> map_records(const std::string& source, source_file,
                                                      const domain::zone_table& zones);

/// References in place of source ids that lead somewhere: drops, with a note, what has no target, what would
/// close a circle, and what is beyond the limits of a tree. Deterministic: what comes first in the file
/// stays.
void link(wanted_book&);

// The mappings of one record each; map_records calls them. None: the record is a tombstone. They append to
// `notes`.
[[nodiscard]] std::optional<wanted_task> map_beads(const source_record&, std::vector<note>& notes,
                                                   const domain::zone_table&);
[[nodiscard]] std::optional<wanted_task> map_taskwarrior(const source_record&, std::vector<note>& notes,
                                                         const domain::zone_table&);
[[nodiscard]] std::optional<wanted_task> map_daybook(const source_record&, std::vector<note>& notes,
                                                     const domain::zone_table& zones);

}  // namespace daybook::app::import
