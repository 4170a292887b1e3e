// Lists of the RocksDB view against their definition: filter::matches and sort_key over all tasks.
#include "domain/filter/evaluate.hpp"
#include "domain/list_query.hpp"
#include "projector/follower.hpp"
#include "projector/rocks_view.hpp"
#include "projector/written_texts.hpp"
#include "tests/support/books.hpp"
#include "tests/support/queries.hpp"
#include "tests/support/require_ok.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wait_until.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>

using namespace daybook;
using namespace daybook::tests;

namespace {

eventlog::deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(5); }

struct listed {
    std::vector<std::string> ids;
    std::int64_t total;
};

struct fixture {
    temporary_folder folder;
    eventlog::memory_log log{1};
    event_writer writer{1, into(log)};
    std::unordered_map<std::string, domain::folded_book> truth;
    std::unordered_map<std::string, std::unordered_map<domain::task_id, projector::written_texts>> texts;

    std::shared_ptr<projector::rocks_view> open(const std::string& name, std::size_t columns_bytes) {
        projector::rocks_view_options options;
        options.folder = folder.path() / name;
        options.partitions = 1;
        options.columns_bytes_max = columns_bytes;
        return projector::rocks_view::open(options).value();
    }
    void follow(const std::shared_ptr<projector::view>& view) {
        auto follower = projector::follower::open(log, view, {}, soon()).value();
        const auto end = log.end_offsets(soon()).value()[0];
        while (follower->at(0).visible < end) require_ok(follower->step(soon()));
    }
    /// The fold of the log in memory, by the same validity rule.
    void fold_truth() {
        truth.clear();
        projector::event_stream stream(0, {});
        std::vector<projector::applied_event> events;
        for (auto& r : log.records(0)) require_ok(stream.feed(std::move(r), events));
        texts.clear();
        const auto language = [](const domain::user_id&) -> domain::result<std::string> {
            return projector::first_language();
        };
        const auto of_task = [&](const domain::user_id& user,
                                 const domain::task_id& id) -> domain::result<projector::written_texts*> {
            return &texts[user.text()][id];
        };
        require_ok(projector::fold_written_texts(events, language, of_task));
        for (const auto& e : events) {
            truth.try_emplace(e.event.user.text(), e.event.user).first->second.apply(e.event);
        }
    }
    listed naive(const domain::user_id& user, const domain::list_query& q) {
        const auto& book = truth.at(user.text());
        std::vector<std::optional<domain::project_id>> projects;
        for (const auto& name : q.where.projects) projects.push_back(book.project_named(name));
        std::vector<std::pair<std::string, domain::task_id>> found;
        for (const auto& [id, task] : book.tasks()) {
            const auto words = projector::words_of(*task, texts[user.text()][id]);
            const auto is_open = [&](const auto& on) {
                const auto target = book.find(on);
                return target && domain::is_open(target->status);
            };
            const bool blocked = std::ranges::any_of(task->depends_on, is_open);
            if (!domain::filter::matches(*task, q.where, {blocked, false, words, projects})) continue;
            found.emplace_back(domain::sort_key(*task, q.order, domain::filter::rank_of(q.where, words)), id);
        }
        std::sort(found.begin(), found.end());
        listed out{{}, static_cast<std::int64_t>(found.size())};
        for (const auto& f : found) out.ids.push_back(f.second.text());
        return out;
    }
    static std::vector<std::string> ids(const projector::task_page& page) {
        std::vector<std::string> out;
        for (const auto& row : page.items) out.push_back(row.task->id.text());
        return out;
    }
    /// All pages by cursor.
    static std::vector<std::string> walk(projector::view_reader& reader, const domain::user_id& user,
                                         domain::list_query q) {
        std::vector<std::string> out;
        for (;;) {
            const auto page = reader.list(user, q).value();
            const auto some = ids(page);
            BOOST_TEST(some.size() <= q.limit);
            out.insert(out.end(), some.begin(), some.end());
            if (!page.next_cursor) return out;
            require_ok(domain::apply_cursor(q, *page.next_cursor));
        }
    }
};

