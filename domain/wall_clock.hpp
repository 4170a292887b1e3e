// What the clocks of a zone show around a change of the offset: for notes beside a date that someone picks
// (R4).
#pragma once

#include "domain/zone.hpp"

#include <cstdint>
#include <string_view>

namespace daybook::domain {

/// `gap`: no clock there shows it; `overlap`: it is shown twice, and the first pass counts.
enum class wall_clock_note : std::uint8_t { usual, gap, overlap };

[[nodiscard]] wall_clock_note note_of(const zone&, local_time);
/// `gap`, `overlap`; empty where usual.
[[nodiscard]] std::string_view name_of(wall_clock_note) noexcept;

}  // namespace daybook::domain
