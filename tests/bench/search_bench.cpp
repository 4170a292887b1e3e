// What searching costs: a corpus in an embedded log, the views of it, and questions to them in process.
//
//   search_bench corpus  --folder DIR [--tasks N] [--books N] [--large N]
//       DIR/log; DIR/corpus.jsonl and DIR/questions.jsonl for the other programs that are measured
//   search_bench rebuild --folder DIR [--postgres URL]
//       DIR/views/rocks and, with --postgres, that view: seconds and bytes
//   search_bench ask     --folder DIR [--postgres URL] [--rounds N] [--kind K]
//       time per kind of question, of the RocksDB view or of that of --postgres
//   search_bench analyse --folder DIR
//       words a second of our analysis beside bare ICU
//
// Each prints JSON objects, one a line.

#include "domain/list_query.hpp"
#include "eventlog/rocks_log.hpp"
#include "platform/rocks/store.hpp"
#include "platform/tz/zone_files.hpp"
#include "projector/pg_store.hpp"
#include "projector/rebuild.hpp"
#include "projector/rocks_keys.hpp"
#include "projector/rocks_store.hpp"
#include "tests/bench/burst_appender.hpp"
#include "tests/bench/search_corpus.hpp"
#include "tests/support/event_writer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <unicode/brkiter.h>
#include <unicode/unistr.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace daybook;
namespace json = boost::json;
using std::chrono::steady_clock;

namespace {

constexpr std::int32_t partitions = 8;
constexpr std::size_t questions_a_kind = 20;

struct options {
    std::filesystem::path folder{};
    std::string postgres{};
    std::string kind{};
    bench::corpus_size size{};
    int rounds = 10;
};

double seconds_since(steady_clock::time_point start) {
    return std::chrono::duration<double>(steady_clock::now() - start).count();
}

std::unique_ptr<eventlog::rocks_log> open_log(const options& o) {
    eventlog::rocks_log_options at;
    at.folder = o.folder / "log";
    at.partitions = partitions;
    return eventlog::rocks_log::open(at).value();
}

std::unique_ptr<projector::view_store> open_views(const options& o) {
    if (!o.postgres.empty()) {
        projector::pg_view_options at;
        at.url = o.postgres;
        return std::make_unique<projector::pg_store>(at);
    }
    projector::rocks_store_options at;
    at.folder = o.folder / "views" / "rocks";
    at.partitions = partitions;
    return projector::rocks_store::open(at).value();
}

json::array array_of(const std::vector<std::string>& texts) {
    json::array out;
    for (const auto& t : texts) out.emplace_back(t);
    return out;
}

json::object as_json(const bench::corpus_question& q) {
    return {{"kind", q.kind},
            {"book", q.book},
            {"q", q.query()},
            {"all", array_of(q.all)},
            {"phrase", array_of(q.phrase)},
            {"prefix", q.prefix},
            {"none", q.none},
            {"tag", q.tag},
            {"due_from", q.due_from},
            {"due_until", q.due_until},
            {"sort", q.sort}};
}

int make_corpus(const options& o) {
    std::filesystem::create_directories(o.folder);
    auto log = open_log(o);
    bench::burst_appender burst(*log, partitions);
    tests::event_writer writer(
        partitions, [&](std::int32_t p, eventlog::new_record r) { return burst.put(p, std::move(r)); });
    std::ofstream tasks(o.folder / "corpus.jsonl");
    std::map<std::string, bool> configured;
    std::vector<std::string> titles;
    const auto start = steady_clock::now();
    std::int64_t events = 0;
    using enum domain::event_type;
    bench::each_corpus_task(o.size, [&](bench::corpus_task t) {
        if (configured.emplace(t.book, true).second) {
            writer.commit(writer.book_event(t.book, book_configured, 1, {{"language", "english"}}));
            ++events;
        }
        if (t.book == "book-0" && titles.size() < 10'000) titles.push_back(t.title);
        json::object data{{"title", t.title},
                          {"description", t.description},
                          {"priority", fmt::format("P{}", t.priority)},
                          {"tags", array_of(t.tags)}};
        if (!t.due.empty()) {
            data["due"] = t.due;
            data["due_at"] = t.due + "T09:00:00.000Z";
        }
        tasks << json::serialize(json::object{{"book", t.book},
                                              {"title", t.title},
                                              {"description", t.description},
                                              {"tags", array_of(t.tags)},
                                              {"priority", t.priority},
                                              {"due", t.due}})
              << '\n';
        const auto id = tests::task_number(t.number);
        writer.commit(writer.task_event(t.book, task_created, id, std::move(data)));
        if (t.completed) writer.commit(writer.task_event(t.book, task_completed, id));
        events += t.completed ? 2 : 1;
    });
    burst.drain();
    std::ofstream questions(o.folder / "questions.jsonl");
    for (const auto& q : bench::corpus_questions(questions_a_kind, titles))
        questions << json::serialize(as_json(q)) << '\n';
    fmt::print("{}\n", json::serialize(json::object{
                           {"tasks", o.size.tasks}, {"events", events}, {"seconds", seconds_since(start)}}));
    return 0;
}

/// Bytes of keys and values before compression: of the full text index, and of all.
json::object bytes_of(const std::filesystem::path& folder) {
    platform::rocks::store_options reading;
    reading.folder = folder;
    reading.read_only = true;
    const auto store = platform::rocks::store::open(reading).value();
    std::int64_t all = 0;
    std::int64_t index = 0;
    for (auto at = store->scan({}); at.valid(); at.next()) {
        const auto bytes = static_cast<std::int64_t>(at.key().size() + at.value().size());
        all += bytes;
        if (at.key().front() == projector::rocks_keys::partition_byte &&
            at.key()[5] >= static_cast<char>(projector::rocks_keys::space::text))
            index += bytes;
    }
    std::int64_t on_disk = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder))
        if (file.is_regular_file()) on_disk += static_cast<std::int64_t>(file.file_size());
    return {{"index_bytes", index}, {"view_bytes", all}, {"bytes_on_disk", on_disk}};
}

