#include "command-api/command_routes.hpp"
#include "eventlog/memory_log.hpp"
#include "platform/http/problem_response.hpp"
#include "platform/http/router.hpp"
#include "tests/support/command_house.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace api = daybook::command_api;
namespace http = daybook::platform::http;
namespace json = boost::json;
using namespace daybook::tests;
using daybook::platform::auth::scope;

namespace {

struct answer {
    int status = 0;
    json::object body{};
    http::name_values headers{};

    std::string header(std::string_view name) const {
        for (const auto& [n, value] : headers)
            if (n == name) return value;
        return {};
    }
    std::string text(std::string_view member) const {
        const auto* found = body.if_contains(member);
        return found == nullptr     ? "(absent)"
               : found->is_string() ? std::string(found->as_string())
                                    : json::serialize(*found);
    }
};

struct doors {
    daybook::eventlog::memory_log log{1};
    temporary_folder folder;
    command_house house{log, folder.path()};
    http::router router = [this] {
        http::router made;
        made.add(api::command_routes(house.handler(), [] {
            return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
        }));
        return made;
    }();
    std::string user = "ana";
    bool service = false;

    answer send(std::string_view method, const std::string& path, std::string body = {},
                http::name_values headers = {}) {
        http::request r;
        r.method = http::parse_method(method);
        const auto query = path.find('?');
        r.path = path.substr(0, query);
        if (query != std::string::npos) {
            const auto equals = path.find('=', query);
            r.query.emplace_back(path.substr(query + 1, equals - query - 1), path.substr(equals + 1));
        }
        for (std::size_t at = 1; at < r.path.size();) {
            const auto end = std::min(r.path.find('/', at), r.path.size());
            r.segments.push_back(r.path.substr(at, end - at));
            at = end + 1;
        }
        r.body = std::move(body);
        for (const auto& [name, value] : headers) r.headers.add(name, value);
        r.caller = {
            user, user,
            service ? scope::service | scope::write : daybook::platform::auth::scope_set(scope::write),
            "user"};
        const auto found = router.find(r.method, r.segments);
        const auto* match = std::get_if<http::router::match>(&found);
        BOOST_REQUIRE_MESSAGE(match != nullptr, path);
        r.path_parameters = match->path_parameters;

        boost::asio::io_context io;
        std::optional<http::response> got;
        auto handler = match->found->handler;
        auto done = [&](std::exception_ptr failed, daybook::domain::result<http::response> result) {
            if (failed) std::rethrow_exception(failed);
            got = result ? std::move(*result) : http::problem_response(result.error(), "r1");
        };
        boost::asio::co_spawn(io, handler(std::move(r)), std::move(done));
        io.run_for(patience);
        BOOST_REQUIRE(got);
        answer made{got->status, {}, got->headers};
        made.body = json::parse(got->body).as_object();
        return made;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(command_api_routes)

BOOST_FIXTURE_TEST_CASE(a_create_answers_201_with_location_etag_position_and_the_task, doors) {
    const auto made = send("POST", "/v1/tasks", R"({"title":"Pay rent","tags":["home"]})");
    BOOST_TEST(made.status == 201);
    BOOST_TEST(made.header("Location") == "/v1/tasks/" + made.text("task_id"));
    BOOST_TEST(made.header("ETag") == "\"1\"");
    BOOST_TEST(made.header("Daybook-Position").ends_with(".0.1"));
    BOOST_TEST(made.text("title") == "Pay rent");
    BOOST_TEST(made.text("tags") == R"(["#home"])");
    BOOST_TEST(made.text("due") == "null");
    BOOST_TEST(!made.body.contains("no_op"));
}

BOOST_FIXTURE_TEST_CASE(a_repeated_create_answers_200_with_the_task_as_it_is_now, doors) {
    const http::name_values key{{"Idempotency-Key", "k1"}};
    const auto first = send("POST", "/v1/tasks", R"({"title":"a"})", key);
    const auto task = "/v1/tasks/" + first.text("task_id");
    BOOST_TEST(send("PATCH", task, R"({"title":"b"})").status == 200);
    const auto again = send("POST", "/v1/tasks", R"({"title":"a"})", key);
    BOOST_TEST(again.status == 200);
    BOOST_TEST(again.text("replayed") == "true");
    BOOST_TEST(again.text("title") == "b");
    BOOST_TEST(again.header("ETag") == "\"2\"");
    BOOST_TEST(again.header("Daybook-Position") == first.header("Daybook-Position"));
    const auto other = send("POST", "/v1/tasks", R"({"title":"c"})", key);
    BOOST_TEST(other.status == 409);
    BOOST_TEST(other.text("code") == "command.id_reused");
}

BOOST_FIXTURE_TEST_CASE(an_unknown_parameter_of_a_write_is_refused_by_name_and_nothing_is_done, doors) {
    const auto parent = send("POST", "/v1/tasks", R"({"title":"parent"})").text("task_id");
    const auto child =
        send("POST", "/v1/tasks", R"({"title":"child","parent_id":")" + parent + "\"}").text("task_id");
    const auto refused = send("DELETE", "/v1/tasks/" + parent + "?childern=keep");
    BOOST_TEST(refused.status == 422);
    BOOST_TEST(refused.text("code") == "field.unknown");
    BOOST_TEST(refused.text("field") == "childern");
    BOOST_TEST(send("POST", "/v1/tasks?x=1", R"({"title":"a"})").status == 422);
    BOOST_TEST(send("PATCH", "/v1/tasks/" + parent + "?children=keep", R"({"title":"a"})").status == 422);
    BOOST_TEST(send("POST", "/v1/commands?dry_run=1",
                    R"({"commands":[{"id":"c1","type":"create_project","args":{"name":"p"}}]})")
                   .status == 422);
    BOOST_TEST(send("PATCH", "/v1/tasks/" + child, R"({"title":"still there"})").status == 200);
    BOOST_TEST(send("DELETE", "/v1/tasks/" + parent + "?children=keep").status == 200);
    BOOST_TEST(send("PATCH", "/v1/tasks/" + child, R"({"title":"kept"})").status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_header_that_cannot_count_is_refused_and_not_passed_over, doors) {
    const auto task = "/v1/tasks/" + send("POST", "/v1/tasks", R"({"title":"a"})").text("task_id");
    const auto refused = [&](const answer& got, std::string_view header) {
        BOOST_TEST(got.status == 400);
        BOOST_TEST(got.text("field") == header);
    };
    refused(send("PATCH", task, R"({"title":"b"})", {{"If-Match", "\"1\""}, {"If-Match", "\"9\""}}),
            "If-Match");
    refused(
        send("POST", "/v1/tasks", R"({"title":"b"})", {{"Idempotency-Key", "a"}, {"Idempotency-Key", "b"}}),
        "Idempotency-Key");
    refused(send("PATCH", task, R"({"title":"b"})", {{"If-None-Match", "*"}}), "If-None-Match");
    const auto batch = R"({"commands":[{"id":"c1","type":"create_project","args":{"name":"p"}}]})";
    refused(send("POST", "/v1/commands", batch, {{"If-Match", "\"1\""}}), "If-Match");
    refused(send("POST", "/v1/commands", batch, {{"Idempotency-Key", "k"}}), "Idempotency-Key");
    BOOST_TEST(send("PATCH", task, R"({"title":"a"})").text("no_op") == "true");
}

BOOST_FIXTURE_TEST_CASE(a_purged_task_is_404_also_for_the_repeat_of_what_made_it, doors) {
    const http::name_values key{{"Idempotency-Key", "k1"}};
    const auto id = send("POST", "/v1/tasks", R"({"title":"secret"})", key).text("task_id");
    BOOST_TEST(send("DELETE", "/v1/tasks/" + id, {}, {{"Idempotency-Key", "k2"}}).status == 200);
    const auto purged =
        send("POST", "/v1/commands",
             R"({"commands":[{"id":"k3","type":"purge_task","args":{"task_id":")" + id + R"("}}]})");
    BOOST_TEST(purged.text("results").find("applied") != std::string::npos);
    for (const auto& again : {send("POST", "/v1/tasks", R"({"title":"secret"})", key),
                              send("DELETE", "/v1/tasks/" + id, {}, {{"Idempotency-Key", "k2"}})}) {
        BOOST_TEST(again.status == 404);
        BOOST_TEST(again.text("code") == "not_found");
    }
    const auto taken = send("POST", "/v1/tasks", R"({"title":"x","task_id":")" + id + "\"}");
    BOOST_TEST(taken.status == 409);
    BOOST_TEST(taken.text("detail").find("purged") != std::string::npos);
    BOOST_TEST(taken.text("hint").find("update") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(if_match_compares_the_version_whatever_stands_around_the_task, doors) {
    const auto first = send("POST", "/v1/tasks", R"({"title":"blocker"})").text("task_id");
    const auto made = send("POST", "/v1/tasks", R"({"title":"a","depends_on":[")" + first + "\"]}");
    const auto task = "/v1/tasks/" + made.text("task_id");
    const auto tag = made.header("ETag");
    BOOST_TEST(tag.starts_with("\"1-"));  // blocked
    const auto freed = send("POST", "/v1/tasks/" + first + "/complete");
    BOOST_TEST(freed.status == 200);
    // The blocker's end is an event of the task too: its version went on.
    BOOST_TEST(send("PATCH", task, R"({"title":"b"})", {{"If-Match", tag}}).status == 412);
    BOOST_TEST(send("POST", "/v1/tasks/" + first + "/reopen").status == 200);
    const auto patched = send("PATCH", task, R"({"title":"b"})", {{"If-Match", "\"2\""}});
    BOOST_TEST(patched.status == 200);
    BOOST_TEST(send("PATCH", task, R"({"title":"c"})", {{"If-Match", patched.header("ETag")}}).status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_single_route_and_a_batch_are_two_doors_to_one_command, doors) {
    const auto first = send("POST", "/v1/tasks", R"({"title":"a"})", {{"Idempotency-Key", "k1"}});
    const auto batch = send("POST", "/v1/commands",
                            R"({"commands":[{"id":"k1","type":"create_task","args":{"title":"a"}}]})");
    const auto& result = batch.body.at("results").as_array().at(0).as_object();
    BOOST_TEST(result.at("status").as_string() == "replayed");
    BOOST_TEST(std::string(result.at("task_id").as_string()) == first.text("task_id"));
}

BOOST_FIXTURE_TEST_CASE(a_stale_if_match_is_412_with_the_task_as_it_is, doors) {
    const auto task = "/v1/tasks/" + send("POST", "/v1/tasks", R"({"title":"a"})").text("task_id");
    BOOST_TEST(send("PATCH", task, R"({"title":"b"})", {{"If-Match", "\"1\""}}).status == 200);
    const auto stale = send("PATCH", task, R"({"title":"c"})", {{"If-Match", "\"1\""}});
    BOOST_TEST(stale.status == 412);
    BOOST_TEST(stale.body.at("current").as_object().at("title").as_string() == "b");
    BOOST_TEST(send("PATCH", task, R"({"title":"c"})", {{"If-Match", "*"}}).status == 200);
    BOOST_TEST(send("PATCH", task, R"({"title":"d"})", {{"If-Match", "3"}}).text("code") ==
               "request.malformed");
    BOOST_TEST(send("PATCH", task, R"({"title":"d"})", {{"If-Match", "W/\"3\""}}).status == 412);
}

BOOST_FIXTURE_TEST_CASE(an_if_match_may_list_several_tags_and_one_that_is_the_tasks_is_enough, doors) {
    const auto task = "/v1/tasks/" + send("POST", "/v1/tasks", R"({"title":"a"})").text("task_id");
    const auto rename = [&](const char* title, const char* tags, const char* id) {
        return send("PATCH", task, std::string(R"({"title":")") + title + "\"}",
                    {{"If-Match", tags}, {"Idempotency-Key", id}});
    };
    BOOST_TEST(rename("b", R"("7", "1-5f0c61a90b2d")", "k1").text("version") == "2");
    BOOST_TEST(rename("c", R"("4","2",,"3")", "k2").text("version") == "3");
    const auto stale = rename("d", R"("1", "2")", "k3");
    BOOST_TEST(stale.status == 412);
    BOOST_TEST(stale.text("detail") == "The task has version 3, not 1 or 2");
    BOOST_TEST(rename("d", R"(W/"3", "9")", "k4").status == 412);
    BOOST_TEST(rename("d", R"("3", nonsense)", "k5").text("code") == "request.malformed");
    BOOST_TEST(rename("d", ",", "k6").text("code") == "request.malformed");
    // The order of the list and doubled tags make no other command.
    BOOST_TEST(rename("c", R"("3", "2", "4", "2")", "k2").text("replayed") == "true");
    BOOST_TEST(rename("c", R"("3", "2")", "k2").text("code") == "command.id_reused");
}

BOOST_FIXTURE_TEST_CASE(every_action_has_its_route, doors) {
    const auto task = "/v1/tasks/" + send("POST", "/v1/tasks", R"({"title":"a"})").text("task_id");
    const auto parent = send("POST", "/v1/tasks", R"({"title":"parent"})").text("task_id");
    const auto is = [&](const answer& a, std::string_view status) {
        BOOST_TEST(a.status == 200, a.text("code"));
        BOOST_TEST(a.text("status") == status);
    };
    is(send("POST", task + "/start"), "in_progress");
    is(send("POST", task + "/stop"), "open");
    is(send("POST", task + "/tags", R"({"add":["a","b"],"remove":[]})"), "open");
    is(send("POST", task + "/comments", R"({"text":"looks good"})"), "open");
    is(send("POST", task + "/move", R"({"parent_id":")" + parent + "\"}"), "open");
    is(send("POST", task + "/complete", "{}"), "completed");
    BOOST_TEST(send("POST", task + "/complete").text("no_op") == "true");
    is(send("POST", task + "/reopen"), "open");
    is(send("POST", task + "/cancel"), "cancelled");
    is(send("POST", task + "/reopen"), "open");
    is(send("DELETE", task + "?children=refuse"), "deleted");
    BOOST_TEST(send("PATCH", task, R"({"title":"x"})").text("code") == "task.deleted");
    is(send("POST", task + "/restore"), "open");
}

BOOST_FIXTURE_TEST_CASE(a_temp_id_that_could_be_the_id_of_a_task_is_refused_and_the_task_is_meant, doors) {
    const auto task = send("POST", "/v1/tasks", R"({"title":"old"})").text("task_id");
    const auto answer =
        send("POST", "/v1/commands",
             R"({"commands":[{"id":"b1","type":"create_task","temp_id":")" + task +
                 R"(","args":{"title":"new"}},{"id":"b2","type":"complete_task","args":{"task_id":")" + task +
                 R"("}}]})");
    BOOST_REQUIRE(answer.status == 200);
    const auto& results = answer.body.at("results").as_array();
    BOOST_TEST(results.at(0).at("error").at("field").as_string() == "temp_id");
    BOOST_TEST(results.at(1).at("status").as_string() == "applied");
    BOOST_TEST(results.at(1).at("task_id").as_string() == task);
}

