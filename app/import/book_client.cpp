#include "app/import/book_client.hpp"

#include "app/tools/client_calls.hpp"
#include "domain/limits.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace daybook::app::import {
namespace {

namespace json = boost::json;
using domain::errc;
using domain::make_problem;
using domain::result;
using namespace std::chrono_literals;

constexpr std::size_t batch_bytes_max =
    domain::limits::body_bytes_max - 64 * 1024;  // room for what is around the commands
constexpr auto give_up_after = 60s;
constexpr auto pause_first = 50ms;
constexpr auto pause_most = 2'000ms;

command_result result_of(const json::value& answered) {
    const auto* one = answered.if_object();
    if (one == nullptr) return {command_status::refused, "the answer cannot be read"};
    const auto status = text_of(*one, "status");
    if (status == "applied") return {command_status::applied, {}};
    if (status == "no_op") return {command_status::nothing, {}};
    if (status == "replayed") return {command_status::replayed, {}};
    const auto* error = one->if_contains("error");
    if (error == nullptr || !error->is_object()) return {command_status::refused, "status " + status};
    return {command_status::refused, fmt::format("{}: {}", text_of(error->get_object(), "code"),
                                                 text_of(error->get_object(), "detail"))};
}

/// Whether the server answered that it could not say or do it now, though a later attempt may.
bool is_for_later(const json::value& answered) {
    const auto* one = answered.if_object();
    if (one == nullptr || text_of(*one, "status") != "rejected") return false;
    const auto* error = one->if_contains("error");
    if (error == nullptr || !error->is_object()) return false;
    const auto code = text_of(error->get_object(), "code");
    return std::ranges::any_of(domain::errc_table(),
                               [&](const auto& row) { return row.retryable && row.code == code; });
}

}  // namespace

book_client::book_client(std::unique_ptr<platform::http::client> server) : server_(std::move(server)) {}

template <class Work>
auto book_client::patiently(Work work) -> decltype(work()) {
    const auto until = std::chrono::steady_clock::now() + give_up_after;
    auto pause = std::chrono::milliseconds(pause_first);
    bool waits = false;
    for (;;) {
        auto answer = work();
        reached_ = reached_ || answer || answer.error().code != errc::unreachable;
        if (answer || !reached_ || !domain::row_of(answer.error().code).retryable) return answer;
        if (std::chrono::steady_clock::now() > until) return answer;
        if (!std::exchange(waits, true))
            fmt::print(stderr, "daybook: {}: {}; trying again for {} s\n",
                       domain::row_of(answer.error().code).code, answer.error().detail,
                       give_up_after.count());
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, std::chrono::milliseconds(pause_most));
    }
}

result<json::object> book_client::get(std::string target) {
    add_parameter(target, "min_position", position_.empty() ? "end" : position_);
    add_parameter(target, "wait_ms", std::to_string(domain::limits::wait_max.count()));
    return patiently([&] { return get_object(*server_, target); });
}

template <class Each>
result<void> book_client::each_item(const std::string& target, Each each) {
    for (std::string cursor;;) {
        auto page_target = target;
        add_parameter(page_target, "limit", std::to_string(domain::limits::page_size_max));
        add_parameter(page_target, "cursor", cursor);
        auto page = get(page_target);
        if (!page) return page.error();
        auto* items = page->if_contains("items");
        if (items == nullptr || !items->is_array())
            return make_problem(errc::internal, target + " answers without items");
        for (auto& item : items->get_array())
            if (item.is_object()) each(std::move(item.get_object()));
        cursor = text_of(*page, "next_cursor");
        if (cursor.empty()) return {};
    }
}

result<current_book> book_client::read(bool with_comments) {
    current_book out;
    constexpr auto all = "/v1/tasks?sort_by=id&status=open,in_progress,completed,cancelled,skipped,deleted";
    auto done = each_item(all, [&](json::object task) {
        if (const auto id = domain::task_id::parse(text_of(task, "task_id")))
            out.tasks.emplace(*id, std::move(task));
    });
    if (!done) return done.error();
    const auto projects = get("/v1/projects");
    if (!projects) return projects.error();
    if (const auto* items = projects->if_contains("items"); items != nullptr && items->is_array()) {
        for (const auto& item : items->get_array())
            if (item.is_object())
                out.projects[text_of(item.get_object(), "name")] = text_of(item.get_object(), "project_id");
    }
    if (!with_comments) return out;
    done = each_item("/v1/audit?type=task.commented",
                     [&](const json::object& entry) { out.comments.insert(text_of(entry, "command_id")); });
    if (!done) return done.error();
    return out;
}

result<json::object> book_client::post_batch(const std::string& body) {
    return patiently([&]() -> result<json::object> {
        platform::http::client_request request;
        request.method = platform::http::method::post;
        request.target = "/v1/commands";
        request.body = body;
        auto answer = server_->send(std::move(request));
        if (!answer) return answer.error();
        if (answer->status != 200) return problem_of(*answer);
        auto value = answer->json();
        if (!value) return value.error();
        auto* object = value->if_object();
        const auto* results = object == nullptr ? nullptr : object->if_contains("results");
        if (results == nullptr || !results->is_array())
            return make_problem(errc::internal, "the answer has no results");
        // Nothing is lost by sending all of it again: what was applied is answered as replayed.
        for (const auto& one : results->get_array())
            if (is_for_later(one)) return make_problem(errc::outcome_unknown, result_of(one).reason);
        return std::move(*object);
    });
}

result<std::vector<command_result>> book_client::send(std::span<const planned_command> commands,
                                                      const std::function<void(std::size_t)>& done) {
    std::vector<command_result> out;
    out.reserve(commands.size());
    while (out.size() < commands.size()) {
        std::string body = R"({"mode":"independent","commands":[)";
        std::size_t count = 0;
        while (out.size() + count < commands.size() && count < domain::limits::batch_commands_max) {
            const auto one = json::serialize(commands[out.size() + count].command);
            if (count > 0 && body.size() + one.size() > batch_bytes_max) break;
            if (count > 0) body += ',';
            body += one;
            ++count;
        }
        body += "]}";
        auto answer = post_batch(body);
        if (!answer) return answer.error();
        const auto& results = answer->at("results").as_array();
        if (results.size() != count)
            return make_problem(errc::internal, "the answer has another number of results");
        for (const auto& one : results) out.push_back(result_of(one));
        if (auto position = text_of(*answer, "position"); !position.empty()) position_ = std::move(position);
        done(count);
    }
    return out;
}

}  // namespace daybook::app::import
