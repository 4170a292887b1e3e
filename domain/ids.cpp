#include "domain/ids.hpp"

#include "domain/limits.hpp"
#include "domain/utf8.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace daybook::domain {
namespace {

constexpr std::array<std::size_t, 4> hyphens{8, 13, 18, 23};

constexpr std::string_view reaction_prefix = "daybook:";

/// By byte; -1 for what is no digit.
constexpr auto hex_values = [] {
    std::array<int, 256> values{};
    values.fill(-1);
    for (int i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = i;
    for (int i = 0; i < 6; ++i)
        values[static_cast<std::size_t>('a' + i)] = values[static_cast<std::size_t>('A' + i)] = 10 + i;
    return values;
}();

int hex_value(char c) noexcept { return hex_values[static_cast<unsigned char>(c)]; }

/// A decimal number in its one canonical form: no sign, no leading zero.
template <class Number>
std::optional<Number> parse_canonical(std::string_view text) noexcept {
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<uuid> uuid::parse(std::string_view text) noexcept {
    if (text.size() != text_length) return std::nullopt;
    for (const std::size_t at : hyphens)
        if (text[at] != '-') return std::nullopt;
    std::array<std::uint8_t, 16> bytes{};
    constexpr std::array<std::size_t, 16> digits{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
    int wrong = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const int high = hex_value(text[digits[i]]);
        const int low = hex_value(text[digits[i] + 1]);
        wrong |= high | low;  // -1 has the sign
        bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    if (wrong < 0) return std::nullopt;
    return uuid(bytes);
}

uuid uuid::v5(const uuid& name_space, std::string_view name) {
    std::string input(name_space.byte_view());
    input += name;
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(input.data(), input.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1)
        throw problem_error(make_problem(errc::internal, "SHA-1 is not available in the OpenSSL in use"));
    std::array<std::uint8_t, 16> bytes{};
    std::copy_n(digest.begin(), bytes.size(), bytes.begin());
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x50);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    return uuid(bytes);
}

uuid uuid::v7(instant at, std::array<std::uint8_t, 10> entropy) noexcept {
    const auto ms = static_cast<std::uint64_t>(at.time_since_epoch().count());
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    std::copy(entropy.begin(), entropy.end(), bytes.begin() + 6);
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x70);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    return uuid(bytes);
}

std::string uuid::text() const {
    std::string out;
    append_to(out);
    return out;
}

void uuid::append_to(std::string& out) const {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::array<char, text_length> text{};
    std::size_t at = 0;
    for (const auto byte : bytes_) {
        if (at == hyphens[0] || at == hyphens[1] || at == hyphens[2] || at == hyphens[3]) text[at++] = '-';
        text[at++] = digits[byte >> 4];
        text[at++] = digits[byte & 0x0f];
    }
    out.append(text.data(), text.size());
}

result<user_id> parse_user_id(std::string_view text) {
    if (text.empty() || text.size() > limits::user_id_bytes_max || !is_plain_text(text))
        return make_problem(errc::field_invalid,
                            "A user id has 1 to 128 bytes of UTF-8 without control characters", "user_id");
    return user_id(std::string(text));
}

bool is_reaction(const command_id& id) noexcept {
    return std::string_view(id.text()).starts_with(reaction_prefix);
}

result<command_id> parse_command_id(std::string_view text, bool service_scope) {
    if (text.empty() || text.size() > limits::command_id_bytes_max || !is_plain_text(text))
        return make_problem(errc::command_id_bad,
                            "A command id has 1 to 128 bytes of UTF-8 without control characters", "id");
    if (!service_scope && text.starts_with(reaction_prefix))
        return make_problem(errc::command_id_bad,
                            "Command ids that start with daybook: belong to Daybook itself", "id");
    return command_id(std::string(text));
}

std::string position::text() const {
    return log_id.text() + '.' + std::to_string(partition) + '.' + std::to_string(offset);
}

std::optional<position> position::parse(std::string_view text) noexcept {
    const auto first = text.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = text.find('.', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const auto log_id = uuid::parse(text.substr(0, first));
    const auto partition = parse_canonical<std::int32_t>(text.substr(first + 1, second - first - 1));
    const auto offset = parse_canonical<std::int64_t>(text.substr(second + 1));
    if (!log_id || !partition || !offset) return std::nullopt;
    return position{*log_id, *partition, *offset};
}

}  // namespace daybook::domain
