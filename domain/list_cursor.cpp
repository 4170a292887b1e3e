// Cursor: base64url without padding of
//   01 | 16 bytes id | 8 bytes hash of filter and order | sort key
// Not signed: whoever makes one up reads only what the query shows anyway.
#include "domain/filter/print.hpp"
#include "domain/limits.hpp"
#include "domain/list_query.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

namespace daybook::domain {
namespace {

constexpr char format = '\x01';
constexpr std::size_t id_bytes = 16;
constexpr std::size_t hash_bytes = 8;
constexpr std::size_t head_bytes = 1 + id_bytes + hash_bytes;
constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string to_base64url(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 4 / 3 + 3);
    std::uint32_t held = 0;
    int bits = 0;
    for (const char c : bytes) {
        held = (held << 8) | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 6; bits -= 6) out += digits[(held >> (bits - 6)) & 0x3f];
    }
    if (bits > 0) out += digits[(held << (6 - bits)) & 0x3f];
    return out;
}

/// None for another character, and for a text that this program would write otherwise.
std::optional<std::string> from_base64url(std::string_view text) {
    std::string out;
    std::uint32_t held = 0;
    int bits = 0;
    for (const char c : text) {
        const auto digit = digits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        held = (held << 6) | static_cast<std::uint32_t>(digit);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>(held >> bits);
        }
    }
    if (to_base64url(out) != text) return std::nullopt;
    return out;
}

/// The query and the order that it is listed in.
std::string filter_hash(const list_query& q) {
    const auto text = filter::canonical_text({q.asked.where, q.order});
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
        throw problem_error(make_problem(errc::internal, "SHA-256 is not available in the OpenSSL in use"));
    return {reinterpret_cast<const char*>(digest.data()), hash_bytes};
}

}  // namespace

std::string encode_cursor(const list_query& q, std::string_view last_key, const task_id& last_id) {
    std::string bytes(1, format);
    bytes += last_id.value().byte_view();
    bytes += filter_hash(q);
    bytes += last_key;
    return to_base64url(bytes);
}

result<void> apply_cursor(list_query& q, std::string_view cursor) {
    const auto none = [] {
        return make_problem(errc::cursor_mismatch, "This is no cursor of Daybook", "cursor");
    };
    const auto bytes_max = head_bytes + sort_key_bytes_max(q.order);
    if (cursor.size() > (bytes_max * 4 + 2) / 3) return none();
    const auto bytes = from_base64url(cursor);
    if (!bytes || bytes->size() < head_bytes || bytes->size() > bytes_max || bytes->front() != format)
        return none();
    const std::string_view rest(*bytes);
    if (rest.substr(1 + id_bytes, hash_bytes) != filter_hash(q))
        return make_problem(errc::cursor_mismatch, "The cursor was made for another filter or order",
                            "cursor");
    const auto key = rest.substr(head_bytes);
    if (const auto values = sort_values_of(key, q.order); !values) return values.error();
    std::array<std::uint8_t, id_bytes> id{};
    std::copy_n(rest.begin() + 1, id_bytes, id.begin());
    q.after_key = std::string(key);
    q.after_id = task_id(uuid(id));
    return {};
}

}  // namespace daybook::domain
