// Books full of tasks for the search benchmarks, and questions to them: the same for every program that is
// measured, from one seed.
#pragma once

#include "domain/time.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace daybook::bench {

struct corpus_size {
    std::int64_t tasks = 1'000'000;
    std::int64_t books = 1'000;
    std::int64_t large = 100'000;  ///< tasks of the first book; the others share the rest evenly
};

/// Words by Zipf's law: the first is in most texts, the 50,000th nearly nowhere.
class zipf_words {
 public:
    static constexpr std::size_t vocabulary = 50'000;
    zipf_words() {
        double sum = 0;
        for (std::size_t i = 1; i <= vocabulary; ++i) sums_.push_back(sum += 1.0 / static_cast<double>(i));
    }
    template <class Random>
    std::size_t pick(Random& random) const {
        std::uniform_real_distribution<double> any(0, sums_.back());
        return static_cast<std::size_t>(std::ranges::lower_bound(sums_, any(random)) - sums_.begin());
    }
    /// Two to three syllables.
    static std::string word(std::size_t number) {
        constexpr std::string_view consonants = "bcdfghjklmnprstvwxyz";
        constexpr std::string_view vowels = "aeiou";
        std::string out;
        for (auto n = number + 100; n > 0; n /= 100) {
            out += consonants[n % 100 / 5];
            out += vowels[n % 5];
        }
        return out;
    }

 private:
    std::vector<double> sums_;
};

struct corpus_task {
    std::int64_t number = 0;
    std::string book;
    std::string title;
    std::string description;
    std::vector<std::string> tags;
    int priority = 3;
    std::string due;  ///< a day, or empty
    bool completed = false;
};

inline std::string day_of(std::int64_t number) {
    const auto day = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + std::chrono::days(number);
    const std::chrono::year_month_day date(day);
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

/// Calls `each` with every task, in the order of their numbers.
template <class Each>
void each_corpus_task(const corpus_size& size, Each each) {
    const zipf_words words;
    std::mt19937_64 random(20'261'122);
    const auto below = [&](std::uint64_t bound) { return random() % bound; };
    const auto text = [&](std::size_t count) {
        std::string out;
        for (std::size_t i = 0; i < count; ++i)
            out += (i == 0 ? "" : " ") + zipf_words::word(words.pick(random));
        return out;
    };
    for (std::int64_t i = 0; i < size.tasks; ++i) {
        corpus_task t;
        t.number = i;
        const bool in_large = i < size.large || size.books < 2;
        t.book = in_large ? "book-0" : fmt::format("book-{}", 1 + i % (size.books - 1));
        t.title = text(4 + below(7));
        t.description = text(20 + below(31));
        for (auto n = below(4); n > 0; --n) t.tags.push_back(fmt::format("#tag{}", below(below(40) + 1)));
        std::ranges::sort(t.tags);
        t.tags.erase(std::unique(t.tags.begin(), t.tags.end()), t.tags.end());
        t.priority = static_cast<int>(1 + below(4));
        if (below(10) < 7) t.due = day_of(static_cast<std::int64_t>(below(720)));
        t.completed = below(4) == 0;
        each(std::move(t));
    }
}

/// A question in parts, and as a query of ours.
struct corpus_question {
    std::string kind;
    std::string book = "book-0";
    std::vector<std::string> all{};     ///< words
    std::vector<std::string> phrase{};  ///< words side by side
    std::string prefix{};
    std::string none{};  ///< a word that must not be there
    std::string tag{};
    std::string due_from{};
    std::string due_until{};  ///< inclusive
    std::string sort{};       ///< empty: by rank

    [[nodiscard]] std::string query() const {
        std::string out;
        const auto add = [&](const std::string& term) { out += (out.empty() ? "" : " ") + term; };
        for (const auto& w : all) add(w);
        if (!phrase.empty()) add(fmt::format("\"{}\"", fmt::join(phrase, " ")));
        if (!prefix.empty()) add(prefix + "*");
        if (!none.empty()) add("-" + none);
        if (!tag.empty()) add(tag);
        if (!due_from.empty()) add(fmt::format("due:{}..{}", due_from, due_until));
        if (!sort.empty()) add("sort:" + sort);
        // The last word is not still being typed.
        return out.back() == '*' || !sort.empty() ? out : out + " ";
    }
};

/// `each` of them of every kind. `first_titles`: of tasks of the large book, for phrases that are there.
inline std::vector<corpus_question> corpus_questions(std::size_t each,
                                                     const std::vector<std::string>& first_titles) {
    std::vector<corpus_question> out;
    const auto word = [](std::size_t number) { return zipf_words::word(number); };
    for (std::size_t i = 0; i < each; ++i) {
        const auto& title = first_titles[i * 37 % first_titles.size()];
        const auto space = title.find(' ');
        const auto end = std::min(title.find(' ', space + 1), title.size());
        out.push_back({.kind = "rare word", .all = {word(20'000 + i * 911)}});
        out.push_back({.kind = "middling word", .all = {word(300 + i * 83)}});
        out.push_back({.kind = "very common word", .all = {word(i % 5)}});
        out.push_back({.kind = "two words", .all = {word(5 + i), word(60 + i * 7)}});
        out.push_back(
            {.kind = "phrase", .phrase = {title.substr(0, space), title.substr(space + 1, end - space - 1)}});
        out.push_back({.kind = "phrase of common words", .phrase = {word(i % 5), word((i + 1) % 5)}});
        out.push_back({.kind = "prefix", .prefix = word(200 + i * 31).substr(0, 3)});
        out.push_back({.kind = "word, tag, due, by due",
                       .all = {word(20 + i * 3)},
                       .tag = fmt::format("#tag{}", i % 10),
                       .due_from = day_of(static_cast<std::int64_t>(i * 20)),
                       .due_until = day_of(static_cast<std::int64_t>(i * 20 + 60)),
                       .sort = "due"});
        out.push_back({.kind = "no text, by priority", .sort = i % 2 == 0 ? "priority" : "priority-,due"});
        out.push_back({.kind = "negation", .all = {word(10 + i)}, .none = word(i % 10)});
    }
    return out;
}

}  // namespace daybook::bench