int rebuild_views(const options& o) {
    auto log = open_log(o);
    auto store = open_views(o);
    projector::rebuild rebuild(*log, *store, {});
    const auto start = steady_clock::now();
    rebuild.run([&](const auto&, const auto&) { return store->switch_to_begun(); }, {}).value();
    const auto status = rebuild.status();
    json::object out{
        {"store", std::string(store->name())}, {"seconds", seconds_since(start)}, {"events", status.events}};
    const auto version = store->current_version();
    store.reset();
    if (o.postgres.empty())
        for (auto& [name, value] : bytes_of(o.folder / "views" / "rocks" / std::to_string(version)))
            out[name] = value;
    fmt::print("{}\n", json::serialize(out));
    return 0;
}

struct question {
    std::string kind;
    domain::user_id book;
    std::string q;
};

std::vector<question> read_questions(const options& o) {
    std::vector<question> out;
    std::ifstream file(o.folder / "questions.jsonl");
    for (std::string line; std::getline(file, line);) {
        const auto value = json::parse(line);
        const auto text = [&](const char* name) { return std::string(value.at(name).as_string()); };
        if (o.kind.empty() || o.kind == text("kind"))
            out.push_back({text("kind"), domain::user_id(text("book")), text("q")});
    }
    if (out.empty()) throw std::runtime_error("no questions: search_bench corpus makes them");
    return out;
}

