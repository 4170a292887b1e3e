// A command handler on a log, as a test drives it: batches in, answers as futures, and the log's own fold to
// compare.
#pragma once

#include "command-api/command_handler.hpp"
#include "domain/book.hpp"
#include "domain/codec/event_json.hpp"
#include "domain/zone.hpp"
#include "eventlog/event_log.hpp"
#include "eventlog/validity.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook::tests {

inline constexpr auto patience = std::chrono::seconds(20);

/// Polls `condition` until it holds. Throws when patience ends.
inline void wait_until(std::string_view what, const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + patience;
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error("waited in vain for " + std::string(what));
        never.wait_for(lock, std::chrono::microseconds(200));
    }
}

inline boost::json::object json_object(std::string_view text) { return boost::json::parse(text).as_object(); }

/// `{id, type, args, if_version?, temp_id?}` as a command.
inline domain::command command_of(std::string id, std::string_view type, boost::json::object args = {}) {
    domain::command made;
    made.id = domain::command_id(std::move(id));
    const auto known = domain::parse_command_type(type);
    if (!known) throw std::invalid_argument("no command " + std::string(type));
    made.type = *known;
    made.args = std::move(args);
    return made;
}

inline command_api::command_batch batch_of(
    std::string_view user, std::vector<domain::command> commands,
    command_api::batch_mode mode = command_api::batch_mode::independent) {
    command_api::command_batch made;
    made.user = domain::user_id(std::string(user));
    made.actor = {"user", std::string(user)};
    made.mode = mode;
    if (commands.size() > 1) made.correlation_id = "batch-" + commands.front().id.text();
    for (auto& one : commands) made.items.emplace_back().command = std::move(one);
    command_api::check_at_the_door(made, true);
    return made;
}

/// What the valid records of one partition say, folded by the code that every reader uses.
struct folded_log {
    std::map<std::string, domain::folded_book> books{};
    std::map<std::pair<std::string, std::string>, int>
        commits{};  ///< (user, command id) -> commits that hold it
    std::vector<domain::event> events{};
    int claims = 0;
    int voids = 0;
};

inline folded_log fold_records(const std::vector<eventlog::record>& records, std::int32_t partition) {
    folded_log made;
    eventlog::log_fold fold(partition, {});
    for (const auto& record : records) {
        auto verdict = fold.feed(record);
        if (!verdict) throw std::runtime_error("the log stops a reader: " + verdict.error().detail);
        if (std::holds_alternative<eventlog::was_claim>(*verdict)) ++made.claims;
        if (std::holds_alternative<eventlog::was_void>(*verdict)) ++made.voids;
        const auto* commit = std::get_if<eventlog::commit>(&*verdict);
        if (commit == nullptr) continue;
        std::map<std::pair<std::string, std::string>, int> of_commit;
        for (const auto& part : commit->parts) {
            auto event = domain::decode_event(std::string_view(part.raw.value));
            if (!event) throw std::runtime_error("an event does not decode: " + event.error().detail);
            made.books.try_emplace(event->user.text(), event->user).first->second.apply(*event);
            of_commit[{event->user.text(), event->command.text()}] = 1;
            made.events.push_back(std::move(*event));
        }
        for (const auto& [key, one] : of_commit) made.commits[key] += one;
    }
    return made;
}

/// No zones: tests of the sequencer set no dates.
inline const domain::zone_table& no_zones() {
    static const domain::zone_table table("test", {});
    return table;
}

/// One handler on a log and a folder. Destroying it without stop() is a crash: nothing is finished, only
/// joined.
class command_house {
 public:
    command_house(eventlog::event_log& log, std::filesystem::path folder, std::string writer_id = "w1",
                  command_api::writer_options writer = {}, bool wait_ready = true) {
        command_api::handler_options options;
        options.folder = std::move(folder);
        options.writer = std::move(writer);
        options.writer.identity = {std::move(writer_id), "http://" + options.writer.identity.address};
        options.writer.zones = &no_zones();
        auto made = command_api::command_handler::start(log, std::move(options), nullptr);
        if (!made) throw std::runtime_error(made.error().detail);
        handler_ = std::move(*made);
        if (wait_ready) wait_until("ownership of all partitions", [this] { return handler_->ready(); });
    }

    [[nodiscard]] std::future<command_api::batch_answer> submit(command_api::command_batch batch) {
        auto promise = std::make_shared<std::promise<command_api::batch_answer>>();
        auto future = promise->get_future();
        handler_->submit(std::move(batch),
                         [promise](command_api::batch_answer a) { promise->set_value(std::move(a)); });
        return future;
    }
    [[nodiscard]] command_api::batch_answer ask(command_api::command_batch batch) {
        return get(submit(std::move(batch)));
    }
    /// One command by itself; a failure of the batch stands in the answer's error.
    [[nodiscard]] command_api::command_answer ask(std::string_view user, domain::command one) {
        return single(submit(batch_of(user, {std::move(one)})));
    }
    [[nodiscard]] std::future<command_api::batch_answer> submit(std::string_view user, domain::command one) {
        return submit(batch_of(user, {std::move(one)}));
    }

    static command_api::batch_answer get(std::future<command_api::batch_answer> future) {
        if (future.wait_for(patience) != std::future_status::ready)
            throw std::runtime_error("no answer came");
        return future.get();
    }
    static command_api::command_answer single(std::future<command_api::batch_answer> future) {
        auto answer = get(std::move(future));
        if (!answer.failed) return std::move(answer.results.at(0));
        command_api::command_answer made;
        made.error = std::move(answer.failed);
        return made;
    }

    [[nodiscard]] command_api::command_handler& handler() { return *handler_; }

 private:
    std::unique_ptr<command_api::command_handler> handler_;
};

inline std::string_view code_of(const command_api::command_answer& answer) {
    return answer.error ? domain::row_of(answer.error->code).code : std::string_view("none");
}
inline std::string_view status_of(const command_api::command_answer& answer) {
    return to_text(answer.status);
}

}  // namespace daybook::tests
