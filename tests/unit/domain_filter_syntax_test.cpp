// The query language as text (S1, S4): trees, their printing, errors with columns, completion.
#include "domain/filter/complete.hpp"
#include "domain/filter/fields.hpp"
#include "domain/filter/limits.hpp"
#include "domain/filter/parser.hpp"
#include "domain/filter/print.hpp"
#include "tests/support/queries.hpp"
#include "tests/support/source_folder.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <random>

namespace dom = daybook::domain;
namespace filter = daybook::domain::filter;
using namespace daybook::tests;

namespace {

/// `code column detail` of what is refused.
std::string refusal(std::string_view text) {
    const auto parsed = filter::parse(text);
    if (parsed) return "accepted: " + filter::to_text(*parsed);
    const auto& p = parsed.error();
    return std::string(dom::row_of(p.code).code) + " " + std::to_string(p.column.value_or(0)) + " " +
           p.detail;
}

std::string again(std::string_view text) {
    const auto parsed = filter::parse(text);
    return parsed ? filter::to_text(*parsed) : refusal(text);
}

filter::query parsed(std::string_view text) { return filter::parse(text).value(); }

std::vector<std::string> texts(const std::vector<filter::candidate>& all) {
    std::vector<std::string> out;
    for (const auto& each : all) out.push_back(each.text);
    return out;
}

std::vector<std::string> completed(std::string_view text) {
    static const std::vector<std::string> tags{"#home", "#Work", "#work/deep"};
    static const std::vector<std::string> projects{"Garden", "Two Words"};
    return texts(filter::complete(text, static_cast<std::int64_t>(text.size()) + 1, {tags, projects}));
}

using strings = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_filter_syntax)

BOOST_AUTO_TEST_CASE(s1_each_form_of_a_term_is_read_and_printed) {
    for (const std::string_view text : {"meeting",
                                        "meeting ",
                                        "pre*",
                                        "\"two words\"",
                                        "#work",
                                        "p1",
                                        "title:report",
                                        "title:\"quarterly report\"",
                                        "title:rep*",
                                        "desc:x",
                                        "comment:y",
                                        "tag:!=#work",
                                        "tag:none",
                                        "project:Garden",
                                        "project:\"Two Words\"",
                                        "project:none",
                                        "project:\"none\"",
                                        "priority:<=P2",
                                        "priority:P1..P2",
                                        "status:open",
                                        "status:!=deleted",
                                        "due:<=+7d",
                                        "due:none",
                                        "due:!=none",
                                        "due:2026-07-01..2026-07-31",
                                        "start:>=2026-08-31T17:00:00",
                                        "created:<-30d",
                                        "updated:today",
                                        "completed:<2026-08-31T15:00:00Z",
                                        "due:eow",
                                        "due:eom..+2m",
                                        "due:tomorrow",
                                        "assignee:none",
                                        "assignee:!=ana",
                                        "has:reminder",
                                        "is:!=blocked",
                                        "is:overdue",
                                        "series:01890a5d-ac96-774b-bcce-b302099a8057",
                                        "id:01890a5d-ac96-774b-bcce-b302099a8057"})
        BOOST_TEST(again(text).starts_with(text), text << " became " << again(text));
}

BOOST_AUTO_TEST_CASE(s1_and_binds_closer_than_or_and_may_be_left_out) {
    BOOST_TEST((parsed("a AND b OR c d ") == parsed("(a b) OR (c AND d)")));
    BOOST_TEST((parsed("a (b OR c) d ") != parsed("a b OR c d ")));
    BOOST_TEST(again("a AND b OR NOT c #d") == "a b OR -c #d");
    BOOST_TEST(again("#d (a OR b) -(c (e OR f))") == "#d (a OR b) -(c (e OR f))");
    BOOST_TEST(again("(a OR b) (c d)") == "(a OR b) (c d)");
    BOOST_TEST(again("-(a b)") == "-(a b)");
    BOOST_TEST(again("((((a))))") == "a ");
}

