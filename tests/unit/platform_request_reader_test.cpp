// The reader without a socket: split anywhere, mutated anyhow, it gives a request or a 4xx.
#include "platform/http/request_reader.hpp"
#include "platform/http/request_target.hpp"
#include "platform/runtime/utf8.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <random>

namespace http = daybook::platform::http;
namespace dom = daybook::domain;
namespace runtime = daybook::platform::runtime;
using stage = http::request_reader::stage;

namespace {

constexpr http::request_reader::limits small = {2'048, 1'024, 4'096};

const std::array<std::string, 4> good = {
    "GET /v1/tasks?q=due:today HTTP/1.1\r\nHost: localhost:8080\r\nAccept: application/json\r\n\r\n",
    "POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
    "13\r\n\r\n"
    "{\"commands\":1}",
    "POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
    "chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n"
    "0\r\nX-T: 1\r\n\r\n",
    "DELETE /v1/tasks/1 HTTP/1.0\r\nHost: [::1]:80\r\nConnection: keep-alive\r\nAuthorization: Bearer "
    "abc\r\n\r\n"};

struct outcome {
    bool complete = false;
    std::optional<dom::problem> refused;
    std::string body;
    std::size_t unused = 0;
};

// Feeds the bytes in pieces; what the reader does not use is offered again with the next piece, as a session
// does.
template <class NextSize>
outcome read(std::string_view bytes, NextSize next_size) {
    http::request_reader reader(small);
    std::string unread;
    outcome got;
    while (reader.current_stage() != stage::done && !bytes.empty()) {
        const std::size_t size = std::min<std::size_t>(next_size(), bytes.size());
        unread += bytes.substr(0, size);
        bytes.remove_prefix(size);
        while (reader.current_stage() != stage::done && !unread.empty()) {
            const auto used = reader.put(unread);
            if (!used) {
                got.refused = used.error();
                return got;
            }
            unread.erase(0, *used);
            if (*used == 0) break;
        }
    }
    got.complete = reader.current_stage() == stage::done;
    if (got.complete) got.body = reader.body();
    got.unused = unread.size() + bytes.size();
    return got;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(platform_request_reader)

BOOST_AUTO_TEST_CASE(a_request_reads_the_same_however_it_is_split) {
    std::mt19937 random(17);
    for (const auto& bytes : good) {
        const auto whole = read(bytes, [] { return std::size_t{10'000}; });
        BOOST_REQUIRE(whole.complete);
        for (int i = 0; i < 200; ++i) {
            const auto split = read(bytes, [&] { return std::size_t{1} + random() % 20; });
            BOOST_REQUIRE(split.complete);
            BOOST_REQUIRE(split.body == whole.body);
            BOOST_REQUIRE(split.unused == whole.unused);
        }
    }
    BOOST_TEST(read(good[1], [] { return std::size_t{10'000}; }).unused ==
               1U);  // 14 bytes sent, 13 announced
    BOOST_TEST(read(good[2], [] { return std::size_t{10'000}; }).body == "hello world");
}

BOOST_AUTO_TEST_CASE(ten_thousand_mutated_requests_give_a_request_or_a_4xx) {
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random(seed);
    const std::array<std::string_view, 12> inserts = {"\r\n",
                                                      "\n",
                                                      "\r",
                                                      ":",
                                                      " ",
                                                      "\t",
                                                      "Content-Length: 3\r\n",
                                                      "Transfer-Encoding: chunked\r\n",
                                                      "Host: x\r\n",
                                                      ",",
                                                      "0",
                                                      "\xff"};
    for (int i = 0; i < 10'000; ++i) {
        std::string bytes = good[random() % good.size()];
        for (auto changes = random() % 4 + 1; changes > 0; --changes) {
            const std::size_t at = random() % (bytes.size() + 1);
            switch (random() % 4) {
                case 0: bytes.insert(at, inserts[random() % inserts.size()]); break;
                case 1: bytes.erase(at, random() % 8); break;
                case 2:
                    if (at < bytes.size()) bytes[at] = static_cast<char>(random());
                    break;
                default: bytes += bytes.substr(at); break;
            }
        }
        const auto whole = read(bytes, [] { return std::size_t{100'000}; });
        if (whole.refused) {
            const auto status = dom::row_of(whole.refused->code).http_status;
            BOOST_REQUIRE_MESSAGE(status >= 400 && status < 500, "seed " << seed << " case " << i);
        }
        // However the network splits it, it must mean the same: that is what smuggling would need to differ.
        const auto split = read(bytes, [&] { return std::size_t{1} + random() % 30; });
        BOOST_REQUIRE_MESSAGE(whole.complete == split.complete, "seed " << seed << " case " << i);
        BOOST_REQUIRE_MESSAGE(whole.refused.has_value() == split.refused.has_value(),
                              "seed " << seed << " case " << i);
        BOOST_REQUIRE_MESSAGE(whole.body == split.body && whole.unused == split.unused,
                              "seed " << seed << " case " << i);
    }
}

BOOST_AUTO_TEST_CASE(a_reader_reads_one_request_after_another) {
    http::request_reader reader(small);
    for (int i = 0; i < 3; ++i) {
        const auto used = reader.put(good[0] + good[3]);
        BOOST_TEST(used.value() == good[0].size());
        BOOST_TEST((reader.current_stage() == stage::done));
        BOOST_TEST(reader.head().target == "/v1/tasks?q=due:today");
        BOOST_TEST(reader.head().fields.find("hOST").value_or("") == "localhost:8080");
        BOOST_TEST(reader.head().fields.count("Accept") == 1U);
        BOOST_TEST(!reader.head().has_body);
        reader.reset();
    }
}

BOOST_AUTO_TEST_CASE(chunk_extensions_and_trailers_have_the_limit_of_the_header) {
    const auto head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const auto outcome = [&](const std::string& framed, int times, const std::string& end) {
        http::request_reader reader({16'384, 1'024, 1'048'576});
        std::string unread = head;
        for (int i = 0; i <= times; ++i) {
            if (i > 0) unread += framed;
            if (i == times) unread += end;
            while (!unread.empty()) {
                const auto used = reader.put(unread);
                if (!used) return used.error().code;
                if (*used == 0) break;
                unread.erase(0, *used);
            }
        }
        BOOST_TEST((reader.current_stage() == http::request_reader::stage::done));
        return dom::errc::internal;
    };
    const auto chunk = "1;note=" + std::string(1000, 'x') + "\r\ny\r\n";
    BOOST_TEST((outcome(chunk, 10, "0\r\n\r\n") == dom::errc::internal));
    BOOST_TEST((outcome(chunk, 20, "0\r\n\r\n") == dom::errc::headers_too_large));
    std::string trailers = "0\r\n";
    for (int i = 0; i < 20; ++i) trailers += "X-T: " + std::string(1000, 'x') + "\r\n";
    BOOST_TEST((outcome("", 0, trailers + "\r\n") == dom::errc::headers_too_large));
}

BOOST_AUTO_TEST_CASE(a_chunk_head_without_an_end_is_refused) {
    http::request_reader reader(small);
    BOOST_REQUIRE(reader.put("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").has_value());
    const auto refused = reader.put("1;" + std::string(4'000, 'x'));
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == dom::errc::request_malformed));
}

BOOST_AUTO_TEST_CASE(a_target_is_decoded_piece_by_piece) {
    const auto t = http::parse_target("/v1/a%20b/%C3%A9?x=1&x=%2B+&=v&&y").value();
    BOOST_TEST(t.path == "/v1/a b/é");
    BOOST_TEST(t.segments.size() == 3U);
    BOOST_REQUIRE(t.query.size() == 4U);
    BOOST_TEST(t.query[1].second == "+ ");
    BOOST_TEST(t.query[2].second == "v");
    BOOST_TEST(http::parse_target("/").value().segments.empty());
    BOOST_TEST(http::parse_target("//evil.example/x").value().segments.size() == 3U);
    BOOST_TEST(http::parse_target("http://host:1/x?y").value().authority == "host:1");
    for (const auto* bad :
         {"", "x", "*", "ftp://host/x", "http://u@host/x", "/a b", "/%", "/%4", "/%00", "/%fe", "/#f"})
        BOOST_TEST(!http::parse_target(bad), bad);
}

BOOST_AUTO_TEST_CASE(utf_8_is_told_from_other_bytes_and_repaired) {
    for (const auto* text : {"", "a", "é", "€", "😀", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"}) {
        BOOST_TEST(runtime::is_utf8(text), text);
        BOOST_TEST(runtime::repaired_utf8(text) == text);
    }
    for (const auto* bytes : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                              "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xE2\x82"}) {
        BOOST_TEST(!runtime::is_utf8(bytes));
        BOOST_TEST(runtime::is_utf8(runtime::repaired_utf8(bytes)));
    }
}

BOOST_AUTO_TEST_SUITE_END()
