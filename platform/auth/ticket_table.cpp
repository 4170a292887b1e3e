#include "platform/auth/ticket_table.hpp"

#include "platform/auth/token_table.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <utility>

namespace daybook::platform::auth {
namespace {

/// Looked up by hash, so the time of the look-up tells nothing about a ticket.
std::string key_of(std::string_view ticket) {
    const auto digest = sha256(ticket);
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

ticket_table::ticket_table(ticket_options options) : options_(std::move(options)) {}

domain::result<std::string> ticket_table::issue(caller who) {
    std::array<unsigned char, 32> chance{};
    if (::RAND_bytes(chance.data(), static_cast<int>(chance.size())) != 1)
        return domain::make_problem(domain::errc::overloaded, "the system gives no random numbers now");
    std::string ticket;
    for (const auto byte : chance) ticket += fmt::format("{:02x}", byte);
    const auto now = options_.now();
    const std::scoped_lock lock(mutex_);
    if (tickets_.size() >= options_.tickets_max)
        std::erase_if(tickets_, [now](const auto& each) { return each.second.ends <= now; });
    if (tickets_.size() >= options_.tickets_max)
        return domain::make_problem(domain::errc::overloaded, "too many tickets wait to be used");
    tickets_.emplace(key_of(ticket), issued{std::move(who), now + options_.life});
    return ticket;
}

std::optional<caller> ticket_table::redeem(std::string_view ticket) {
    const auto key = key_of(ticket);
    const auto now = options_.now();
    const std::scoped_lock lock(mutex_);
    auto found = tickets_.extract(key);
    if (found.empty() || found.mapped().ends <= now) return std::nullopt;
    return std::move(found.mapped().who);
}

}  // namespace daybook::platform::auth
