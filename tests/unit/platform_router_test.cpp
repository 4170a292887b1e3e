#include "platform/http/problem_response.hpp"
#include "platform/http/router.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <stdexcept>

namespace http = daybook::platform::http;
namespace dom = daybook::domain;
using http::method;

namespace {

boost::asio::awaitable<dom::result<http::response>> nothing(http::request) {
    co_return http::empty_response(204);
}

http::route to(method m, std::string_view pattern) { return {m, pattern, {}, nothing}; }

std::string found_pattern(const http::router& routes, method m, std::vector<std::string> segments) {
    const auto got = routes.find(m, segments);
    const auto* match = std::get_if<http::router::match>(&got);
    return match == nullptr ? "" : std::string(match->found->pattern);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(platform_router)

BOOST_AUTO_TEST_CASE(a_literal_segment_goes_before_a_named_one_and_names_are_those_of_the_route) {
    http::router routes;
    routes.add({to(method::get, "/"), to(method::get, "/v1/tasks"), to(method::get, "/v1/tasks/{id}"),
                to(method::post, "/v1/tasks/{task}/complete"), to(method::get, "/v1/tasks/mine"),
                to(method::get, "/v1/tasks/{id}/history")});
    BOOST_TEST(found_pattern(routes, method::get, {}) == "/");
    BOOST_TEST(found_pattern(routes, method::get, {"v1", "tasks", "mine"}) == "/v1/tasks/mine");
    BOOST_TEST(found_pattern(routes, method::get, {"v1", "tasks", "7"}) == "/v1/tasks/{id}");
    BOOST_TEST(found_pattern(routes, method::get, {"v1", "tasks", "mine", "history"}) ==
               "/v1/tasks/{id}/history");
    BOOST_TEST(found_pattern(routes, method::head, {"v1", "tasks"}) == "/v1/tasks");
    BOOST_TEST(found_pattern(routes, method::get, {"v1", "tasks", ""}).empty());
    BOOST_TEST(found_pattern(routes, method::get, {"v1"}).empty());
    const std::vector<std::string> path = {"v1", "tasks", "a/b", "complete"};
    const auto got = routes.find(method::post, path);
    const auto& match = std::get<http::router::match>(got);
    BOOST_REQUIRE(match.path_parameters.size() == 1U);
    BOOST_TEST(match.path_parameters[0].first == "task");
    BOOST_TEST(match.path_parameters[0].second == "a/b");
    BOOST_TEST((routes.routes()[match.index].get() == match.found));
}

BOOST_AUTO_TEST_CASE(a_known_path_with_another_method_lists_its_methods) {
    http::router routes;
    routes.add({to(method::get, "/a"), to(method::patch, "/a"), to(method::delete_, "/a")});
    const std::vector<std::string> path = {"a"};
    for (const auto m : {method::post, method::other, method::options}) {
        const auto got = routes.find(m, path);
        const auto& miss = std::get<http::router::miss>(got);
        BOOST_TEST(miss.path_known);
        BOOST_TEST(miss.allow == "GET, HEAD, PATCH, DELETE");
    }
}

BOOST_AUTO_TEST_CASE(a_path_of_another_role_names_the_role_unless_it_is_served_here_too) {
    http::router routes;
    routes.add(to(method::post, "/both"));
    routes.add_elsewhere("/both", "projector");
    routes.add_elsewhere("/there/{id}", "projector");
    const std::vector<std::string> there = {"there", "1"};
    const auto got = routes.find(method::get, there);
    BOOST_TEST(std::get<http::router::miss>(got).elsewhere_role == "projector");
    BOOST_TEST(!std::get<http::router::miss>(got).path_known);
    BOOST_TEST(found_pattern(routes, method::post, {"both"}) == "/both");
}

BOOST_AUTO_TEST_CASE(a_table_that_contradicts_itself_is_refused) {
    http::router routes;
    routes.add(to(method::get, "/a/{id}"));
    BOOST_CHECK_THROW(routes.add(to(method::get, "/a/{other}")), std::logic_error);
    for (const auto* pattern : {"", "a", "/a//b", "/a/", "/{}", "/a{id}", "/{id"})
        BOOST_CHECK_THROW(routes.add(to(method::post, pattern)), std::logic_error);
    BOOST_CHECK_THROW(routes.add({method::get, "/x", {}, nullptr}), std::logic_error);
    BOOST_CHECK_THROW(routes.add(to(method::head, "/x")), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_problem_has_the_members_of_the_table_and_its_own) {
    auto p = dom::make_problem(dom::errc::version_mismatch, "version 3, not 2", "if_version");
    p.extra["current"] = {{"version", 3}};
    p.extra["index"] = 4;
    const auto o = boost::json::parse(http::render_problem(p, "r-1")).as_object();
    BOOST_TEST(o.at("type").as_string() == "urn:daybook:error:version.mismatch");
    BOOST_TEST(o.at("status").as_int64() == 412);
    BOOST_TEST(o.at("code").as_string() == "version.mismatch");
    BOOST_TEST(o.at("detail").as_string() == "version 3, not 2");
    BOOST_TEST(o.at("field").as_string() == "if_version");
    BOOST_TEST(!o.at("hint").as_string().empty());
    BOOST_TEST(o.at("current").at("version").as_int64() == 3);
    BOOST_TEST(o.at("index").as_int64() == 4);
    BOOST_TEST(o.at("request_id").as_string() == "r-1");
    BOOST_TEST(!o.contains("column"));
}

BOOST_AUTO_TEST_CASE(a_problem_with_bytes_that_are_not_utf_8_is_still_json) {
    const auto p = dom::make_problem(dom::errc::field_invalid, "bad \xff\xc3 byte", "\xf0\x9f");
    const auto o = boost::json::parse(http::render_problem(p, "r")).as_object();
    BOOST_TEST(o.at("detail").as_string() == "bad \xEF\xBF\xBD\xEF\xBF\xBD byte");
}

BOOST_AUTO_TEST_CASE(every_problem_of_the_table_is_an_answer_with_its_status) {
    for (const auto& row : dom::errc_table()) {
        const auto r = http::problem_response(dom::make_problem(row.value, ""), "r");
        BOOST_TEST(r.status == row.http_status);
        BOOST_TEST(r.content_type == http::media_problem);
        bool retry_after = false;
        bool authenticate = false;
        for (const auto& [name, value] : r.headers) {
            retry_after = retry_after || name == "Retry-After";
            authenticate = authenticate || name == "WWW-Authenticate";
        }
        BOOST_TEST(retry_after == (row.retryable && (row.http_status == 503 || row.http_status == 429)),
                   row.code);
        BOOST_TEST(authenticate == (row.http_status == 401), row.code);
    }
}

BOOST_AUTO_TEST_SUITE_END()
