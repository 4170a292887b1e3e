#include "projector/rocks_text_reader.hpp"

#include "domain/text/trigram.hpp"
#include "projector/rocks_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace daybook::projector {
namespace {

namespace keys = rocks_keys;
namespace rocks = platform::rocks;

rocks::range range_of(std::string prefix) {
    rocks::range r;
    r.prefix = std::move(prefix);
    return r;
}

domain::problem damaged() {
    return domain::make_problem(domain::errc::view_stopped, "a block of the text index cannot be read");
}

void raise(text_hits& hits, std::uint32_t ordinal, std::int64_t weight) {
    if (ordinal >= hits.weights.size()) hits.weights.resize(ordinal + std::size_t{1});
    auto& best = hits.weights[ordinal];
    best = std::max(best, static_cast<std::uint8_t>(weight));
}

void fill_tasks(text_hits& hits) {
    std::vector<std::uint32_t> held;
    for (std::uint32_t i = 0; i < hits.weights.size(); ++i) {
        if (hits.weights[i] != 0) held.push_back(i);
    }
    hits.tasks.add(held);
}

/// Where a word stands: ordinal, position and field in one number that sorts so.
constexpr std::uint64_t place_of(std::uint32_t ordinal, std::uint32_t position, domain::text_field f) {
    return std::uint64_t{ordinal} << 32U | std::uint64_t{position} << 8U | static_cast<std::uint64_t>(f);
}
constexpr std::uint64_t one_position = 1U << 8U;

/// Of beginnings that begin each other the shorter one, in key order: none is read twice.
template <class Prefixes>
Prefixes without_doubles(Prefixes prefixes) {
    std::ranges::sort(prefixes);
    Prefixes out;
    for (auto& p : prefixes) {
        if (out.empty() || !p.starts_with(out.back())) out.push_back(std::move(p));
    }
    return out;
}

}  // namespace

rocks_text_reader::rocks_text_reader(const rocks_rows& rows, const domain::user_id& user)
    : rows_(rows),
      postings_(keys::of_book(rows.partition_of(user), keys::space::posting, user)),
      stems_(keys::of_book(rows.partition_of(user), keys::space::stem, user)),
      at_(rows.scan(range_of(postings_))) {}

domain::result<void> rocks_text_reader::add_stem(prefixes& to, const std::string& stem) {
    to.push_back(term_key(stem, stem));
    const auto prefix = stems_ + stem + '\0';
    auto at = rows_.scan(range_of(prefix));
    for (; at.valid(); at.next()) {
        ++read_.keys;
        to.push_back(term_key(at.key().substr(prefix.size()), stem));
    }
    return at.status();
}

domain::result<rocks_text_reader::prefixes> rocks_text_reader::prefixes_of(const wanted_text& wanted,
                                                                           std::size_t i) {
    const auto& word = wanted.words[i];
    const bool last = i + 1 == wanted.words.size();
    prefixes out;
    if (last && wanted.prefix) out.push_back(word.surface);
    if (!last || wanted.whole) {
        if (wanted.words.size() == 1) out.push_back(word.surface + '\0');
        if (auto added = add_stem(out, word.stem); !added) return added.error();
    }
    if (wanted.words.size() == 1)
        for (const auto& other : wanted.alike) out.push_back(other + '\0');
    return without_doubles(std::move(out));
}

template <class Each>
domain::result<void> rocks_text_reader::each_block(const prefixes& terms, query_run& run, Each each) {
    for (const auto& term : terms) {
        const auto prefix = postings_ + term;
        for (at_.seek(prefix); at_.valid() && at_.key().starts_with(prefix); at_.next()) {
            ++read_.keys;
            if (!run.in_time()) return run.timeout(fmt::format("reading postings, {} keys", read_.keys));
            block_reader block(keys::last_ordinal(at_.key()), at_.value());
            each(block);
            if (block.damaged()) return damaged();
        }
        if (auto ended = at_.status(); !ended) return ended;
    }
    read_.terms += terms.size();
    return {};
}

