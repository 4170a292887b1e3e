#include "domain/command.hpp"
#include "domain/json_text.hpp"

#include <openssl/evp.h>

#include <array>

namespace daybook::domain {

std::string command_hash(const command& c, const user_id& user) {
    // The four members stand in canonical order already; an absent if_version is null.
    std::string text = "{\"args\":";
    text += canonical_json(c.args);
    text += ",\"if_version\":";
    if (c.if_version) {
        append_json_integer(text, *c.if_version);
    } else {
        text += "null";
    }
    text += ",\"type\":";
    append_json_string(text, to_text(c.type));
    text += ",\"user\":";
    append_json_string(text, user.text());
    text += '}';

    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
        throw problem_error(make_problem(errc::internal, "SHA-256 is not available in the OpenSSL in use"));
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