BOOST_AUTO_TEST_CASE(s1_not_not_is_nothing) {
    BOOST_TEST((parsed("NOT NOT a b") == parsed("a b")));
    BOOST_TEST((parsed("--#x") == parsed("#x")));
    BOOST_TEST((parsed("NOT -NOT a") == parsed("-a")));
    // Through parentheses it stays in the tree; the normal form takes it away.
    BOOST_TEST((bound("-(-(#x))").where == bound("#x").where));
    BOOST_TEST((bound("NOT (#x OR -p1)").where == bound("-#x p1").where));
}

BOOST_AUTO_TEST_CASE(only_capitals_are_operators) {
    BOOST_TEST((parsed("to be or not to be ") != parsed("to be OR NOT to be ")));
    BOOST_TEST(again("and or not ") == "and or not ");
}

BOOST_AUTO_TEST_CASE(p1_to_p4_are_priorities_and_everything_near_is_a_word) {
    BOOST_TEST((parsed("P2 ") == parsed("priority:high")));
    BOOST_TEST(again("p5 \"p1\" p12 ") == "p5 \"p1\" p12 ");
}

BOOST_AUTO_TEST_CASE(fields_and_values_are_read_without_case) {
    BOOST_TEST((parsed("DUE:TODAY") == parsed("due:today")));
    BOOST_TEST((parsed("Is:Open") == parsed("is:open")));
    BOOST_TEST((parsed("tag:work") == parsed("#work")));
    BOOST_TEST((parsed("priority:urgent") == parsed("priority:1")));
}

BOOST_AUTO_TEST_CASE(s2_the_word_that_ends_the_query_is_open) {
    const auto open_end = [](std::string_view text) {
        bool found = false;
        filter::each_leaf(*parsed(text).where, [&](const filter::node& leaf, bool) {
            const auto* term = std::get_if<filter::text_term>(&leaf.is);
            found = found || (term != nullptr && term->also_prefix);
        });
        return found;
    };
    BOOST_TEST(open_end("buy mi"));
    BOOST_TEST(open_end("title:mi"));
    BOOST_TEST(open_end("#home OR -mi"));
    BOOST_TEST(open_end("sort:due mi"));
    for (const std::string_view closed :
         {"mi ", "\"mi\"", "(mi)", "mi sort:due", "mi*", "mi p1", "mi #home", "title:\"mi\""})
        BOOST_TEST(!open_end(closed), closed);
}

BOOST_AUTO_TEST_CASE(sort_is_a_directive_wherever_it_stands) {
    const auto q = parsed("sort:priority,due- a b ");
    BOOST_TEST(
        (q.order == dom::sort_order{{dom::sort_field::priority, false}, {dom::sort_field::due, true}}));
    BOOST_TEST((q == parsed("a sort:priority,due- b ")));
    BOOST_TEST((parsed("sort:rank").order == dom::sort_order{{dom::sort_field::rank, true}}));
    BOOST_TEST(!parsed("sort:title").where.has_value());
    BOOST_TEST(again("a b sort:rank-,title") == "a b sort:rank-,title");
    BOOST_TEST(again("sort:due mi") == "sort:due mi");
    BOOST_TEST(refusal("(a sort:due)") == "query.syntax 4 sort: cannot stand in parentheses");
    BOOST_TEST(refusal("sort:due a sort:title") == "query.syntax 12 sort: is given twice");
    BOOST_TEST(refusal("-sort:due") == "query.syntax 2 sort: cannot be negated");
    BOOST_TEST(refusal("sort:due,colour") == "query.bad_value 10 `colour` is no key to sort by");
    BOOST_TEST(refusal("sort:due,due-") == "query.bad_value 10 due is a key already");
    BOOST_TEST(refusal("sort:") == "query.syntax 6 expected keys to sort by");
    BOOST_TEST(refusal("a OR sort:due") == "query.syntax 14 expected term");
}

