// Asks the evaluator, RocksDB and Postgres the same, many times (S5); exit 1 at the first difference.
//   differential --pairs 100000 --seed 7 [--block 3]       DAYBOOK_TEST_POSTGRES names a server
#include "tests/support/differential.hpp"

#include "projector/pg_store.hpp"
#include "projector/rocks_store.hpp"
#include "tests/support/postgres_database.hpp"
#include "tests/support/temporary_folder.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <random>
#include <string_view>

namespace {

using namespace daybook;

constexpr std::uint64_t pairs_of_block = 2'500;

struct options {
    std::uint64_t pairs = 100'000;
    std::uint64_t seed = std::random_device{}();
    std::optional<std::uint64_t> block{};
};

bool read(int count, char** texts, options& out) {
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view name = texts[i];
        const auto value = std::strtoull(texts[i + 1], nullptr, 10);
        if (name == "--pairs")
            out.pairs = value;
        else if (name == "--seed")
            out.seed = value;
        else if (name == "--block")
            out.block = value;
        else
            return false;
    }
    return count % 2 == 1;
}

tests::differential_counts run_block(std::uint64_t seed, std::uint64_t number, std::uint64_t pairs) {
    const tests::temporary_folder folder;
    const tests::postgres_database database;
    projector::rocks_store_options with;
    with.folder = folder.path() / "views" / "rocks";
    with.partitions = 2;
    const auto rocks = projector::rocks_store::open(with).value();
    projector::pg_store postgres({database.url()});
    tests::differential_block block(seed, number, *rocks, postgres);
    block.run(pairs);
    return block.counts();
}

}  // namespace

int main(int count, char** texts) {
    options asked;
    if (!read(count, texts, asked)) {
        fmt::print(stderr, "differential [--pairs N] [--seed S] [--block B]\n");
        return 2;
    }
    const auto began = std::chrono::steady_clock::now();
    tests::differential_counts sum;
    const auto blocks = (asked.pairs + pairs_of_block - 1) / pairs_of_block;
    for (auto number = asked.block.value_or(0); number < (asked.block ? *asked.block + 1 : blocks);
         ++number) {
        const auto left = asked.block ? pairs_of_block : asked.pairs - number * pairs_of_block;
        try {
            const auto one = run_block(asked.seed, number, std::min(left, pairs_of_block));
            sum.pairs += one.pairs;
            sum.answered += one.answered;
            sum.pages += one.pages;
            sum.changes += one.changes;
        } catch (const std::exception& e) {
            fmt::print("{}\nagain: scripts/x differential --seed {} --block {}\n", e.what(), asked.seed,
                       number);
            return 1;
        }
        fmt::print(stderr, "block {}: {} pairs\n", number, sum.pairs);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    fmt::print(
        "{} pairs ({} with an answer), {} pages from each of the three, {} changes between pages: 0 "
        "differences in {:.0f} s\nagain: scripts/x differential --pairs {} --seed {}\n",
        sum.pairs, sum.answered, sum.pages, sum.changes, took.count(), asked.pairs, asked.seed);
    return 0;
}
