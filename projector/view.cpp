#include "projector/view.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>

namespace daybook::projector {
namespace {

std::uint64_t little_endian(const unsigned char* bytes) {
    std::uint64_t value = 0;
    for (int i = 7; i >= 0; --i) value = (value << 8) | bytes[i];
    return value;
}

}  // namespace

void state_hash::add(char kind, std::string_view user, std::string_view id, std::string_view bytes) {
    std::string input;
    input.reserve(user.size() + id.size() + bytes.size() + 3);
    input.push_back(kind);
    input.append(user);
    input.push_back('\0');
    input.append(id);
    input.push_back('\0');
    input.append(bytes);
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(input.data()), input.size(), digest.data());
    low += little_endian(digest.data());
    high += little_endian(digest.data() + 8);
    ++rows;
}

std::string state_hash::text() const { return fmt::format("{:016x}{:016x}", high, low); }

}  // namespace daybook::projector