BOOST_AUTO_TEST_CASE(s4_errors_name_their_column_and_what_was_expected) {
    BOOST_TEST(refusal("tag:work OR") == "query.syntax 12 expected term");
    BOOST_TEST(refusal("prio:1") == "query.unknown_field 1 unknown field prio, did you mean priority");
    BOOST_TEST(refusal("a description:x") ==
               "query.unknown_field 3 unknown field description, did you mean desc");
    BOOST_TEST(refusal("http://example.org") == "query.unknown_field 1 unknown field http");
    BOOST_TEST(refusal("OR a") == "query.syntax 1 expected term");
    BOOST_TEST(refusal("a AND OR b") == "query.syntax 7 expected term");
    BOOST_TEST(refusal("a NOT") == "query.syntax 6 expected term");
    BOOST_TEST(refusal("()") == "query.syntax 2 expected term");
    BOOST_TEST(refusal("(a b") == "query.syntax 5 expected ) for the parenthesis at column 1");
    BOOST_TEST(refusal("a) b") == "query.syntax 2 This parenthesis was never opened");
    BOOST_TEST(refusal("a \"b c") == "query.syntax 3 This quote is never closed");
    BOOST_TEST(refusal("title:\"b c") == "query.syntax 7 This quote is never closed");
    BOOST_TEST(refusal("a \"\"") == "query.syntax 3 expected text between the quotes");
    BOOST_TEST(refusal("a - b") == "query.syntax 4 expected term right behind -");
    BOOST_TEST(refusal("#") == "query.syntax 2 expected the name of a tag");
    BOOST_TEST(refusal("a f*o") == "query.syntax 4 A star stands only at the end of a word");
    BOOST_TEST(refusal("*") == "query.syntax 1 A star stands only at the end of a word");
    BOOST_TEST(refusal("due:") == "query.syntax 5 expected value of due");
    BOOST_TEST(refusal("due: today") == "query.syntax 5 expected value of due");
    BOOST_TEST(refusal("due:<=soon") == "query.bad_value 7 `soon` is no date");
    BOOST_TEST(refusal("due:today..soon") == "query.bad_value 12 `soon` is no date");
    BOOST_TEST(refusal("due:<today..eow") == "query.syntax 6 A range stands without < and >");
    BOOST_TEST(refusal("due:2026-02-30") == "query.bad_value 5 `2026-02-30` is no date");
    BOOST_TEST(refusal("created:none") == "query.bad_value 9 created is never empty");
    BOOST_TEST(refusal("due:<none") == "query.bad_value 6 `none` has no order");
    BOOST_TEST(refusal("tag:<work") == "query.bad_value 1 tag has no order: only : and :!=");
    BOOST_TEST(refusal("priority:P5") == "query.bad_value 10 `P5` is no priority");
    BOOST_TEST(refusal("status:done") == "query.bad_value 8 `done` is no status");
    BOOST_TEST(refusal("status:purged") == "query.bad_value 8 `purged` is no status");
    BOOST_TEST(refusal("is:late") == "query.bad_value 4 unknown value late");
    BOOST_TEST(refusal("has:remind") == "query.bad_value 5 unknown value remind, did you mean reminder");
    BOOST_TEST(refusal("id:7") == "query.bad_value 4 `7` is no id");
    BOOST_TEST(refusal("a\x01") == "query.syntax 2 A control character");
    BOOST_TEST(refusal("a\xff") == "query.syntax 2 The query is not UTF-8");
    const auto failed = filter::parse("tag:work OR");
    BOOST_TEST(boost::json::serialize(failed.error().extra.at("expected")) == "[\"term\"]");
}

BOOST_AUTO_TEST_CASE(s2a_columns_count_code_points) {
    BOOST_TEST(refusal("\xf0\x9f\x90\xbb Größe prio:1") ==
               "query.unknown_field 9 unknown field prio, did you mean priority");
    BOOST_TEST(refusal("日本 \"") == "query.syntax 4 This quote is never closed");
    BOOST_TEST(refusal("日本　OR") == "query.syntax 6 expected term");
}

