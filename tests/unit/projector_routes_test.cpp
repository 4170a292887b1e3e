// The projector's routes through a real server: reads of a book, and what operators ask.
#include "platform/auth/authenticator.hpp"
#include "platform/http/http_client.hpp"
#include "platform/http/server.hpp"
#include "projector/admin_routes.hpp"
#include "projector/query_routes.hpp"
#include "projector/rocks_store.hpp"
#include "tests/support/books.hpp"
#include "tests/support/require_ok.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wait_until.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <map>

using namespace daybook;
using namespace daybook::tests;
using domain::event_type;
namespace http = platform::http;
namespace json = boost::json;

namespace {

eventlog::deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

std::unique_ptr<projector::rocks_store> open_store(const std::filesystem::path& folder,
                                                   std::int32_t partitions) {
    projector::rocks_store_options options;
    options.folder = folder;
    options.partitions = partitions;
    return require_ok(projector::rocks_store::open(std::move(options)));
}

struct fixture {
    temporary_folder folder;
    eventlog::memory_log log{2};
    event_writer writer{2, into(log)};
    platform::runtime::worker_pool pool{{"worker", 2, 64}};
    domain::zone_table zones{"none", {}};
    std::unique_ptr<projector::rocks_store> store = open_store(folder.path() / "views", 2);
    projector::read_side side{
        log,
        pool,
        zones,
        [] {
            return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
        },
        {},
        {}};
    http::router routes;
    std::unique_ptr<platform::auth::authenticator> who = platform::auth::create_trusting_authenticator();
    std::unique_ptr<http::server> server;

    fixture() {
        projector::runner_options options;
        options.idle_wait = std::chrono::milliseconds(20);
        side.runners.push_back(std::make_unique<projector::view_runner>(log, *store, options));
        side.rebuilders.push_back(
            std::make_unique<projector::rebuilder>(log, *side.runners[0], projector::rebuild_options{}));
        side.runners[0]->start();
        routes.add(projector::query_routes(side));
        routes.add(projector::admin_routes(side));
        http::server_options listen;
        listen.listen.port = 0;
        listen.threads = 2;
        server = http::create_server(std::move(listen), routes, *who, nullptr);
        require_ok(server->start());
    }
    ~fixture() {
        server->stop(std::chrono::seconds(5));
        for (auto& r : side.rebuilders) r->cancel();
        for (auto& r : side.runners) r->stop();
    }

    http::client_response get(const std::string& target, const std::string& user = "ana",
                              http::name_values headers = {}) {
        return send(http::method::get, target, user, std::move(headers));
    }
    http::client_response send(http::method how, const std::string& target, const std::string& user = "ana",
                               http::name_values headers = {}) {
        http::client_options options;
        options.url = "http://127.0.0.1:" + std::to_string(server->port());
        options.user = user;
        auto client = require_ok(http::create_client(options));
        http::client_request request;
        request.method = how;
        request.target = target;
        request.headers = std::move(headers);
        return require_ok(client->send(std::move(request)));
    }
    void caught_up() {
        BOOST_REQUIRE(
            side.runners[0]->progress_of().block_for_offsets(require_ok(log.end_offsets(soon())), soon()));
    }

    static std::vector<json::object> lines(const http::client_response& from) {
        std::vector<json::object> out;
        std::string_view rest = from.body;
        while (!rest.empty()) {
            const auto end = rest.find('\n');
            BOOST_REQUIRE(end != std::string_view::npos);
            out.push_back(json::parse(rest.substr(0, end)).get_object());
            rest.remove_prefix(end + 1);
        }
        return out;
    }
};

std::string path_of(const domain::task_id& id) { return "/v1/tasks/" + id.text(); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(projector_routes, fixture)

BOOST_AUTO_TEST_CASE(a_task_is_got_with_its_version_as_etag_and_not_sent_twice) {
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(1), {{"title", "Rent"}}));
    caught_up();
    const auto got = get(path_of(task_number(1)));
    BOOST_TEST(got.status == 200);
    BOOST_TEST(got.header("ETag") == "\"1\"");
    BOOST_TEST(domain::position::parse(got.header("Daybook-Position")).has_value());
    BOOST_TEST(got.json().value().at("title").as_string() == "Rent");
    BOOST_TEST(get(path_of(task_number(1)), "ana", {{"If-None-Match", "\"1\""}}).status == 304);
    BOOST_TEST(get(path_of(task_number(1)), "ana", {{"If-None-Match", "\"2\""}}).status == 200);
}

