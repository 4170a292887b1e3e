#include "platform/rocks/key.hpp"
#include "platform/rocks/store.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

namespace rocks = daybook::platform::rocks;
namespace dom = daybook::domain;
using daybook::tests::temporary_folder;

namespace {

rocks::store_options options_in(const std::filesystem::path& folder) {
    rocks::store_options options;
    options.folder = folder;
    options.families = {"second"};
    return options;
}

std::vector<std::string> keys_of(rocks::cursor at) {
    std::vector<std::string> keys;
    for (; at.valid(); at.next()) keys.emplace_back(at.key());
    BOOST_TEST(at.status().has_value());
    return keys;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(platform_rocks)

BOOST_AUTO_TEST_CASE(what_was_written_synced_is_there_after_opening_again) {
    const temporary_folder folder;
    {
        auto store = rocks::store::open(options_in(folder.path())).value();
        rocks::batch changes(*store);
        changes.put("a", "1");
        changes.put(1, "a", "other family");
        BOOST_TEST(changes.changes() == 2U);
        BOOST_TEST(store->write(changes, rocks::durability::synced).has_value());
    }
    auto store = rocks::store::open(options_in(folder.path())).value();
    BOOST_TEST(store->get("a").value().value() == "1");
    BOOST_TEST(store->get(1, "a").value().value() == "other family");
    BOOST_TEST(!store->get("b").value().has_value());
}

BOOST_AUTO_TEST_CASE(a_held_folder_cannot_be_opened_and_an_open_one_cannot_be_held) {
    const temporary_folder folder;
    const auto path = options_in(folder.path()).folder;
    {
        const auto store = rocks::store::open(options_in(folder.path())).value();
        BOOST_TEST((rocks::folder_hold::take(path).error().code == dom::errc::folder_locked));
    }
    {
        const auto held = rocks::folder_hold::take(path).value();
        BOOST_TEST((rocks::store::open(options_in(folder.path())).error().code == dom::errc::folder_locked));
    }
    BOOST_TEST(rocks::store::open(options_in(folder.path())).has_value());
}

BOOST_AUTO_TEST_CASE(of_two_changes_of_one_key_the_later_one_holds_whatever_stands_between_them) {
    const temporary_folder folder;
    auto store = rocks::store::open(options_in(folder.path())).value();
    rocks::batch changes(*store);
    for (int round = 0; round < 3; ++round)
        for (int i = 40; i-- > 0;) changes.put("k" + std::to_string(i), std::to_string(round * 100 + i));
    changes.erase("k7");
    changes.put(1, "k8", "other family");
    changes.erase("k9");
    changes.put("k9", "again");
    changes.put("k10", "in vain");
    changes.erase("k10");
    BOOST_TEST(store->write(changes, rocks::durability::buffered).has_value());
    BOOST_TEST(store->get("k0").value().value() == "200");
    BOOST_TEST(store->get("k39").value().value() == "239");
    BOOST_TEST(!store->get("k7").value().has_value());
    BOOST_TEST(store->get("k8").value().value() == "208");
    BOOST_TEST(store->get("k9").value().value() == "again");
    BOOST_TEST(!store->get("k10").value().has_value());

    changes.clear();
    changes.put("k1", "before the range");
    changes.erase_range(rocks::default_family, "k0", "k3");
    changes.put("k2", "behind the range");
    BOOST_TEST(store->write(changes, rocks::durability::buffered).has_value());
    BOOST_TEST(!store->get("k1").value().has_value());
    BOOST_TEST(store->get("k2").value().value() == "behind the range");
    BOOST_TEST(store->get("k39").value().value() == "239");
    BOOST_TEST(store->get(1, "k8").value().value() == "other family");
}

BOOST_AUTO_TEST_CASE(a_second_opener_is_told_that_the_folder_is_locked) {
    const temporary_folder folder;
    auto first = rocks::store::open(options_in(folder.path())).value();
    const auto second = rocks::store::open(options_in(folder.path()));
    BOOST_TEST((second.error().code == dom::errc::folder_locked));
}

BOOST_AUTO_TEST_CASE(a_prefix_scan_ends_at_the_prefix_also_when_it_ends_in_the_last_byte) {
    const temporary_folder folder;
    auto store = rocks::store::open(options_in(folder.path())).value();
    rocks::batch changes(*store);
    for (const auto* key : {"a", "a\xff", "a\xff\x01", "a\xff\xff\xff", "b", "\xff\xff"})
        changes.put(key, "");
    store->write(changes, rocks::durability::buffered).value();
    rocks::range over;
    over.prefix = "a\xff";
    BOOST_TEST(
        (keys_of(store->scan(over)) == std::vector<std::string>{"a\xff", "a\xff\x01", "a\xff\xff\xff"}));
    over.prefix = "\xff";
    BOOST_TEST((keys_of(store->scan(over)) == std::vector<std::string>{"\xff\xff"}));
    over.prefix = "";
    over.first = "a\xff\x01";
    over.last = "b";
    BOOST_TEST((keys_of(store->scan(over)) == std::vector<std::string>{"a\xff\x01", "a\xff\xff\xff"}));
}

BOOST_AUTO_TEST_CASE(a_snapshot_does_not_see_later_writes) {
    const temporary_folder folder;
    auto store = rocks::store::open(options_in(folder.path())).value();
    rocks::batch changes(*store);
    changes.put("a", "old");
    store->write(changes, rocks::durability::buffered).value();
    const auto before = store->snapshot();
    changes.clear();
    changes.put("a", "new");
    changes.put("b", "new");
    store->write(changes, rocks::durability::buffered).value();
    BOOST_TEST(store->get(rocks::default_family, "a", &before).value().value() == "old");
    rocks::range over;
    over.at = &before;
    BOOST_TEST((keys_of(store->scan(over)) == std::vector<std::string>{"a"}));
}

BOOST_AUTO_TEST_CASE(sorted_files_are_ingested) {
    const temporary_folder folder;
    auto store = rocks::store::open(options_in(folder.path() / "db")).value();
    const auto file = folder.path() / "one.sst";
    auto writer = rocks::sst_writer::create(file, options_in(folder.path() / "db")).value();
    for (char c = 'a'; c <= 'z'; ++c) writer.add(std::string(1, c), "v").value();
    BOOST_TEST(writer.finish().value());
    const std::vector<std::filesystem::path> files{file};
    store->ingest(1, files).value();
    rocks::range over;
    over.in = 1;
    BOOST_TEST(keys_of(store->scan(over)).size() == 26U);
}

BOOST_AUTO_TEST_CASE(numbers_in_keys_sort_as_numbers_and_come_back) {
    std::string previous;
    for (const std::int64_t value : {INT64_MIN, std::int64_t{-5}, std::int64_t{-1}, std::int64_t{0},
                                     std::int64_t{255}, std::int64_t{256}, INT64_MAX}) {
        std::string key;
        rocks::append_i64(key, value);
        BOOST_TEST((key > previous));
        std::string_view rest = key;
        BOOST_TEST(rocks::take_i64(rest).value() == value);
        BOOST_TEST(rest.empty());
        previous = key;
    }
    std::string_view too_short = "abc";
    BOOST_TEST(!rocks::take_u32(too_short).has_value());
    BOOST_TEST(too_short == "abc");
}

BOOST_AUTO_TEST_SUITE_END()
