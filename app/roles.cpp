#include "app/roles.hpp"

#include "app/command_ports.hpp"
#include "app/health_routes.hpp"
#include "app/open_log.hpp"
#include "app/proxy_routes.hpp"
#include "app/tools/tools.hpp"
#include "app/topic_publisher.hpp"
#include "command-api/command_handler.hpp"
#include "command-api/command_routes.hpp"
#include "domain/limits.hpp"
#include "eventlog/rocks_log.hpp"
#include "platform/http/server.hpp"
#include "platform/obs/log.hpp"
#include "platform/runtime/machine.hpp"
#include "platform/runtime/shutdown.hpp"
#include "platform/runtime/worker_thread.hpp"
#include "platform/tz/zone_files.hpp"
#include "projector/admin_routes.hpp"
#include "projector/feed_routes.hpp"
#include "projector/pg_store.hpp"
#include "projector/preview_routes.hpp"
#include "projector/query_routes.hpp"
#include "projector/rocks_store.hpp"
#include "projector/runner.hpp"
#include "projector/schedule_routes.hpp"
#include "projector/view_metrics.hpp"
#include "reactors/runner.hpp"

#include <boost/json/value_from.hpp>
#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <unistd.h>
#include <utility>
#include <vector>

namespace daybook::app {
namespace {

namespace fs = std::filesystem;
namespace http = platform::http;
namespace obs = platform::obs;
using platform::runtime::system_now;

constexpr std::size_t threads_needed = 96;  // more than a process of all roles runs
constexpr auto ground_every = std::chrono::minutes(2);
constexpr auto ground_patience = std::chrono::seconds(10);

domain::result<void> prepare_folder(const std::string& data) {
    std::error_code failed;
    fs::create_directories(data, failed);
    if (!failed && !fs::is_directory(data, failed)) failed = std::make_error_code(std::errc::not_a_directory);
    if (!failed) return {};
    return domain::make_problem(domain::errc::config_invalid, fmt::format("{}: {}", data, failed.message()),
                                "data", "Name a folder that this user may write, or make it.");
}

void configure_log(const settings& s) {
    obs::log_options options;
    if (s.log_format == "json") options.format = obs::log_format::json;
    if (s.log_format == "human") options.format = obs::log_format::human;
    if (s.log_level == "debug") options.least = obs::level::debug;
    if (s.log_level == "warn") options.least = obs::level::warn;
    if (s.log_level == "error") options.least = obs::level::error;
    obs::configure_log(options);
}

/// Everything that a process of these roles is made of, in the order in which it is built; stopped by hand in
/// stop(), destroyed in reverse.
class process {
 public:
    process(const settings& s, roles r) : settings_(s), roles_(r) {}

    domain::result<void> start() {
        for (const auto step : {&process::open_ground, &process::start_commands, &process::start_views,
                                &process::start_reactors, &process::start_topics, &process::serve})
            if (auto done = (this->*step)(); !done) return done;
        return {};
    }

    int run() {
        const auto on_signal = [this](int signal) { wish_.request(fmt::format("signal {}", signal)); };
        const auto on_hangup = [this] { reload(); };
        platform::runtime::signal_listener signals({on_signal, on_hangup});
        if (auto started = start(); !started) {
            report(started.error());
            stop();
            return exit_failed;
        }
        announce();
        platform::runtime::worker_thread ground("ground",
                                                [this](std::stop_token stop) { watch_ground(stop); });
        platform::runtime::worker_thread files("log-files",
                                               [this](std::stop_token stop) { check_log_files(stop); });
        wish_.wait();
        ground.request_stop();
        files.request_stop();
        obs::log_info("stopping", {{"reason", wish_.reason()}});
        const bool clean = stop();
        return wish_.failed() || !clean ? exit_failed : exit_done;
    }

 private:
    [[nodiscard]] bool has_commands() const { return roles_ == roles::all || roles_ == roles::command_api; }
    [[nodiscard]] bool has_views() const { return roles_ == roles::all || roles_ == roles::projector; }
    [[nodiscard]] bool has_reactors() const { return roles_ == roles::all || roles_ == roles::reactors; }

