// The expansion engine against a day by day scan, on random rules (tests/model/naive_recurrence.hpp).
#include "tests/model/naive_recurrence.hpp"
#include "tests/support/property.hpp"
#include "tests/support/time_cases.hpp"

#include <fmt/format.h>

#include <random>

using namespace daybook::tests;
namespace dom = daybook::domain;
namespace rec = daybook::domain::recurring;

namespace {

class rule_maker {
 public:
    explicit rule_maker(std::uint64_t seed) : random_(seed) {}

    std::string rule(bool all_day, std::chrono::local_days start) {
        const auto freq =
            pick({"HOURLY", "DAILY", "WEEKLY", "MONTHLY", "MONTHLY", "MONTHLY", "YEARLY", "YEARLY"});
        const std::string name = all_day && std::string_view(freq) == "HOURLY" ? "MONTHLY" : freq;
        const bool by_month = name == "MONTHLY" || name == "YEARLY";
        std::string text = "FREQ=" + name;
        if (one_in(2))
            text +=
                fmt::format(";INTERVAL={}", name == "YEARLY" ? number(1, 4) : number(1, one_in(8) ? 90 : 14));
        bool by_part = false;
        if (one_in(3)) by_part = true, text += ";BYMONTH=" + list(1, 12, 4, false);
        if (name != "WEEKLY" && one_in(by_month ? 2 : 4))
            by_part = true, text += ";BYMONTHDAY=" + list(1, 31, 4, true);
        if (one_in(2)) by_part = true, text += ";BYDAY=" + weekdays(by_month);
        if (by_part && one_in(3)) text += ";BYSETPOS=" + list(1, one_in(2) ? 2 : 6, 2, true);
        if (one_in(3)) text += std::string(";WKST=") + pick({"SU", "MO", "WE", "SA"});
        if (one_in(2)) text += std::string(";SKIP=") + pick({"OMIT", "BACKWARD", "FORWARD"});
        if (one_in(4))
            text += fmt::format(";COUNT={}", number(1, 12));
        else if (one_in(5)) {
            const std::chrono::year_month_day end{start + std::chrono::days{number(1, 900)}};
            text += fmt::format(";UNTIL={:04}{:02}{:02}{}", int(end.year()), unsigned(end.month()),
                                unsigned(end.day()), all_day ? "" : "T120000");
        }
        return text;
    }
    std::chrono::local_days start_day() {
        // One in four at the end of a month, where the hard cases are.
        const std::chrono::local_days day{std::chrono::year{number(1999, 2030)} / number(1, 12) /
                                          std::chrono::last};
        return one_in(4) ? day : day - std::chrono::days{number(1, 28)};
    }
    int number(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }
    bool one_in(int n) { return number(1, n) == 1; }
    const char* pick(std::initializer_list<const char*> of) {
        return of.begin()[number(0, int(of.size()) - 1)];
    }

 private:
    std::string list(int least, int most, int length_max, bool negative) {
        std::string out;
        for (int i = number(1, length_max); i > 0; --i) {
            if (!out.empty()) out += ',';
            out += std::to_string(negative && one_in(3) ? -number(least, most) : number(least, most));
        }
        return out;
    }
    std::string weekdays(bool numbered) {
        std::string out;
        for (int i = number(1, 4); i > 0; --i) {
            if (!out.empty()) out += ',';
            if (numbered && one_in(2)) out += std::to_string(one_in(2) ? number(1, 5) : -number(1, 5));
            out += pick({"MO", "TU", "WE", "TH", "FR", "SA", "SU"});
        }
        return out;
    }
    std::mt19937_64 random_;
};

std::string shown(const std::vector<rec::occurrence>& all) {
    std::string out;
    for (const auto& each : all)
        out += dom::nominal_text(each.nominal, false) + (each.at ? '=' + utc(*each.at) : "") + ' ';
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_recurrence_naive)

BOOST_AUTO_TEST_CASE(a_scan_of_every_day_finds_the_same_occurrences) {
    DAYBOOK_PROPERTY("engine and scan agree", [](std::uint64_t seed) {
        rule_maker make(seed);
        for (int i = 0; i < 5; ++i) {
            const auto day = make.start_day();
            const int kind = make.number(0, 2);
            const std::chrono::year_month_day date{day};
            auto start = fmt::format("{:04}-{:02}-{:02}", int(date.year()), unsigned(date.month()),
                                     unsigned(date.day()));
            if (kind > 0) start += fmt::format("T{:02}:{}", make.number(0, 3), make.pick({"00", "30", "45"}));
            if (kind == 2)
                start += fmt::format("[{}]", make.pick({"Europe/Berlin", "Pacific/Apia",
                                                        "Australia/Lord_Howe", "America/Sao_Paulo"}));
            const auto text = make.rule(kind == 0, day);
            const auto made = rec::make_series(text, require_ok(dom::parse_date(start, zones())), zones());
            const auto horizon = day + std::chrono::days{1'500};
            if (!made) {
                // Refused for naming no day: then the scan of four years finds none either, whatever UNTIL
                // says.
                auto parsed = require_ok(rec::parse_rule(text));
                parsed.until.reset();
                rec::series bare{parsed, rec::series_kind::floating, dom::local_time{day}, nullptr, {}};
                RC_ASSERT(refusal(made) == "recurrence.invalid rule");
                RC_ASSERT(naive_expansion(bare, 1, horizon).empty());
                continue;
            }
            auto s = *made;
            if (make.one_in(4))
                for (const auto& each : rec::expand(s, 6).instances)
                    if (make.one_in(2)) s.exdates.push_back(each.nominal);
            const auto naive = naive_expansion(s, 12, horizon);
            auto engine = rec::expand(s, 12).instances;
            std::erase_if(engine, [&](const auto& each) { return each.nominal >= dom::local_time{horizon}; });
            RC_LOG() << text << ' ' << start << "\nengine " << shown(engine) << "\nscan   " << shown(naive)
                     << '\n';
            RC_ASSERT((engine == naive));
            // From the middle on it is the same list.
            if (engine.size() >= 4) {
                auto rest = rec::expand(s, engine.size() - 3, engine[2].nominal).instances;
                RC_ASSERT((rest == std::vector<rec::occurrence>(engine.begin() + 3, engine.end())));
            }
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
