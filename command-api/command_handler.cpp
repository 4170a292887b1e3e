#include "command-api/command_handler.hpp"

#include "command-api/sequencer.hpp"
#include "command-api/sequencer_metrics.hpp"
#include "platform/rocks/store.hpp"
#include "platform/runtime/machine.hpp"

#include <algorithm>
#include <numeric>

namespace daybook::command_api {
namespace {

class called_back final : public batch_completion {
 public:
    explicit called_back(std::function<void(batch_answer)> done) : done_(std::move(done)) {}
    void complete(batch_answer answer) noexcept override { done_(std::move(answer)); }

 private:
    std::function<void(batch_answer)> done_;
};

}  // namespace

struct command_handler::impl {
    eventlog::event_log& log;
    handler_options options;
    sequencer_metrics metrics{};
    std::unique_ptr<platform::rocks::store> store{};
    std::unique_ptr<sequencer> decides{};
};

command_handler::command_handler(std::unique_ptr<impl> made) : impl_(std::move(made)) {}

command_handler::~command_handler() = default;

domain::result<std::unique_ptr<command_handler>> command_handler::start(eventlog::event_log& log,
                                                                        handler_options options,
                                                                        platform::obs::metrics* figures) {
    if (!options.writer.now) options.writer.now = platform::runtime::system_now;
    if (options.writer.identity.writer_id.empty())
        options.writer.identity.writer_id = platform::runtime::random_uuid(options.writer.now()).text();
    auto store = open_decision_store(options.folder);
    if (!store) return store.error();
    auto made = std::make_unique<impl>(impl{log, std::move(options)});
    made->store = std::move(*store);
    if (figures != nullptr) made->metrics = make_sequencer_metrics(*figures);
    std::vector<std::int32_t> all(static_cast<std::size_t>(log.partitions()));
    std::iota(all.begin(), all.end(), 0);
    made->decides = std::make_unique<sequencer>("decide", std::move(all), log, *made->store,
                                                made->options.writer, made->metrics);
    made->decides->start();
    return std::unique_ptr<command_handler>(new command_handler(std::move(made)));
}

void command_handler::submit(command_batch batch, std::unique_ptr<batch_completion> done) {
    const auto partition = eventlog::partition_of(batch.user.text(), impl_->log.partitions());
    impl_->decides->submit(partition, std::move(batch), std::move(done));
}

void command_handler::submit(command_batch batch, std::function<void(batch_answer)> done) {
    submit(std::move(batch), std::make_unique<called_back>(std::move(done)));
}

bool command_handler::stop(std::chrono::milliseconds deadline) {
    return impl_->decides->stop(steady::now() + deadline);
}

std::vector<partition_status> command_handler::statuses() const { return impl_->decides->statuses(); }

bool command_handler::ready() const {
    const auto all = statuses();
    return std::ranges::all_of(all, [](const partition_status& s) { return s.state == ownership::owned; });
}

}  // namespace daybook::command_api
