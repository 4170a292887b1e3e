// The server over raw sockets: what it refuses (api.md §5, settled 33), what must work, and how it ends.
#include "tests/support/http_fixture.hpp"
#include "tests/support/wait_until.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <thread>

namespace http = daybook::platform::http;
namespace auth = daybook::platform::auth;
namespace json = boost::json;
using daybook::tests::http_fixture;
using daybook::tests::raw_answer;
using daybook::tests::wait_until;
using namespace std::chrono_literals;

namespace {

// One server for all tests that need no special options: it must survive all of them.
http_fixture& shared() {
    static http_fixture one;
    return one;
}

raw_answer exchange(http_fixture& to, std::string_view bytes) {
    auto connection = to.connect();
    connection.send(bytes);
    auto answer = connection.read_answer();
    BOOST_REQUIRE(answer.has_value());
    return *answer;
}

raw_answer exchange(std::string_view bytes) { return exchange(shared(), bytes); }

std::string code_of(const raw_answer& answer) {
    return std::string(json::parse(answer.body).as_object().at("code").as_string());
}

struct refusal {
    std::string_view name;
    int status;
    std::string bytes;
};

std::ostream& operator<<(std::ostream& out, const refusal& one) { return out << one.name; }

const std::vector<refusal> refused_and_closed = {
    {"no Host", 400, "GET /tasks HTTP/1.1\r\n\r\n"},
    {"no Host on HTTP/1.0", 400, "GET /tasks HTTP/1.0\r\n\r\n"},
    {"two Hosts", 400, "GET /tasks HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"},
    {"Transfer-Encoding gzip, chunked", 400,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
    {"Transfer-Encoding twice", 400,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
     "chunked\r\n\r\n0\r\n\r\n"},
    {"Transfer-Encoding identity", 400,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: identity\r\n\r\n"},
    {"Transfer-Encoding xchunked", 400,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
    {"Transfer-Encoding beside Content-Length", 400,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: "
     "5\r\n\r\n0\r\n\r\n"},
    {"chunked on HTTP/1.0", 400,
     "POST /tasks HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"obs-fold", 400, "GET /tasks HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\n 2\r\n\r\n"},
    {"obs-fold with a tab", 400, "GET /tasks HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\n\t2\r\n\r\n"},
    {"Content-Length list", 400, "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2, 2\r\n\r\n{}"},
    {"Content-Length repeat", 400,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}"},
    {"Content-Length signed", 400, "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: +2\r\n\r\n{}"},
    {"Content-Length negative", 400,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: -2\r\n\r\n{}"},
    {"Content-Length hexadecimal", 400,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0x2\r\n\r\n{}"},
    {"Content-Length empty", 400, "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: \r\n\r\n"},
    {"Content-Length beyond 64 bits", 400,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18446744073709551618\r\n\r\n{}"},
    {"a body on GET", 400, "GET /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"},
    {"a chunked body on GET", 400,
     "GET /tasks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"a body on HEAD", 400, "HEAD /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"},
    {"a bare line feed", 400, "GET /tasks HTTP/1.1\nHost: localhost\n\n"},
    {"a bare line feed among others", 400, "GET /tasks HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n"},
    {"a bare carriage return in a value", 400, "GET /tasks HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n"},
    {"a NUL in a value", 400, std::string("GET /tasks HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n", 51)},
    {"a space before the colon", 400, "GET /tasks HTTP/1.1\r\nHost : localhost\r\n\r\n"},
    {"a space before Content-Length's colon", 400,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length : 2\r\n\r\n{}"},
    {"a line without a colon", 400, "GET /tasks HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n"},
    {"an empty field name", 400, "GET /tasks HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n"},
    {"HTTP/2.0", 400, "GET /tasks HTTP/2.0\r\nHost: localhost\r\n\r\n"},
    {"the HTTP/2 preface", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {"no version", 400, "GET /tasks\r\nHost: localhost\r\n\r\n"},
    {"a TLS greeting", 400, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15)},
    {"two spaces in the request line", 400, "GET  /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a chunk size that is no number", 400,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
     "chunked\r\n\r\nzz\r\n"},
    {"a chunk size beyond 64 bits", 400,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
     "chunked\r\n\r\n"
     "10000000000000002\r\n"},
    {"header too large", 431,
     "GET /tasks HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(17 * 1024, 'a') + "\r\n\r\n"},
    {"header without an end", 431,
     "GET /tasks HTTP/1.1\r\nHost: localhost\r\n" + std::string(20 * 1024, 'a')},
    {"target too long", 414, "GET /" + std::string(9 * 1024, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"target without an end", 414, "GET /" + std::string(20 * 1024, 'a')},
    {"announced body too large", 413,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
     "1048577\r\n\r\n"},
    {"chunked body too large", 413,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
     "chunked\r\n\r\n"
     "100001\r\n"},
};

const std::vector<refusal> refused_and_kept = {
    {"another host", 421, "GET /tasks HTTP/1.1\r\nHost: evil.example\r\n\r\n"},
    {"another host with our port", 421, "GET /tasks HTTP/1.1\r\nHost: evil.example:8080\r\n\r\n"},
    {"a host that only starts like ours", 421, "GET /tasks HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n"},
    {"another address", 421, "GET /tasks HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n"},
    {"an empty Host", 400, "GET /tasks HTTP/1.1\r\nHost:\r\n\r\n"},
    {"a Host with a user", 400, "GET /tasks HTTP/1.1\r\nHost: a@localhost\r\n\r\n"},
    {"a Host list", 400, "GET /tasks HTTP/1.1\r\nHost: localhost, localhost\r\n\r\n"},
    {"an absolute target of another host", 400,
     "GET http://evil.example/tasks HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a foreign Origin", 403,
     "GET /tasks HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n"},
    {"Origin null", 403, "GET /tasks HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n"},
    {"an Origin of another port", 403,
     "GET /tasks HTTP/1.1\r\nHost: localhost:8080\r\nOrigin: http://localhost:9090\r\n\r\n"},
    {"an asterisk target", 400, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a target with a raw quote", 400, "GET /tasks?q=\" HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a target with a broken escape", 400, "GET /tasks?q=%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a target that is not UTF-8", 400, "GET /tasks/%ff HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a target with U+0000", 400, "GET /tasks?q=%00 HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"an unknown path", 404, "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a path with an empty segment", 404, "GET /tasks/ HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"an unknown method", 405, "BREW /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a method in lower case", 405, "get /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a form", 415,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
     "Content-Length: 3\r\n\r\na=b"},
    {"text", 415,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"},
    {"no media type", 415, "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"},
    {"two media types", 415,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Type: "
     "text/plain\r\n"
     "Content-Length: 2\r\n\r\n{}"},
    {"another charset", 415,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json; charset=latin1\r\n"
     "Content-Length: 2\r\n\r\n{}"},
    {"an encoded body", 415,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
     "Content-Length: 2\r\n\r\n{}"},
    {"Accept that excludes JSON", 406, "GET /tasks HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n"},
    {"Accept with JSON at q=0", 406,
     "GET /tasks HTTP/1.1\r\nHost: localhost\r\nAccept: */*, application/json;q=0.0\r\n\r\n"},
    {"Daybook-User twice", 400,
     "GET /tasks HTTP/1.1\r\nHost: localhost\r\nDaybook-User: ana\r\nDaybook-User: ben\r\n\r\n"},
    {"Daybook-User that is no user id", 400,
     "GET /tasks HTTP/1.1\r\nHost: localhost\r\nDaybook-User: " + std::string(129, 'a') + "\r\n\r\n"},
    {"Daybook-User that is not UTF-8", 400,
     "GET /tasks HTTP/1.1\r\nHost: localhost\r\nDaybook-User: \xff\r\n\r\n"},
};

const std::vector<refusal> accepted = {
    {"the plain GET", 200, "GET /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"the listen address", 200, "GET /tasks HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"},
    {"LOCALHOST", 200, "GET /tasks HTTP/1.1\r\nHost: LOCALHOST\r\n\r\n"},
    {"our own Origin", 200, "GET /tasks HTTP/1.1\r\nHost: localhost:1\r\nOrigin: http://localhost:1\r\n\r\n"},
    {"an absolute target", 200, "GET http://localhost/tasks HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"an empty line before the request", 200, "\r\nGET /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"Content-Length 0 on GET", 200, "GET /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"},
    {"no body on POST", 200, "POST /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"a charset in quotes", 200,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json; charset=\"UTF-8\"\r\n"
     "Content-Length: 2\r\n\r\n{}"},
    {"a merge patch", 200,
     "PATCH /tasks/1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/merge-patch+json\r\n"
     "Content-Length: 2\r\n\r\n{}"},
    {"a chunked body", 200,
     "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
     "Chunked\r\n\r\n"
     "1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n"},
    {"Accept application/*", 200,
     "GET /tasks HTTP/1.1\r\nHost: localhost\r\nAccept: text/html, application/*;q=0.1\r\n\r\n"},
    {"an empty Accept", 200, "GET /tasks HTTP/1.1\r\nHost: localhost\r\nAccept:\r\n\r\n"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(platform_http)

BOOST_DATA_TEST_CASE(a_request_whose_end_is_in_doubt_is_refused_and_the_connection_closed, refused_and_closed,
                     row) {
    auto connection = shared().connect();
    connection.send(row.bytes);
    const auto answer = connection.read_answer();
    BOOST_REQUIRE(answer.has_value());
    BOOST_TEST(answer->status == row.status);
    BOOST_TEST(answer->field("Connection").value_or("") == "close");
    BOOST_TEST(answer->field("Content-Type").value_or("") == "application/problem+json");
    BOOST_TEST(answer->field("Request-Id").has_value());
    BOOST_TEST(connection.reads_end());
}

BOOST_DATA_TEST_CASE(a_request_that_breaks_a_rule_is_refused_and_the_connection_goes_on, refused_and_kept,
                     row) {
    auto connection = shared().connect();
    connection.send(row.bytes);
    const auto refused = connection.read_answer();
    BOOST_REQUIRE(refused.has_value());
    BOOST_TEST(refused->status == row.status);
    const auto problem = json::parse(refused->body).as_object();
    BOOST_TEST(problem.at("status").as_int64() == row.status);
    BOOST_TEST(std::string(problem.at("request_id").as_string()) ==
               refused->field("Request-Id").value_or(""));
    connection.send("GET /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto next = connection.read_answer();
    BOOST_REQUIRE(next.has_value());
    BOOST_TEST(next->status == 200);
}

BOOST_DATA_TEST_CASE(a_request_that_keeps_the_rules_is_answered, accepted, row) {
    BOOST_TEST(exchange(row.bytes).status == row.status);
}

BOOST_AUTO_TEST_CASE(every_answer_carries_security_headers_a_date_and_a_request_id_of_its_own) {
    const auto first = exchange("GET /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto second = exchange("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
    for (const auto& answer : {first, second}) {
        for (const auto* name :
             {"X-Content-Type-Options", "X-Frame-Options", "Content-Security-Policy", "Referrer-Policy",
              "Cross-Origin-Resource-Policy", "Cache-Control", "Date", "Request-Id"})
            BOOST_TEST(answer.field(name).has_value(), name);
        BOOST_TEST(!answer.field("Access-Control-Allow-Origin").has_value());
    }
    BOOST_TEST(*first.field("Request-Id") != *second.field("Request-Id"));
}

BOOST_AUTO_TEST_CASE(a_handler_sees_path_parameters_and_queries_decoded) {
    const auto answer = exchange(
        "GET /tasks/a%2Fb%20c?q=x+y%2B&q=%C3%A9&empty=&flag HTTP/1.1\r\nHost: localhost\r\nDaybook-User: "
        "ana\r\n\r\n");
    const auto seen = json::parse(answer.body).as_object();
    BOOST_TEST(seen.at("id").as_string() == "a/b c");
    BOOST_TEST(json::serialize(seen.at("query")) == R"([["q","x y+"],["q","é"],["empty",""],["flag",""]])");
    BOOST_TEST(seen.at("user").as_string() == "ana");
    BOOST_TEST(seen.at("loopback").as_bool());
}

BOOST_AUTO_TEST_CASE(daybook_user_does_not_count_when_a_web_page_could_have_sent_it) {
    for (const std::string extra : {"Origin: http://localhost\r\n", "Sec-Fetch-Site: same-origin\r\n"}) {
        const auto answer =
            exchange("GET /tasks HTTP/1.1\r\nHost: localhost\r\nDaybook-User: ana\r\n" + extra + "\r\n");
        BOOST_TEST(json::parse(answer.body).as_object().at("user").as_string() == "me");
    }
}

BOOST_AUTO_TEST_CASE(a_405_lists_what_is_allowed_and_a_route_of_another_role_names_it) {
    const auto wrong = exchange("DELETE /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(wrong.status == 405);
    BOOST_TEST(wrong.field("Allow").value_or("") == "GET, HEAD, POST");
    const auto elsewhere = exchange("GET /elsewhere/1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(elsewhere.status == 404);
    BOOST_TEST(elsewhere.body.find("projector") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(head_answers_like_get_without_the_body) {
    auto connection = shared().connect();
    connection.send(
        "HEAD /open HTTP/1.1\r\nHost: localhost\r\n\r\nGET /open HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto head = connection.read_answer(true);
    const auto get = connection.read_answer();
    BOOST_REQUIRE((head && get));
    BOOST_TEST(head->status == 200);
    BOOST_TEST(std::stoul(*head->field("Content-Length")) ==
               get->body.size() + 1);  // "HEAD" is longer than "GET"
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
    auto connection = shared().connect();
    std::string bytes;
    for (int i = 0; i < 200; ++i) {
        bytes += fmt::format(
            "POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: {}\r\n\r\n{}",
            std::to_string(i).size(), i);
    }
    connection.send(bytes);
    for (int i = 0; i < 200; ++i) {
        const auto answer = connection.read_answer();
        BOOST_REQUIRE(answer.has_value());
        BOOST_TEST(answer->body == std::to_string(i));
    }
}

BOOST_AUTO_TEST_CASE(a_request_that_arrives_byte_by_byte_is_read) {
    auto connection = shared().connect();
    const std::string bytes =
        "POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
        "chunked\r\n\r\n"
        "3\r\n[1,\r\n2\r\n2]\r\n0\r\nX-Trailer: yes\r\n\r\n";
    for (const char byte : bytes) connection.send({&byte, 1});
    const auto answer = connection.read_answer();
    BOOST_REQUIRE(answer.has_value());
    BOOST_TEST(answer->body == "[1,2]");
}

BOOST_AUTO_TEST_CASE(a_trailer_does_not_become_a_header) {
    const auto answer = exchange(
        "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
        "chunked\r\n\r\n"
        "2\r\n{}\r\n0\r\nX-Trailer: yes\r\nDaybook-User: eve\r\n\r\n");
    BOOST_TEST(answer.status == 200);
    const auto seen = json::parse(answer.body).as_object();
    BOOST_TEST(!seen.at("x_trailer").as_bool());
    BOOST_TEST(seen.at("user").as_string() == "me");
}

BOOST_AUTO_TEST_CASE(a_body_of_just_the_limit_passes) {
    const std::string text = "\"" + std::string(1024 * 1024 - 2, 'a') + "\"";
    const auto answer =
        exchange(fmt::format("POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                             "application/json\r\nContent-Length: {}\r\n\r\n{}",
                             text.size(), text));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body.size() == text.size());
}

BOOST_AUTO_TEST_CASE(expect_100_continue_is_answered_before_the_body_or_refused_without_it) {
    auto connection = shared().connect();
    connection.send(
        "POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    const auto go_on = connection.read_answer();
    BOOST_REQUIRE(go_on.has_value());
    BOOST_TEST(go_on->status == 100);
    connection.send("{}");
    BOOST_TEST(connection.read_answer()->status == 200);

    connection.send(
        "POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
        "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    BOOST_TEST(connection.read_answer()->status == 415);
    BOOST_TEST(connection.reads_end());
}

BOOST_AUTO_TEST_CASE(http_1_0_closes_after_the_answer_unless_asked_not_to) {
    auto closing = shared().connect();
    closing.send("GET /open HTTP/1.0\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(closing.read_answer()->field("Connection").value_or("") == "close");
    BOOST_TEST(closing.reads_end());
    auto keeping = shared().connect();
    for (int i = 0; i < 2; ++i) {
        keeping.send("GET /open HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
        BOOST_TEST(keeping.read_answer()->field("Connection").value_or("") == "keep-alive");
    }
}

BOOST_AUTO_TEST_CASE(connection_close_is_obeyed) {
    auto connection = shared().connect();
    connection.send("GET /open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    BOOST_TEST(connection.read_answer()->field("Connection").value_or("") == "close");
    BOOST_TEST(connection.reads_end());
}

BOOST_AUTO_TEST_CASE(an_error_of_a_handler_is_a_500_that_tells_nothing_and_the_connection_goes_on) {
    auto connection = shared().connect();
    connection.send("GET /throws HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto answer = connection.read_answer();
    BOOST_TEST(answer->status == 500);
    BOOST_TEST(code_of(*answer) == "internal");
    BOOST_TEST(answer->body.find("secret") == std::string::npos);
    connection.send("GET /problem HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto thrown = connection.read_answer();
    BOOST_TEST(thrown->status == 409);
    BOOST_TEST(code_of(*thrown) == "status.conflict");
}

BOOST_AUTO_TEST_CASE(a_header_with_a_line_end_in_its_value_never_leaves) {
    const auto answer = exchange("GET /bad-header HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(answer.status == 500);
    BOOST_TEST(answer.head.find("Injected") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stream_is_chunked_and_on_http_1_0_ends_with_the_connection) {
    auto connection = shared().connect();
    connection.send(
        "GET /stream HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\nGET /open HTTP/1.1\r\nHost: "
        "localhost\r\n\r\n");
    const auto streamed = connection.read_answer();
    BOOST_TEST(streamed->field("Transfer-Encoding").value_or("") == "chunked");
    BOOST_TEST(streamed->body == "line 0\nline 1\nline 2\n");
    BOOST_TEST(connection.read_answer()->status == 200);
    const auto old = exchange("GET /stream HTTP/1.0\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(!old.field("Transfer-Encoding").has_value());
    BOOST_TEST(old.body == "line 0\nline 1\nline 2\n");
}

BOOST_AUTO_TEST_CASE(a_stream_whose_peer_goes_away_is_cancelled) {
    http_fixture server;
    {
        auto connection = server.connect();
        connection.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
        while (connection.unread().find("\r\n\r\n") == std::string::npos) connection.read_more();
        BOOST_TEST(server.streams_destroyed == 0);
    }
    BOOST_TEST(wait_until([&] { return server.streams_destroyed == 1; }));
    BOOST_TEST(wait_until([&] { return server.server().open_connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_request_that_does_not_arrive_in_time_is_408_and_an_idle_connection_is_closed) {
    http::server_options options;
    options.read_deadline = 100ms;
    options.idle_deadline = 100ms;
    http_fixture server(options);
    auto half_a_head = server.connect();
    half_a_head.send("GET /tasks HTTP/1.1\r\nHos");
    auto half_a_body = server.connect();
    half_a_body.send(
        "POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
        "9\r\n\r\n{");
    auto idle = server.connect();
    BOOST_TEST(half_a_head.read_answer()->status == 408);
    BOOST_TEST(half_a_head.reads_end());
    BOOST_TEST(half_a_body.read_answer()->status == 408);
    BOOST_TEST(half_a_body.reads_end());
    BOOST_TEST(idle.reads_end());
}

BOOST_AUTO_TEST_CASE(one_address_gets_so_many_connections_and_no_more) {
    http::server_options options;
    options.connections_per_address_max = 2;
    http_fixture server(options);
    auto first = std::make_unique<daybook::tests::raw_connection>(server.port());
    auto second = server.connect();
    BOOST_REQUIRE(wait_until([&] { return server.server().open_connections() == 2; }));
    auto third = server.connect();
    const auto refused = third.read_answer();
    BOOST_REQUIRE(refused.has_value());
    BOOST_TEST(refused->status == 503);
    BOOST_TEST(code_of(*refused) == "connections.exceeded");
    BOOST_TEST(third.reads_end());
    first.reset();
    BOOST_REQUIRE(wait_until([&] { return server.server().open_connections() == 1; }));
    BOOST_TEST(exchange(server, "GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(stop_finishes_what_is_in_flight_and_closes_what_is_idle) {
    http_fixture server;
    auto idle = server.connect();
    idle.send("GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(idle.read_answer()->status == 200);
    auto busy = server.connect();
    busy.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_REQUIRE(wait_until([&] { return server.slow_gate().waiting == 1; }));
    bool finished = false;
    std::jthread stopping([&] { finished = server.server().stop(10s); });
    BOOST_TEST(idle.reads_end());
    server.slow_gate().open = true;
    const auto answer = busy.read_answer();
    BOOST_REQUIRE(answer.has_value());
    BOOST_TEST(answer->body == "finished");
    BOOST_TEST(answer->field("Connection").value_or("") == "close");
    BOOST_TEST(busy.reads_end());
    stopping.join();
    BOOST_TEST(finished);
    BOOST_CHECK_THROW(server.connect(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(stop_cuts_off_what_does_not_end_by_the_deadline) {
    http_fixture server;
    auto stuck = server.connect();
    stuck.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
    auto stream = server.connect();
    stream.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_REQUIRE(wait_until([&] { return server.slow_gate().waiting == 1; }));
    while (stream.unread().find("\r\n\r\n") == std::string::npos) stream.read_more();
    BOOST_TEST(!server.server().stop(50ms));
    BOOST_TEST(server.streams_destroyed == 1);
    BOOST_TEST(!stuck.read_answer().has_value());
}

BOOST_AUTO_TEST_CASE(an_address_in_use_and_an_open_door_beyond_loopback_are_refused_at_start) {
    http_fixture first;
    http::router routes;
    const auto nobody = auth::create_trusting_authenticator();
    http::server_options options;
    options.listen.port = first.port();
    const auto taken = http::create_server(options, routes, *nobody, nullptr)->start();
    BOOST_REQUIRE(!taken);
    BOOST_TEST(taken.error().detail.find(std::to_string(first.port())) != std::string::npos);
    options.listen = {"0.0.0.0", 0};
    const auto open = http::create_server(options, routes, *nobody, nullptr)->start();
    BOOST_REQUIRE(!open);
    BOOST_TEST(open.error().detail.find("loopback") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_allowed_host_is_answered) {
    http::server_options options;
    options.allowed_hosts = {"Tasks.example"};
    http_fixture server(options);
    BOOST_TEST(exchange(server, "GET /open HTTP/1.1\r\nHost: tasks.Example:443\r\n\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(rate_errors_and_duration_are_counted_by_route) {
    http_fixture server;
    exchange(server, "GET /tasks/1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    exchange(server, "GET /throws HTTP/1.1\r\nHost: localhost\r\n\r\n");
    exchange(server, "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto has = [&](std::string_view line) {
        return server.figures().render().find(line) != std::string::npos;
    };
    BOOST_TEST(wait_until(
        [&] { return has("http_requests_total{method=\"GET\",route=\"/tasks/{id}\",status=\"2xx\"} 1"); }));
    BOOST_TEST(wait_until(
        [&] { return has("http_requests_total{method=\"GET\",route=\"/throws\",status=\"5xx\"} 1"); }));
    BOOST_TEST(wait_until(
        [&] { return has("http_requests_total{method=\"other\",route=\"none\",status=\"4xx\"} 1"); }));
    BOOST_TEST(has("http_request_duration_seconds_count{method=\"GET\",route=\"/tasks/{id}\"} 1"));
}

BOOST_AUTO_TEST_CASE(a_listen_address_is_read_and_shown) {
    BOOST_TEST(http::listen_address::parse("localhost:80").value().to_string() == "127.0.0.1:80");
    BOOST_TEST(http::listen_address::parse("[::1]:8080").value().to_string() == "[::1]:8080");
    BOOST_TEST(http::listen_address::parse("[::1]:8080").value().is_loopback());
    BOOST_TEST(!http::listen_address::parse("0.0.0.0:1").value().is_loopback());
    for (const auto* bad : {"", "8080", ":8080", "::1:8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
                            "127.0.0.1:70000", "name.example:80", "[127.0.0.1]:80"})
        BOOST_TEST(!http::listen_address::parse(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
