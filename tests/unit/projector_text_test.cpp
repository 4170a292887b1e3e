#include "domain/text/trigram.hpp"
#include "projector/follower.hpp"
#include "projector/rocks_keys.hpp"
#include "projector/rocks_text_reader.hpp"
#include "projector/rocks_view.hpp"
#include "projector/verify.hpp"
#include "tests/support/books.hpp"
#include "tests/support/require_ok.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/view_events.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace daybook;
using namespace daybook::tests;
using domain::event_type;
using domain::text_field;
using projector::posting;
namespace keys = projector::rocks_keys;

namespace {

constexpr std::int32_t partitions = 2;
const domain::user_id ana{"ana"};

eventlog::deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(5); }

std::shared_ptr<projector::rocks_view> open_view(const std::filesystem::path& folder, bool bulk = false,
                                                 projector::bulk_limits bounds = {}) {
    projector::rocks_view_options options;
    options.folder = folder;
    options.partitions = partitions;
    options.bulk = bulk;
    options.bulk_bounds = bounds;
    return require_ok(projector::rocks_view::open(options));
}

std::unique_ptr<platform::rocks::store> open_store(const std::filesystem::path& folder,
                                                   bool read_only = true) {
    platform::rocks::store_options options;
    options.folder = folder;
    options.read_only = read_only;
    return require_ok(platform::rocks::store::open(options));
}

struct fixture {
    temporary_folder folder;
    eventlog::memory_log log{partitions};
    event_writer writer{partitions, into(log)};

    std::filesystem::path path(const std::string& name) { return folder.path() / name; }
    void follow(const std::shared_ptr<projector::view>& view) {
        auto follower = require_ok(projector::follower::open(log, view, {}, soon()));
        const auto ends = log.end_offsets(soon()).value();
        const auto behind = [&] {
            for (std::int32_t p = 0; p < partitions; ++p) {
                if (follower->at(p).visible < ends[static_cast<std::size_t>(p)]) return true;
            }
            return false;
        };
        while (behind()) require_ok(follower->step(soon()));
    }
    void create(int number, const std::string& title, boost::json::object more = {},
                std::string_view user = "ana") {
        more["title"] = title;
        writer.commit(
            writer.task_event(user, event_type::task_created, task_number(number), std::move(more)));
    }
    void update(int number, boost::json::object data) {
        writer.commit(
            writer.task_event("ana", event_type::task_updated, task_number(number), std::move(data)));
    }
    void comment(int number, const std::string& text) {
        writer.commit(
            writer.task_event("ana", event_type::task_commented, task_number(number), {{"comment", text}}));
    }
    void language(std::int64_t version, const std::string& name) {
        writer.commit(writer.book_event("ana", event_type::book_configured, version, {{"language", name}}));
    }
};

/// Answers of the index on disk; tasks by the number that they were made with.
struct searcher {
    std::unique_ptr<platform::rocks::store> store;
    projector::rocks_rows rows;
    domain::text_analyser analyser{};

    explicit searcher(const std::filesystem::path& folder)
        : store(open_store(folder)), rows(*store, partitions) {}

