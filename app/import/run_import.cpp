#include "app/import/run_import.hpp"

#include "app/import/book_client.hpp"
#include "app/import/history.hpp"
#include "app/import/mapping.hpp"
#include "app/import/plan.hpp"
#include "platform/runtime/machine.hpp"
#include "platform/tz/zone_files.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <unistd.h>
#include <unordered_map>
#include <utility>

namespace daybook::app {
namespace {

namespace json = boost::json;
using domain::result;
using namespace import;

result<std::string> read_file(const std::string& name) {
    if (name == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    const auto cannot =
        domain::make_problem(domain::errc::config_invalid, name + " cannot be read", "FILE", "Name a file.");
    std::error_code unknown;
    if (std::filesystem::is_directory(name, unknown)) return cannot.prefixed("it is a folder");
    std::ifstream file(name, std::ios::binary);
    std::string text;
    if (file) text.assign(std::istreambuf_iterator<char>(file), {});
    if (!file) return cannot;
    return text;
}

/// A bar on standard error while it is a terminal; nothing otherwise.
class progress_bar {
 public:
    explicit progress_bar(bool wanted) : shown_(wanted && ::isatty(STDERR_FILENO) != 0) {}
    ~progress_bar() {
        if (drawn_) fmt::print(stderr, "\r\x1b[K");
    }
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;

    void set_total(std::size_t total) { total_ = total; }
    void advance(std::size_t count) {
        done_ += count;
        const auto at = clock::now();
        if (!shown_ || total_ == 0 || (drawn_ && at - drawn_at_ < std::chrono::milliseconds(100))) return;
        drawn_ = true;
        drawn_at_ = at;
        const auto seconds = std::chrono::duration<double>(at - begun_).count();
        const auto filled = std::min<std::size_t>(30, done_ * 30 / total_);
        fmt::print(stderr, "\rimport [{:<30}] {:>3}%  {} of {}  {:.0f}/s ", std::string(filled, '#'),
                   std::min<std::size_t>(100, done_ * 100 / total_), done_, total_,
                   seconds > 0 ? static_cast<double>(done_) / seconds : 0.0);
        std::fflush(stderr);
    }

 private:
    using clock = std::chrono::steady_clock;
    bool shown_;
    bool drawn_ = false;
    std::size_t total_ = 0;
    std::size_t done_ = 0;
    clock::time_point begun_ = clock::now();
    clock::time_point drawn_at_{};
};

struct counts {
    std::int64_t read = 0, created = 0, changed = 0, unchanged = 0, skipped = 0, refused = 0;
    void add(task_plan outcome) {
        switch (outcome) {
            case task_plan::create: ++created; break;
            case task_plan::change: ++changed; break;
            case task_plan::unchanged: ++unchanged; break;
            case task_plan::skip: ++skipped; break;
        }
    }
};

class importer {
 public:
    importer(const installation& where, const import_options& options, book_client server,
             const domain::zone_table& zones)
        : where_(where), options_(options), server_(std::move(server)), zones_(zones), bar_(!where.json) {}

    result<void> import_file(source_file file) {
        auto mapped = map_records(options_.format, std::move(file), zones_);
        if (!mapped) return mapped.error();
        auto& book = *mapped;
        link(book);
        counts_.read = book.read;
        counts_.skipped = book.skipped;
        for (const auto& n : book.refused) refuse(n);
        for (const auto& n : book.notes) tell(n);
        auto current = read_book(book);
        if (!current) return current.error();
        plan_options options;
        options.now = platform::runtime::system_now();
        const auto plan = make_plan(book, *current, options);
        for (const auto& n : plan.notes) tell(n);
        bar_.set_total(plan.commands.size());
        const auto outcome = execute(book, plan);
        if (!outcome) return outcome.error();
        for (std::size_t i = 0; i < book.tasks.size(); ++i) count((*outcome)[i], plan.tasks[i]);
        return {};
    }

    /// Each change of each version counts as one that was read.
    result<void> play(const source_file& versions) {
        file_history history;
        bar_.set_total(versions.records.size());
        for (const auto& n : versions.notes) tell(n);
        for (const auto& n : versions.refused) {
            ++counts_.read;
            refuse(n);
        }
        for (const auto& version : versions.records) {
            if (auto applied = history.apply(version); !applied) {
                ++counts_.read;
                refuse({version.line, applied.error().detail});
                return {};
            }
            if (auto played = play_version(history); !played)
                return played.error().prefixed(fmt::format("line {}", version.line));
            bar_.advance(1);
        }
        return {};
    }

    [[nodiscard]] const counts& counted() const noexcept { return counts_; }

 private:
    /// What became of one task's commands.
    struct task_outcome {
        int created = 0;
        int applied = 0;
        std::string refusal{};
    };

    result<current_book> read_book(const wanted_book& book) {
        bool comments = false;
        for (const auto& t : book.tasks) comments = comments || !t.comments.empty();
        auto current = server_.read(comments);
        if (current) current->comments.insert(sent_comments_.begin(), sent_comments_.end());
        return current;
    }

    result<std::vector<task_outcome>> execute(const wanted_book& book, const import_plan& plan) {
        std::vector<task_outcome> out(book.tasks.size());
        if (options_.dry_run) {
            for (std::size_t i = 0; i < out.size(); ++i) {
                out[i].created = plan.tasks[i] == task_plan::create;
                out[i].applied = plan.tasks[i] == task_plan::create || plan.tasks[i] == task_plan::change;
            }
            return out;
        }
        std::size_t sent_so_far = 0;
        const auto results = server_.send(plan.commands, [&](std::size_t count) {
            sent_so_far += count;
            if (!playing_) bar_.advance(count);
        });
        if (!results) {
            auto cut_off = results.error().prefixed(
                fmt::format("cut off after {} of {} commands", sent_so_far, plan.commands.size()));
            cut_off.hint =
                "Run the import again: what was done stays, the rest follows, nothing is done twice.";
            return cut_off;
        }
        for (std::size_t i = 0; i < plan.commands.size(); ++i) {
            const auto& sent = plan.commands[i];
            const auto& [status, reason] = (*results)[i];
            const std::string_view type = sent.command.at("type").as_string();
            if (type == "add_comment" && status != command_status::refused)
                sent_comments_.insert(std::string(sent.command.at("id").as_string()));
            if (sent.task == no_task) {
                if (status == command_status::refused) tell({sent.line, fmt::format("{}: {}", type, reason)});
                continue;
            }
            auto& task = out[sent.task];
            if (status == command_status::applied) {
                ++task.applied;
                if (type == "create_task") ++task.created;
            }
            if (status == command_status::refused && task.refusal.empty())
                task.refusal = fmt::format("{}: {}", type, reason);
        }
        for (std::size_t i = 0; i < out.size(); ++i)
            if (!out[i].refusal.empty())
                refuse({book.tasks[i].line, book.tasks[i].source_id + ": " + out[i].refusal});
        return out;
    }

    void count(const task_outcome& outcome, task_plan planned) {
        if (!outcome.refusal.empty()) return;  // counted when it was told
        if (planned == task_plan::skip)
            counts_.add(task_plan::skip);
        else if (outcome.created > 0)
            counts_.add(task_plan::create);
        else
            counts_.add(outcome.applied > 0 ? task_plan::change : task_plan::unchanged);
    }

    result<void> play_version(const file_history& history) {
        playing_ = true;
        auto mapped = map_records(options_.format, history.state(), zones_);
        if (!mapped) return mapped.error();
        auto& book = *mapped;
        link(book);
        const std::set<std::string> touched(history.touched().begin(), history.touched().end());
        for (const auto& n : book.notes)
            if (told_.insert(n.reason).second) tell(n);
        plan_options options;
        options.now = platform::runtime::system_now();
        options.happened = history.committed_at();
        options.exact = true;
        std::set<std::string> there;
        for (const auto& t : book.tasks) there.insert(t.source_id);
        for (const auto& [id, line] : history.ever())
            if (!there.contains(id)) options.gone.push_back(task_id_of(book.source, id));

        std::vector<task_outcome> all(book.tasks.size());
        // A task that comes back may need a second look at its status (make_plan).
        for (int round = 0; round < 2; ++round) {
            auto current = read_book(book);
            if (!current) return current.error();
            const auto plan = make_plan(book, *current, options);
            if (plan.commands.empty()) break;
            const auto outcome = execute(book, plan);
            if (!outcome) return outcome.error();
            for (std::size_t i = 0; i < all.size(); ++i) {
                all[i].created += (*outcome)[i].created;
                all[i].applied += (*outcome)[i].applied;
                if (all[i].refusal.empty()) all[i].refusal = (*outcome)[i].refusal;
            }
            if (options_.dry_run) break;
        }
        std::unordered_map<std::string, std::size_t> place;
        for (std::size_t i = 0; i < book.tasks.size(); ++i) place[book.tasks[i].source_id] = i;
        for (const auto& id : touched) {
            ++counts_.read;
            const auto at = place.find(id);
            if (at == place.end())
                counts_.add(task_plan::change);  // removed from the file, so from the book
            else
                count(all[at->second], task_plan::change);
        }
        // Refusals of tasks that the version did not touch were told, but are no lines of it.
        for (const auto& [id, i] : place)
            if (!touched.contains(id) && !all[i].refusal.empty()) ++counts_.read;
        return {};
    }

    void refuse(const note& n) {
        ++counts_.refused;
        print(n, "reason");
    }
    void tell(const note& n) { print(n, "note"); }
    void print(const note& n, std::string_view kind) {
        if (where_.json)
            fmt::print("{}\n", json::serialize(json::object{{"line", n.line}, {kind, n.reason}}));
        else
            fmt::print("line {}: {}{}\n", n.line, kind == "reason" ? "refused: " : "", n.reason);
    }

    const installation& where_;
    const import_options& options_;
    book_client server_;
    const domain::zone_table& zones_;
    progress_bar bar_;
    counts counts_{};
    std::unordered_set<std::string> sent_comments_{};
    std::set<std::string> told_{};
    bool playing_ = false;
};

void print_counts(const counts& c, const installation& where, bool dry_run) {
    if (where.json) {
        json::object line{{"read", c.read},           {"created", c.created}, {"changed", c.changed},
                          {"unchanged", c.unchanged}, {"skipped", c.skipped}, {"refused", c.refused}};
        if (dry_run) line["dry_run"] = true;
        fmt::print("{}\n", json::serialize(line));
    } else {
        fmt::print("{}read {} created {} changed {} unchanged {} skipped {} refused {}\n",
                   dry_run ? "dry run: " : "", c.read, c.created, c.changed, c.unchanged, c.skipped,
                   c.refused);
    }
}

}  // namespace

int run_import(const installation& where, const import_options& options) {
    auto text = read_file(options.file);
    if (!text) {
        report(text.error());
        return exit_usage;
    }
    auto file = read_source(*text);
    text->clear();
    text->shrink_to_fit();
    auto client = connect(where);
    if (!client) return report(client.error());
    const auto zones = platform::load_zones();
    if (!zones) return report(zones.error());
    counts counted;
    result<void> done;
    {
        importer work(where, options, book_client(std::move(*client)), *zones);
        done = is_history(file) ? work.play(file) : work.import_file(std::move(file));
        counted = work.counted();
    }
    if (!done) return report(done.error());
    print_counts(counted, where, options.dry_run);
    return counted.refused > 0 ? exit_failed : exit_done;
}

}  // namespace daybook::app
