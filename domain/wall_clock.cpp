#include "domain/wall_clock.hpp"

namespace daybook::domain {

using std::chrono::seconds;

wall_clock_note note_of(const zone& where, local_time wall) {
    const auto first = where.to_instant(wall);
    if (where.to_local(first) != wall) return wall_clock_note::gap;
    const auto at = std::chrono::floor<seconds>(first).time_since_epoch().count();
    const auto change = where.next_transition(at);
    // The offset behind the next change shows it again, if that is not before the change.
    const bool again = change && wall.time_since_epoch().count() - change->offset >= change->at &&
                       where.to_local(instant{wall.time_since_epoch() - seconds{change->offset}}) == wall;
    return again ? wall_clock_note::overlap : wall_clock_note::usual;
}

std::string_view name_of(wall_clock_note note) noexcept {
    switch (note) {
        case wall_clock_note::gap: return "gap";
        case wall_clock_note::overlap: return "overlap";
        case wall_clock_note::usual: break;
    }
    return "";
}

}  // namespace daybook::domain