BOOST_AUTO_TEST_CASE(s4_a_query_has_its_limits) {
    using namespace dom::limits;
    BOOST_TEST(filter::parse(std::string(query_length_max, 'a')).has_value());
    BOOST_TEST(refusal(std::string(query_length_max + 1, 'a')) ==
               "query.too_long 1025 A query has at most 1024 characters");
    std::string terms;
    for (std::size_t i = 0; i < query_terms_max; ++i) terms += "t ";
    BOOST_TEST(filter::parse(terms).has_value());
    BOOST_TEST(refusal(terms + "t") == "query.too_long 65 A query has at most 32 terms");
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '(') + "a" + std::string(depth, ')');
    };
    BOOST_TEST(filter::parse(nested(query_depth_max)).has_value());
    BOOST_TEST(refusal(nested(query_depth_max + 1)) == "query.too_deep 9 Parentheses go at most 8 deep");
    BOOST_TEST(filter::parse(std::string(query_length_max - 1, '-') + "a").has_value());
}

BOOST_AUTO_TEST_CASE(nodes_know_their_columns) {
    const auto q = parsed("abc (p1 OR #de)");
    const auto& parts = std::get<filter::conjunction>(q.where->is).parts;
    BOOST_TEST((parts[0].at == filter::span{1, 4}));
    BOOST_TEST((parts[1].at == filter::span{5, 16}));
    const auto& inner = std::get<filter::disjunction>(parts[1].is).parts;
    BOOST_TEST((inner[0].at == filter::span{6, 8}));
    BOOST_TEST((inner[1].at == filter::span{12, 15}));
    BOOST_TEST((q.where->at == filter::span{1, 16}));
}

BOOST_AUTO_TEST_CASE(printing_a_tree_gives_a_query_that_is_the_same_tree) {
    const auto seed = test_seed();
    BOOST_TEST_CONTEXT("DAYBOOK_SEED=" << seed) {
        query_generator random(seed);
        for (int i = 0; i < 3'000; ++i) {
            const auto text = random.text();
            const auto first = filter::parse(text);
            BOOST_REQUIRE_MESSAGE(first, text << " " << refusal(text));
            const auto printed = filter::to_text(*first);
            const auto second = filter::parse(printed);
            BOOST_REQUIRE_MESSAGE(second, text << " became " << printed << " " << refusal(printed));
            BOOST_TEST((*first == *second), text << " became " << printed);
            BOOST_TEST(filter::to_text(*second) == printed);
            if (!first->order.empty()) continue;
            BOOST_TEST((bound("NOT (NOT (" + printed + "))").where == bound("(" + printed + ")").where),
                       printed);
        }
    }
}

