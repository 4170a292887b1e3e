// daybook rebuild: blue-green, by a running server or here on a stopped installation; shows how far it is.
#include "projector/rebuild.hpp"

#include "app/tools/client_calls.hpp"
#include "app/tools/stopped_views.hpp"
#include "app/tools/tools.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace daybook::app {
namespace {

using boost::json::object;

constexpr auto look_soon =
    std::chrono::milliseconds(25);  // twice as long each time: a small view is done at once
constexpr auto look_every = std::chrono::milliseconds(500);

/// One line a view; on a terminal it is written over, elsewhere it appears when the state changes.
class progress_lines {
 public:
    void show(const std::string& name, const std::string& state, double percent, double rate,
              const std::string& left) {
        const bool terminal = ::isatty(STDERR_FILENO) != 0;
        if (!terminal && states_[name] == state) return;
        states_[name] = state;
        fmt::print(stderr, "{}{:<9} {:<12} {:>5.1f} %  {:>9.0f} events/s  {}{}", terminal ? "\r" : "", name,
                   state, percent, rate, left.empty() ? "" : left + " s left",
                   terminal && state != "done" ? "   " : "\n");
        std::fflush(stderr);
    }

 private:
    std::map<std::string, std::string> states_;
};

/// Waits without holding a processor; nothing wakes it early.
void pause(std::chrono::milliseconds& wait) {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, wait, [] { return false; });
    wait = std::min(wait * 2, look_every);
}

bool is_over(const std::string& state) {
    return state == "done" || state == "failed" || state == "cancelled" || state == "none";
}

int rebuild_served(platform::http::client& server, const rebuild_options& o) {
    platform::http::client_request start;
    start.method = o.cancel ? platform::http::method::delete_ : platform::http::method::post;
    start.target = fmt::format("/v1/admin/views/{}/rebuild", o.view);
    auto started = server.send(std::move(start));
    if (!started) return report(started.error());
    if (started->status >= 400) return report(problem_of(*started));
    if (o.cancel) return exit_done;
    progress_lines lines;
    auto wait = look_soon;
    for (;;) {
        const auto views = get_object(server, "/v1/admin/views");
        if (!views) return report(views.error());
        bool over = true;
        bool good = true;
        for (const auto& each : views->at("views").as_array()) {
            const auto& view = each.as_object();
            if (o.view != "all" && text_of(view, "name") != o.view) continue;
            const auto& rebuild = view.at("rebuild").as_object();
            const auto state = text_of(rebuild, "state");
            lines.show(text_of(view, "name"), state, rebuild.at("percent").to_number<double>(),
                       rebuild.at("events_per_second").to_number<double>(), text_of(rebuild, "seconds_left"));
            over = over && is_over(state);
            if (state == "failed") fmt::print(stderr, "{}\n", boost::json::serialize(rebuild.at("error")));
            good = good && state == "done";
        }
        if (over) return good ? exit_done : exit_failed;
        pause(wait);
    }
}

int rebuild_stopped(const installation& where, const rebuild_options& o) {
    if (o.cancel)
        return report(domain::make_problem(domain::errc::config_invalid,
                                           "there is nothing to cancel in a stopped installation", "cancel"));
    auto opened = open_stopped(where, o.view);
    if (!opened) return report(opened.error());
    progress_lines lines;
    for (auto& [store, view] : opened->views) {
        view.reset();
        projector::rebuild one(*opened->log, *store, {});
        domain::result<void> done;
        std::jthread working([&, store = store] {
            done = one.run([store](std::shared_ptr<projector::view>,
                                   std::stop_token) { return store->switch_to_begun(); },
                           {});
        });
        auto wait = look_soon;
        for (bool over = false; !over;) {
            pause(wait);
            const auto s = one.status();
            over = is_over(std::string(projector::to_text(s.state))) &&
                   s.state != projector::rebuild_state::none;
            lines.show(std::string(store->name()), std::string(projector::to_text(s.state)), s.percent(),
                       s.events_per_second,
                       s.seconds_left ? fmt::format("{:.0f}", *s.seconds_left) : std::string());
        }
        working.join();
        if (!done) return report(done.error());
    }
    return exit_done;
}

}  // namespace

int run_rebuild(const installation& where, const rebuild_options& o) {
    if (!where.data.empty() || !where.kafka.empty()) return rebuild_stopped(where, o);
    auto server = connect(where);
    if (!server) return report(server.error());
    return rebuild_served(**server, o);
}

}  // namespace daybook::app
