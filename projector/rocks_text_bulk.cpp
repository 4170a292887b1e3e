#include "projector/rocks_text_bulk.hpp"

#include "domain/codec/task_json.hpp"
#include "projector/posting_block.hpp"
#include "projector/rocks_keys.hpp"
#include "projector/rocks_text.hpp"
#include "projector/varint.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace daybook::projector {
namespace {

namespace keys = rocks_keys;
namespace rocks = platform::rocks;

constexpr std::size_t scan_readahead = std::size_t{2} * 1024 * 1024;

/// The postings of one word while its book is read, in the order of the tasks' ids.
struct term_postings {
    struct entry {
        std::uint32_t ordinal;
        std::uint8_t fields;
        std::uint32_t first;  ///< of its positions in `bytes`
        std::uint32_t last;
    };
    std::vector<entry> entries{};
    std::string bytes{};
};

class book_postings {
 public:
    void add(const std::vector<domain::document_token>& words, std::uint32_t ordinal) {
        order_.clear();
        for (std::uint32_t i = 0; i < words.size(); ++i) order_.emplace_back(number_of(words[i].word), i);
        std::ranges::sort(order_);
        for (std::size_t i = 0; i < order_.size();) i = add_term(words, ordinal, i);
    }

    domain::result<void> write(const std::string& posting_prefix, const std::string& stem_prefix,
                               rocks::sst_writer& postings, rocks::sst_writer& stems) {
        std::vector<std::pair<std::string_view, std::uint32_t>> sorted;
        sorted.reserve(numbers_.size());
        for (const auto& [term, number] : numbers_) sorted.emplace_back(term, number);
        std::ranges::sort(sorted);
        std::vector<std::string> mappings;
        for (const auto& [term, number] : sorted) {
            auto rest = term;
            if (const auto parts = take_term(rest); parts && parts->stem != parts->surface) {
                mappings.push_back(std::string(parts->stem).append(1, '\0').append(parts->surface));
            }
            if (auto done = write_blocks(posting_prefix + std::string(term), terms_[number], postings); !done)
                return done;
        }
        std::ranges::sort(mappings);
        for (const auto& m : mappings) {
            if (auto done = stems.add(stem_prefix + m, {}); !done) return done;
        }
        numbers_.clear();
        terms_.clear();
        return {};
    }

 private:
    std::uint32_t number_of(const domain::text_token& word) {
        scratch_.assign(word.surface).push_back('\0');
        if (word.stem != word.surface) scratch_.append(word.stem);
        scratch_.push_back('\0');
        const auto [at, is_new] = numbers_.try_emplace(scratch_, static_cast<std::uint32_t>(terms_.size()));
        if (is_new) terms_.emplace_back();
        return at->second;
    }

    /// All places of the term of order_[i]; returns where the next term's begin.
    std::size_t add_term(const std::vector<domain::document_token>& words, std::uint32_t ordinal,
                         std::size_t i) {
        const auto number = order_[i].first;
        auto& term = terms_[number];
        term_postings::entry entry{ordinal, 0, static_cast<std::uint32_t>(term.bytes.size()), 0};
        std::uint32_t before = 0;
        for (; i < order_.size() && order_[i].first == number; ++i) {
            const auto& word = words[order_[i].second];
            const bool more = i + 1 < order_.size() && order_[i + 1].first == number &&
                              words[order_[i + 1].second].field == word.field;
            entry.fields = static_cast<std::uint8_t>(entry.fields | 1U << static_cast<unsigned>(word.field));
            append_varint(term.bytes,
                          static_cast<std::uint64_t>(word.word.position - before) << 1U | (more ? 1U : 0U));
            before = word.word.position;
        }
        entry.last = static_cast<std::uint32_t>(term.bytes.size());
        term.entries.push_back(entry);
        return i;
    }

    static domain::result<void> write_blocks(const std::string& prefix, term_postings& term,
                                             rocks::sst_writer& to) {
        if (!std::ranges::is_sorted(term.entries, {}, &term_postings::entry::ordinal)) {
            std::ranges::sort(term.entries, {}, &term_postings::entry::ordinal);
        }
        block_encoder block;
        const auto flush = [&]() -> domain::result<void> {
            auto key = prefix;
            rocks::append_u32(key, block.first());
            return to.add(key, block.finish());
        };
        for (const auto& e : term.entries) {
            const std::string_view positions(term.bytes.data() + e.first, e.last - e.first);
            if (!block.empty() && block.bytes() + positions.size() + 2 > posting_block_bytes_max) {
                if (auto done = flush(); !done) return done;
            }
            block.add(e.ordinal, e.fields, positions);
        }
        return flush();
    }

    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::vector<term_postings> terms_;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> order_;  ///< number of the term, index of the word
    std::string scratch_;
};

rocks::range whole(std::int32_t partition, keys::space space) {
    rocks::range r;
    r.prefix = keys::in(partition, space);
    r.fill_cache = false;
    r.readahead_bytes = scan_readahead;
    return r;
}

}  // namespace

domain::result<void> write_text_index(const rocks_rows& rows, std::int32_t partition,
                                      rocks::sst_writer& postings, rocks::sst_writer& stems) {
    domain::text_analyser analyser;
    const rocks_text_source source(rows);
    book_postings of_book;
    std::string user_part;  // of the book that is being read, with its zero byte
    const auto close_book = [&]() -> domain::result<void> {
        if (user_part.empty()) return {};
        return of_book.write(keys::in(partition, keys::space::posting) + user_part,
                             keys::in(partition, keys::space::stem) + user_part, postings, stems);
    };
    auto tasks = rows.scan(whole(partition, keys::space::task));
    const auto prefix = keys::in(partition, keys::space::text).size();
    for (auto at = rows.scan(whole(partition, keys::space::text)); at.valid() || !at.status(); at.next()) {
        if (auto read = at.status(); !read) return read;
        const auto key = at.key().substr(prefix);  // user and task, as in the task's key
        while (tasks.valid() && tasks.key().substr(prefix) < key) tasks.next();
        if (auto read = tasks.status(); !read) return read;
        if (!tasks.valid() || tasks.key().substr(prefix) != key) {
            return domain::make_problem(domain::errc::view_stopped, "a text row has no task");
        }
        auto texts = decode_texts(at.value());
        if (!texts) return texts.error();
        auto task = domain::decode_task(tasks.value());
        if (!task) return task.error().prefixed("task row");
        const auto of_user = key.substr(0, key.find('\0') + 1);
        if (of_user != user_part) {
            if (auto done = close_book(); !done) return done;
            user_part = of_user;
        }
        auto document = document_of(*task, *texts,
                                    [&](std::int64_t offset) { return source.comment(task->user, offset); });
        if (!document) return document.error();
        of_book.add(domain::analyse(analyser, *document), texts->ordinal);
    }
    return close_book();
}

}  // namespace daybook::projector
