#include "projector/admin_routes.hpp"

#include "domain/json_text.hpp"
#include "eventlog/last_applied.hpp"
#include "projector/admin_json.hpp"
#include "projector/export_stream.hpp"
#include "projector/line_stream.hpp"
#include "projector/log_lines.hpp"
#include "projector/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <mutex>
#include <utility>

namespace daybook::projector {
namespace {

namespace http = platform::http;
namespace json = boost::json;
using boost::asio::awaitable;
using domain::errc;
using domain::make_problem;
using domain::result;
using platform::auth::scope;
using std::chrono::steady_clock;
using answer = awaitable<result<http::response>>;

constexpr auto log_deadline = std::chrono::seconds(5);
constexpr auto read_wait = std::chrono::milliseconds(250);
constexpr int piece_reads = 16;
constexpr std::int64_t checkpoint_every = 65'536;

/// Where judging a partition can begin without reading it from its start. Threads: any.
class known_checkpoints {
 public:
    explicit known_checkpoints(std::int32_t partitions)
        : by_partition_(static_cast<std::size_t>(partitions)) {}

    /// The nearest at or before the offset.
    eventlog::fold_checkpoint before(std::int32_t partition, std::int64_t offset) const {
        const std::scoped_lock lock(mutex_);
        const auto& known = by_partition_.at(static_cast<std::size_t>(partition));
        const auto after = known.upper_bound(offset);
        return after == known.begin() ? eventlog::fold_checkpoint{} : std::prev(after)->second;
    }
    /// Kept if it is far from the others, or the last (which somebody who follows the log asks for next).
    void add(std::int32_t partition, const eventlog::fold_checkpoint& at) {
        const std::scoped_lock lock(mutex_);
        auto& known = by_partition_.at(static_cast<std::size_t>(partition));
        if (!known.empty() && at.next_offset > known.rbegin()->first) {
            const auto last = std::prev(known.end());
            const auto base = last == known.begin() ? 0 : std::prev(last)->first;
            if (last->first - base < checkpoint_every) known.erase(last);
        } else if (!known.empty()) {
            return;
        }
        known.emplace(at.next_offset, at);
    }

 private:
    mutable std::mutex mutex_;
    std::vector<std::map<std::int64_t, eventlog::fold_checkpoint>> by_partition_;
};

/// What the routes share.
struct admin {
    explicit admin(const read_side& s) : side(s), checkpoints(s.log.partitions()) {}

    const read_side& side;
    known_checkpoints checkpoints;
    std::shared_ptr<platform::runtime::worker_pool> scans = std::make_shared<platform::runtime::worker_pool>(
        platform::runtime::worker_pool_options{"scan", 2, 64});
};
using shared_admin = std::shared_ptr<admin>;

/// Query parameters by name; each must be known and stand once.
result<std::map<std::string, std::string>> parameters_of(const http::request& from,
                                                         std::initializer_list<std::string_view> known) {
    std::map<std::string, std::string> out;
    for (const auto& [name, value] : from.query) {
        if (std::ranges::find(known, std::string_view(name)) == known.end()) {
            return make_problem(errc::field_unknown, "There is no such parameter here", name.substr(0, 64),
                                fmt::format("Known are: {}.", fmt::join(known, " ")));
        }
        if (!out.emplace(name, value).second)
            return make_problem(errc::request_malformed, "The parameter is given twice", name);
    }
    return out;
}

result<bool> flag(const std::map<std::string, std::string>& from, const std::string& name) {
    const auto at = from.find(name);
    if (at == from.end() || at->second == "0" || at->second == "false") return false;
    if (at->second == "1" || at->second == "true" || at->second.empty()) return true;
    return make_problem(errc::field_invalid, "1 or 0", name);
}

result<std::int64_t> number(const std::string& name, const std::string& text, std::int64_t least,
                            std::int64_t most) {
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size() || value < least || value > most) {
        return make_problem(errc::field_invalid, fmt::format("A whole number from {} to {}", least, most),
                            name);
    }
    return value;
}

/// Indexes of the runners that a name means; `all` and empty mean every one.
result<std::vector<std::size_t>> runners_named(const read_side& side, std::string_view name) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < side.runners.size(); ++i) {
        if (name.empty() || name == "all" || name == side.runners[i]->name()) out.push_back(i);
    }
    if (!out.empty()) return out;
    return make_problem(errc::not_found, fmt::format("There is no view {}", name), {},
                        "Views are listed by /v1/admin/views.");
}

