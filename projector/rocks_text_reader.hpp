// Which tasks of a book hold a word, a prefix or a phrase, from the postings of one state of the store.
#pragma once

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "domain/text/document.hpp"
#include "projector/posting_block.hpp"
#include "projector/query_run.hpp"
#include "projector/rocks_rows.hpp"
#include "projector/task_set.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::projector {

/// Consecutive words by stem; a single one by surface or stem (S2).
struct wanted_text {
    struct word {
        std::string surface{};
        std::string stem{};
    };
    std::vector<word> words{};         ///< at least one
    bool whole = true;                 ///< the last word may stand as it is
    bool prefix = false;               ///< the last word may begin a word
    std::vector<std::string> alike{};  ///< of a single word: words that count as well (fuzzy)
    std::uint8_t fields = 0xF;         ///< bit n: text_field n

    [[nodiscard]] bool covers(domain::text_field f) const noexcept {
        return ((fields >> static_cast<unsigned>(f)) & 1U) != 0;
    }
};

/// The tasks that hold a text, and in which field.
struct text_hits {
    task_set tasks{};
    std::vector<std::uint8_t>
        weights{};  ///< by ordinal: of the field of most weight; 0 or beyond the end: not held

    [[nodiscard]] std::int64_t weight(std::uint32_t ordinal) const noexcept {
        return ordinal < weights.size() ? weights[ordinal] : 0;
    }
};

/// Threads: one. Lifetime: within that of the rows. Reads keys of its book only. Errors: those of the store;
/// view_stopped for postings that cannot be read.
class rocks_text_reader {
 public:
    rocks_text_reader(const rocks_rows&, const domain::user_id&);
    /// Errors also: query_timeout.
    [[nodiscard]] domain::result<text_hits> find(const wanted_text&, query_run&);
    /// For each word those of the book that are most like it (alike_words). Reads all words of the book.
    /// Errors also: query_timeout.
    [[nodiscard]] domain::result<std::vector<std::vector<std::string>>> alike(
        std::span<const std::string> words, query_run&);
    /// What was read so far, for `explain`.
    struct counts {
        std::uint64_t keys = 0;   ///< of postings and stems
        std::uint64_t terms = 0;  ///< words of the book
    };
    [[nodiscard]] const counts& read() const noexcept { return read_; }

 private:
    /// Term keys, or beginnings of them, whose postings count.
    using prefixes = std::vector<std::string>;
    [[nodiscard]] domain::result<void> add_stem(prefixes&, const std::string& stem);
    [[nodiscard]] domain::result<prefixes> prefixes_of(const wanted_text&, std::size_t word);
    template <class Each>
    [[nodiscard]] domain::result<void> each_block(const prefixes&, query_run&, Each each);
    [[nodiscard]] domain::result<text_hits> find_word(const wanted_text&, query_run&);
    [[nodiscard]] domain::result<text_hits> find_phrase(const wanted_text&, query_run&);

    const rocks_rows& rows_;
    std::string postings_;  ///< what the book's keys begin with
    std::string stems_;
    platform::rocks::cursor at_;
    counts read_{};
};

}  // namespace daybook::projector