BOOST_FIXTURE_TEST_CASE(a_delete_takes_the_scope_of_a_series_from_its_query, doors) {
    const auto task = "/v1/tasks/" + send("POST", "/v1/tasks", R"({"title":"a"})").text("task_id");
    const auto wrong = send("DELETE", task + "?occurrences=some");
    BOOST_TEST(wrong.status == 422);
    BOOST_TEST(wrong.text("field") == "occurrences");
    BOOST_TEST(send("PATCH", task + "?occurrences=all", R"({"title":"b"})").text("code") == "field.unknown");
    BOOST_TEST(send("DELETE", task + "?occurrences=all").text("status") == "deleted");
}

BOOST_FIXTURE_TEST_CASE(projects_and_the_book_answer_with_themselves, doors) {
    const auto made = send("POST", "/v1/projects", R"({"name":"Home"})");
    BOOST_TEST(made.status == 201);
    const auto path = "/v1/projects/" + made.text("project_id");
    BOOST_TEST(made.header("Location") == path);
    const auto task =
        send("POST", "/v1/tasks", R"({"title":"a","project_id":")" + made.text("project_id") + "\"}");
    BOOST_TEST(task.text("project") == "Home");
    const auto renamed = send("PATCH", path, R"({"name":"House"})");
    BOOST_TEST(renamed.text("name") == "House");
    BOOST_TEST(renamed.header("ETag") == "\"2\"");
    BOOST_TEST(send("PATCH", path, R"({"name":"House"})").text("no_op") == "true");
    const auto book = send("PATCH", "/v1/book", R"({"week_start":"sunday"})");
    BOOST_TEST(book.status == 200);
    BOOST_TEST(book.text("week_start") == "sunday");
    BOOST_TEST(send("DELETE", path).text("deleted") == "true");
    // As reads show it: the id stays, the name is gone.
    const auto left = send("PATCH", "/v1/tasks/" + task.text("task_id"), R"({"title":"b"})");
    BOOST_TEST(left.text("project_id") == made.text("project_id"));
    BOOST_TEST(left.text("project") == "null");
}

