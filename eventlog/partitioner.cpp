#include "eventlog/event_log.hpp"

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace daybook::eventlog {
namespace {

// As org.apache.kafka.common.utils.Utils.murmur2, byte for byte.
std::uint32_t murmur2(std::string_view key) {
    constexpr std::uint32_t seed = 0x9747b28c;
    constexpr std::uint32_t m = 0x5bd1e995;
    const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(key[i])}; };
    std::uint32_t h = seed ^ static_cast<std::uint32_t>(key.size());
    std::size_t i = 0;
    for (; i + 4 <= key.size(); i += 4) {
        std::uint32_t k = byte(i) | byte(i + 1) << 8U | byte(i + 2) << 16U | byte(i + 3) << 24U;
        k *= m;
        k ^= k >> 24U;
        k *= m;
        h = (h * m) ^ k;
    }
    const auto rest = key.size() - i;
    if (rest >= 3) h ^= byte(i + 2) << 16U;
    if (rest >= 2) h ^= byte(i + 1) << 8U;
    if (rest >= 1) {
        h ^= byte(i);
        h *= m;
    }
    h ^= h >> 13U;
    h *= m;
    h ^= h >> 15U;
    return h;
}

constexpr std::array<std::uint32_t, 256> crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
        table[i] = crc;
    }
    return table;
}();

std::uint32_t crc_by_table(std::uint32_t crc, std::string_view bytes) {
    for (const char c : bytes) crc = crc_table[(crc ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (crc >> 8U);
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc_by_instruction(std::uint32_t crc,
                                                                   std::string_view bytes) {
    std::uint64_t wide = crc;
    while (bytes.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), 8);
        wide = _mm_crc32_u64(wide, word);
        bytes.remove_prefix(8);
    }
    crc = static_cast<std::uint32_t>(wide);
    for (const char c : bytes) crc = _mm_crc32_u8(crc, static_cast<unsigned char>(c));
    return crc;
}
#endif

}  // namespace

std::int32_t partition_of(std::string_view key, std::int32_t partitions) {
    return static_cast<std::int32_t>((murmur2(key) & 0x7fffffffU) % static_cast<std::uint32_t>(partitions));
}

std::uint32_t crc32c(std::string_view bytes) {
#if defined(__x86_64__)
    static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
    if (has_instruction) return ~crc_by_instruction(~0U, bytes);
#endif
    return ~crc_by_table(~0U, bytes);
}

}  // namespace daybook::eventlog