BOOST_AUTO_TEST_CASE(any_bytes_are_a_query_or_a_problem_with_a_column) {
    const auto seed = test_seed();
    BOOST_TEST_CONTEXT("DAYBOOK_SEED=" << seed) {
        std::mt19937_64 random(seed);
        query_generator queries(seed);
        static const std::vector<std::string> pieces{
            "(",  ")",   "\"",   "\\",       "-",    "#",     ":",   "..", "*",
            " ",  "OR",  "NOT ", "AND ",     "due:", "sort:", "is:", "p1", "none",
            "<=", "+7d", "é",    "\xf0\x9f", "\x80", "日",    "　",  ",",  "="};
        for (int i = 0; i < 20'000; ++i) {
            std::string text = i % 3 == 0 ? queries.text() : "";
            for (auto n = random() % 20; n > 0; --n) {
                const auto place = text.empty() ? 0 : random() % text.size();
                if (random() % 4 == 0)
                    text.insert(place, 1, static_cast<char>(random()));
                else if (random() % 5 == 0 && !text.empty())
                    text.erase(place, random() % 3);
                else
                    text.insert(place, pieces[random() % pieces.size()]);
            }
            const auto result = filter::parse(text);
            if (result) {
                const auto printed = filter::to_text(*result);
                const auto second = filter::parse(printed);
                // Printing adds parentheses never, quotes and spaces at times: only the length may be too
                // much.
                BOOST_TEST((second ? *second == *result : second.error().code == dom::errc::query_too_long),
                           text);
            } else {
                BOOST_TEST(dom::row_of(result.error().code).http_status == 422);
                BOOST_TEST(result.error().column.value_or(0) >= 1, text);
                BOOST_TEST(result.error().column.value_or(0) <= static_cast<std::int64_t>(text.size()) + 1,
                           text);
            }
            static_cast<void>(filter::complete(text, static_cast<std::int64_t>(random() % 30), {}));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_page_of_the_language_says_what_the_parser_does) {
    std::ifstream page(daybook::tests::source_folder() / "docs/query-language.md");
    std::size_t read = 0;
    std::size_t refused = 0;
    for (std::string line; std::getline(page, line);) {
        if (!line.starts_with("| `")) continue;
        const auto query = line.substr(3, line.find("` |") - 3);
        const auto rest = line.substr(line.find("` |") + 4);
        if (std::isdigit(static_cast<unsigned char>(rest.front())) != 0) {
            // Column and text of an error.
            const auto said = refusal(query);
            const auto column = rest.substr(0, rest.find(" |"));
            const auto text = rest.substr(rest.find("| ") + 2, rest.rfind(" |") - rest.find("| ") - 2);
            BOOST_TEST(said.ends_with(" " + column + " " + text), said);
            ++refused;
        } else {
            BOOST_TEST(filter::parse(query).has_value(), refusal(query));
            ++read;
        }
        // Whatever else a row shows as a query is one.
        for (auto at = rest.find('`'); at != std::string::npos && refused == 0; at = rest.find('`', at)) {
            const auto end = rest.find('`', at + 1);
            const auto other = rest.substr(at + 1, end - at - 1);
            if (other.size() > 3 && other.back() != ':')
                BOOST_TEST(filter::parse(other).has_value(), refusal(other));
            at = end + 1;
        }
    }
    BOOST_TEST(read >= 30U);
    BOOST_TEST(refused >= 5U);
}

BOOST_AUTO_TEST_CASE(completion_offers_fields_values_tags_and_projects) {
    BOOST_TEST(completed("du") == (strings{"due:"}), boost::test_tools::per_element());
    BOOST_TEST(completed("a -(pr") == (strings{"project:", "priority:"}), boost::test_tools::per_element());
    BOOST_TEST(completed("p") == (strings{"project:", "priority:", "p1", "p2", "p3", "p4"}),
               boost::test_tools::per_element());
    BOOST_TEST(completed("is:o") == (strings{"overdue", "open"}), boost::test_tools::per_element());
    BOOST_TEST(completed("due:<=to") == (strings{"today", "tomorrow"}), boost::test_tools::per_element());
    BOOST_TEST(completed("#WO") == (strings{"#Work", "#work/deep"}), boost::test_tools::per_element());
    BOOST_TEST(completed("tag:h") == (strings{"#home"}), boost::test_tools::per_element());
    BOOST_TEST(completed("project:") == (strings{"Garden", "\"Two Words\"", "none", "!="}),
               boost::test_tools::per_element());
    BOOST_TEST(completed("project:\"tw") == (strings{"\"Two Words\""}), boost::test_tools::per_element());
    BOOST_TEST(completed("sort:due,ti") == (strings{"title"}), boost::test_tools::per_element());
    BOOST_TEST(completed("a O") == (strings{"OR"}), boost::test_tools::per_element());
    BOOST_TEST(completed("\"du").empty());
    BOOST_TEST(completed("nofield:").empty());
    BOOST_TEST(completed("").size() == filter::field_table().size());
    const auto one = filter::complete("é is:ov", 8, {});
    BOOST_REQUIRE(one.size() == 1U);
    BOOST_TEST((one[0].replaces == filter::span{6, 8}));
}

BOOST_AUTO_TEST_CASE(each_candidate_makes_a_text_that_goes_on_or_parses) {
    for (const auto& field : filter::field_table()) {
        const auto start = std::string(field.name) + ":";
        for (const auto& value : completed(start)) {
            if (value == "!=" || value.front() == '<' || value.front() == '>') continue;
            BOOST_TEST(filter::parse(start + value).has_value(), start + value);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
