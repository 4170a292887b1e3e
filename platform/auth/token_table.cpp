#include "platform/auth/token_table.hpp"

#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "platform/http/json_strict.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace daybook::platform::auth {
namespace {

namespace json = boost::json;
using domain::errc;
using domain::make_problem;

domain::problem wrong(std::string detail) {
    return make_problem(errc::config_invalid, std::move(detail), "auth", "Correct the tokens file.");
}

std::optional<sha256_digest> parse_digest(std::string_view hex) {
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        return -1;
    };
    sha256_digest digest{};
    if (hex.size() != 2 * digest.size()) return std::nullopt;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const int high = digit(hex[2 * i]);
        const int low = digit(hex[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        digest[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return digest;
}

domain::result<scope_set> parse_scopes(const json::value& list) {
    if (!list.is_array()) return wrong("scopes is no list");
    scope_set scopes;
    for (const auto& name : list.as_array()) {
        if (name == "read")
            scopes |= scope::read;
        else if (name == "write")
            scopes |= scope::write;
        else if (name == "admin")
            scopes |= scope::admin;
        else if (name == "service")
            scopes |= scope::service | scope::read | scope::write;
        else
            return wrong("scopes knows read, write, admin and service");
    }
    if (scopes.empty()) return wrong("scopes is empty");
    return scopes;
}

domain::result<token_row> parse_row(std::string_view line) {
    const auto parsed = http::parse_json_strict(line);
    if (!parsed) return wrong(parsed.error().detail);
    if (!parsed->is_object()) return wrong("it is no object");
    token_row row;
    bool has_digest = false;
    for (const auto& [name, value] : parsed->as_object()) {
        if (name == "scopes") {
            auto scopes = parse_scopes(value);
            if (!scopes) return scopes.error();
            row.scopes = *scopes;
            continue;
        }
        if (!value.is_string())
            return wrong(fmt::format("{} is no text or not known", std::string_view(name)));
        const std::string_view text = value.as_string();
        if (name == "sha256") {
            const auto digest = parse_digest(text);
            if (!digest) return wrong("sha256 is not 64 lower-case hexadecimal digits");
            row.digest = *digest;
            has_digest = true;
        } else if (name == "user") {
            if (!domain::parse_user_id(text)) return wrong("user is no user id");
            row.user = text;
        } else if (name == "expires") {
            const auto instant = domain::parse_instant(text);
            if (!instant) return wrong("expires is no instant such as 2027-01-01T00:00:00Z");
            row.expires = *instant;
        } else {
            return wrong(fmt::format("{} is not known", std::string_view(name)));
        }
    }
    if (!has_digest || row.user.empty() || row.scopes.empty())
        return wrong("it needs sha256, user and scopes");
    return row;
}

}  // namespace

sha256_digest sha256(std::string_view bytes) {
    sha256_digest digest{};
    unsigned size = 0;
    if (::EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, ::EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("SHA-256 failed");
    return digest;
}

const token_row* token_table::find(std::string_view token) const {
    const sha256_digest digest = sha256(token);
    const token_row* found = nullptr;
    for (const auto& row : rows_)
        if (::CRYPTO_memcmp(row.digest.data(), digest.data(), digest.size()) == 0) found = &row;
    return found;
}

domain::result<token_table> parse_token_table(std::string_view text) {
    std::vector<token_row> rows;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        auto row = parse_row(line);
        if (!row) return row.error().prefixed(fmt::format("line {}", number));
        for (const auto& other : rows)
            if (other.digest == row->digest)
                return wrong(fmt::format("line {}: the same sha256 stands twice", number));
        rows.push_back(std::move(*row));
    }
    return token_table(std::move(rows));
}

domain::result<token_table> read_token_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    std::error_code unknown;
    const bool readable = in && !std::filesystem::is_directory(file, unknown);
    if (readable && in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
    if (!readable || in.bad() || text.fail())
        return wrong(fmt::format("cannot read the tokens file {}", file.string()));
    auto table = parse_token_table(text.str());
    if (!table) return table.error().prefixed(file.string());
    // More likely a write that was cut off than the wish to let nobody in.
    if (table->size() == 0) return wrong(fmt::format("{} holds no token", file.string()));
    return table;
}

}  // namespace daybook::platform::auth