http::response views_response(const read_side& side, const std::vector<std::size_t>& which, int status,
                              const std::vector<std::vector<std::string>>& hashes) {
    json::array views;
    for (std::size_t n = 0; n < which.size(); ++n) {
        const auto i = which[n];
        const auto rebuilding = i < side.rebuilders.size() ? side.rebuilders[i]->status() : rebuild_status{};
        views.push_back(view_json(*side.runners[i], rebuilding,
                                  n < hashes.size() ? hashes[n] : std::vector<std::string>{}));
    }
    json::object body;
    body["views"] = std::move(views);
    std::string text;
    domain::append_json(text, body);
    return http::json_text_response(status, std::move(text));
}

result<std::vector<std::vector<std::string>>> hashes_of(const read_side& side,
                                                        const std::vector<std::size_t>& which) {
    std::vector<std::vector<std::string>> out;
    for (const auto i : which) {
        auto& hashes = out.emplace_back();
        const auto view = side.runners[i]->serving();
        if (!view) continue;
        for (std::int32_t p = 0; p < side.log.partitions(); ++p) {
            auto state = view->reader().hash(p);
            if (!state) return state.error();
            hashes.push_back(state->hash.text());
        }
    }
    return out;
}

answer get_views(shared_admin of, http::request from) {
    const auto parameters = parameters_of(from, {"hash"});
    if (!parameters) co_return parameters.error();
    const auto with_hash = flag(*parameters, "hash");
    if (!with_hash) co_return with_hash.error();
    const auto which = runners_named(of->side, "all");
    if (!which) co_return which.error();
    const std::vector<std::vector<std::string>> none;
    if (!*with_hash) co_return views_response(of->side, *which, 200, none);
    auto read = [of, which = *which] { return hashes_of(of->side, which); };
    const auto hashes = co_await of->scans->run(std::move(read));
    if (!hashes) co_return hashes.error();
    co_return views_response(of->side, *which, 200, *hashes);
}

answer start_rebuild(shared_admin of, http::request from) {
    if (const auto none = parameters_of(from, {}); !none) co_return none.error();
    const auto which = runners_named(of->side, from.path_parameter("name"));
    if (!which) co_return which.error();
    std::optional<domain::problem> refused;
    std::size_t started = 0;
    for (const auto i : *which) {
        const auto done = of->side.rebuilders.at(i)->start();
        if (done)
            ++started;
        else
            refused = done.error();
    }
    // Of several views some may be under way already: the answer shows which.
    if (started == 0 && refused) co_return *refused;
    const std::vector<std::vector<std::string>> none;
    co_return views_response(of->side, *which, 202, none);
}

answer cancel_rebuild(shared_admin of, http::request from) {
    if (const auto none = parameters_of(from, {}); !none) co_return none.error();
    const auto which = runners_named(of->side, from.path_parameter("name"));
    if (!which) co_return which.error();
    auto cancel = [of, which = *which]() -> result<bool> {
        bool any = false;
        for (const auto i : which) any = of->side.rebuilders.at(i)->cancel() || any;
        return any;
    };
    const auto done = co_await of->scans->run(std::move(cancel));
    if (!done) co_return done.error();
    const std::vector<std::vector<std::string>> none;
    co_return views_response(of->side, *which, 200, none);
}

/// What part of the log is wanted.
struct log_request {
    std::int32_t partition = 0;
    std::int64_t limit = std::numeric_limits<std::int64_t>::max();
    std::optional<domain::uuid> log_id{};  ///< of `from`, to be compared
    log_lines::options show{};
};