BOOST_FIXTURE_TEST_CASE(what_does_not_exist_is_404_in_every_form, doors) {
    const auto mine = send("POST", "/v1/tasks", R"({"title":"a"})").text("task_id");
    user = "bob";
    for (const auto& id : {mine, std::string("00000000-0000-4000-8000-000000000000"), std::string("x")}) {
        const auto missing = send("PATCH", "/v1/tasks/" + id, R"({"title":"b"})");
        BOOST_TEST(missing.status == 404);
        BOOST_TEST(missing.text("detail") == "There is no task " + id);
        BOOST_TEST(missing.text("field") == "task_id");
    }
}

BOOST_FIXTURE_TEST_CASE(bad_input_names_the_field_and_writes_nothing, doors) {
    const auto before = log.records(0).size();
    const auto refused = [&](const answer& a, int status, std::string_view code, std::string_view field) {
        BOOST_TEST(a.status == status);
        BOOST_TEST(a.text("code") == code);
        BOOST_TEST(a.text("field") == field);
    };
    refused(send("POST", "/v1/tasks", "{"), 400, "json.malformed", "(absent)");
    refused(send("POST", "/v1/tasks", "[]"), 422, "field.invalid", "(absent)");
    refused(send("POST", "/v1/tasks", R"({"title":"a","colour":"red"})"), 422, "field.unknown", "colour");
    refused(send("POST", "/v1/tasks", "{}"), 422, "field.required", "title");
    refused(send("POST", "/v1/tasks", R"({"title":"a"})", {{"Idempotency-Key", "daybook:x"}}), 400,
            "command.id_bad", "Idempotency-Key");
    refused(send("POST", "/v1/commands", R"({"commands":[]})"), 422, "field.invalid", "commands");
    refused(send("POST", "/v1/commands", R"({"commands":[{"type":"create_task"}]})"), 422, "field.required",
            "commands[0].id");
    refused(send("POST", "/v1/commands", R"({"mode":"both","commands":[]})"), 422, "field.invalid", "mode");
    refused(send("POST", "/v1/commands", R"({"commands":[],"colour":1})"), 422, "field.unknown", "colour");
    BOOST_TEST(log.records(0).size() == before);
}