    domain::result<void> open_ground() {
        if (roles_ != roles::all && settings_.kafka.empty())
            return domain::make_problem(domain::errc::config_invalid,
                                        "a single role needs --kafka; `serve` runs without", "kafka");
        if (roles_ == roles::reactors && settings_.command_api.empty())
            return domain::make_problem(domain::errc::config_invalid,
                                        "reactors need --command-api, where their commands go",
                                        "command-api");
        if (auto files = platform::runtime::ensure_open_files(1024); !files) return files.error();
        if (auto threads = platform::runtime::ensure_threads(threads_needed); !threads)
            return threads.error();
        platform::runtime::end_in_order_without_memory();
        auto who = platform::auth::create_authenticator(settings_.auth);
        if (!who) return who.error();
        who_ = std::move(*who);
        auto zones = platform::load_zones();
        if (!zones) return zones.error();
        zones_ = std::make_unique<domain::zone_table>(std::move(*zones));
        std::optional<std::int32_t> partitions;
        if (!settings_.partitions.empty()) partitions = std::stoi(settings_.partitions);
        if (auto folder = prepare_folder(settings_.data); !folder) return folder;
        auto log = open_log({settings_.kafka, settings_.topic, settings_.kafka_config, partitions,
                             fs::path(settings_.data) / "log", true, std::chrono::seconds(30)});
        if (!log) return log.error();
        log_ = std::move(*log);
        return log_->check_ground(std::chrono::steady_clock::now() + std::chrono::seconds(10));
    }

    domain::result<void> start_commands() {
        if (!has_commands()) return {};
        command_api::handler_options options;
        options.folder = fs::path(settings_.data) / "decisions";
        options.writer.zones = zones_.get();
        options.writer.identity.address = settings_.listen;
        auto commands = command_api::command_handler::start(*log_, std::move(options), &figures_);
        if (!commands) return commands.error();
        commands_ = std::move(*commands);
        router_.add(command_api::command_routes(*commands_, system_now));
        return {};
    }

    domain::result<void> start_views() {
        if (!has_views()) return {};
        projector::rocks_store_options rocks;
        rocks.folder = fs::path(settings_.data) / "views" / "rocks";
        rocks.partitions = log_->partitions();
        auto store = projector::rocks_store::open(std::move(rocks));
        if (!store) return store.error();
        stores_.push_back(std::move(*store));
        if (!settings_.postgres.empty()) {
            projector::pg_view_options postgres;
            postgres.url = settings_.postgres;
            stores_.push_back(std::make_unique<projector::pg_store>(std::move(postgres)));
        }
        read_ = std::make_unique<projector::read_side>(
            projector::read_side{*log_, pool_, *zones_, system_now, {}, {}});
        feed_ = std::make_unique<projector::feed>(projector::feed_options{}, &figures_);
        for (const auto& each : stores_) {
            projector::runner_options options;
            if (read_->runners.empty())
                options.applied = [this](std::span<const projector::applied_batch> batches) {
                    feed_->publish(batches);
                };
            read_->runners.push_back(
                std::make_unique<projector::view_runner>(*log_, *each, std::move(options)));
            read_->rebuilders.push_back(std::make_unique<projector::rebuilder>(*log_, *read_->runners.back(),
                                                                               projector::rebuild_options{}));
        }
        for (const auto& runner : read_->runners) {
            runner->start();
            for (auto& guard : projector::publish_view_metrics(figures_, *runner))
                shown_.push_back(std::move(guard));
        }
        router_.add(projector::query_routes(*read_));
        router_.add(projector::preview_routes(*read_));
        router_.add(projector::schedule_routes(*read_));
        router_.add(projector::admin_routes(*read_));
        router_.add(projector::feed_routes(*read_, *feed_, tickets_));
        return {};
    }

    domain::result<void> start_reactors() {
        if (!has_reactors()) return {};
        if (commands_) {
            port_ = in_process_port(*commands_);
        } else {
            auto port = http_port(settings_.command_api, settings_.token);
            if (!port) return port.error();
            port_ = std::move(*port);
        }
        reactors::reactor_options options;
        options.agenda.folder = fs::path(settings_.data) / "reactors";
        options.now = system_now;
        options.tz_version = zones_->version();
        options.figures = &figures_;
        reactors_ = std::make_unique<reactors::reactor_runner>(*log_, *port_, std::move(options));
        reactors_->start();
        return {};
    }

    /// Topics beside the log, where there is Kafka: deltas come from the projector, fires from the reactors.
    domain::result<void> start_topics() {
        if (settings_.kafka.empty()) return {};
        auto properties = kafka_properties_of(settings_.kafka_config);
        if (!properties) return properties.error();
        const auto publish = [&](const std::string& topic, std::function<bool(domain::event_type)> wants,
                                 std::optional<std::chrono::milliseconds> fresh) {
            publisher_options options;
            options.outlet = {settings_.kafka, topic, *properties};
            options.folder = fs::path(settings_.data) / "published" / topic;
            options.wants = std::move(wants);
            options.fresh = fresh;
            options.now = system_now;
            topics_.push_back(std::make_unique<topic_publisher>(*log_, std::move(options), figures_));
            topics_.back()->start();
        };
        if (has_views())
            publish(
                "task-updates", [](domain::event_type) { return true; }, std::nullopt);
        if (has_reactors())
            publish(
                "reminders", [](domain::event_type t) { return t == domain::event_type::reminder_fired; },
                domain::limits::reminder_grace);
        return {};
    }

