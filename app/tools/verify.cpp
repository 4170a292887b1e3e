// daybook verify: a fresh fold of the log against every read model, by a running server or here on a stopped
// one.
#include "projector/verify.hpp"

#include "app/tools/client_calls.hpp"
#include "app/tools/stopped_views.hpp"
#include "app/tools/tools.hpp"
#include "domain/json_text.hpp"
#include "projector/admin_json.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cstdio>

namespace daybook::app {
namespace {

void print_row(const boost::json::object& row, bool json) {
    if (json) return fmt::print("{}\n", boost::json::serialize(row));
    if (row.contains("view"))
        return fmt::print(
            "{:<9} partition {:>3}  {:>10} rows  {}  {}{}\n", text_of(row, "view"), text_of(row, "partition"),
            text_of(row, "rows"), text_of(row, "hash"),
            text_of(row, "equal") == "true" ? "equal" : "DIFFERENT: ", text_of(row, "first_difference"));
    fmt::print("{} events in {} records, {} void: {}\n", text_of(row, "events"), text_of(row, "records"),
               text_of(row, "voids"), text_of(row, "equal") == "true" ? "equal" : "DIFFERENT");
}

int verify_served(platform::http::client& server, const installation& where, const verify_options& o) {
    const auto answer = server.get("/v1/admin/verify?view=" + o.view);
    if (!answer) return report(answer.error());
    if (answer->status != 200) return report(problem_of(*answer));
    std::string_view rest = answer->body;
    bool equal = false;
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const auto row = domain::parse_json_object(line);
        if (!row) return report(row.error());
        print_row(*row, where.json);
        if (!row->contains("view")) equal = text_of(*row, "equal") == "true";
    }
    return equal ? exit_done : exit_failed;
}

int verify_stopped(const installation& where, const verify_options& o) {
    auto opened = open_stopped(where, o.view);
    if (!opened) return report(opened.error());
    std::vector<projector::verify_target> targets;
    for (const auto& [store, view] : opened->views)
        targets.push_back({std::string(store->name()), &view->reader()});
    const auto each = [&](const projector::verify_row& row) {
        print_row(projector::verify_row_json(row), where.json);
    };
    const auto done = projector::verify(*opened->log, std::move(targets), each, {});
    if (!done) return report(done.error());
    print_row({{"equal", done->equal()},
               {"records", done->records},
               {"events", done->events},
               {"voids", done->voids}},
              where.json);
    return done->equal() ? exit_done : exit_failed;
}

}  // namespace

int run_verify(const installation& where, const verify_options& o) {
    if (!where.data.empty() || !where.kafka.empty()) return verify_stopped(where, o);
    auto server = connect(where);
    if (!server) return report(server.error());
    return verify_served(**server, where, o);
}

}  // namespace daybook::app
