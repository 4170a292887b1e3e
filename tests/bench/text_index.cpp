// The full text index of one book in process: analysis beside bare ICU, load, size, and time per kind of
// question.
//
//     build/release/text_index [tasks] [folder]

#include "domain/codec/event_json.hpp"
#include "projector/rocks_keys.hpp"
#include "projector/rocks_text_reader.hpp"
#include "projector/rocks_view.hpp"

#include <fmt/core.h>
#include <unicode/brkiter.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace daybook;
using clock_type = std::chrono::steady_clock;
namespace keys = projector::rocks_keys;

constexpr std::size_t vocabulary = 50'000;
constexpr std::size_t words_per_task = 40;
constexpr int repeats = 200;

double seconds_since(clock_type::time_point start) {
    return std::chrono::duration<double>(clock_type::now() - start).count();
}

template <class T>
T ok(domain::result<T> got) {
    if (!got) {
        fmt::print(stderr, "{}\n", got.error().detail);
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>) return std::move(*got);
}

/// Words by Zipf's law: number 1 is in every second text, number 50,000 nearly nowhere.
class zipf_words {
 public:
    zipf_words() {
        double sum = 0;
        for (std::size_t i = 1; i <= vocabulary; ++i) sums_.push_back(sum += 1.0 / static_cast<double>(i));
    }
    std::size_t pick() {
        std::uniform_real_distribution<double> any(0, sums_.back());
        return static_cast<std::size_t>(std::ranges::lower_bound(sums_, any(random_)) - sums_.begin());
    }
    /// The word of a number: letters only, longer for greater numbers.
    static std::string word(std::size_t number) {
        std::string out;
        for (auto n = number + 26; n > 0; n /= 26) out += static_cast<char>('a' + n % 26);
        return out;
    }
    std::string text(std::size_t words) {
        std::string out;
        for (std::size_t i = 0; i < words; ++i) out += (i == 0 ? "" : " ") + word(pick());
        return out;
    }

 private:
    std::mt19937_64 random_{20'261'122};
    std::vector<double> sums_;
};

void measure_analysis(const std::vector<std::string>& texts) {
    domain::text_analyser analyser;
    std::size_t tokens = 0;
    auto start = clock_type::now();
    for (const auto& t : texts) tokens += analyser.tokens(t, "english").size();
    const auto ours = static_cast<double>(tokens) / seconds_since(start);
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> words(
        icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
    std::size_t segments = 0;
    start = clock_type::now();
    for (const auto& t : texts) {
        const auto units = icu::UnicodeString::fromUTF8(t);
        words->setText(units);
        for (words->first(); words->next() != icu::BreakIterator::DONE;)
            segments += words->getRuleStatus() >= UBRK_WORD_NUMBER ? 1U : 0U;
    }
    const auto bare = static_cast<double>(segments) / seconds_since(start);
    fmt::print("analysis: {:.0f} tokens/s with stems; bare ICU segmentation {:.0f} words/s; ratio {:.2f}\n",
               ours, bare, ours / bare);
}

domain::event created(std::uint64_t number, const domain::user_id& user, std::string title,
                      std::string description) {
    domain::event e;
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
    e.id = domain::event_id(domain::uuid(bytes));
    e.task = domain::task_id(domain::uuid(bytes));
    e.user = user;
    e.version = 1;
    e.command = domain::command_id("c");
    e.correlation_id = "c";
    e.actor = {"user", "ana"};
    e.source = "http";
    e.data = {{"title", std::move(title)}, {"description", std::move(description)}, {"priority", "P3"}};
    return e;
}

void measure_size(const platform::rocks::store& store) {
    std::map<bool, std::uint64_t> bytes;
    for (auto at = store.scan({}); at.valid(); at.next()) {
        if (at.key().front() != keys::partition_byte) continue;
        bytes[at.key()[5] >= static_cast<char>(keys::space::text)] += at.key().size() + at.value().size();
    }
    fmt::print("size before compression: rows and history {} bytes, index {} bytes, {:.1f} % of the view\n",
               bytes[false], bytes[true],
               100.0 * static_cast<double>(bytes[true]) / static_cast<double>(bytes[true] + bytes[false]));
}

void measure_questions(const projector::rocks_rows& rows, const domain::user_id& user) {
    struct question {
        const char* name;
        std::vector<std::size_t> words;
        bool prefix;
    };
    for (const auto& q : std::vector<question>{{"rare word", {40'000}, false},
                                               {"middling word", {500}, false},
                                               {"very common word", {0}, false},
                                               {"phrase of two common words", {0, 1}, false},
                                               {"phrase, common and rare", {0, 30'000}, false},
                                               {"prefix of a middling word", {500}, true}}) {
        projector::wanted_text wanted;
        for (const auto number : q.words)
            wanted.words.push_back({zipf_words::word(number), zipf_words::word(number)});
        wanted.prefix = q.prefix;
        std::vector<double> ms;
        std::uint64_t hits = 0;
        for (int i = 0; i < repeats; ++i) {
            const auto start = clock_type::now();
            projector::rocks_text_reader reader(rows, user);
            hits = ok(reader.find(wanted)).tasks.size();
            ms.push_back(1'000 * seconds_since(start));
        }
        std::ranges::sort(ms);
        fmt::print("{:<28} {:>7} tasks  p50 {:.3f} ms  p95 {:.3f} ms  p99 {:.3f} ms\n", q.name, hits,
                   ms[repeats / 2], ms[repeats * 95 / 100], ms[repeats * 99 / 100]);
    }
}

}  // namespace

int main(int count, char** arguments) {
    const auto tasks = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 100'000ULL;
    const auto folder =
        (count > 2 ? std::filesystem::path(arguments[2]) : std::filesystem::temp_directory_path()) /
        fmt::format("daybook-text-{}", std::random_device{}());
    const domain::user_id user("ana");
    zipf_words words;
    std::vector<std::string> texts;
    for (std::uint64_t i = 0; i < tasks; ++i) texts.push_back(words.text(words_per_task));
    measure_analysis(texts);

    projector::rocks_view_options options;
    options.folder = folder;
    options.partitions = 1;
    options.bulk = true;
    auto view = ok(projector::rocks_view::open(options));
    projector::view_batch batch;
    auto start = clock_type::now();
    for (std::uint64_t i = 0; i < tasks; ++i) {
        const auto& text = texts[i];
        const auto title_end = text.find(' ', 30);
        auto e = created(i, user, text.substr(0, title_end), text.substr(title_end + 1));
        auto value = domain::encode_event(e);
        batch.events.push_back({std::move(e), static_cast<std::int64_t>(i), std::move(value)});
    }
    batch.after.next_offset = static_cast<std::int64_t>(tasks);
    const auto made = seconds_since(start);
    start = clock_type::now();
    ok(view->load(batch));
    const auto loaded = seconds_since(start);
    start = clock_type::now();
    ok(view->finish_bulk());
    fmt::print(
        "{} tasks of {} words: made in {:.2f} s, loaded in {:.2f} s, written and indexed in {:.2f} s\n",
        tasks, words_per_task, made, loaded, seconds_since(start));
    view.reset();

    platform::rocks::store_options reading;
    reading.folder = folder;
    reading.read_only = true;
    {
        auto store = ok(platform::rocks::store::open(reading));
        measure_size(*store);
        measure_questions(projector::rocks_rows(*store, 1), user);
    }
    std::filesystem::remove_all(folder);
    return 0;
}
