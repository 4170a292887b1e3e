// What only the machine can give, and pure code takes as an argument: the time and chance.
#pragma once

#include "domain/ids.hpp"
#include "domain/time.hpp"

#include <array>
#include <cstdint>

namespace daybook::platform::runtime {

/// The system's clock, cut to milliseconds. It may go back; who needs order keeps the last time it gave out.
[[nodiscard]] domain::instant system_now();

/// What domain::uuid::v7 takes, from a generator of the calling thread that the system seeded. No secret:
/// tokens are not made of it. Threads: any.
[[nodiscard]] std::array<std::uint8_t, 10> entropy();

/// A UUIDv7 of that time.
[[nodiscard]] domain::uuid random_uuid(domain::instant at);

}  // namespace daybook::platform::runtime