domain::list_query random_query(std::mt19937_64& random, query_generator& queries) {
    const auto pick = [&](std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
    };
    domain::query_parameters p;
    const auto put = [&](std::string name, std::string value) {
        p.emplace_back(std::move(name), std::move(value));
    };
    static const std::vector<std::string> words{"rent", "ECLAIR",    "strasse 1",
                                                "uber", "about bac", "nothing"};
    static const std::vector<std::string> tags{"#WORK", "größe", "phase:2", "none"};
    static const std::vector<std::string> statuses{"open",      "in_progress", "completed",
                                                   "cancelled", "skipped",     "deleted"};
    static const std::vector<std::string> keys{"due",      "start",  "created", "updated", "completed",
                                               "priority", "status", "title",   "id"};
    if (pick(3) == 0) put("search", words[pick(words.size())]);
    if (pick(3) == 0) put("priority", "P3,P" + std::to_string(1 + pick(4)));
    if (pick(3) == 0) put("tag", tags[pick(tags.size())]);
    if (pick(3) == 0) put("status", statuses[pick(6)] + "," + statuses[pick(6)]);
    if (pick(4) == 0) put("completed", pick(2) == 0 ? "true" : "false");
    const auto day = [&] { return fmt::format("2026-09-{:02}T09:00:00Z", 1 + pick(28)); };
    if (pick(4) == 0) put("due_before", day());
    if (pick(4) == 0) put("due_after", day());
    if (pick(4) == 0) put("project", "Project " + std::to_string(1 + pick(3)));
    if (pick(2) == 0) {
        put("sort_by", keys[pick(keys.size())]);
        put("order", pick(2) == 0 ? "asc" : "desc");
    }
    if (pick(2) == 0) {
        auto text = queries.text();
        while (!p.empty() && p.back().first == "order" && text.find("sort:") != std::string::npos)
            text = queries.text();
        if (text.find("has:subtask") == std::string::npos) put("q", std::move(text));
    }
    put("limit", std::to_string(1 + pick(40)));
    return asked(p);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(projector_list, fixture)

BOOST_AUTO_TEST_CASE(every_query_answers_what_filter_and_key_define_with_and_without_columns) {
    const std::uint64_t seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed) {
        random_books books(writer, seed);
        std::mt19937_64 random(seed);
        query_generator queries(seed);
        queries.words = {"rent", "Éclair", "straße", "backup", "server", "so", "what", "7"};
        queries.tags = {"work", "home", "größe", "phase:2"};
        queries.projects = {"Project 1", "Project 2"};
        queries.month = "2026-09-";
        auto cached = open("cached", 64 << 20);
        auto scanned = open("scanned", 0);
        auto tight = open("tight", 60'000);  // books put each other out
        for (int round = 0; round < 4; ++round) {
            for (int i = 0; i < 60; ++i) books.commit();
            for (const auto& view : {cached, scanned, tight}) follow(view);
            fold_truth();
            for (int i = 0; i < 120; ++i) {
                const auto user = books.users()[books.pick(3)];
                if (!truth.contains(user.text())) continue;
                const auto q = random_query(random, queries);
                const auto expected = naive(user, q);
                for (const auto& view : {cached, scanned, tight}) {
                    const auto got = walk(*view, user, q);
                    BOOST_TEST(got == expected.ids, boost::test_tools::per_element());
                    BOOST_TEST(view->list(user, q).value().total_count == expected.total);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(pages_by_number_are_the_cuts_of_the_whole) {
    random_books books(writer, 3, 1);
    for (int i = 0; i < 80; ++i) books.commit();
    auto view = open("v", 64 << 20);
    follow(view);
    fold_truth();
    const auto user = books.users()[0];
    domain::list_query q;
    q.order = {{domain::sort_field::title, false}};
    const auto whole = naive(user, q).ids;
    q.limit = 7;
    std::vector<std::string> joined;
    for (std::int64_t page = 1; page <= static_cast<std::int64_t>(whole.size() / 7) + 1; ++page) {
        q.page = page;
        const auto some = ids(view->list(user, q).value());
        joined.insert(joined.end(), some.begin(), some.end());
    }
    BOOST_TEST(joined == whole, boost::test_tools::per_element());
    q.page = 1'000'000;
    BOOST_TEST(view->list(user, q).value().items.empty());
}

BOOST_AUTO_TEST_CASE(rows_that_come_while_somebody_pages_neither_double_nor_hide_an_old_one) {
    random_books books(writer, 5, 1);
    for (int i = 0; i < 60; ++i) books.commit();
    auto view = open("v", 64 << 20);
    follow(view);
    fold_truth();
    const auto user = books.users()[0];
    domain::list_query q;
    q.order = {{domain::sort_field::created, false}};
    q.limit = 5;
    const auto before = naive(user, q).ids;
    std::vector<std::string> seen;
    std::int64_t fresh = 1'000;
    for (;;) {
        const auto page = view->list(user, q).value();
        for (const auto& id : ids(page)) seen.push_back(id);
        if (!page.next_cursor) break;
        require_ok(domain::apply_cursor(q, *page.next_cursor));
        if (fresh < 1'020) {
            writer.commit(writer.task_event(user.text(), domain::event_type::task_created,
                                            task_number(++fresh), {{"title", "new"}}));
            follow(view);
        }
    }
    auto sorted = seen;
    std::sort(sorted.begin(), sorted.end());
    BOOST_TEST((std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end()));
    for (const auto& id : before) BOOST_TEST(std::binary_search(sorted.begin(), sorted.end(), id));
}

BOOST_AUTO_TEST_CASE(the_plan_counts_what_each_step_leaves_with_and_without_columns) {
    constexpr int count = 700;
    for (int i = 1; i <= count; ++i) {
        writer.commit(writer.task_event(
            "ana", domain::event_type::task_created, task_number(i),
            {{"title", i % 100 == 0 ? "rare common" : "common"}, {"priority", i % 2 == 0 ? "P1" : "P2"}}));
    }
    const domain::user_id ana("ana");
    const auto plan_of = [&](projector::view& view, const std::string& q) {
        std::string out;
        for (const auto& line : view.reader().explain(ana, asked({{"q", q}})).value()) out += line + '\n';
        return out;
    };
    auto view = open("cached", 64 << 20);
    follow(view);
    // A few candidates are read one by one; the columns of the book are not made for them.
    const auto few = plan_of(*view, "rare p1 ");
    BOOST_TEST(few.find("postings of 'rare': 7\n") != std::string::npos);
    BOOST_TEST(few.find("tasks looked at, read from the store: 7\nkept by the filter: 7\n") !=
               std::string::npos);
    const auto many = plan_of(*view, "common p1 -rare ");
    BOOST_TEST(many.find("postings of 'common': 700\npostings of 'rare': 7\n") != std::string::npos);
    BOOST_TEST(many.find("rows looked at, in columns in memory: 700\n") != std::string::npos);
    BOOST_TEST(many.find("priority P1: 350 left\n") != std::string::npos);
    BOOST_TEST(many.find("not 'rare': 343 left\n") != std::string::npos);
    BOOST_TEST(many.find("ordered by rank-,updated-, page of 50: 50\n") != std::string::npos);
    const auto now_cached = plan_of(*view, "rare p1 ");
    BOOST_TEST(now_cached.find("rows looked at, in columns in memory: 7\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_query_out_of_time_ends_with_its_plan_and_the_columns_come_all_the_same) {
    std::vector<domain::event> events;
    for (std::int64_t i = 0; i < 900; ++i) {
        events.push_back(
            writer.task_event("ana", domain::event_type::task_created, task_number(i), {{"title", "t"}}));
    }
    writer.commit(std::move(events));
    projector::rocks_view_options options;
    options.folder = folder.path() / "v";
    options.partitions = 1;
    options.query_deadline = {};
    const std::shared_ptr<projector::rocks_view> view = projector::rocks_view::open(options).value();
    follow(view);
    const domain::user_id ana("ana");
    const auto late = view->list(ana, {});
    BOOST_REQUIRE(!late);
    BOOST_TEST((late.error().code == domain::errc::query_timeout));
    BOOST_TEST(late.error().extra.at("plan").as_array().size() == 1U);
    BOOST_TEST(wait_until([&] { return view->list(ana, {}).has_value(); }));
}

BOOST_AUTO_TEST_CASE(the_total_is_exact_to_ten_thousand_and_a_bound_above) {
    std::vector<domain::event> events;
    for (std::int64_t i = 0; i < 10'001; ++i) {
        events.push_back(
            writer.task_event("ana", domain::event_type::task_created, task_number(i), {{"title", "t"}}));
        if (events.size() == 1'000) writer.commit(std::exchange(events, {}));
        if (i == 9'999) {
            auto view = open("exact", 64 << 20);
            follow(view);
            const auto page = view->list(domain::user_id("ana"), {}).value();
            BOOST_TEST(page.total_count == 10'000);
            BOOST_TEST(!page.total_is_lower_bound);
        }
    }
    writer.commit(std::move(events));
    auto view = open("bound", 64 << 20);
    follow(view);
    const auto page = view->list(domain::user_id("ana"), {}).value();
    BOOST_TEST(page.total_count == 10'000);
    BOOST_TEST(page.total_is_lower_bound);
}

BOOST_AUTO_TEST_SUITE_END()
