#include "platform/auth/authenticator.hpp"
#include "platform/auth/ticket_table.hpp"
#include "platform/auth/token_table.hpp"
#include "tests/support/http_fixture.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace auth = daybook::platform::auth;
namespace dom = daybook::domain;
using auth::scope;
using daybook::tests::http_fixture;
using daybook::tests::temporary_folder;

namespace {

std::string hex_digest(std::string_view token) {
    std::string text;
    for (const auto byte : auth::sha256(token)) text += fmt::format("{:02x}", byte);
    return text;
}

std::string row(std::string_view token, std::string_view user, std::string_view scopes,
                std::string_view rest = "") {
    return fmt::format("{{\"sha256\":\"{}\",\"user\":\"{}\",\"scopes\":[{}]{}}}\n", hex_digest(token), user,
                       scopes, rest);
}

class tokens_file {
 public:
    explicit tokens_file(const std::string& text) { write(text); }
    void write(const std::string& text) { std::ofstream(path(), std::ios::trunc) << text; }
    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "tokens.jsonl"; }

 private:
    temporary_folder folder_;
};

dom::errc code_for(const auth::authenticator& who, std::optional<std::string_view> authorization,
                   std::optional<std::string_view> user = std::nullopt) {
    const auto got = who.authenticate({authorization, user});
    BOOST_REQUIRE(!got);
    return got.error().code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(platform_auth)

BOOST_AUTO_TEST_CASE(without_authentication_the_caller_is_me_or_who_the_header_names) {
    const auto who = auth::create_trusting_authenticator();
    BOOST_TEST(who->trusts_everybody());
    BOOST_TEST(who->authenticate({}).value().book == "me");
    const auto ana = who->authenticate({std::nullopt, "ana"}).value();
    BOOST_TEST(ana.user == "ana");
    BOOST_TEST(ana.book == "ana");
    BOOST_TEST(ana.scopes.has(scope::write));
    BOOST_TEST(!ana.scopes.has(scope::service));
    BOOST_TEST((code_for(*who, std::nullopt, "") == dom::errc::request_malformed));
    BOOST_TEST((code_for(*who, std::nullopt, "a\tb") == dom::errc::request_malformed));
}

BOOST_AUTO_TEST_CASE(a_token_gives_its_user_and_scopes_until_it_expires) {
    const tokens_file file(row("t-ana", "ana", R"("read","write")") +
                           row("t-old", "old", R"("read")", R"(,"expires":"2026-01-01T00:00:00Z")") + "\n" +
                           row("t-adm", "root", R"("admin")", R"(,"expires":"2027-01-01T00:00:00+01:00")"));
    const auto now = [] {
        return std::chrono::system_clock::time_point(std::chrono::sys_days(std::chrono::year(2026) / 6 / 1));
    };
    const auto who = auth::create_token_authenticator(file.path(), now).value();
    BOOST_TEST(!who->trusts_everybody());
    const auto ana = who->authenticate({"Bearer t-ana", std::nullopt}).value();
    BOOST_TEST(ana.user == "ana");
    BOOST_TEST((ana.scopes == (scope::read | scope::write)));
    BOOST_TEST(who->authenticate({"bearer t-ana", "ana"}).value().book == "ana");
    BOOST_TEST(who->authenticate({}).value().is_anonymous());
    BOOST_TEST(
        (who->authenticate({"Bearer t-adm", std::nullopt}).value().scopes == auth::scope_set(scope::admin)));
    for (const auto* wrong : {"", "Bearer", "Bearer ", "Bearer  t-ana", "Bearer t-an", "Bearer t-ana ",
                              "Basic dDph", "t-ana", "Bearer t-old"})
        BOOST_TEST((code_for(*who, wrong) == dom::errc::unauthenticated), wrong);
    BOOST_TEST((code_for(*who, "Bearer t-ana", "ben") == dom::errc::forbidden));
    BOOST_TEST((code_for(*who, "Bearer t-adm", "ben") == dom::errc::forbidden));
    BOOST_TEST((code_for(*who, "Bearer t-ana", "b\x01n") == dom::errc::request_malformed));
}

BOOST_AUTO_TEST_CASE(a_service_token_acts_for_any_book_and_is_named_as_the_actor) {
    const tokens_file file(row("t", "reactor", R"("service")"));
    const auto who = auth::create_token_authenticator(file.path()).value();
    const auto own = who->authenticate({"Bearer t", std::nullopt}).value();
    BOOST_TEST(own.book == "reactor");
    const auto ben = who->authenticate({"Bearer t", "ben"}).value();
    BOOST_TEST(ben.user == "reactor");
    BOOST_TEST(ben.book == "ben");
    BOOST_TEST(ben.actor_type == "service");
    BOOST_TEST(ben.scopes.has(scope::write));
    BOOST_TEST(!ben.scopes.has(scope::admin));
}

BOOST_AUTO_TEST_CASE(a_bad_file_is_refused_with_its_line_and_never_taken_over) {
    const std::string good = row("t", "ana", R"("read")");
    const std::vector<std::string> bad_lines = {
        "nonsense",
        "[]",
        R"({"user":"ana","scopes":["read"]})",
        R"({"sha256":"abc","user":"ana","scopes":["read"]})",
        row("x", "", R"("read")"),
        row("x", "ana", ""),
        row("x", "ana", R"("root")"),
        row("x", "ana", "1"),
        row("x", "ana", R"("read")", R"(,"expires":"tomorrow")"),
        row("x", "ana", R"("read")", R"(,"expires":1)"),
        row("x", "ana", R"("read")", R"(,"note":"x")"),
        row("t", "ben", R"("read")"),
        R"({"sha256":")" + std::string(64, 'A') + R"(","user":"ana","scopes":["read"]})"};
    tokens_file file(good);
    const auto who = auth::create_token_authenticator(file.path()).value();
    for (const auto& line : bad_lines) {
        file.write(good + line + "\n");
        const auto refused = who->reload();
        BOOST_REQUIRE_MESSAGE(!refused, line);
        BOOST_TEST(refused.error().detail.find("line 2") != std::string::npos, refused.error().detail);
        BOOST_TEST(who->authenticate({"Bearer t", std::nullopt}).has_value());
        BOOST_TEST(!auth::create_token_authenticator(file.path()).has_value());
    }
    std::filesystem::remove(file.path());
    BOOST_TEST(!who->reload().has_value());
    BOOST_TEST(who->authenticate({"Bearer t", std::nullopt}).has_value());
    file.write(row("new", "ben", R"("read")"));
    BOOST_TEST(who->reload().has_value());
    BOOST_TEST(who->authenticate({"Bearer new", std::nullopt}).value().user == "ben");
    BOOST_TEST((code_for(*who, "Bearer t") == dom::errc::unauthenticated));
}

BOOST_AUTO_TEST_CASE(the_setting_names_one_of_two_kinds) {
    BOOST_TEST(auth::create_authenticator("none").has_value());
    for (const auto* bad : {"", "tokens", "tokens:", "basic", "tokens:/nowhere/at/all", "tokens:/"})
        BOOST_TEST(!auth::create_authenticator(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(a_file_without_tokens_is_refused_and_revokes_nobody) {
    tokens_file file(row("r", "ana", R"("read")"));
    const auto who = auth::create_token_authenticator(file.path()).value();
    for (const auto* empty : {"", "\n \n"}) {
        file.write(empty);
        const auto reloaded = who->reload();
        BOOST_REQUIRE(!reloaded);
        BOOST_TEST(reloaded.error().detail.find("no token") != std::string::npos);
        BOOST_TEST(!auth::create_token_authenticator(file.path()).has_value());
        BOOST_TEST(who->authenticate({"Bearer r", std::nullopt}).has_value());
    }
}

BOOST_AUTO_TEST_CASE(each_kind_of_route_asks_for_its_scope) {
    const tokens_file file(row("r", "ana", R"("read")") + row("w", "ana", R"("write")") +
                           row("a", "ana", R"("admin")") + row("s", "svc", R"("service")"));
    http_fixture server({}, auth::create_token_authenticator(file.path()).value());
    struct expectation {
        std::string_view token;
        int open, read, write, admin, figures;
    };
    const std::vector<expectation> table = {{"", 200, 401, 401, 401, 200},  {"?", 200, 401, 401, 401, 200},
                                            {"r", 200, 200, 403, 403, 200}, {"w", 200, 403, 200, 403, 200},
                                            {"a", 200, 403, 403, 200, 200}, {"s", 200, 200, 200, 403, 200}};
    for (const auto& row_of_table : table) {
        const auto status = [&](std::string_view request_line) {
            auto connection = server.connect();
            std::string bytes =
                fmt::format("{} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n", request_line);
            if (!row_of_table.token.empty())
                bytes += fmt::format("Authorization: Bearer {}\r\n", row_of_table.token);
            connection.send(bytes + "\r\n");
            const auto answer = connection.read_answer();
            BOOST_REQUIRE(answer.has_value());
            if (answer->status == 401)
                BOOST_TEST(answer->field("WWW-Authenticate").value_or("").starts_with("Bearer"));
            return answer->status;
        };
        BOOST_TEST_CONTEXT("token '" << row_of_table.token << "'") {
            BOOST_TEST(status("GET /open") == row_of_table.open);
            BOOST_TEST(status("GET /tasks") == row_of_table.read);
            BOOST_TEST(status("POST /tasks") == row_of_table.write);
            BOOST_TEST(status("GET /admin") == row_of_table.admin);
            BOOST_TEST(status("GET /figures") == row_of_table.figures);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_ticket_counts_once_and_for_its_time) {
    auto now = std::chrono::steady_clock::time_point();
    auth::ticket_options options;
    options.tickets_max = 2;
    options.now = [&now] { return now; };
    auth::ticket_table tickets(options);
    const auto one = tickets.issue({"ana", "ana", auth::scope::read, "user"}).value();
    const auto other = tickets.issue({"bob", "bob", auth::scope::read, "user"}).value();
    BOOST_TEST(one.size() == 64U);
    BOOST_TEST(one != other);
    const auto refused = tickets.issue({"eva", "eva", auth::scope::read, "user"});
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == daybook::domain::errc::overloaded));
    BOOST_TEST(!tickets.redeem("nonsense"));
    const auto who = tickets.redeem(one);
    BOOST_REQUIRE(who);
    BOOST_TEST(who->book == "ana");
    BOOST_TEST(!tickets.redeem(one));
    now += std::chrono::seconds(30);
    BOOST_TEST(!tickets.redeem(other));
    BOOST_TEST(tickets.issue({"eva", "eva", auth::scope::read, "user"}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