BOOST_AUTO_TEST_CASE(the_etag_changes_with_the_bytes_also_where_the_version_does_not) {
    const auto project = project_number(1);
    writer.commit(writer.book_event("ana", event_type::project_created, 1,
                                    {{"project_id", project.text()}, {"name", "Home"}}));
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(1), {{"title", "blocker"}}));
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(2),
                                    {{"title", "Rent"},
                                     {"project_id", project.text()},
                                     {"depends_on", json::array{task_number(1).text()}}}));
    const auto target = path_of(task_number(2));
    std::map<std::string, std::string> bodies;
    const auto look = [&] {
        caught_up();
        const auto got = get(target);
        BOOST_TEST(got.status == 200);
        const std::string tag(got.header("ETag"));
        BOOST_TEST(bodies.emplace(tag, got.body).first->second == got.body);
        BOOST_TEST(get(target, "ana", {{"If-None-Match", tag}}).status == 304);
        return tag;
    };
    const auto blocked = look();
    writer.commit(
        writer.task_event("ana", event_type::task_completed, task_number(1), {{"status", "completed"}}));
    const auto free = look();
    writer.commit(writer.task_event("ana", event_type::task_reopened, task_number(1), {{"status", "open"}}));
    BOOST_TEST(look() == blocked);
    writer.commit(writer.book_event("ana", event_type::project_updated, 2,
                                    {{"project_id", project.text()}, {"name", "House"}}));
    const auto renamed = look();
    BOOST_TEST(free != blocked);
    BOOST_TEST(renamed != blocked);
    BOOST_TEST(get(target, "ana", {{"If-None-Match", blocked}}).status == 200);
}

BOOST_AUTO_TEST_CASE(an_export_waits_for_the_end_of_the_log_and_never_shows_a_part) {
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(1), {{"title", "Rent"}}));
    caught_up();
    BOOST_TEST(lines(get("/v1/export")).size() == 1);
    BOOST_TEST(get("/v1/tasks?min_position=end").status == 200);
    BOOST_TEST(get("/v1/tasks?min_position=end", "nobody").status ==
               200);  // an empty partition has no end to wait for
    // The first half of a commit says nothing yet: the book is whole without it, and nobody waits for a torn
    // one.
    writer.commit({writer.task_event("ana", event_type::task_created, task_number(2), {{"title", "a"}}),
                   writer.task_event("ana", event_type::task_created, task_number(3), {{"title", "b"}})},
                  1);
    BOOST_TEST(lines(get("/v1/export?wait_ms=5000")).size() == 1);
    BOOST_TEST(get("/v1/audit?min_position=end&wait_ms=5000").status == 200);
    BOOST_TEST(get("/v1/tasks").status == 200);
    writer.claim(writer.partition_of("ana"));
    BOOST_TEST(lines(get("/v1/export?wait_ms=5000")).size() == 1);
    BOOST_TEST(get("/v1/tasks?min_position=ende").status == 422);
}