result<log_request> log_request_of(const http::request& from, std::int32_t partitions) {
    const auto parameters =
        parameters_of(from, {"partition", "from", "limit", "raw", "user", "task", "type"});
    if (!parameters) return parameters.error();
    const auto text = [&](const std::string& name) {
        const auto at = parameters->find(name);
        return at == parameters->end() ? std::string() : at->second;
    };
    log_request out;
    const auto partition = text("partition");
    if (!partition.empty()) {
        const auto parsed = number("partition", partition, 0, partitions - 1);
        if (!parsed) return parsed.error();
        out.partition = static_cast<std::int32_t>(*parsed);
    }
    if (const auto start = text("from"); !start.empty() && start != "beginning") {
        if (const auto position = domain::position::parse(start)) {
            if (position->partition < 0 || position->partition >= partitions ||
                (!partition.empty() && position->partition != out.partition)) {
                return make_problem(errc::position_foreign, "The position is of another partition", "from");
            }
            out.partition = position->partition;
            out.show.first_offset = position->offset;
            out.log_id = position->log_id;
        } else {
            const auto offset = number("from", start, 0, std::numeric_limits<std::int64_t>::max());
            if (!offset)
                return make_problem(errc::field_invalid, "A position, an offset or `beginning`", "from");
            if (partition.empty())
                return make_problem(errc::field_required, "An offset needs a partition", "partition");
            out.show.first_offset = *offset;
        }
    } else if (partition.empty()) {
        return make_problem(errc::field_required, "Name a partition, or a position in `from`", "partition");
    }
    if (const auto limit = text("limit"); !limit.empty()) {
        const auto parsed = number("limit", limit, 1, std::numeric_limits<std::int64_t>::max());
        if (!parsed) return parsed.error();
        out.limit = *parsed;
    }
    const auto raw = flag(*parameters, "raw");
    if (!raw) return raw.error();
    out.show.raw = *raw;
    out.show.filter = {text("user"), text("task"), text("type")};
    return out;
}

/// Reads a partition up to its end at the start of the request.
class log_scan {
 public:
    log_scan(shared_admin of, log_request wanted, std::int64_t end)
        : of_(std::move(of)),
          wanted_(std::move(wanted)),
          end_(end),
          from_(of_->checkpoints.before(wanted_.partition, wanted_.show.first_offset)),
          lines_(wanted_.partition, from_, wanted_.show),
          reader_(of_->side.log.open_reader({{wanted_.partition, from_.next_offset}})) {}

    result<std::optional<std::string>> next(const std::stop_token& stop) {
        if (ended_) return std::optional<std::string>();
        std::string out;
        // A piece is bounded in what it looks at too: a filter that finds little must not keep a worker.
        for (int reads = 0; reads < piece_reads && out.size() < piece_bytes && !at_end(); ++reads) {
            if (stop.stop_requested()) return make_problem(errc::not_ready, "the request was cancelled");
            records_.clear();
            const auto read = reader_->read(records_, piece_records, steady_clock::now() + read_wait);
            for (auto& r : records_) {
                if (r.offset >= end_ || lines_.lines() >= wanted_.limit) break;
                if (auto fed = lines_.feed(std::move(r), out); !fed) return last(std::move(out), fed.error());
            }
            of_->checkpoints.add(wanted_.partition, lines_.fold().checkpoint());
            if (!read) return last(std::move(out), read.error());
        }
        if (lines_.fold().read_offset() >= end_) lines_.finish(out);
        ended_ = at_end();
        return std::optional(std::move(out));
    }

 private:
    [[nodiscard]] bool at_end() const {
        return lines_.fold().read_offset() >= end_ || lines_.lines() >= wanted_.limit;
    }

    /// What was read before the failure goes out first.
    result<std::optional<std::string>> last(std::string out, const domain::problem& why) {
        ended_ = true;
        json::object line;
        line["error"] = problem_json(why);
        domain::append_json(out, line);
        out += '\n';
        return std::optional(std::move(out));
    }

    shared_admin of_;
    log_request wanted_;
    std::int64_t end_;
    eventlog::fold_checkpoint from_;
    log_lines lines_;
    std::unique_ptr<eventlog::log_reader> reader_;
    std::vector<eventlog::record> records_;
    bool ended_ = false;
};

answer get_log(shared_admin of, http::request from) {
    auto wanted = log_request_of(from, of->side.log.partitions());
    if (!wanted) co_return wanted.error();
    auto open = [of, wanted = *wanted]() -> result<std::shared_ptr<log_scan>> {
        const auto ends = of->side.log.end_offsets(steady_clock::now() + log_deadline);
        if (!ends) return ends.error();
        if (wanted.log_id) {
            const auto id =
                eventlog::read_log_id(of->side.log, wanted.partition, steady_clock::now() + log_deadline);
            if (!id) return id.error();
            if (*id != wanted.log_id)
                return make_problem(errc::position_foreign, "The position is of another log", "from");
        }
        if (const auto end = ends->at(static_cast<std::size_t>(wanted.partition));
            wanted.show.first_offset > end)
            return make_problem(errc::position_foreign,
                                fmt::format("partition {} ends at {}", wanted.partition, end), "from");
        return std::make_shared<log_scan>(of, wanted, ends->at(static_cast<std::size_t>(wanted.partition)));
    };
    const auto scan = co_await of->scans->run(std::move(open));
    if (!scan) co_return scan.error();
    make_piece pieces = [scan = *scan](const std::stop_token& stop) { return scan->next(stop); };
    auto made = line_stream(of->scans, std::move(pieces));
    if (wanted->show.raw) made.content_type = http::media_text;
    co_return made;
}

