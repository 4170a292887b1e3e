// daybook log: the record as it stands, from a running server, a stopped folder or the topic itself.
#include "app/tools/client_calls.hpp"
#include "app/tools/tools.hpp"
#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "projector/log_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace daybook::app {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t page_records = 20'000;
constexpr auto patience = std::chrono::seconds(10);
constexpr auto follow_wait = std::chrono::milliseconds(500);

/// What is wanted of which partitions.
struct log_plan {
    std::vector<std::int32_t> partitions;
    std::int64_t first_offset = 0;
};

/// What no log could match is a slip of the pen, not an empty answer.
domain::result<void> check_filters(const log_options& o) {
    if (!o.task.empty() && !domain::task_id::parse(o.task))
        return domain::make_problem(domain::errc::field_invalid, "--task is the id of a task", "task");
    if (!o.type.empty() && !domain::parse_event_type(o.type))
        return domain::make_problem(domain::errc::field_invalid,
                                    fmt::format("there is no event type {}", o.type), "type",
                                    "Such as task.created; schema/event has one file for each.");
    return {};
}

domain::result<log_plan> plan_of(const log_options& o, std::int32_t partitions) {
    log_plan plan;
    if (auto known = check_filters(o); !known) return known.error();
    if (o.from != "beginning") {
        const auto position = domain::position::parse(o.from);
        if (!position || position->partition >= partitions)
            return domain::make_problem(domain::errc::field_invalid,
                                        "--from is `beginning` or a position of this log", "from");
        if (o.partition && *o.partition != position->partition)
            return domain::make_problem(
                domain::errc::field_invalid,
                fmt::format("--from is a position of partition {}", position->partition), "partition");
        plan.partitions = {position->partition};
        plan.first_offset = position->offset;
        return plan;
    }
    if (o.partition.value_or(0) < 0 || o.partition.value_or(0) >= partitions)
        return domain::make_problem(domain::errc::field_invalid,
                                    fmt::format("the log has {} partitions", partitions), "partition");
    for (std::int32_t p = 0; p < partitions; ++p)
        if (o.partition.value_or(p) == p) plan.partitions.push_back(p);
    return plan;
}

domain::problem beyond_end(std::int64_t end) {
    return domain::make_problem(domain::errc::position_foreign,
                                fmt::format("--from lies beyond the end of the partition, {}", end), "from");
}

bool print(std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

/// The log opened by this process: judged from the beginning, so that voids are marked.
int print_opened(eventlog::event_log& log, const installation& where, const log_options& o) {
    const auto plan = plan_of(o, log.partitions());
    if (!plan) return report(plan.error());
    const auto ends = log.end_offsets(steady_clock::now() + patience);
    if (!ends) return report(ends.error());
    for (const auto p : plan->partitions)
        if (plan->first_offset > ends->at(static_cast<std::size_t>(p)))
            return report(beyond_end(ends->at(static_cast<std::size_t>(p))));
    std::vector<eventlog::read_start> starts;
    std::vector<projector::log_lines> lines;
    std::size_t unfinished = 0;
    for (const auto p : plan->partitions) {
        projector::log_lines::options show{plan->first_offset, o.raw, {where.user, o.task, o.type}};
        lines.emplace_back(p, eventlog::fold_checkpoint{}, std::move(show));
        if (o.follow || (*ends)[static_cast<std::size_t>(p)] > 0) starts.push_back({p, 0});
        if ((*ends)[static_cast<std::size_t>(p)] > 0) ++unfinished;
    }
    if (starts.empty()) return exit_done;
    const auto reader = log.open_reader(starts);
    std::vector<eventlog::record> records;
    std::string out;
    while (o.follow || unfinished > 0) {
        records.clear();
        const auto read =
            reader->read(records, page_records, steady_clock::now() + (o.follow ? follow_wait : patience));
        for (auto& record : records) {
            const auto p = record.partition;
            const auto end = (*ends)[static_cast<std::size_t>(p)];
            if (!o.follow && record.offset >= end) continue;
            if (record.offset == end - 1) --unfinished;
            auto& of = lines[static_cast<std::size_t>(
                std::find(plan->partitions.begin(), plan->partitions.end(), p) - plan->partitions.begin())];
            if (auto fed = of.feed(std::move(record), out); !fed) return print(out), report(fed.error());
        }
        if (!print(out)) return exit_failed;  // nobody reads any more
        out.clear();
        if (!read) return report(read.error());
    }
    for (auto& each : lines) each.finish(out);
    print(out);
    return exit_done;
}

/// Offset of the record on the last line of a page; the next page begins behind it.
std::int64_t last_offset(std::string_view page) {
    if (page.ends_with('\n')) page.remove_suffix(1);
    const auto line = page.substr(page.rfind('\n') + 1);
    const auto opening = line.find("\"position\":\"");
    if (opening == std::string_view::npos) return -1;
    const auto text = line.substr(opening + 12, line.find('"', opening + 12) - opening - 12);
    const auto position = domain::position::parse(text);
    return position ? position->offset : -1;
}

/// What a page of the server's JSON lines is with --raw. The server's raw form has no offsets to go on from,
/// so it is asked for whole partitions.
std::string target_of(const installation& where, const log_options& o, std::int32_t partition,
                      std::int64_t from) {
    auto target = fmt::format("/v1/admin/log?partition={}&from={}", partition, from);
    if (o.raw)
        target += "&raw=1";
    else
        target += fmt::format("&limit={}", page_records);
    add_parameter(target, "user", where.user);
    add_parameter(target, "task", o.task);
    add_parameter(target, "type", o.type);
    return target;
}

int print_served(platform::http::client& server, const installation& where, const log_options& o) {
    const auto views = get_object(server, "/v1/admin/views");
    if (!views) return report(views.error());
    const auto partitions =
        views->at("views").as_array().at(0).as_object().at("partitions").as_array().size();
    const auto plan = plan_of(o, static_cast<std::int32_t>(partitions));
    if (!plan) return report(plan.error());
    std::vector<std::int64_t> next(plan->partitions.size(), plan->first_offset);
    for (;;) {
        bool any = false;
        for (std::size_t i = 0; i < next.size(); ++i) {
            const auto answer = server.get(target_of(where, o, plan->partitions[i], next[i]));
            if (!answer) return report(answer.error());
            if (answer->status != 200) return report(problem_of(*answer));
            if (answer->body.empty()) continue;
            if (answer->body.starts_with("{\"error\":")) return print(answer->body), exit_failed;
            if (!print(answer->body)) return exit_failed;
            if (o.raw) continue;
            const auto last = last_offset(answer->body);
            if (last < 0) return exit_failed;
            next[i] = last + 1;
            any = true;
        }
        if (!any) return exit_done;
    }
}

}  // namespace

int run_log(const installation& where, const log_options& o) {
    if (!where.data.empty() || !where.kafka.empty()) {
        auto log = open_log(where);
        if (!log) return report(log.error());
        return print_opened(**log, where, o);
    }
    if (o.follow)
        return report(domain::make_problem(domain::errc::config_invalid, "--follow reads the topic itself",
                                           "follow",
                                           "Add --kafka, or watch an embedded log with GET /v1/admin/log."));
    auto as_admin = where;
    as_admin.user.clear();  // --user filters here; it is not the book to act in
    auto server = connect(as_admin);
    if (!server) return report(server.error());
    return print_served(**server, where, o);
}

}  // namespace daybook::app
