#include "platform/http/http_client.hpp"
#include "tests/support/http_fixture.hpp"
#include "tests/support/wait_until.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <random>

namespace http = daybook::platform::http;
namespace dom = daybook::domain;
using daybook::tests::http_fixture;
using daybook::tests::wait_until;
using namespace std::chrono_literals;

namespace {

http::client_options to(const http_fixture& server) {
    http::client_options options;
    options.url = "http://127.0.0.1:" + std::to_string(server.port());
    return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(platform_http_client)

BOOST_AUTO_TEST_CASE(requests_share_one_connection_and_answers_come_back_whole) {
    http_fixture server;
    auto options = to(server);
    options.user = "ana";
    const auto client = http::create_client(options).value();
    for (int i = 0; i < 5; ++i) {
        const auto answer = client->get("/tasks/7?x=1").value();
        BOOST_TEST(answer.status == 200);
        BOOST_TEST(answer.json().value().at("user").as_string() == "ana");
        BOOST_TEST(!answer.header("request-id").empty());
    }
    boost::json::object body;
    body["n"] = 1;
    BOOST_TEST(client->post("/json", body).value().body == R"({"n":1})");
    BOOST_TEST(client->get("/stream").value().body == "line 0\nline 1\nline 2\n");
    BOOST_TEST(client->get("/nothing").value().status == 404);
    http::client_request head;
    head.method = http::method::head;
    head.target = "/open";
    BOOST_TEST(client->send(head).value().body.empty());
    BOOST_TEST(client->get("/open").value().status == 200);
    BOOST_TEST(server.server().open_connections() == 1U);
}

BOOST_AUTO_TEST_CASE(a_connection_that_the_server_closed_is_opened_again) {
    http::server_options options;
    options.idle_deadline = 50ms;
    http_fixture server(options);
    const auto client = http::create_client(to(server)).value();
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(client->post("/json", boost::json::value(i)).value().body == std::to_string(i));
        BOOST_REQUIRE(wait_until([&] { return server.server().open_connections() == 0; }));
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_or_does_not_answer_is_unreachable) {
    auto server = std::make_unique<http_fixture>();
    auto options = to(*server);
    options.request_deadline = 100ms;
    const auto client = http::create_client(options).value();
    const auto slow = client->get("/slow");
    BOOST_REQUIRE(!slow);
    BOOST_TEST((slow.error().code == dom::errc::unreachable));
    BOOST_TEST(slow.error().detail.find("deadline") != std::string::npos);
    server->slow_gate().open = true;
    BOOST_TEST(client->get("/open").value().status == 200);
    server.reset();
    const auto gone = client->get("/open");
    BOOST_REQUIRE(!gone);
    BOOST_TEST((gone.error().code == dom::errc::unreachable));
}

BOOST_AUTO_TEST_CASE(an_address_that_is_no_server_is_refused) {
    for (const auto* url : {"", "localhost:8080", "https://localhost", "http://", "http://localhost/path",
                            "http://u@localhost", "http://localhost?x"}) {
        http::client_options options;
        options.url = url;
        BOOST_TEST(!http::create_client(options).has_value(), url);
    }
    http::client_options options;
    options.url = "http://[::1]:8080/";
    BOOST_TEST(http::create_client(options).has_value());
}

BOOST_AUTO_TEST_CASE(ten_thousand_random_bodies_get_a_200_or_a_4xx_and_the_server_lives) {
    http_fixture server;
    const auto client = http::create_client(to(server)).value();
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random(seed);
    const std::string alphabet = "{}[]\",:0123456789.eE+-\\u nulltruefalse\xc3\xa9\xff\x01";
    int refused = 0;
    for (int i = 0; i < 10'000; ++i) {
        http::client_request r;
        r.method = http::method::post;
        r.target = "/json";
        r.headers.emplace_back("Idempotency-Key", "k");
        for (auto size = random() % 60 + 1; size > 0; --size)
            r.body += random() % 4 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
        const auto answer = client->send(r);
        BOOST_REQUIRE_MESSAGE(answer.has_value(), "seed " << seed << " case " << i);
        const int status = answer->status;
        BOOST_REQUIRE_MESSAGE(status == 200 || (status >= 400 && status < 500),
                              "seed " << seed << " case " << i);
        if (status != 200) ++refused;
    }
    BOOST_TEST(refused > 9'000);
}

BOOST_AUTO_TEST_SUITE_END()
