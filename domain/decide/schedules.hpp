// Schedules, as far as other commands touch them. Private to domain/decide*.
#pragma once

#include "domain/decide/draft.hpp"
#include "domain/schedule.hpp"

#include <string_view>

namespace daybook::domain::deciding {

/// The command of the draft, whatever its type: what a schedule does is decided like any command.
[[nodiscard]] decision dispatch(draft&);

/// schedule.recomputed where the next slot is another one by the book's zone or the zone database as they are
/// now (R11, M8): future instants only. True: there was something to say.
bool add_recomputed(draft&, const schedule&, std::string_view book_zone);

}  // namespace daybook::domain::deciding