    domain::result<void> serve() {
        if (auto known = name_other_roles(); !known) return known;
        router_.add(health_routes([this] { return check(); }, figures_));
        const auto address = http::listen_address::parse(settings_.listen);
        if (!address) return address.error();
        http::server_options options;
        options.listen = *address;
        options.allowed_hosts = split_list(settings_.allowed_hosts);
        options.threads = static_cast<unsigned>(std::stoi(settings_.threads));
        options.tickets = &tickets_;
        server_ = http::create_server(std::move(options), router_, *who_, &figures_);
        if (auto started = server_->start(); !started) return started;
        auto bound = *address;
        bound.port = server_->port();
        listening_ = bound.to_string();
        return {};
    }

    /// Routes of the role that is not here: passed on where that is asked for, else a 404 that names it
    /// (settled 31).
    domain::result<void> name_other_roles() {
        if (!has_views()) {
            for (const auto pattern : projector::query_patterns())
                router_.add_elsewhere(pattern, "projector");
            for (const auto pattern : projector::preview_patterns())
                router_.add_elsewhere(pattern, "projector");
            for (const auto pattern : projector::schedule_patterns())
                router_.add_elsewhere(pattern, "projector");
            for (const auto pattern : projector::admin_patterns())
                router_.add_elsewhere(pattern, "projector");
            for (const auto pattern : projector::feed_patterns()) router_.add_elsewhere(pattern, "projector");
        }
        if (roles_ == roles::reactors)
            for (const auto& route : command_api::command_route_shapes())
                router_.add_elsewhere(route.pattern, "command-api");
        if (has_commands() || !has_views()) return {};
        const auto writes = command_api::command_route_shapes();
        if (settings_.command_api.empty()) {
            for (const auto& route : writes) router_.add_elsewhere(route.pattern, "command-api");
            return {};
        }
        auto passed_on = proxy_routes(settings_.command_api, writes, pool_);
        if (!passed_on) return passed_on.error();
        router_.add(std::move(*passed_on));
        return {};
    }

    void announce() const {
        const auto address = fmt::format("http://{}", listening_);
        if (::isatty(STDOUT_FILENO) != 0)
            fmt::print("Daybook is ready on {} ({})\n", address, log_->describe());
        obs::log_info("listening",
                      {{"address", address}, {"log", log_->describe()}, {"version", DAYBOOK_VERSION}});
    }

    /// What was safe at the start must stay so: a topic that was made anew or may now forget ends the process
    /// before it builds on sand (architecture §2.1, ground rules).
    void watch_ground(const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any woken;
        std::unique_lock lock(mutex);
        while (!woken.wait_for(lock, stop, ground_every, [&stop] { return stop.stop_requested(); })) {
            const auto safe = log_->check_ground(std::chrono::steady_clock::now() + ground_patience);
            if (safe || safe.error().code == domain::errc::log_unavailable) continue;
            obs::log_error(
                "the log is no safe ground any more",
                {{"error", domain::row_of(safe.error().code).code}, {"detail", safe.error().detail}});
            wish_.request(safe.error().detail, true);
        }
    }

    /// An embedded log is read through once: damage in a part that nobody asks for would be found too late
    /// for the backup that still has it (architecture §6).
    void check_log_files(const std::stop_token& stop) {
        const auto* embedded = dynamic_cast<const eventlog::rocks_log*>(log_.get());
        if (embedded == nullptr) return;
        const auto checked = embedded->verify_files(stop);
        if (checked) return;
        obs::log_error("the log is damaged", {{"error", domain::row_of(checked.error().code).code},
                                              {"detail", checked.error().detail},
                                              {"hint", "docs/operations.md, a damaged log"}});
        const std::scoped_lock lock(damage_mutex_);
        damage_ = checked.error();
    }

    [[nodiscard]] health health_of_log() const {
        health part{"log", true, {}, {{"at", log_->describe()}}};
        const auto refuse = [&part](const domain::problem& why) {
            part.ready = false;
            part.why = fmt::format("{}: {}", domain::row_of(why.code).code, why.detail);
        };
        if (const auto writable = log_->writable(); !writable) refuse(writable.error());
        const std::scoped_lock lock(damage_mutex_);
        if (damage_) refuse(*damage_);
        return part;
    }

    void reload() const {
        if (auto done = who_->reload(); done) obs::log_info("tokens were read again");
    }

    [[nodiscard]] std::vector<health> check() const {
        std::vector<health> parts;
        parts.push_back(health_of_log());
        if (commands_) parts.push_back(health_of_commands());
        if (read_)
            for (const auto& runner : read_->runners) parts.push_back(health_of(*runner));
        if (reactors_) parts.push_back(health_of_reactors());
        return parts;
    }

