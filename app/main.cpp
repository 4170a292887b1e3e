// One binary: this table of subcommands is the program. What each does stands in app/roles and app/tools.
#include "app/calc/calc.hpp"
#include "app/import/run_import.hpp"
#include "app/roles.hpp"
#include "app/settings.hpp"
#include "app/tools/tools.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace daybook;
using app::settings;

constexpr auto about =
    "Daybook keeps tasks as a history: every change is an event in a log, everything else is folded from "
    "it.\n"
    "\n"
    "Start here:\n"
    "  daybook serve                              everything in one process on http://127.0.0.1:8080\n"
    "  curl -s localhost:8080/v1/tasks -H 'Content-Type: application/json' -d '{\"title\":\"Pay rent\"}'\n"
    "  daybook audit                              who changed what, when, through what\n";

void add_settings(CLI::App& command, settings& s) {
    for (const auto& row : app::setting_table())
        command.add_option(fmt::format("--{}", row.name), s.*row.member, std::string(row.help))
            ->envname(app::environment_name(row.name))
            ->capture_default_str();
    command.add_option("--config", "TOML file of these settings; flags and environment go before it");
}

void add_role(CLI::App& program, settings& s, int& status, const char* name, const char* help,
              app::roles roles) {
    auto* command = program.add_subcommand(name, help);
    add_settings(*command, s);
    command->callback([&s, &status, roles] { status = app::run_server(s, roles); });
}

void add_installation(CLI::App& command, app::installation& where, bool stopped_too) {
    command.add_option("--url", where.url, "address of a running server")
        ->envname("DAYBOOK_URL")
        ->capture_default_str();
    command.add_option("--token", where.token, "bearer token")->envname("DAYBOOK_TOKEN");
    command.add_option("--user", where.user, "the book to act in")->envname("DAYBOOK_USER");
    command.add_flag("--json", where.json, "JSON lines; the default when standard output is no terminal");
    if (!stopped_too) return;
    command.add_option("--data", where.data, "data folder of a stopped installation, instead of --url");
    command.add_option("--kafka", where.kafka, "brokers HOST:PORT,... of the log, instead of --url");
    command.add_option("--topic", where.topic, "topic of the log")->capture_default_str();
    command.add_option("--kafka-config", where.kafka_config, "file of librdkafka properties");
    command.add_option("--postgres", where.postgres, "URL of the Postgres read model");
}

int config_check(const settings& s) {
    for (const auto& row : app::setting_table())
        fmt::print("{:<14} {}\n", row.name, app::redacted(row, s).empty() ? "-" : app::redacted(row, s));
    bool refused = false;
    for (const auto& finding : app::check(s)) {
        fmt::print("{}: --{} {}\n", finding.refused ? "refused" : "warning", finding.setting, finding.text);
        refused = refused || finding.refused;
    }
    return refused ? app::exit_failed : app::exit_done;
}

/// The file's values become environment defaults before anything is parsed, so one rule of precedence serves
/// all.
domain::result<void> load_config_file(int argc, char** argv) {
    std::string path;
    if (const char* from_environment = std::getenv("DAYBOOK_CONFIG")) path = from_environment;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--config" && i + 1 < argc) path = argv[i + 1];
        if (argument.starts_with("--config=")) path = argument.substr(9);
    }
    return path.empty() ? domain::result<void>{} : app::load_file(path);
}

}  // namespace

