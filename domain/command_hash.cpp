#include "domain/command.hpp"
#include "domain/json_text.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>

namespace daybook::domain {
namespace {

constexpr std::size_t sha256_bytes = 32;

struct digest_closer {
    void operator()(EVP_MD* algorithm) const noexcept { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

// OpenSSL looks an algorithm up by name and allocates a context for each digest, which costs more than
// hashing a command does: one of each is kept for every thread.
std::array<unsigned char, sha256_bytes> sha256(std::string_view text) {
    thread_local const std::unique_ptr<EVP_MD, digest_closer> algorithm(
        EVP_MD_fetch(nullptr, "SHA256", nullptr));
    thread_local const std::unique_ptr<EVP_MD_CTX, digest_closer> context(EVP_MD_CTX_new());
    std::array<unsigned char, sha256_bytes> digest{};
    unsigned length = 0;
    const bool made =
        algorithm && context && EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) == 1 &&
        EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1 &&
        EVP_DigestFinal_ex(context.get(), digest.data(), &length) == 1 && length == digest.size();
    if (!made)
        throw problem_error(make_problem(errc::internal, "SHA-256 is not available in the OpenSSL in use"));
    return digest;
}

}  // namespace

std::string command_hash(const command& c, const user_id& user) {
    // The four members stand in canonical order already; an absent if_version is null, several are a list.
    std::string text = "{\"args\":";
    text += canonical_json(c.args);
    text += ",\"if_version\":";
    if (!c.or_versions.empty()) text += '[';
    if (c.if_version) {
        append_json_integer(text, *c.if_version);
    } else {
        text += "null";
    }
    for (const auto version : c.or_versions) {
        text += ',';
        append_json_integer(text, version);
    }
    if (!c.or_versions.empty()) text += ']';
    text += ",\"type\":";
    append_json_string(text, to_text(c.type));
    text += ",\"user\":";
    append_json_string(text, user.text());
    text += '}';

    const auto digest = sha256(text);
    static constexpr std::string_view hex = "0123456789abcdef";
    std::string out;
    out.reserve(32);
    for (std::size_t i = 0; i < 16; ++i) {
        out += hex[digest[i] >> 4];
        out += hex[digest[i] & 0x0f];
    }
    return out;
}

}  // namespace daybook::domain
