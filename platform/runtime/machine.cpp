#include "platform/runtime/machine.hpp"

#include <chrono>
#include <cstddef>
#include <random>

namespace daybook::platform::runtime {
namespace {

std::mt19937_64 seeded() {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
}

}  // namespace

domain::instant system_now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::array<std::uint8_t, 10> entropy() {
    thread_local std::mt19937_64 source = seeded();
    std::array<std::uint8_t, 10> bytes{};
    const auto high = source();
    const auto low = source();
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(high >> (8 * i));
    bytes[8] = static_cast<std::uint8_t>(low);
    bytes[9] = static_cast<std::uint8_t>(low >> 8);
    return bytes;
}

domain::uuid random_uuid(domain::instant at) { return domain::uuid::v7(at, entropy()); }

}  // namespace daybook::platform::runtime
