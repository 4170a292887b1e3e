#include "domain/filter/evaluate.hpp"
#include "domain/limits.hpp"
#include "domain/list_query.hpp"
#include "tests/support/generators.hpp"
#include "tests/support/property.hpp"
#include "tests/support/queries.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>

namespace dom = daybook::domain;
using dom::sort_field;

namespace {

using parameters = dom::query_parameters;

dom::result<dom::list_query> parse(const parameters& list) { return daybook::tests::try_asked(list); }

/// Whether the task is an answer; `project` stands for every project that is named.
bool is_listed(const dom::task& t, const dom::list_query& q, std::optional<dom::project_id> project = {}) {
    const auto words =
        dom::analyse(daybook::tests::test_analyser(),
                     {{t.title, "english"}, t.tags, "english", {t.description, "english"}, {}});
    const std::vector<std::optional<dom::project_id>> projects(q.where.projects.size(), project);
    return dom::filter::matches(t, q.where, {false, false, words, projects});
}

dom::result<dom::sort_value> sort_value_of(std::string_view key, const dom::sort_by& order) {
    auto values = dom::sort_values_of(key, {order});
    if (!values) return values.error();
    return values->front();
}

/// `field` and code of what is refused.
std::string refusal(const parameters& list) {
    const auto parsed = parse(list);
    if (parsed) return "accepted";
    return parsed.error().field + " " + std::string(dom::row_of(parsed.error().code).code);
}

dom::instant at(std::string_view text) { return dom::parse_instant(text).value(); }

dom::task with_id(std::uint8_t last) {
    dom::task t;
    std::array<std::uint8_t, 16> bytes{};
    bytes[15] = last;
    t.id = dom::task_id(dom::uuid(bytes));
    t.title = "Task";
    return t;
}

/// Titles in the order of a list.
std::vector<std::string> sorted_titles(std::vector<std::string> titles, bool descending) {
    const auto key = [&](const std::string& title) {
        auto t = with_id(0);
        t.title = title;
        return dom::sort_key(t, dom::sort_by{sort_field::title, descending});
    };
    std::stable_sort(titles.begin(), titles.end(),
                     [&](const std::string& a, const std::string& b) { return key(a) < key(b); });
    return titles;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_list_query)

BOOST_AUTO_TEST_CASE(text_folds_without_case_and_marks) {
    BOOST_TEST(dom::fold_text("Hello WORLD #1") == "hello world #1");
    BOOST_TEST(dom::fold_text("Crème Brûlée") == "creme brulee");
    BOOST_TEST(dom::fold_text("Straße ẞ") == "strasse ss");
    BOOST_TEST(dom::fold_text("ΌΣΟΣ ς") == "οσοσ σ");
    BOOST_TEST(dom::fold_text("ﬁn Ⅷ ① ｆｕｌｌ") == "fin viii 1 full");
    BOOST_TEST(dom::fold_text("a\xcc\x81") == "a");
    BOOST_TEST(dom::fold_text("") == "");
    DAYBOOK_PROPERTY("folding twice is folding once", [] {
        const auto folded = dom::fold_text(*daybook::tests::any_text());
        RC_ASSERT(dom::fold_text(folded) == folded);
    });
}

BOOST_AUTO_TEST_CASE(without_statuses_all_but_deleted_are_listed_and_purged_never) {
    auto t = with_id(1);
    for (int s = 0; s <= static_cast<int>(dom::status::purged); ++s) {
        t.status = static_cast<dom::status>(s);
        const bool listed = t.status != dom::status::deleted && t.status != dom::status::purged;
        BOOST_TEST(is_listed(t, {}) == listed);
        BOOST_TEST(is_listed(t, parse({}).value()) == listed);
    }
    const auto q = parse({{"status", "deleted"}}).value();
    BOOST_TEST(!is_listed(t, q));
    t.status = dom::status::deleted;
    BOOST_TEST(is_listed(t, q));
}

BOOST_AUTO_TEST_CASE(filters_and_together) {
    auto t = with_id(1);
    t.title = "Über die Brücke";
    t.description = "near Berlin";
    t.tags = {"#Home", "#phase:2"};
    t.priority = dom::priority::p2;
    t.due = dom::task_date{"2026-08-31", at("2026-08-31T07:00:00Z")};
    t.project = dom::project_id(t.id.value());

    const auto holds = [&](const parameters& list) {
        return is_listed(t, parse(list).value(), dom::project_id(t.id.value()));
    };
    BOOST_TEST(holds({}));
    BOOST_TEST(holds({{"search", "brucke UBER"}}));
    BOOST_TEST(holds({{"search", "brucke berl"}}));
    BOOST_TEST(!holds({{"search", "bruck berlin"}}));
    BOOST_TEST(holds({{"search", "brucke"}, {"q", "#home due:2026-08-31 -is:done"}}));
    BOOST_TEST(!holds({{"search", "brucke"}, {"q", "is:done"}}));
    BOOST_TEST(holds({{"tag", "home"}, {"q", "missing OR is:open"}}));
    BOOST_TEST(!holds({{"search", "brucke munich"}}));
    BOOST_TEST(!holds({{"search", "diebrucke"}}));
    BOOST_TEST(holds({{"tag", "home"}, {"tag", "#PHASE:2"}}));
    BOOST_TEST(!holds({{"tag", "home,work"}}));
    BOOST_TEST(!holds({{"tag", "hom"}}));
    BOOST_TEST(holds({{"priority", "p1,high"}}));
    BOOST_TEST(!holds({{"priority", "P1"}, {"priority", "P3"}}));
    BOOST_TEST(holds({{"status", "open"}, {"status", "completed"}}));
    BOOST_TEST(!holds({{"status", "completed"}}));
    BOOST_TEST(holds({{"completed", "false"}}));
    BOOST_TEST(!holds({{"completed", "true"}}));
    BOOST_TEST(holds({{"project", "Two Words"}}));
    t.project.reset();
    BOOST_TEST(!is_listed(t, parse({{"project", "Two Words"}}).value(), dom::project_id(t.id.value())));
    BOOST_TEST(!holds({{"priority", "P2"}, {"tag", "work"}}));
}

BOOST_AUTO_TEST_CASE(a_day_in_a_due_filter_begins_at_the_callers_midnight) {
    auto t = with_id(1);
    const auto holds = [&](const parameters& list) { return is_listed(t, parse(list).value()); };
    t.due = dom::task_date{"2026-08-31T00:00:00", at("2026-08-30T22:00:00Z")};
    BOOST_TEST(holds({{"due_after", "2026-08-31"}}));
    BOOST_TEST(!holds({{"due_before", "2026-08-31"}}));
    t.due->at -= std::chrono::milliseconds{1};
    BOOST_TEST(!holds({{"due_after", "2026-08-31"}}));
    BOOST_TEST(holds({{"due_before", "2026-08-31"}}));
    BOOST_TEST(holds({{"due_before", "2026-08-30T22:00:00Z"}}));
    BOOST_TEST(!holds({{"due_before", "2026-08-30T23:59:59.999+02:00"}}));
    BOOST_TEST(holds({{"due_after", "2026-08-30T23:59:59.999+02:00"}}));
    t.due.reset();
    BOOST_TEST(!holds({{"due_before", "9999-12-31"}}));
    BOOST_TEST(!holds({{"due_after", "0001-01-01"}}));
}

BOOST_AUTO_TEST_CASE(what_a_parameter_cannot_be_is_refused_with_its_name) {
    BOOST_TEST(refusal({{"colour", "red"}}) == "colour field.unknown");
    BOOST_TEST(refusal({{"Search", "x"}}) == "Search field.unknown");
    BOOST_TEST(refusal({{"", ""}}) == " field.unknown");
    BOOST_TEST(refusal({{"priority", "P5"}}) == "priority field.invalid");
    BOOST_TEST(refusal({{"priority", ""}}) == "priority field.invalid");
    BOOST_TEST(refusal({{"tag", "a b"}}) == "tag field.invalid");
    BOOST_TEST(refusal({{"tag", std::string(51, 'a')}}) == "tag field.too_long");
    BOOST_TEST(refusal({{"status", "done"}}) == "status field.invalid");
    BOOST_TEST(refusal({{"status", "purged"}}) == "status field.invalid");
    BOOST_TEST(refusal({{"completed", "yes"}}) == "completed field.invalid");
    BOOST_TEST(refusal({{"due_before", "tomorrow"}}) == "due_before date.invalid");
    BOOST_TEST(refusal({{"due_after", "2026-02-30"}}) == "due_after date.invalid");
    BOOST_TEST(refusal({{"due_after", "2026-08-31T17:00[Europe/Berlin]"}}) == "due_after date.invalid");
    BOOST_TEST(refusal({{"sort_by", "colour"}}) == "sort_by field.invalid");
    BOOST_TEST(refusal({{"q", "prio:1"}}) == "q query.unknown_field");
    BOOST_TEST(refusal({{"q", "a"}, {"q", "b"}}) == "q field.invalid");
    BOOST_TEST(refusal({{"q", "sort:due"}, {"sort_by", "title"}}) == "sort_by field.invalid");
    BOOST_TEST(refusal({{"search", "&"}}) == "search query.bad_value");
    BOOST_TEST(refusal({{"order", "up"}}) == "order field.invalid");
    BOOST_TEST(refusal({{"limit", "0"}}) == "limit field.invalid");
    BOOST_TEST(refusal({{"limit", "201"}}) == "limit field.invalid");
    BOOST_TEST(refusal({{"limit", "10x"}}) == "limit field.invalid");
    BOOST_TEST(refusal({{"limit", "+10"}}) == "limit field.invalid");
    BOOST_TEST(refusal({{"limit", "99999999999999999999"}}) == "limit field.invalid");
    BOOST_TEST(refusal({{"page", "0"}}) == "page field.invalid");
    BOOST_TEST(refusal({{"page_size", "201"}}) == "page_size field.invalid");
    BOOST_TEST(refusal({{"limit", "10"}, {"page_size", "10"}}) == "page_size field.invalid");
    BOOST_TEST(refusal({{"limit", "10"}, {"limit", "10"}}) == "limit field.invalid");
    BOOST_TEST(refusal({{"search", "\xff"}}) == "search field.invalid");
    BOOST_TEST(refusal({{"search", std::string(1025, 'a')}}) == "search query.too_long");
    BOOST_TEST(refusal({{"project", ""}}) == "project field.invalid");
    BOOST_TEST(refusal({{"project", std::string(201, 'a')}}) == "project field.too_long");
    BOOST_TEST(refusal({{"cursor", "AQ"}, {"page", "2"}}) == "page field.invalid");
    std::string words;
    for (int i = 0; i < 33; ++i) words += "w" + std::to_string(i) + " ";
    BOOST_TEST(refusal({{"search", words}}) == "search limit.exceeded");
}

BOOST_AUTO_TEST_CASE(paging_has_its_defaults) {
    BOOST_TEST(parse({})->limit == 50U);
    BOOST_TEST(!parse({})->page);
    BOOST_TEST(parse({{"limit", "200"}})->limit == 200U);
    BOOST_TEST(parse({{"page", "3"}})->page.value_or(0) == 3);
    BOOST_TEST(parse({{"page_size", "20"}})->page.value_or(0) == 1);
    BOOST_TEST(parse({{"page_size", "20"}})->limit == 20U);
    BOOST_TEST((parse({})->order == dom::sort_order{{sort_field::due, false}}));
    BOOST_TEST(
        (parse({{"sort_by", "id"}, {"order", "desc"}})->order == dom::sort_order{{sort_field::id, true}}));
    BOOST_TEST(!parse({{"search", " \t "}})->asked.where.has_value());
    BOOST_TEST((parse({{"search", "a b a "}})->where == parse({{"search", "a b "}})->where));
}

BOOST_AUTO_TEST_CASE(keys_sort_as_the_values_do_and_empty_ones_come_last_in_both_directions) {
    DAYBOOK_PROPERTY("memcmp order = order of values", [] {
        const auto a = daybook::tests::some_task();
        const auto b = daybook::tests::some_task();
        const bool descending = *rc::gen::arbitrary<bool>();
        const auto check = [&](sort_field field, const auto& left, const auto& right) {
            const auto key_a = dom::sort_key(a, dom::sort_by{field, descending});
            const auto key_b = dom::sort_key(b, dom::sort_by{field, descending});
            const bool before = descending ? right < left : left < right;
            RC_ASSERT((key_a < key_b) == before);
            RC_ASSERT((key_a == key_b) == (left == right));
        };
        const auto check_optional = [&](sort_field field, const auto& left, const auto& right) {
            if (left && right) return check(field, *left, *right);
            const auto key_a = dom::sort_key(a, dom::sort_by{field, descending});
            const auto key_b = dom::sort_key(b, dom::sort_by{field, descending});
            RC_ASSERT((key_a < key_b) == (left && !right));
            RC_ASSERT((key_a == key_b) == (!left && !right));
        };
        const auto instant_of = [](const std::optional<dom::task_date>& date) {
            return date ? std::optional(date->at) : std::nullopt;
        };
        check_optional(sort_field::due, instant_of(a.due), instant_of(b.due));
        check_optional(sort_field::start, instant_of(a.start), instant_of(b.start));
        check_optional(sort_field::completed, a.completed_at, b.completed_at);
        check(sort_field::created, a.created_at, b.created_at);
        check(sort_field::updated, a.updated_at, b.updated_at);
        check(sort_field::priority, a.priority, b.priority);
        check(sort_field::status, a.status, b.status);
        check(sort_field::id, a.id, b.id);
    });
}

BOOST_AUTO_TEST_CASE(titles_sort_as_people_expect) {
    const std::vector<std::string> order{"Äpfel",  "apple", "Banane", "banane b",
                                         "Éclair", "zebra", "Ζεύς",   "名"};
    auto shuffled = order;
    std::mt19937 random(7);
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    BOOST_TEST(sorted_titles(shuffled, false) == order, boost::test_tools::per_element());
    std::vector<std::string> reversed(order.rbegin(), order.rend());
    BOOST_TEST(sorted_titles(shuffled, true) == reversed, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_title_that_begins_another_comes_first_or_last_by_direction) {
    BOOST_TEST(sorted_titles({"ab", "a", "abc"}, false) == (std::vector<std::string>{"a", "ab", "abc"}),
               boost::test_tools::per_element());
    BOOST_TEST(sorted_titles({"ab", "a", "abc"}, true) == (std::vector<std::string>{"abc", "ab", "a"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(keys_of_titles_are_cut) {
    auto t = with_id(1);
    t.title = std::string(500, 'x');
    const auto key = dom::sort_key(t, dom::sort_by{sort_field::title, false});
    BOOST_TEST(key.size() == 1 + dom::limits::sort_key_bytes_max + 1);
    t.title = std::string(499, 'x') + 'y';
    BOOST_TEST((dom::sort_key(t, dom::sort_by{sort_field::title, false}) == key));
    t.title.assign(10'000, 'q');
    BOOST_TEST(dom::sort_key(t, dom::sort_by{sort_field::title, true}).size() ==
               1 + dom::limits::sort_key_bytes_max + 1);
}

BOOST_AUTO_TEST_CASE(a_key_gives_its_value_back) {
    DAYBOOK_PROPERTY("sort_value_of(sort_key(t)) is the value", [] {
        const auto t = daybook::tests::some_task();
        const bool descending = *rc::gen::arbitrary<bool>();
        const auto value = [&](sort_field field) {
            const dom::sort_by order{field, descending};
            return sort_value_of(dom::sort_key(t, order), order).value();
        };
        const auto ms = [](dom::instant i) {
            return dom::sort_value{std::int64_t{i.time_since_epoch().count()}};
        };
        RC_ASSERT(value(sort_field::due) == (t.due ? ms(t.due->at) : dom::sort_value{}));
        RC_ASSERT(value(sort_field::completed) == (t.completed_at ? ms(*t.completed_at) : dom::sort_value{}));
        RC_ASSERT(value(sort_field::created) == ms(t.created_at));
        RC_ASSERT(value(sort_field::priority) == dom::sort_value{static_cast<std::int64_t>(t.priority)});
        RC_ASSERT(value(sort_field::status) == dom::sort_value{static_cast<std::int64_t>(t.status)});
        RC_ASSERT(value(sort_field::title) ==
                  dom::sort_value{dom::sort_key(t, dom::sort_by{sort_field::title, false})});
        RC_ASSERT(value(sort_field::id) ==
                  dom::sort_value{dom::sort_key(t, dom::sort_by{sort_field::id, false})});
    });
}

BOOST_AUTO_TEST_CASE(a_cursor_goes_on_behind_its_row_and_only_in_its_own_query) {
    auto q = parse({{"tag", "home"}, {"tag", "work"}, {"sort_by", "title"}, {"order", "desc"}}).value();
    auto t = with_id(9);
    t.title = std::string(500, 'x');
    const auto key = dom::sort_key(t, q.order);
    const auto cursor = dom::encode_cursor(q, key, t.id);
    BOOST_TEST(cursor.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
               std::string::npos);

    const auto same = parse({{"order", "desc"},
                             {"sort_by", "title"},
                             {"tag", "work"},
                             {"tag", "home"},
                             {"limit", "7"},
                             {"cursor", cursor}});
    BOOST_REQUIRE(same);
    BOOST_TEST((same->after_key == key));
    BOOST_TEST((same->after_id == t.id));

    const parameters mine{
        {"tag", "home"}, {"tag", "work"}, {"sort_by", "title"}, {"order", "desc"}, {"cursor", cursor}};
    for (const auto& [name, value] : parameters{{"search", "x"},
                                                {"priority", "P1"},
                                                {"tag", "more"},
                                                {"status", "open"},
                                                {"completed", "true"},
                                                {"due_before", "2026-08-31"},
                                                {"due_after", "2026-08-31"},
                                                {"project", "p"},
                                                {"q", "x"}}) {
        auto other = mine;
        other.emplace_back(name, value);
        BOOST_TEST(refusal(other) == "cursor cursor.mismatch", name);
    }
    for (std::size_t changed = 0; changed + 1 < mine.size(); ++changed) {
        auto other = mine;
        other.erase(other.begin() + static_cast<std::ptrdiff_t>(changed));
        BOOST_TEST(refusal(other) == "cursor cursor.mismatch");
    }
}

BOOST_AUTO_TEST_CASE(anything_else_is_no_cursor) {
    const auto q = parse({}).value();
    const auto cursor = dom::encode_cursor(q, dom::sort_key(with_id(1), q.order), with_id(1).id);
    BOOST_TEST(refusal({{"cursor", cursor}}) == "accepted");
    BOOST_TEST(refusal({{"cursor", ""}}) == "cursor cursor.mismatch");
    BOOST_TEST(refusal({{"cursor", std::string(100'000, 'A')}}) == "cursor cursor.mismatch");
    BOOST_TEST(refusal({{"cursor", cursor + "="}}) == "cursor cursor.mismatch");
    const auto seed = std::random_device{}();
    BOOST_TEST_INFO_SCOPE("seed " << seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 5'000; ++i) {
        auto text = cursor;
        text[random() % text.size()] = static_cast<char>(random());
        if (random() % 4 == 0) text.resize(random() % text.size());
        const auto verdict = refusal({{"cursor", text}});
        // Another id of the same shape is a cursor as good as any.
        BOOST_REQUIRE_MESSAGE(verdict == "cursor cursor.mismatch" || verdict == "accepted", verdict);
    }
}

BOOST_AUTO_TEST_CASE(any_parameters_get_an_answer) {
    DAYBOOK_PROPERTY("total", [] {
        static const std::vector<std::string> names{
            "q",       "search",  "priority", "tag",   "status", "completed", "due_before", "due_after",
            "project", "sort_by", "order",    "limit", "cursor", "page",      "page_size"};
        parameters list;
        for (int i = *rc::gen::inRange(0, 5); i > 0; --i)
            list.emplace_back(*rc::gen::elementOf(names), *daybook::tests::any_text());
        const auto parsed = parse(list);
        if (!parsed)
            RC_ASSERT(dom::row_of(parsed.error().code).http_status == 422 ||
                      parsed.error().code == dom::errc::cursor_mismatch);
    });
}

BOOST_AUTO_TEST_SUITE_END()