domain::result<text_hits> rocks_text_reader::find_word(const wanted_text& wanted, query_run& run) {
    auto terms = prefixes_of(wanted, 0);
    if (!terms) return terms.error();
    // The weight of the best field for every set of fields.
    std::array<std::uint8_t, 1U << domain::text_fields> weights{};
    for (unsigned set = 0; set < weights.size(); ++set) {
        for (unsigned f = domain::text_fields; f-- > 0;) {
            const auto field = static_cast<domain::text_field>(f);
            if (((set >> f) & 1U) != 0 && wanted.covers(field))
                weights[set] = static_cast<std::uint8_t>(weight_of(field));
        }
    }
    text_hits hits;
    auto done = each_block(*terms, run, [&](block_reader& block) {
        if (block.last_ordinal() >= hits.weights.size())
            hits.weights.resize(block.last_ordinal() + std::size_t{1});
        block.each_task([&](std::uint32_t ordinal, std::uint8_t fields) {
            if (ordinal < hits.weights.size())
                hits.weights[ordinal] = std::max(hits.weights[ordinal], weights[fields]);
        });
    });
    if (!done) return done.error();
    fill_tasks(hits);
    return hits;
}

domain::result<text_hits> rocks_text_reader::find_phrase(const wanted_text& wanted, query_run& run) {
    std::vector<prefixes> terms;
    task_set candidates;
    for (std::size_t i = 0; i < wanted.words.size(); ++i) {
        auto of_word = prefixes_of(wanted, i);
        if (!of_word) return of_word.error();
        std::vector<std::uint32_t> ordinals;
        auto done = each_block(*of_word, run, [&](block_reader& block) {
            block.each_task([&](std::uint32_t ordinal, std::uint8_t) { ordinals.push_back(ordinal); });
        });
        if (!done) return done.error();
        task_set holders;
        holders.add(ordinals);
        if (i == 0)
            candidates = std::move(holders);
        else
            candidates.keep_only(holders);
        if (candidates.empty()) return text_hits{};
        terms.push_back(std::move(*of_word));
    }
    const auto sorted = candidates.ordinals();
    std::vector<bool> is_candidate(sorted.back() + std::size_t{1});
    for (const auto ordinal : sorted) is_candidate[ordinal] = true;

    std::vector<std::uint64_t> starts;  // of the phrase so far
    for (std::size_t i = 0; i < terms.size(); ++i) {
        std::vector<std::uint64_t> places;
        auto done = each_block(terms[i], run, [&](block_reader& block) {
            const auto next = std::ranges::lower_bound(sorted, keys::last_ordinal(at_.key()));
            if (next == sorted.end() || *next > block.last_ordinal()) return;
            block.each_position([&](std::uint32_t ordinal, domain::text_field field, std::uint32_t position) {
                if (ordinal < is_candidate.size() && is_candidate[ordinal])
                    places.push_back(place_of(ordinal, position, field));
            });
        });
        if (!done) return done.error();
        if (!std::ranges::is_sorted(places)) std::ranges::sort(places);
        if (i == 0) {
            starts = std::move(places);
            continue;
        }
        auto place = places.begin();
        std::erase_if(starts, [&](std::uint64_t start) {
            const auto wanted_place = start + i * one_position;
            while (place != places.end() && *place < wanted_place) ++place;
            return place == places.end() || *place != wanted_place;
        });
    }
    text_hits hits;
    for (const auto start : starts) {
        const auto field = static_cast<domain::text_field>(start & 0xFFU);
        if (wanted.covers(field)) raise(hits, static_cast<std::uint32_t>(start >> 32U), weight_of(field));
    }
    fill_tasks(hits);
    return hits;
}

domain::result<text_hits> rocks_text_reader::find(const wanted_text& wanted, query_run& run) {
    return wanted.words.size() == 1 ? find_word(wanted, run) : find_phrase(wanted, run);
}

domain::result<std::vector<std::vector<std::string>>> rocks_text_reader::alike(
    std::span<const std::string> words, query_run& run) {
    std::vector<domain::alike_words> wanted;
    for (const auto& word : words) wanted.emplace_back(word);
    domain::trigram_set grams("");
    std::string known;
    for (at_.seek_to_first(); at_.valid(); at_.next()) {
        ++read_.keys;
        if (!run.in_time()) return run.timeout("looking for words that are alike");
        auto rest = at_.key().substr(postings_.size());
        const auto term = take_term(rest);
        if (!term) return damaged();
        if (term->surface == known) continue;
        known = term->surface;
        grams.assign(known);
        for (auto& one : wanted) one.offer(known, grams);
    }
    if (auto ended = at_.status(); !ended) return ended.error();
    std::vector<std::vector<std::string>> out;
    for (const auto& one : wanted) out.push_back(one.best());
    return out;
}

}  // namespace daybook::projector