    projector::wanted_text wanted(const std::string& text, const std::string& language) {
        projector::wanted_text out;
        for (auto& t : analyser.tokens(text, language)) out.words.push_back({t.surface, t.stem});
        return out;
    }
    /// "0:8 3:1": ordinal and weight.
    std::string found(const projector::wanted_text& wanted, const domain::user_id& user = ana) {
        projector::rocks_text_reader reader(rows, user);
        projector::query_run run;
        const auto hits = require_ok(reader.find(wanted, run));
        std::string out;
        for (const auto o : hits.tasks.ordinals()) {
            out += (out.empty() ? "" : " ") + std::to_string(o) + ":" + std::to_string(hits.weight(o));
        }
        return out;
    }
    std::string word(const std::string& text, const std::string& language = "simple") {
        return found(wanted(text, language));
    }
    std::string prefix(const std::string& text) {
        auto w = wanted(text, "simple");
        w.prefix = true;
        w.whole = false;
        return found(w);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(projector_text)

BOOST_AUTO_TEST_CASE(a_block_reads_back_what_was_put_into_it) {
    std::mt19937_64 random(5);
    for (int round = 0; round < 200; ++round) {
        domain::text_analyser analyser;
        projector::block_encoder encoder;
        std::vector<posting> put;
        std::uint32_t ordinal = static_cast<std::uint32_t>(random() % 1'000);
        const auto first = ordinal;
        for (auto n = 1 + random() % 20; n > 0; --n) {
            domain::text_document d;
            for (auto k = random() % 3; k > 0; --k) d.title.text += "x y ";
            for (auto k = random() % 200; k > 0; --k) d.description.text += k % 3 == 0 ? "x " : "z ";
            d.comments.push_back({"x", ""});
            auto postings = projector::postings_of(domain::analyse(analyser, d), ordinal);
            const auto& p = postings.at(projector::term_key("x", "x"));
            encoder.add(p.ordinal, p.fields, p.positions);
            put.push_back(p);
            ordinal += static_cast<std::uint32_t>(1 + random() % 300);
        }
        const auto bytes = encoder.finish();
        BOOST_TEST((require_ok(projector::decode_block(first, bytes)) == put));
        std::vector<std::uint32_t> seen;
        projector::block_reader reader(first, bytes);
        BOOST_TEST(reader.last_ordinal() == put.back().ordinal);
        reader.each_task([&](std::uint32_t o, std::uint8_t fields) {
            BOOST_TEST(fields == put[seen.size()].fields);
            seen.push_back(o);
        });
        BOOST_TEST(!reader.damaged());
        BOOST_TEST(seen.size() == put.size());
        // A cut block is noticed.
        BOOST_TEST(
            !projector::decode_block(first, std::string_view(bytes).substr(0, bytes.size() - 1)).has_value());
    }
}

BOOST_AUTO_TEST_CASE(words_that_are_mistyped_are_alike) {
    const domain::trigram_set word("landing");
    BOOST_TEST(word.likeness(domain::trigram_set("landing")) == 1.0);
    BOOST_TEST(word.likeness(domain::trigram_set("lansing")) >= domain::fuzzy_likeness_min);
    BOOST_TEST(word.likeness(domain::trigram_set("budget")) < domain::fuzzy_likeness_min);
    BOOST_TEST(domain::trigram_set("日本").size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(words_prefixes_and_phrases_are_found_in_their_best_field, fixture) {
    create(1, "Backup server", {{"description", "the database of the office"}, {"tags", {"#ops"}}});
    create(2, "Backup database", {{"tags", {"#server"}}});
    create(3, "Landingpages", {{"description", "ops"}});
    comment(3, "restart the backup server twice");
    follow(open_view(path("v")));
    searcher s(path("v"));
    BOOST_TEST(s.word("backup") == "0:8 1:8 2:1");
    BOOST_TEST(s.word("SERVER") == "0:8 1:4 2:1");
    BOOST_TEST(s.word("ops") == "0:4 2:2");
    BOOST_TEST(s.word("backup server") == "0:8 2:1");
    BOOST_TEST(s.word("server the").empty());  // no phrase across fields
    BOOST_TEST(s.prefix("land") == "2:8");
    BOOST_TEST(s.prefix("da") == "0:2 1:8");
    BOOST_TEST(s.word("land").empty());
    auto in_comments = s.wanted("backup", "simple");
    in_comments.fields = 1U << static_cast<unsigned>(text_field::comments);
    BOOST_TEST(s.found(in_comments) == "2:1");
    auto mistyped = s.wanted("serber", "simple");
    BOOST_TEST(s.found(mistyped).empty());
    projector::rocks_text_reader reader(s.rows, ana);
    projector::query_run run;
    const std::vector<std::string> words{"serber"};
    mistyped.alike = require_ok(reader.alike(words, run)).front();
    BOOST_TEST((mistyped.alike == std::vector<std::string>{"server"}));
    BOOST_TEST(s.found(mistyped) == "0:8 1:4 2:1");
}

BOOST_FIXTURE_TEST_CASE(each_text_is_stemmed_in_the_language_of_its_time, fixture) {
    create(1, "meetings");
    language(1, "english");
    create(2, "meetings");
    comment(1, "meetings");
    language(2, "german");
    create(3, "Häuser");
    follow(open_view(path("v")));
    searcher s(path("v"));
    BOOST_TEST(s.word("meetings", "simple") == "0:8 1:8");  // by their surface
    BOOST_TEST(s.word("meeting", "english") == "0:1 1:8");
    BOOST_TEST(s.word("Haus", "german") == "2:8");
}

BOOST_FIXTURE_TEST_CASE(an_update_moves_postings_and_a_purge_takes_them_away, fixture) {
    auto view = open_view(path("v"));
    create(1, "alpha beta", {{"description", "gamma"}});
    create(2, "alpha");
    follow(view);
    update(1, {{"title", "beta delta"}});
    comment(2, "epsilon");
    follow(view);
    writer.commit(writer.task_event("ana", event_type::task_purged, task_number(2)));
    follow(view);
    view.reset();
    searcher s(path("v"));
    BOOST_TEST(s.word("alpha").empty());
    BOOST_TEST(s.word("beta") == "0:8");
    BOOST_TEST(s.word("gamma") == "0:2");
    BOOST_TEST(s.word("epsilon").empty());
    BOOST_TEST(s.word("delta gamma").empty());
}

BOOST_FIXTURE_TEST_CASE(a_word_of_many_tasks_spreads_over_blocks_and_stays_whole, fixture) {
    constexpr int count = 1'200;
    auto view = open_view(path("v"));
    for (int i = 1; i <= count; ++i) create(i, "common " + std::to_string(i));
    follow(view);
    for (int i = 1; i <= count; i += 3) update(i, {{"title", "other"}});
    follow(view);
    for (int i = 1; i <= count; i += 6) update(i, {{"title", "common again and again common"}});
    follow(view);
    view.reset();
    searcher s(path("v"));
    projector::rocks_text_reader reader(s.rows, ana);
    projector::query_run run;
    const auto hits = require_ok(reader.find(s.wanted("common", "simple"), run));
    BOOST_TEST(hits.tasks.size() == static_cast<std::uint64_t>(count - count / 3 + count / 6));
    BOOST_TEST(reader.read().keys > 2U);
    for (const auto o : hits.tasks.ordinals()) BOOST_REQUIRE((o % 3 != 0 || o % 6 == 0));
    BOOST_TEST(require_ok(reader.find(s.wanted("again common", "simple"), run)).tasks.size() ==
               static_cast<std::uint64_t>(count / 6));
    BOOST_TEST(require_ok(projector::verify(log, {{"v", &open_view(path("v"))->reader()}}, {}, {})).equal());
}

BOOST_FIXTURE_TEST_CASE(a_query_reads_keys_of_its_own_book_only, fixture) {
    create(1, "secret plan");
    auto view = open_view(path("v"));
    follow(view);
    view.reset();
    const auto keys_read = [&] {
        searcher s(path("v"));
        projector::rocks_text_reader reader(s.rows, ana);
        projector::query_run run;
        BOOST_TEST(require_ok(reader.find(s.wanted("secret", "simple"), run)).tasks.size() == 1U);
        auto prefix = s.wanted("p", "simple");
        prefix.prefix = true;
        BOOST_TEST(require_ok(reader.find(prefix, run)).tasks.size() == 1U);
        const std::vector<std::string> mistyped{"plam"};
        BOOST_TEST(
            (require_ok(reader.alike(mistyped, run)) == std::vector<std::vector<std::string>>{{"plan"}}));
        return reader.read().keys;
    };
    const auto alone = keys_read();
    for (const auto* user : {"an", "ana2", "anb", "bob"}) {
        for (int i = 1; i < 50; ++i) create(i, "secret plan plans", {}, user);
    }
    follow(open_view(path("v")));
    BOOST_TEST(keys_read() == alone);
}

BOOST_AUTO_TEST_CASE(incremental_and_bulk_make_the_index_that_a_fresh_fold_makes) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        temporary_folder folder;
        view_events events(seed, partitions);
        auto one = open_view(folder.path() / "one");
        // A small bound, so that a load comes back to rows that are written.
        auto bulk = open_view(folder.path() / "bulk", true, {std::size_t{16} * 1024, 20});
        for (int i = 0; i < 150; ++i) {
            const auto batch = events.next(1 + events.below(8));
            require_ok(one->apply(batch));
            require_ok(bulk->apply(batch));
        }
        require_ok(bulk->finish_bulk());
        for (const auto& user : events.users()) {
            const auto by_one = require_ok(one->text_index(user)).value();
            const auto by_bulk = require_ok(bulk->text_index(user)).value();
            BOOST_TEST((by_one == by_bulk), "seed " << seed << " user " << user.text());
            BOOST_TEST(by_one.size() > 100U);
        }
        for (std::int32_t p = 0; p < partitions; ++p) {
            BOOST_TEST(one->hash(p).value().text->text() == bulk->hash(p).value().text->text(),
                       "seed " << seed);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_posting_that_is_deleted_by_hand_is_found_and_named, fixture) {
    create(1, "Backup server");
    create(2, "Backup database");
    follow(open_view(path("v")));
    const auto check = [&] {
        auto view = open_view(path("v"));
        return require_ok(projector::verify(log, {{"v", &view->reader()}}, {}, {}));
    };
    BOOST_TEST(check().equal());
    {
        auto store = open_store(path("v"), false);
        auto key = keys::of_book(projector::rocks_rows(*store, partitions).partition_of(ana),
                                 keys::space::posting, ana);
        key += projector::term_key("database", "database");
        platform::rocks::append_u32(key, 1);
        BOOST_REQUIRE(store->get(key).value().has_value());
        platform::rocks::batch batch(*store);
        batch.erase(key);
        require_ok(store->write(batch, platform::rocks::durability::synced));
    }
    const auto report = check();
    BOOST_TEST(!report.equal());
    std::string named;
    for (const auto& row : report.rows) named += row.first_difference;
    BOOST_TEST(named == "full text: the word 'database' of task number 1 of user ana is missing in the view");
}

BOOST_FIXTURE_TEST_CASE(an_index_of_another_analyser_is_not_opened, fixture) {
    create(1, "one");
    follow(open_view(path("v")));
    {
        auto store = open_store(path("v"), false);
        platform::rocks::batch batch(*store);
        batch.put(keys::meta("text"), "0 icu-1 unicode-1 snowball-0");
        require_ok(store->write(batch, platform::rocks::durability::synced));
    }
    projector::rocks_view_options options;
    options.folder = path("v");
    options.partitions = partitions;
    const auto opened = projector::rocks_view::open(options);
    BOOST_REQUIRE(!opened);
    BOOST_TEST((opened.error().code == domain::errc::view_stopped));
    BOOST_TEST(opened.error().hint.find("rebuild") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
