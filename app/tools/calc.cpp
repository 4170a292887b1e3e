// daybook calc: JSON lines in, JSON lines out, no server and no log.
#include "app/calc/calc.hpp"

#include "app/tools/tools.hpp"
#include "platform/tz/zone_files.hpp"

#include <algorithm>
#include <iostream>
#include <string>

namespace daybook::app {

int run_calc(std::string_view name) {
    const auto zones = platform::load_zones();
    if (!zones) return report(zones.error());
    const auto table = calc::calculations();
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.name == name; });
    if (found == table.end()) return exit_usage;
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        std::cout << calc::answer_line(line, found->calculate, *zones) << '\n';
        // A caller that writes a line and waits for its answer gets it; one that pipes a file pays nothing
        // for it.
        if (std::cin.rdbuf()->in_avail() <= 0) std::cout.flush();
    }
    std::cout.flush();
    return std::cout ? exit_done : exit_failed;
}

}  // namespace daybook::app