int main(int argc, char** argv) {
    ::umask(077);  // whatever a role or a tool writes is for its owner alone
    CLI::App program{about, "daybook"};
    program.require_subcommand(1);
    program.set_version_flag("--version", "daybook " DAYBOOK_VERSION);
    int status = app::exit_done;
    settings s;
    app::installation where;
    where.json = ::isatty(STDOUT_FILENO) == 0;

    if (const auto loaded = load_config_file(argc, argv); !loaded) {
        app::report(loaded.error());
        return app::exit_usage;
    }

    add_role(program, s, status, "serve", "everything in one process, on one port", app::roles::all);
    add_role(program, s, status, "command-api", "the role that decides and appends", app::roles::command_api);
    add_role(program, s, status, "projector", "the role that folds views and answers reads",
             app::roles::projector);
    add_role(program, s, status, "reactors", "the role that reacts to events and to time",
             app::roles::reactors);

    app::import_options import_options;
    auto* import = program.add_subcommand(
        "import", "bring tasks in through the command API; a second run changes nothing");
    add_installation(*import, where, false);
    import->add_option("--from", import_options.format, "daybook, beads or taskwarrior")
        ->required()
        ->check(CLI::IsMember({"daybook", "beads", "taskwarrior"}));
    import->add_option("FILE", import_options.file, "file to read, - for standard input")->required();
    import->add_flag("--dry-run", import_options.dry_run, "report what would be done, write nothing");
    import->callback([&] { status = app::run_import(where, import_options); });

    app::log_options log_options;
    auto* log = program.add_subcommand("log", "the record, all of it: events, claims and void records");
    add_installation(*log, where, true);
    log->add_option("--from", log_options.from, "POSITION or beginning")->capture_default_str();
    log->add_option("--partition", log_options.partition, "only this partition");
    log->add_flag("--follow", log_options.follow, "go on as records come");
    log->add_option("--task", log_options.task, "only records of this task");
    log->add_option("--type", log_options.type, "only events of this type, such as task.completed");
    log->add_flag("--raw", log_options.raw, "the value bytes alone, as a Kafka console consumer prints them");
    log->add_flag("--repair", log_options.repair,
                  "cut a damaged embedded log (--data) behind its last good record");
    log->callback(
        [&] { status = log_options.repair ? app::run_repair(where) : app::run_log(where, log_options); });

    app::audit_options audit_options;
    auto* audit =
        program.add_subcommand("audit", "who changed what, from what, to what, when, because of what");
    add_installation(*audit, where, false);
    audit->add_option("--task", audit_options.task, "only this task");
    audit->add_option("--actor", audit_options.actor, "only changes by this actor");
    audit->add_option("--field", audit_options.field, "only changes of this member, such as due");
    audit->add_option("--since", audit_options.since, "from this instant on");
    audit->add_option("--until", audit_options.until, "up to this instant");
    audit->add_option("--format", audit_options.format, "text, json or csv")
        ->check(CLI::IsMember({"text", "json", "csv"}));
    audit->callback([&] { status = app::run_audit(where, audit_options); });

    app::search_options search_options;
    auto* search = program.add_subcommand(
        "search", "tasks by a query, such as 'meeting p1 due:<=+7d' (docs/query-language.md)");
    add_installation(*search, where, false);
    search->add_option("QUERY", search_options.query, "the query, in quotes of the shell")->required();
    search->add_option("--limit", search_options.limit, "how many tasks at most")->capture_default_str();
    search->add_option("--store", search_options.store, "rocks or postgres")
        ->check(CLI::IsMember({"rocks", "postgres"}));
    search->add_flag("--explain", search_options.explain, "say how the answer was found");
    search->callback([&] { status = app::run_search(where, search_options); });

    const auto view_names = CLI::IsMember({"rocks", "postgres", "all"});
    app::rebuild_options rebuild_options;
    auto* rebuild =
        program.add_subcommand("rebuild", "build a read model anew beside the serving one, then switch");
    add_installation(*rebuild, where, true);
    rebuild->add_option("--view", rebuild_options.view, "rocks, postgres or all")
        ->check(view_names)
        ->capture_default_str();
    rebuild->add_flag("--cancel", rebuild_options.cancel, "stop a rebuild that is running");
    rebuild->callback([&] { status = app::run_rebuild(where, rebuild_options); });

    app::verify_options verify_options;
    auto* verify =
        program.add_subcommand("verify", "fold the log afresh and compare every read model with it");
    add_installation(*verify, where, true);
    verify->add_option("--view", verify_options.view, "rocks, postgres or all")
        ->check(view_names)
        ->capture_default_str();
    verify->callback([&] { status = app::run_verify(where, verify_options); });

    app::export_options export_options;
    auto* exporter =
        program.add_subcommand("export", "a book as JSON lines: its tasks, or with --events its history");
    add_installation(*exporter, where, false);
    exporter->add_flag("--events", export_options.events, "the events instead of the tasks");
    exporter->add_option("--output", export_options.output, "file to write instead of standard output");
    exporter->callback([&] { status = app::run_export(where, export_options); });

    auto* calc = program.add_subcommand(
        "calc", "date arithmetic as a filter: JSON lines in, JSON lines out, no server");
    calc->require_subcommand(1);
    for (const auto& row : app::calc::calculations())
        calc->add_subcommand(std::string(row.name), std::string(row.summary))
            ->footer(fmt::format("Each line {{\"id\":...,\"in\":{{...}}}} is answered by "
                                 "{{\"id\":...,\"out\":{{...}}}}. Try:\n  echo '{}' | daybook calc {}\n"
                                 "What the members mean: docs/formats/calc.md.",
                                 row.example, row.name))
            ->callback([&status, name = row.name] { status = app::run_calc(name); });

    auto* config = program.add_subcommand("config", "look at the configuration");
    config->require_subcommand(1);
    auto* check =
        config->add_subcommand("check", "print the effective settings and what is unsafe about them");
    add_settings(*check, s);
    check->callback([&] { status = config_check(s); });

    if (argc > 1 && argv[1][0] != '-') {
        const auto named =
            program.get_subcommands([&](const CLI::App* each) { return each->get_name() == argv[1]; });
        if (named.empty()) {
            fmt::print(stderr, "daybook: there is no command \"{}\"\n  daybook --help lists them.\n",
                       argv[1]);
            return app::exit_usage;
        }
    }
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? app::exit_done : app::exit_usage;
    } catch (const domain::problem_error& error) {
        return app::report(error.value());
    } catch (const std::exception& error) {
        return app::report(domain::make_problem(domain::errc::internal, error.what()));
    }
    return status;
}
