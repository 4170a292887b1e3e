// The tokens file as a table. Only hashes of tokens are kept: who reads the file or a core dump cannot act
// with it.
#pragma once

#include "domain/errc.hpp"
#include "platform/auth/caller.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::platform::auth {

using sha256_digest = std::array<std::uint8_t, 32>;

[[nodiscard]] sha256_digest sha256(std::string_view bytes);

struct token_row {
    sha256_digest digest{};
    std::string user;
    scope_set scopes;
    std::optional<std::chrono::system_clock::time_point> expires;
};

class token_table {
 public:
    token_table() = default;
    explicit token_table(std::vector<token_row> rows) : rows_(std::move(rows)) {}

    /// The row of the token, expired or not. Every row is compared in full, in constant time, so that the
    /// time tells nothing about the digests. Complexity: linear in the rows.
    [[nodiscard]] const token_row* find(std::string_view token) const;
    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }

 private:
    std::vector<token_row> rows_;
};

/// Errors: config_invalid with the line and what is wrong with it; nothing of the file is in force then.
[[nodiscard]] domain::result<token_table> parse_token_table(std::string_view text);
[[nodiscard]] domain::result<token_table> read_token_file(const std::filesystem::path& file);

}  // namespace daybook::platform::auth