int ask(const options& o) {
    const auto questions = read_questions(o);
    auto store = open_views(o);
    auto view = store->open_current().value();
    const auto zones = platform::load_zones().value();
    const domain::filter::query_context moment{domain::parse_instant("2026-08-22T08:00:00Z").value(),
                                               zones.find("Europe/Berlin"), std::chrono::Monday};
    domain::text_analyser analyser;
    std::vector<std::string> kinds;
    std::map<std::string, std::vector<double>> took;
    std::map<std::string, std::int64_t> found;
    for (int round = 0; round < o.rounds; ++round) {
        for (const auto& each : questions) {
            const auto start = steady_clock::now();
            const auto query =
                domain::parse_list_query({{"q", each.q}, {"limit", "50"}}, moment, {analyser, "english"})
                    .value();
            const auto page = view->reader().list(each.book, query);
            const auto ms = 1'000 * seconds_since(start);
            if (!page) throw std::runtime_error(each.q + ": " + page.error().detail);
            auto& times = took[each.kind];
            if (times.empty()) kinds.push_back(each.kind);
            times.push_back(ms);
            found[each.kind] += page->total_count;
        }
    }
    for (const auto& kind : kinds) {
        auto& times = took[kind];
        const auto first = times.front();
        std::ranges::sort(times);
        const auto at = [&](double q) {
            return times[static_cast<std::size_t>(q * static_cast<double>(times.size() - 1))];
        };
        fmt::print("{}\n", json::serialize(
                               json::object{{"store", std::string(store->name())},
                                            {"kind", kind},
                                            {"found", found[kind] / static_cast<std::int64_t>(times.size())},
                                            {"first_ms", first},
                                            {"p50_ms", at(0.5)},
                                            {"p95_ms", at(0.95)},
                                            {"p99_ms", at(0.99)}}));
    }
    return 0;
}

int analyse(const options& o) {
    std::vector<std::string> texts;
    bench::each_corpus_task({20'000, 1, 20'000},
                            [&](bench::corpus_task t) { texts.push_back(std::move(t.description)); });
    (void)o;
    domain::text_analyser analyser;
    std::size_t tokens = 0;
    auto start = steady_clock::now();
    for (const auto& t : texts) tokens += analyser.tokens(t, "english").size();
    const auto ours = static_cast<double>(tokens) / seconds_since(start);
    UErrorCode error = U_ZERO_ERROR;
    const std::unique_ptr<icu::BreakIterator> words(
        icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
    std::size_t segments = 0;
    start = steady_clock::now();
    for (const auto& t : texts) {
        const auto units = icu::UnicodeString::fromUTF8(t);
        words->setText(units);
        for (words->first(); words->next() != icu::BreakIterator::DONE;)
            segments += words->getRuleStatus() >= UBRK_WORD_NUMBER ? 1U : 0U;
    }
    const auto bare = static_cast<double>(segments) / seconds_since(start);
    fmt::print("{}\n", json::serialize(json::object{{"words_per_s", ours}, {"bare_icu_per_s", bare}}));
    return 0;
}

options parse(int count, char** arguments) {
    options o;
    for (int i = 2; i + 1 < count; i += 2) {
        const std::string_view name = arguments[i];
        const std::string value = arguments[i + 1];
        if (name == "--folder")
            o.folder = value;
        else if (name == "--postgres")
            o.postgres = value;
        else if (name == "--kind")
            o.kind = value;
        else if (name == "--tasks")
            o.size.tasks = std::stoll(value);
        else if (name == "--books")
            o.size.books = std::stoll(value);
        else if (name == "--large")
            o.size.large = std::stoll(value);
        else if (name == "--rounds")
            o.rounds = std::stoi(value);
        else
            throw std::runtime_error(fmt::format("unknown option {}", name));
    }
    if (o.folder.empty()) throw std::runtime_error("--folder DIR is needed");
    return o;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        const std::string_view what = count > 1 ? arguments[1] : "";
        const auto o = parse(count, arguments);
        if (what == "corpus") return make_corpus(o);
        if (what == "rebuild") return rebuild_views(o);
        if (what == "ask") return ask(o);
        if (what == "analyse") return analyse(o);
        throw std::runtime_error("corpus, rebuild, ask or analyse");
    } catch (const std::exception& error) {
        fmt::print(stderr, "search_bench: {}\n", error.what());
        return 2;
    }
}