/// One partition a piece.
class verify_scan {
 public:
    verify_scan(shared_admin of, const std::vector<std::size_t>& which) : of_(std::move(of)) {
        for (const auto i : which) {
            auto view = of_->side.runners[i]->serving();
            if (!view) continue;
            targets_.push_back({std::string(of_->side.runners[i]->name()), &view->reader()});
            views_.push_back(std::move(view));
        }
    }
    [[nodiscard]] bool complete(std::size_t wanted) const { return targets_.size() == wanted; }

    result<std::optional<std::string>> next(const std::stop_token& stop) {
        if (ended_) return std::optional<std::string>();
        std::string out;
        if (next_ < of_->side.log.partitions()) {
            const auto rows = verify_partition(of_->side.log, next_++, targets_, report_, stop);
            if (!rows) return rows.error();
            for (const auto& row : *rows) {
                domain::append_json(out, verify_row_json(row));
                out += '\n';
            }
            return std::optional(std::move(out));
        }
        ended_ = true;
        json::object sum;
        sum["equal"] = report_.equal();
        sum["records"] = report_.records;
        sum["events"] = report_.events;
        sum["voids"] = report_.voids;
        domain::append_json(out, sum);
        out += '\n';
        return std::optional(std::move(out));
    }

 private:
    shared_admin of_;
    std::vector<std::shared_ptr<view>> views_;
    std::vector<verify_target> targets_;
    verify_report report_;
    std::int32_t next_ = 0;
    bool ended_ = false;
};

answer get_verify(shared_admin of, http::request from) {
    const auto parameters = parameters_of(from, {"view"});
    if (!parameters) co_return parameters.error();
    const auto named = parameters->find("view");
    const auto which = runners_named(of->side, named == parameters->end() ? "all" : named->second);
    if (!which) co_return which.error();
    const auto scan = std::make_shared<verify_scan>(of, *which);
    if (!scan->complete(which->size()))
        co_return make_problem(errc::view_unavailable, "A view does not answer yet");
    make_piece pieces = [scan](const std::stop_token& stop) { return scan->next(stop); };
    co_return line_stream(of->scans, std::move(pieces));
}

answer get_export(shared_admin of, http::request from) {
    return export_book(of->side, of->scans, std::move(from));
}

struct admin_route {
    http::method method;
    std::string_view pattern;
    platform::auth::scope_set needs;
    answer (*handle)(shared_admin, http::request);
    std::string_view produces;
};

constexpr auto table = std::to_array<admin_route>({
    {http::method::get, "/v1/admin/views", scope::admin, get_views, http::media_json},
    {http::method::post, "/v1/admin/views/{name}/rebuild", scope::admin, start_rebuild, http::media_json},
    {http::method::delete_, "/v1/admin/views/{name}/rebuild", scope::admin, cancel_rebuild, http::media_json},
    {http::method::get, "/v1/admin/log", scope::admin, get_log, http::media_ndjson},
    {http::method::get, "/v1/admin/verify", scope::admin, get_verify, http::media_ndjson},
    {http::method::get, "/v1/export", scope::read, get_export, http::media_ndjson},
});

}  // namespace

std::vector<http::route> admin_routes(const read_side& side) {
    const auto shared = std::make_shared<admin>(side);
    std::vector<http::route> routes;
    for (const auto& row : table) {
        routes.push_back(
            {row.method, row.pattern, row.needs,
             [shared, handle = row.handle](http::request r) { return handle(shared, std::move(r)); },
             row.produces});
    }
    return routes;
}

std::vector<std::string_view> admin_patterns() {
    std::vector<std::string_view> patterns;
    for (const auto& row : table) {
        if (std::ranges::find(patterns, row.pattern) == patterns.end()) patterns.push_back(row.pattern);
    }
    return patterns;
}

}  // namespace daybook::projector