BOOST_FIXTURE_TEST_CASE(one_bad_command_of_an_independent_batch_leaves_the_others_alone, doors) {
    const auto answer = send("POST", "/v1/commands", R"({"commands":[
        {"id":"1","type":"nonsense"},{"id":"2","type":"create_task","args":{"title":"ok"}},
        {"id":"3","type":"create_task","args":{"title":"ok"},"if":1},
        {"id":"4","type":"create_task","args":{"title":"ok"},"occurred_at":"2999-01-01T00:00:00Z"}]})");
    BOOST_TEST(answer.status == 200);
    const auto& results = answer.body.at("results").as_array();
    const auto code = [&](std::size_t i) {
        return std::string(results[i].at("error").at("code").as_string());
    };
    BOOST_TEST(code(0) == "command.unknown");
    BOOST_TEST(results[1].at("status").as_string() == "applied");
    BOOST_TEST(code(2) == "field.unknown");
    BOOST_TEST(code(3) == "field.invalid");
    BOOST_TEST(std::string(answer.body.at("position").as_string()) ==
               std::string(results[1].at("position").as_string()));
}

BOOST_FIXTURE_TEST_CASE(an_atomic_batch_that_fails_answers_with_the_status_and_index_of_the_first_failure,
                        doors) {
    const auto answer = send("POST", "/v1/commands", R"({"mode":"atomic","commands":[
        {"id":"1","type":"create_task","args":{"title":"a"},"temp_id":"t"},
        {"id":"2","type":"complete_task","args":{"task_id":"t"}},
        {"id":"3","type":"start_task","args":{"task_id":"t"}}]})");
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.text("code") == "status.conflict");
    BOOST_TEST(answer.text("index") == "2");
    BOOST_TEST(log.records(0).size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_blocked_task_may_be_completed_and_the_answer_warns, doors) {
    const auto blocker = send("POST", "/v1/tasks", R"({"title":"first"})").text("task_id");
    const auto blocked = send("POST", "/v1/tasks", R"({"title":"then","depends_on":[")" + blocker + "\"]}");
    BOOST_TEST(blocked.text("blocked") == "true");
    const auto done = send("POST", "/v1/tasks/" + blocked.text("task_id") + "/complete");
    BOOST_TEST(done.status == 200);
    BOOST_TEST(done.body.at("warnings").as_array().at(0).at("code").as_string() == "blocked_by");
}

BOOST_FIXTURE_TEST_CASE(service_scope_may_use_reserved_ids_and_is_named_as_the_actor, doors) {
    service = true;
    BOOST_TEST(send("POST", "/v1/tasks", R"({"title":"a"})", {{"Idempotency-Key", "daybook:x"}}).status ==
               201);
}

BOOST_AUTO_TEST_SUITE_END()
