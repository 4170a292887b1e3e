// daybook import: a file of another tool into a book of a running server.
#pragma once

#include "app/tools/tools.hpp"

#include <string>

namespace daybook::app {

struct import_options {
    std::string format{};  ///< daybook, beads or taskwarrior
    std::string file{};    ///< `-`: standard input
    bool dry_run = false;
};

/// Reads the file, compares it with the book, sends what differs; a second run sends nothing. A file of
/// committed versions ({seq, committed_at, changes} a line) is played version after version. Prints notes and
/// refusals by line, then the counts read created changed unchanged skipped refused, of which the last five
/// add up to the first. Returns: 0, 1 if a line was refused or the server failed, 2 if the file cannot be
/// read, 3 if nobody answers.
int run_import(const installation&, const import_options&);

}  // namespace daybook::app