BOOST_AUTO_TEST_CASE(unknown_purged_and_other_books_tasks_answer_with_the_same_bytes) {
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(1), {{"title", "Rent"}}));
    writer.commit(writer.task_event("bob", event_type::task_created, task_number(2), {{"title", "mine"}}));
    writer.commit(writer.task_event("ana", event_type::task_purged, task_number(1)));
    caught_up();
    const auto body = [&](const std::string& target) {
        const auto got = get(target);
        BOOST_TEST(got.status == 404);
        auto problem = got.json().value().as_object();
        problem.erase("request_id");
        return json::value(problem);
    };
    for (const std::string what : {"", "/history", "/comments"}) {
        const auto unknown = body(path_of(task_number(9)) + what);
        BOOST_TEST((body(path_of(task_number(1)) + what) == unknown));
        BOOST_TEST((body(path_of(task_number(2)) + what) == unknown));
    }
}

BOOST_AUTO_TEST_CASE(a_read_waits_for_its_position_or_says_that_it_was_not_reached) {
    const auto offset =
        writer.commit(writer.task_event("ana", event_type::task_created, task_number(1), {{"title", "a"}}));
    const domain::position there{log_number('1'), writer.partition_of("ana"), offset};
    BOOST_TEST(get(path_of(task_number(1)) + "?min_position=" + there.text()).status == 200);
    auto beyond = there;
    beyond.offset += 50;
    const auto late = get("/v1/tasks?wait_ms=20&min_position=" + beyond.text());
    BOOST_TEST(late.status == 504);
    BOOST_TEST(late.json().value().at("code").as_string() == "position.not_reached");
    auto foreign = there;
    foreign.log_id = log_number('9');
    BOOST_TEST(get("/v1/tasks?min_position=" + foreign.text()).status == 422);
    BOOST_TEST(get("/v1/tasks?store=none").status >= 400);
}

BOOST_AUTO_TEST_CASE(history_shows_what_each_event_changed_from_and_to) {
    writer.commit(writer.task_event("ana", event_type::task_created, task_number(1), {{"title", "Rent"}}));
    writer.commit(
        writer.task_event("ana", event_type::task_updated, task_number(1), {{"title", "Pay rent"}}));
    caught_up();
    const auto got = get(path_of(task_number(1)) + "/history").json().value();
    const auto& items = got.at("items").as_array();
    BOOST_REQUIRE(items.size() == 2U);
    const auto& changes = items[1].at("changes").as_array();
    BOOST_REQUIRE(changes.size() == 1U);
    BOOST_TEST(changes[0].at("field").as_string() == "title");
    BOOST_TEST(changes[0].at("old").as_string() == "Rent");
    BOOST_TEST(changes[0].at("new").as_string() == "Pay rent");
}

BOOST_AUTO_TEST_CASE(the_log_is_shown_record_by_record_with_voids_marked) {
    const auto partition = writer.partition_of("ana");
    const auto task = task_number(1);
    writer.commit(writer.task_event("ana", event_type::task_created, task, {{"title", "a"}}));
    log.append_foreign(partition, {some_instant_ms, std::nullopt, "no json \xff", {{"h", "1"}}});
    std::vector<domain::event> torn{
        writer.task_event("ana", event_type::task_updated, task, {{"title", "b"}}),
        writer.task_event("ana", event_type::task_started, task)};
    writer.commit(torn, 1);
    writer.claim(partition);
    const auto target = "/v1/admin/log?partition=" + std::to_string(partition);
    const auto all = lines(get(target));
    BOOST_REQUIRE(all.size() == 5U);
    BOOST_TEST(all[0].at("void").is_null());
    BOOST_TEST(all[1].at("value").at("event_type").as_string() == "task.created");
    BOOST_TEST(all[1].at("key").as_string() == "ana");
    BOOST_TEST(all[2].at("void").as_string() == "unparsable");
    BOOST_TEST(all[2].at("value").as_string().starts_with("base64:"));
    BOOST_TEST(all[2].at("headers").at("h").as_string() == "1");
    BOOST_TEST(all[3].at("void").as_string() == "torn_commit");
    BOOST_TEST(all[4].at("void").is_null());

    const std::string second(all[1].at("position").as_string());
    const auto from = lines(get("/v1/admin/log?limit=2&from=" + second));
    BOOST_REQUIRE(from.size() == 2U);
    BOOST_TEST((from[0] == all[1]));
    // Judged the same from a kept checkpoint on.
    const auto tail = lines(get(target + "&from=3"));
    BOOST_REQUIRE(tail.size() == 2U);
    BOOST_TEST((tail[0] == all[3]));
    std::string raw;
    for (const auto& r : log.records(partition)) raw += r.value + "\n";
    BOOST_TEST(get(target + "&raw=1").body == raw);
    BOOST_TEST(lines(get(target + "&type=task.created")).size() == 1U);
    BOOST_TEST(get("/v1/admin/log").status == 422);
    BOOST_TEST(get("/v1/admin/log?partition=7").status == 422);
    BOOST_TEST(get("/v1/admin/log?partition=0&colour=red").status == 422);
}

