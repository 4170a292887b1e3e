// The sequencer on the embedded log, in process: acknowledged commands a second, every one synced to disk,
// without HTTP.
//
//   append_bench FOLDER SECONDS SUBMITTERS [BATCH]    each submitter has one batch of BATCH creates in flight
#include "command-api/command_handler.hpp"
#include "domain/zone.hpp"
#include "eventlog/rocks_log.hpp"
#include "platform/obs/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <vector>

namespace api = daybook::command_api;
namespace domain = daybook::domain;

namespace {

using steady = std::chrono::steady_clock;

double milliseconds_since(steady::time_point t) {
    return std::chrono::duration<double, std::milli>(steady::now() - t).count();
}

/// Submits the next batch of a submitter from the answer of its last one, so that no thread stands between
/// them.
class load {
 public:
    load(api::command_handler& handler, int submitters, int batch, double seconds)
        : handler_(handler),
          batch_(batch),
          until_(steady::now() +
                 std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(seconds))),
          running_(submitters) {
        latencies_.reserve(1'000'000);
    }

    void run() {
        const auto submitters = running_.load();
        for (int s = 0; s < submitters; ++s) next(s, 0);
        done_.acquire();
    }
    std::vector<double>& latencies() { return latencies_; }
    int failed() const { return failed_; }

 private:
    void next(int submitter, int number) {
        if (steady::now() >= until_) {
            if (--running_ == 0) done_.release();
            return;
        }
        api::command_batch made;
        made.user = domain::user_id("user" + std::to_string(submitter));
        made.actor = {"user", made.user.text()};
        made.wants_resource = batch_ == 1;
        for (int i = 0; i < batch_; ++i) {
            auto& item = made.items.emplace_back();
            item.command.id = domain::command_id(fmt::format("c{}-{}", number, i));
            item.command.args["title"] = "A task of ordinary length with an id";
            item.command.args["priority"] = "P2";
            item.command.args["tags"] = {"work", "home"};
        }
        api::check_at_the_door(made, false);
        const auto sent = steady::now();
        handler_.submit(std::move(made), [this, submitter, number, sent](const api::batch_answer& answer) {
            if (answer.failed) ++failed_;
            latencies_.push_back(milliseconds_since(sent));
            next(submitter, number + 1);
        });
    }

    api::command_handler& handler_;
    int batch_;
    steady::time_point until_;
    std::vector<double> latencies_;  // only the one sequencer's thread adds
    std::atomic<int> failed_ = 0;
    std::atomic<int> running_;
    std::binary_semaphore done_{0};
};

int run(const std::string& folder, double seconds, int submitters, int batch) {
    daybook::platform::obs::log_options quiet;
    quiet.least = daybook::platform::obs::level::warn;
    daybook::platform::obs::configure_log(quiet);
    const domain::zone_table zones("none", {});
    daybook::eventlog::rocks_log_options log_options;
    log_options.folder = folder + "/log";
    const auto log = daybook::eventlog::rocks_log::open(std::move(log_options)).value();
    api::handler_options options;
    options.folder = folder + "/decisions";
    options.writer.zones = &zones;
    const auto handler = api::command_handler::start(*log, std::move(options), nullptr).value();
    while (!handler->ready()) std::this_thread::yield();
    load work(*handler, submitters, batch, seconds);
    const auto began = steady::now();
    work.run();
    const auto took = milliseconds_since(began) / 1000;
    (void)handler->stop(std::chrono::seconds(10));
    auto& all = work.latencies();
    std::sort(all.begin(), all.end());
    const auto at = [&](double q) {
        return all.empty() ? 0.0 : all[static_cast<std::size_t>(q * static_cast<double>(all.size() - 1))];
    };
    fmt::print(
        "{{\"bench\":\"append in process\",\"submitters\":{},\"batch\":{},\"commands_per_s\":{:.0f},"
        "\"p50_ms\":{:.3f},\"p99_ms\":{:.3f},\"failed\":{}}}\n",
        submitters, batch, static_cast<double>(all.size()) * batch / took, at(0.5), at(0.99), work.failed());
    return work.failed() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
    const std::vector<std::string> a(argv + 1, argv + argc);
    if (a.size() < 3 || a.size() > 4) {
        fmt::print(stderr, "usage: append_bench FOLDER SECONDS SUBMITTERS [BATCH]\n");
        return 2;
    }
    return run(a[0], std::stod(a[1]), std::stoi(a[2]), a.size() == 4 ? std::stoi(a[3]) : 1);
} catch (const std::exception& failed) {
    fmt::print(stderr, "{}\n", failed.what());
    return 1;
}