    [[nodiscard]] health health_of_reactors() const {
        const auto status = reactors_->status();
        health part{"reactors", status.state == reactors::reactor_state::live && !status.error, {}, {}};
        part.details = {{"state", reactors::to_text(status.state)},
                        {"gate", status.standing.gate_open ? "open" : "closed"},
                        {"pending", status.standing.pending},
                        {"in_flight", status.standing.in_flight},
                        {"next_offsets", boost::json::value_from(status.standing.read)}};
        if (part.ready) return part;
        part.why = std::string(reactors::to_text(status.state));
        if (status.error)
            part.why +=
                fmt::format(": {}: {}", domain::row_of(status.error->code).code, status.error->detail);
        return part;
    }

    [[nodiscard]] health health_of_commands() const {
        health part{"command-api", true, {}, {}};
        boost::json::array partitions;
        for (const auto& status : commands_->statuses()) {
            if (status.state != command_api::ownership::owned) {
                part.ready = false;
                part.why = fmt::format("partition {}: {}", status.partition, status.detail);
            }
            partitions.push_back(boost::json::object{{"partition", status.partition},
                                                     {"epoch", status.epoch},
                                                     {"next_offset", status.next_offset},
                                                     {"in_flight", status.in_flight},
                                                     {"detail", status.detail}});
        }
        part.details["partitions"] = std::move(partitions);
        return part;
    }

    /// Ready is a view that serves and has caught up once since it was opened; its lag is a figure, not a
    /// verdict.
    [[nodiscard]] health health_of(const projector::view_runner& runner) const {
        const auto status = runner.status();
        std::int64_t lag_events = 0;
        for (const auto& each : runner.progress_of().all()) lag_events += each.lag_events();
        health part{
            fmt::format("view {}", runner.name()), status.state == projector::view_state::live, {}, {}};
        part.details = {{"state", projector::to_text(status.state)},
                        {"version", status.version},
                        {"lag_events", lag_events}};
        if (part.ready) return part;
        part.why = std::string(projector::to_text(status.state));
        if (status.error) {
            part.why +=
                fmt::format(": {}: {}", domain::row_of(status.error->code).code, status.error->detail);
            if (status.stopped_partition >= 0)
                part.why +=
                    fmt::format(" (partition {} offset {})", status.stopped_partition, status.stopped_offset);
        }
        return part;
    }

    /// Doors first, then what they stand on: nothing new comes in, what is in flight ends, state is written.
    bool stop() {
        const auto deadline =
            std::chrono::duration_cast<std::chrono::milliseconds>(domain::limits::shutdown_deadline);
        bool clean = true;
        if (server_) clean = server_->stop(deadline / 2) && clean;
        if (reactors_) reactors_->stop();
        for (const auto& topic : topics_) topic->stop();
        if (commands_) clean = commands_->stop(deadline / 4) && clean;
        port_.reset();
        if (read_) {
            read_->rebuilders.clear();
            for (const auto& runner : read_->runners) runner->stop();
        }
        pool_.stop();
        return clean;
    }

    const settings& settings_;
    roles roles_;
    platform::runtime::shutdown wish_;
    obs::metrics figures_;
    std::unique_ptr<platform::auth::authenticator> who_;
    std::unique_ptr<domain::zone_table> zones_;
    std::unique_ptr<eventlog::event_log> log_;
    mutable std::mutex damage_mutex_;
    std::optional<domain::problem> damage_;  ///< found in the log's files since the start
    std::unique_ptr<command_api::command_handler> commands_;
    std::vector<std::unique_ptr<projector::view_store>> stores_;
    platform::runtime::worker_pool pool_{platform::runtime::worker_pool_options{"reads", 4, 4096}};
    std::unique_ptr<projector::feed> feed_;
    platform::auth::ticket_table tickets_;
    std::unique_ptr<projector::read_side> read_;
    std::vector<std::shared_ptr<void>> shown_;  ///< figures that are asked for at each scrape
    std::unique_ptr<eventlog::command_port> port_;
    std::unique_ptr<reactors::reactor_runner> reactors_;
    std::vector<std::unique_ptr<topic_publisher>> topics_;
    http::router router_;
    std::unique_ptr<http::server> server_;
    std::string listening_;
};

}  // namespace

int run_server(const settings& s, roles r) {
    configure_log(s);
    bool refused = false;
    for (const auto& finding : check(s)) {
        if (finding.refused)
            refused = (report(domain::make_problem(domain::errc::config_invalid,
                                                   "--" + finding.setting + " " + finding.text)),
                       true);
        else
            obs::log_warn(finding.text, {{"setting", finding.setting}});
    }
    if (refused) return exit_usage;
    return process(s, r).run();
}

}  // namespace daybook::app
