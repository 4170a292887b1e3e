#include "platform/auth/authenticator.hpp"

#include "domain/ids.hpp"
#include "platform/auth/token_table.hpp"
#include "platform/http/ascii.hpp"
#include "platform/obs/log.hpp"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace daybook::platform::auth {
namespace {

using domain::errc;
using domain::make_problem;

domain::result<std::string> valid_book(std::string_view named) {
    if (is_valid_user_id(named)) return std::string(named);
    return make_problem(errc::request_malformed, "Daybook-User is no user id", "Daybook-User",
                        "Use 1 to 128 bytes of UTF-8 without control characters.");
}

class trusting_authenticator final : public authenticator {
 public:
    domain::result<caller> authenticate(const credentials& shown) const override {
        caller who;
        who.user = "me";
        if (shown.daybook_user) {
            auto named = valid_book(*shown.daybook_user);
            if (!named) return named.error();
            who.user = std::move(*named);
        }
        who.book = who.user;
        who.scopes = scope::read | scope::write | scope::admin;
        return who;
    }
    bool trusts_everybody() const noexcept override { return true; }
    domain::result<void> reload() override { return {}; }
};

constexpr std::string_view bearer = "Bearer ";

bool starts_with_bearer(std::string_view header) noexcept {
    return http::ascii_iequals(header.substr(0, bearer.size()), bearer);
}

class token_authenticator final : public authenticator {
 public:
    token_authenticator(std::filesystem::path file, wall_clock now, std::shared_ptr<const token_table> table)
        : file_(std::move(file)), now_(std::move(now)), table_(std::move(table)) {}

    domain::result<caller> authenticate(const credentials& shown) const override;
    bool trusts_everybody() const noexcept override { return false; }
    domain::result<void> reload() override;

 private:
    std::shared_ptr<const token_table> table() const {
        const std::shared_lock lock(mutex_);
        return table_;
    }

    std::filesystem::path file_;
    wall_clock now_;
    mutable std::shared_mutex mutex_;
    std::shared_ptr<const token_table> table_;
};

domain::result<caller> token_authenticator::authenticate(const credentials& shown) const {
    if (!shown.authorization) return caller{};
    if (!starts_with_bearer(*shown.authorization))
        return make_problem(errc::unauthenticated, "Authorization is not of the form Bearer TOKEN");
    const auto held = table();
    const token_row* row = held->find(shown.authorization->substr(bearer.size()));
    if (row == nullptr) return make_problem(errc::unauthenticated, "the token is not known");
    if (row->expires && *row->expires <= now_())
        return make_problem(errc::unauthenticated, "the token has expired");
    caller who;
    who.user = row->user;
    who.book = row->user;
    who.scopes = row->scopes;
    if (row->scopes.has(scope::service)) who.actor_type = "service";
    if (!shown.daybook_user || *shown.daybook_user == row->user) return who;
    auto named = valid_book(*shown.daybook_user);
    if (!named) return named.error();
    if (!row->scopes.has(scope::service))
        return make_problem(errc::forbidden, "only a service token may act for another user", "Daybook-User",
                            "Leave the header out, or use a token with the scope service.");
    who.book = std::move(*named);
    return who;
}

domain::result<void> token_authenticator::reload() {
    auto read = read_token_file(file_);
    if (!read) {
        obs::log_error("the tokens file was not taken over; the old tokens stay in force",
                       {{"path", file_.string()}, {"error", read.error().detail}});
        return read.error();
    }
    auto fresh = std::make_shared<const token_table>(std::move(*read));
    const auto count = fresh->size();
    {
        const std::unique_lock lock(mutex_);
        table_ = std::move(fresh);
    }
    obs::log_info("the tokens file was read", {{"path", file_.string()}, {"tokens", count}});
    return {};
}

}  // namespace

std::unique_ptr<authenticator> create_trusting_authenticator() {
    return std::make_unique<trusting_authenticator>();
}

domain::result<std::unique_ptr<authenticator>> create_token_authenticator(std::filesystem::path file,
                                                                          wall_clock now) {
    auto read = read_token_file(file);
    if (!read) return read.error();
    auto table = std::make_shared<const token_table>(std::move(*read));
    std::unique_ptr<authenticator> made =
        std::make_unique<token_authenticator>(std::move(file), std::move(now), std::move(table));
    return made;
}

domain::result<std::unique_ptr<authenticator>> create_authenticator(std::string_view setting) {
    constexpr std::string_view tokens = "tokens:";
    if (setting == "none") return create_trusting_authenticator();
    if (setting.starts_with(tokens) && setting.size() > tokens.size())
        return create_token_authenticator(std::filesystem::path(setting.substr(tokens.size())));
    return make_problem(errc::config_invalid, fmt::format("'{}' is no kind of authentication", setting),
                        "auth", "Use none or tokens:FILE.");
}

domain::result<void> check_scopes(const caller& who, scope_set needs) {
    if (who.is_anonymous() && !needs.empty())
        return make_problem(errc::unauthenticated, "this needs a token");
    if (needs.empty() || who.scopes.has_any(needs)) return {};
    return make_problem(errc::forbidden, fmt::format("this needs the scope {}", to_string(needs)));
}

bool is_valid_user_id(std::string_view text) noexcept {
    return static_cast<bool>(domain::parse_user_id(text));
}

}  // namespace daybook::platform::auth
