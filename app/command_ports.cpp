#include "app/command_ports.hpp"

#include "app/tools/client_calls.hpp"
#include "domain/command.hpp"
#include "platform/http/http_client.hpp"
#include "platform/runtime/worker_thread.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

namespace daybook::app {
namespace {

namespace http = platform::http;
namespace json = boost::json;
using eventlog::reaction;
using eventlog::reaction_answer;
using eventlog::reaction_outcome;
using on_answer = std::function<void(reaction_answer)>;

reaction_answer refused(domain::problem why) {
    const auto outcome = eventlog::outcome_of(why);
    return {outcome, std::move(why)};
}

/// Nothing was said about the command itself.
reaction_answer unanswered(domain::problem why) { return {reaction_outcome::unavailable, std::move(why)}; }

reaction_answer answer_of(const command_api::batch_answer& answer) {
    if (answer.failed) return unanswered(*answer.failed);
    const auto& one = answer.results.front();
    switch (one.status) {
        case command_api::answer_status::applied: return {reaction_outcome::applied, std::nullopt};
        case command_api::answer_status::no_op: return {reaction_outcome::no_op, std::nullopt};
        case command_api::answer_status::replayed: return {reaction_outcome::replayed, std::nullopt};
        case command_api::answer_status::rejected: break;
    }
    return refused(*one.error);
}

class local_port final : public eventlog::command_port {
 public:
    explicit local_port(command_api::command_handler& commands) : commands_(commands) {}

    void submit(reaction r, on_answer done) override {
        command_api::command_batch batch;
        batch.user = std::move(r.user);
        batch.actor = {"service", "reactors"};
        batch.service_scope = true;
        auto& item = batch.items.emplace_back();
        item.command.id = std::move(r.id);
        item.command.type = domain::parse_command_type(r.type).value();
        item.command.args = std::move(r.args);
        command_api::check_at_the_door(batch, false);
        commands_.submit(std::move(batch), [done = std::move(done)](command_api::batch_answer answer) {
            done(answer_of(answer));
        });
    }

 private:
    command_api::command_handler& commands_;
};

/// One connection with its queue and its thread.
class lane {
 public:
    explicit lane(std::unique_ptr<http::client> to)
        : to_(std::move(to)), worker_("reactions", [this](const std::stop_token& stop) { run(stop); }) {}

    void put(reaction r, on_answer done) {
        const std::scoped_lock lock(mutex_);
        waiting_.emplace_back(std::move(r), std::move(done));
        more_.notify_one();
    }

 private:
    void run(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (more_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
            auto [r, done] = std::move(waiting_.front());
            waiting_.pop_front();
            lock.unlock();
            done(stop.stop_requested() ? stopped() : send(r));
            lock.lock();
        }
        for (auto& [r, done] : std::exchange(waiting_, {})) done(stopped());
    }

    static reaction_answer stopped() {
        return unanswered(domain::make_problem(domain::errc::not_ready, "the reactors are stopping"));
    }

    reaction_answer send(const reaction& r) {
        json::object command{{"id", r.id.text()}, {"type", r.type}, {"args", r.args}};
        http::client_request request;
        request.method = http::method::post;
        request.target = "/v1/commands";
        request.headers = {{"Daybook-User", r.user.text()}};
        request.body = json::serialize(json::object{{"commands", json::array{std::move(command)}}});
        const auto got = to_->send(std::move(request));
        if (!got) return unanswered(got.error());
        if (got->status != 200) return unanswered(problem_of(*got));
        const auto body = got->json();
        if (!body) return unanswered(body.error());
        const auto* results = body->is_object() ? body->get_object().if_contains("results") : nullptr;
        if (results == nullptr || !results->is_array() || results->get_array().size() != 1 ||
            !results->get_array().front().is_object())
            return unanswered(
                domain::make_problem(domain::errc::unreachable, "the answer is none of a command-api"));
        return read(results->get_array().front().get_object());
    }

    static reaction_answer read(const json::object& one) {
        const auto status = text_of(one, "status");
        if (status == "applied") return {reaction_outcome::applied, std::nullopt};
        if (status == "no_op") return {reaction_outcome::no_op, std::nullopt};
        if (status == "replayed") return {reaction_outcome::replayed, std::nullopt};
        http::client_response told;
        told.status = 422;
        if (const auto* error = one.if_contains("error")) told.body = json::serialize(*error);
        return refused(problem_of(told));
    }

    std::unique_ptr<http::client> to_;
    std::mutex mutex_;
    std::condition_variable_any more_;
    std::deque<std::pair<reaction, on_answer>> waiting_;
    platform::runtime::worker_thread worker_;
};

constexpr std::size_t lanes_count = 8;
constexpr auto request_patience = std::chrono::seconds(9);  // the command-api answers within its own eight

class remote_port final : public eventlog::command_port {
 public:
    explicit remote_port(std::vector<std::unique_ptr<lane>> lanes) : lanes_(std::move(lanes)) {}

    void submit(reaction r, on_answer done) override {
        auto& mine = *lanes_[std::hash<std::string>{}(r.user.text()) % lanes_.size()];
        mine.put(std::move(r), std::move(done));
    }

 private:
    std::vector<std::unique_ptr<lane>> lanes_;
};

}  // namespace

std::unique_ptr<eventlog::command_port> in_process_port(command_api::command_handler& commands) {
    return std::make_unique<local_port>(commands);
}

domain::result<std::unique_ptr<eventlog::command_port>> http_port(const std::string& url,
                                                                  const std::string& token) {
    std::vector<std::unique_ptr<lane>> lanes;
    for (std::size_t i = 0; i < lanes_count; ++i) {
        http::client_options options;
        options.url = url;
        options.token = token;
        options.request_deadline = request_patience;
        auto to = http::create_client(std::move(options));
        if (!to) return to.error();
        lanes.push_back(std::make_unique<lane>(std::move(*to)));
    }
    return std::unique_ptr<eventlog::command_port>(std::make_unique<remote_port>(std::move(lanes)));
}

}  // namespace daybook::app
