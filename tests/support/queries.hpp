// Queries for tests: the moment of the examples in semantics §4, queries bound to it, and a seeded generator.
#pragma once

#include "domain/filter/normal_form.hpp"
#include "domain/filter/parser.hpp"
#include "domain/list_query.hpp"
#include "platform/tz/zone_files.hpp"

#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::tests {

inline std::uint64_t test_seed() {
    const char* given = std::getenv("DAYBOOK_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

inline const domain::zone_table& all_zones() {
    static const domain::zone_table table = platform::load_zones().value();
    return table;
}

inline domain::text_analyser& test_analyser() {
    thread_local domain::text_analyser analyser;
    return analyser;
}

/// Saturday 2026-08-22, 10:00 in Berlin.
inline domain::filter::query_context saturday() {
    return {domain::parse_instant("2026-08-22T08:00:00Z").value(), all_zones().find("Europe/Berlin"),
            std::chrono::Monday};
}

inline domain::filter::normal_form bound(std::string_view text, const std::string& language = "english") {
    const auto q = domain::filter::parse(text).value();
    return domain::filter::normalise(q, saturday(), {test_analyser(), language}).value();
}

/// What the parameters of a URL ask at that moment.
inline domain::result<domain::list_query> try_asked(const domain::query_parameters& parameters,
                                                    const std::string& language = "english") {
    return domain::parse_list_query(parameters, saturday(), {test_analyser(), language});
}
inline domain::list_query asked(const domain::query_parameters& parameters) {
    return try_asked(parameters).value();
}

/// Texts that parse, of every form of the language.
class query_generator {
 public:
    explicit query_generator(std::uint64_t seed) : random_(seed) {}

    std::vector<std::string> words{"meeting", "Landing", "landingpage", "Größe",   "naïve", "日本",
                                   "backup",  "server",  "database",    "foo-bar", "3.5",   "a",
                                   "zebra",   "O'Neil",  "C++",         "straße"};
    std::vector<std::string> tags{"work", "urgent", "phase:2", "größe", "none"};
    std::vector<std::string> projects{"Garden", "Two Words", "none", "<b>", "quo\"te\\"};
    std::string month{"2026-08-"};
    std::vector<std::string> assignees{"ana", "Björn", "none"};

    std::string text() {
        for (;;) {
            auto out = disjunction(3);
            if (one_in(6)) out = (one_in(2) ? "sort:" + order() + " " + out : out + " sort:" + order());
            const auto parsed = domain::filter::parse(out);
            // Now and then it has more terms than a query may have.
            if (parsed || parsed.error().code != domain::errc::query_too_long) return out;
        }
    }
    /// Without words, phrases and rank.
    std::string plain_text() {
        text_too_ = false;
        auto out = text();
        text_too_ = true;
        return out;
    }
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
    bool one_in(std::size_t n) { return below(n) == 0; }

 private:
    const std::string& any(const std::vector<std::string>& of) { return of[below(of.size())]; }
    /// In quotes where it does not stand without them.
    std::string word() {
        const auto& some = any(words);
        return one_in(12) || !domain::filter::parse(some) || !domain::filter::parse("title:" + some)
                   ? in_quotes(some)
                   : some;
    }
    static std::string in_quotes(const std::string& text) {
        std::string out = "\"";
        for (const char c : text) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        return out + '"';
    }
    std::string disjunction(int depth) {
        auto out = conjunction(depth);
        while (one_in(4)) out += " OR " + conjunction(depth);
        return out;
    }
    std::string conjunction(int depth) {
        auto out = negated(depth);
        for (int more = 0; more < 3 && one_in(2); ++more) out += (one_in(4) ? " AND " : " ") + negated(depth);
        return out;
    }
    std::string negated(int depth) {
        const std::string sign = one_in(5) ? (one_in(2) ? "-" : "NOT ") : one_in(20) ? "NOT -" : "";
        if (depth > 0 && one_in(6)) return sign + "(" + disjunction(depth - 1) + ")";
        return sign + term();
    }
    std::string comparator(bool ordered) {
        static const std::vector<std::string> all{"", "=", "!=", "<", "<=", ">", ">="};
        return all[below(ordered ? all.size() : 3)];
    }
    std::string date() {
        switch (below(6)) {
            case 0: return std::vector<std::string>{"today", "tomorrow", "yesterday", "eow", "eom"}[below(5)];
            case 1: return (one_in(2) ? "+" : "-") + std::to_string(below(40)) + "dwmy"[below(2)];
            case 2:
                return month + std::to_string(10 + below(20)) + "T1" + std::to_string(below(10)) + ":00:00Z";
            case 3: return month + std::to_string(10 + below(20)) + "T09:00";
            default: return month + std::to_string(10 + below(20));
        }
    }
    std::string term() {
        static const std::vector<std::string> dates{"due", "start", "created", "updated", "completed"};
        static const std::vector<std::string> traits{
            "has:due", "has:reminder", "has:recurrence", "has:subtask",  "has:comment", "is:overdue",
            "is:open", "is:done",      "is:blocked",     "is:recurring", "is:today"};
        switch (below(text_too_ ? 13 : 9)) {
            case 0: return one_in(2) ? "#" + any(tags) : "tag:" + comparator(false) + any(tags);
            case 1:
                return one_in(2) ? "p" + std::to_string(1 + below(4))
                                 : "priority:" + comparator(true) + "P" + std::to_string(1 + below(4));
            case 2: return any(dates) + ":" + comparator(true) + date();
            case 3: return any(dates) + ":" + date() + ".." + date();
            case 4: return any(traits);
            case 5:
                return "status:" + comparator(false) +
                       std::vector<std::string>{"open",      "in_progress", "completed",
                                                "cancelled", "skipped",     "deleted"}[below(6)];
            case 6: return "project:" + comparator(false) + in_quotes(any(projects));
            case 7: return "assignee:" + comparator(false) + in_quotes(any(assignees));
            case 8:
                return std::vector<std::string>{"due:none",     "project:none",   "assignee:!=none",
                                                "tag:none",     "series:none",    "completed:none",
                                                "start:!=none", "priority:P2..P3"}[below(8)];
            case 9: return in_quotes(any(words) + " " + any(words));
            case 10: return std::vector<std::string>{"title:", "desc:", "comment:"}[below(3)] + word();
            case 11:
                return std::vector<std::string>{"zeb*", "back*", "land*", "1*", "стра*",
                                                "日*",  "a*",    "str*",  "ш*", "título*"}[below(10)];
            default: return word();
        }
    }
    std::string order() {
        std::vector<std::string> keys{"due",      "start",  "created", "updated", "completed",
                                      "priority", "status", "title",   "id"};
        if (text_too_) keys.emplace_back("rank");
        std::string out;
        for (auto n = 1 + below(3); n > 0; --n) {
            const auto at = below(keys.size());
            out += (out.empty() ? "" : ",") + keys[at] + (one_in(2) ? "-" : "");
            keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(at));
        }
        return out;
    }

    std::mt19937_64 random_;
    bool text_too_ = true;
};

}  // namespace daybook::tests