BOOST_AUTO_TEST_CASE(views_verify_and_rebuild_are_there_for_operators) {
    random_books books(writer, 21);
    for (int i = 0; i < 60; ++i) books.commit();
    caught_up();
    const auto views = get("/v1/admin/views?hash=1").json().value();
    const auto& view = views.at("views").as_array().at(0).as_object();
    BOOST_TEST(view.at("name").as_string() == "rocks");
    BOOST_TEST(view.at("version").as_int64() == 1);
    BOOST_REQUIRE(view.at("partitions").as_array().size() == 2U);
    const auto hash = std::string(view.at("partitions").as_array()[0].at("hash").as_string());
    BOOST_TEST(hash.size() == 32U);
    const auto checked = lines(get("/v1/admin/verify"));
    BOOST_REQUIRE(checked.size() == 3U);
    BOOST_TEST(checked[0].at("log_hash").as_string() == hash);
    BOOST_TEST(checked[2].at("equal").as_bool());

    BOOST_TEST(send(http::method::post, "/v1/admin/views/nothing/rebuild").status == 404);
    BOOST_TEST(send(http::method::post, "/v1/admin/views/rocks/rebuild").status == 202);
    BOOST_REQUIRE(wait_until([&] {
        const auto now = get("/v1/admin/views").json().value();
        return now.at("views").as_array()[0].at("rebuild").at("state").as_string() == "done";
    }));
    const auto after = get("/v1/admin/views?hash=1").json().value();
    BOOST_TEST(after.at("views").as_array()[0].at("version").as_int64() == 2);
    BOOST_TEST(after.at("views").as_array()[0].at("partitions").as_array()[0].at("hash").as_string() == hash);
    BOOST_TEST(send(http::method::delete_, "/v1/admin/views/all/rebuild").status == 200);
}

BOOST_AUTO_TEST_CASE(a_book_is_exported_as_tasks_or_as_the_bytes_of_its_events) {
    std::string events;
    for (int i = 1; i <= 1'100; ++i) {
        const auto at = writer.commit(
            writer.task_event("ana", event_type::task_created, task_number(i), {{"title", "t"}}));
        events += log.records(writer.partition_of("ana")).at(static_cast<std::size_t>(at)).value + "\n";
    }
    writer.commit(
        writer.task_event("bob", event_type::task_created, task_number(5'000), {{"title", "not ana's"}}));
    caught_up();
    const auto exported = lines(get("/v1/export"));
    BOOST_REQUIRE(exported.size() == 1'100U);
    for (std::size_t i = 0; i < exported.size(); ++i) {
        BOOST_TEST(exported[i].at("task_id").as_string() ==
                   task_number(static_cast<std::int64_t>(i) + 1).text());
    }
    BOOST_TEST((get("/v1/export?events=1").body == events));
    BOOST_TEST(get("/v1/export", "nobody").body.empty());
    BOOST_TEST(get("/v1/export?events=maybe").status == 422);
}

BOOST_AUTO_TEST_SUITE_END()
