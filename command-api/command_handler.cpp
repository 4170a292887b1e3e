#include "command-api/command_handler.hpp"

#include "command-api/sequencer.hpp"
#include "command-api/sequencer_metrics.hpp"
#include "platform/rocks/store.hpp"

#include <algorithm>
#include <random>

namespace daybook::command_api {
namespace {

class called_back final : public batch_completion {
 public:
    explicit called_back(std::function<void(batch_answer)> done) : done_(std::move(done)) {}
    void complete(batch_answer answer) noexcept override { done_(std::move(answer)); }

 private:
    std::function<void(batch_answer)> done_;
};

domain::instant system_now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string random_id() {
    std::random_device source;
    std::array<std::uint8_t, 10> bytes{};
    for (auto& b : bytes) b = static_cast<std::uint8_t>(source());
    return domain::uuid::v7(system_now(), bytes).text();
}

}  // namespace

struct command_handler::impl {
    eventlog::event_log& log;
    handler_options options;
    sequencer_metrics metrics{};
    std::unique_ptr<platform::rocks::store> store{};
    std::vector<std::unique_ptr<sequencer>> groups{};
};

command_handler::command_handler(std::unique_ptr<impl> made) : impl_(std::move(made)) {}

command_handler::~command_handler() = default;

domain::result<std::unique_ptr<command_handler>> command_handler::start(eventlog::event_log& log,
                                                                        handler_options options,
                                                                        platform::obs::metrics* figures) {
    if (!options.writer.now) options.writer.now = system_now;
    if (options.writer.identity.writer_id.empty()) options.writer.identity.writer_id = random_id();
    auto store = open_decision_store(options.folder);
    if (!store) return store.error();
    auto made = std::make_unique<impl>(impl{log, std::move(options)});
    made->store = std::move(*store);
    if (figures != nullptr) made->metrics = make_sequencer_metrics(*figures);
    const auto partitions = log.partitions();
    const auto count =
        std::clamp<std::int32_t>(static_cast<std::int32_t>(made->options.groups), 1, partitions);
    for (std::int32_t g = 0; g < count; ++g) {
        std::vector<std::int32_t> of_group;
        for (auto p = g; p < partitions; p += count) of_group.push_back(p);
        made->groups.push_back(std::make_unique<sequencer>("decide-" + std::to_string(g), std::move(of_group),
                                                           log, *made->store, made->options.writer,
                                                           made->metrics));
    }
    for (auto& group : made->groups) group->start();
    return std::unique_ptr<command_handler>(new command_handler(std::move(made)));
}

void command_handler::submit(command_batch batch, std::unique_ptr<batch_completion> done) {
    const auto partition = eventlog::partition_of(batch.user.text(), impl_->log.partitions());
    auto& group = *impl_->groups[static_cast<std::size_t>(partition) % impl_->groups.size()];
    group.submit(partition, std::move(batch), std::move(done));
}

void command_handler::submit(command_batch batch, std::function<void(batch_answer)> done) {
    submit(std::move(batch), std::make_unique<called_back>(std::move(done)));
}

bool command_handler::stop(std::chrono::milliseconds deadline) {
    const auto until = steady::now() + deadline;
    bool clean = true;
    for (auto& group : impl_->groups) clean = group->stop(until) && clean;
    return clean;
}

std::vector<partition_status> command_handler::statuses() const {
    std::vector<partition_status> all;
    for (const auto& group : impl_->groups)
        for (auto& one : group->statuses()) all.push_back(std::move(one));
    std::ranges::sort(all, {}, &partition_status::partition);
    return all;
}

bool command_handler::ready() const {
    const auto all = statuses();
    return std::ranges::all_of(all, [](const partition_status& s) { return s.state == ownership::owned; });
}

}  // namespace daybook::command_api
