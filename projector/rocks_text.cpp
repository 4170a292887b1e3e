#include "projector/rocks_text.hpp"

#include "domain/evolve.hpp"
#include "projector/rocks_keys.hpp"
#include "projector/varint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace daybook::projector {
namespace {

namespace keys = rocks_keys;
namespace rocks = platform::rocks;

domain::problem damaged(std::string what) {
    return domain::make_problem(domain::errc::view_stopped, std::move(what));
}

bool same_texts(const domain::task& a, const domain::task& b) {
    // Nothing of a purged task is indexed; an event behind the purge may bring it back.
    return (a.status == domain::status::purged) == (b.status == domain::status::purged) &&
           a.title == b.title && a.tags == b.tags && a.description == b.description;
}

/// Changes the blocks of one term, found by their last block at or before an ordinal.
class term_editor {
 public:
    term_editor(rocks::cursor& at, std::string prefix) : at_(at), prefix_(std::move(prefix)) {}

    using changes = std::map<std::uint32_t, std::optional<posting>>;

    domain::result<void> apply(const changes& wanted, rocks::batch& to) {
        for (auto change = wanted.begin(); change != wanted.end();) {
            auto block = block_for(change->first);
            if (!block) return block.error();
            const auto end = block->next ? wanted.lower_bound(*block->next) : wanted.end();
            const bool grows_at_end =
                !block->entries.empty() && change->first > block->entries.back().ordinal;
            auto entries = merged(std::move(block->entries), change, end);
            write(block->first, entries, grows_at_end, to);
            change = end;
        }
        return at_.status();
    }
    /// Whether the term had no block before.
    [[nodiscard]] bool is_new() const noexcept { return !found_; }
    /// Whether no block is left. Looks at all of them.
    [[nodiscard]] bool is_gone() {
        if (written_ > 0) return false;
        for (at_.seek(prefix_); at_.valid() && is_own(at_.key()); at_.next()) {
            if (!std::ranges::binary_search(erased_, keys::last_ordinal(at_.key()))) return false;
        }
        return true;
    }

 private:
    struct found_block {
        std::optional<std::uint32_t> first{};  ///< as it stands in the store
        std::optional<std::uint32_t> next{};   ///< of the block behind it
        std::vector<posting> entries{};
    };

    bool is_own(std::string_view key) const {
        return key.size() == prefix_.size() + 4 && key.starts_with(prefix_);
    }

    std::string key_of(std::uint32_t ordinal) const {
        auto key = prefix_;
        rocks::append_u32(key, ordinal);
        return key;
    }

    domain::result<found_block> block_for(std::uint32_t ordinal) {
        found_block out;
        at_.seek_for_prev(key_of(ordinal));
        if (!at_.valid() || !is_own(at_.key())) at_.seek(key_of(ordinal));  // joins the block behind it
        if (!at_.valid() || !is_own(at_.key())) return out;
        found_ = true;
        out.first = keys::last_ordinal(at_.key());
        auto entries = decode_block(*out.first, at_.value());
        if (!entries) return entries.error();
        out.entries = std::move(*entries);
        at_.next();
        if (at_.valid() && is_own(at_.key())) out.next = keys::last_ordinal(at_.key());
        return out;
    }

    static std::vector<posting> merged(std::vector<posting> entries, changes::const_iterator change,
                                       changes::const_iterator end) {
        std::vector<posting> out;
        out.reserve(entries.size() + 1);
        auto old = entries.begin();
        for (; change != end; ++change) {
            for (; old != entries.end() && old->ordinal < change->first; ++old)
                out.push_back(std::move(*old));
            if (old != entries.end() && old->ordinal == change->first) ++old;
            if (change->second) out.push_back(*change->second);
        }
        std::move(old, entries.end(), std::back_inserter(out));
        return out;
    }

    void write(std::optional<std::uint32_t> stored, const std::vector<posting>& entries, bool grows_at_end,
               rocks::batch& to) {
        if (stored && (entries.empty() || entries.front().ordinal != *stored)) {
            to.erase(key_of(*stored));
            erased_.push_back(*stored);
        }
        if (entries.empty()) return;
        std::size_t bytes = 0;
        const auto size_of = [](const posting& p) { return p.positions.size() + 2; };
        for (const auto& p : entries) bytes += size_of(p);
        // Behind what grows at its end full blocks are left; one that grows within is parted evenly, for more
        // to come.
        const auto parts = (bytes + posting_block_bytes_max - 1) / posting_block_bytes_max;
        const auto most = grows_at_end ? posting_block_bytes_max : bytes / parts + 1;
        block_encoder block;
        const auto put = [&] {
            const auto key = key_of(block.first());
            to.put(key, block.finish());
            ++written_;
        };
        for (const auto& p : entries) {
            if (!block.empty() && block.bytes() + size_of(p) > most) put();
            block.add(p.ordinal, p.fields, p.positions);
        }
        put();
    }

    rocks::cursor& at_;
    std::string prefix_;
    std::vector<std::uint32_t> erased_;  ///< ascending
    std::size_t written_ = 0;
    bool found_ = false;
};

}  // namespace

domain::result<std::optional<task_texts>> rocks_text_source::texts(const domain::user_id& user,
                                                                   const domain::task_id& task) {
    auto stored = rows_.get(keys::of_row(rows_.partition_of(user), keys::space::text, user, task));
    if (!stored) return stored.error();
    if (!*stored) return std::optional<task_texts>();
    auto texts = decode_texts(**stored);
    if (!texts) return texts.error();
    return std::optional(std::move(*texts));
}

domain::result<std::uint32_t> rocks_text_source::ordinals(const domain::user_id& user) {
    auto stored = rows_.get(keys::of_book(rows_.partition_of(user), keys::space::book_text, user));
    if (!stored) return stored.error();
    if (!*stored) return std::uint32_t{0};
    std::string_view rest = **stored;
    const auto count = take_varint(rest);
    if (!count || !rest.empty() || *count > UINT32_MAX)
        return damaged("the book's number of texts cannot be read");
    return static_cast<std::uint32_t>(*count);
}

domain::result<std::string> rocks_text_source::comment(const domain::user_id& user,
                                                       std::int64_t offset) const {
    auto stored = rows_.get(keys::event(rows_.partition_of(user), user, offset));
    if (!stored) return stored.error();
    if (!*stored) return damaged(fmt::format("the comment at offset {} has no event", offset));
    return comment_of(**stored);
}

domain::result<void> rocks_text_writer::fold_texts(text_fold& fold, const view_batch& batch) {
    std::map<domain::user_id, domain::book_state> books;
    for (const auto& e : batch.events) {
        const auto [at, is_new] = books.try_emplace(e.event.user);
        if (is_new) {
            auto stored = stored_.book(e.event.user);
            if (!stored) return stored.error();
            if (*stored) at->second = std::move(**stored);
        }
        if (e.event.type == domain::event_type::book_configured)
            at->second = domain::evolve(at->second, e.event);
        if (auto done = fold.apply(e.event, e.offset, at->second.language); !done) return done;
    }
    return {};
}

domain::result<void> rocks_text_writer::collect(const changed_task& row, const text_fold::changed& texts,
                                                const view_batch& batch, term_changes& changes) {
    if (row.before && texts.before && *texts.before == texts.after && same_texts(*row.before, *row.after))
        return {};
    const auto& user = row.after->user;
    const rocks_text_source source(stored_);
    const auto read = [&](std::int64_t offset) -> domain::result<std::string> {
        const auto at = std::ranges::lower_bound(batch.events, offset, {}, &applied_event::offset);
        if (at != batch.events.end() && at->offset == offset) return comment_of(at->value);
        return source.comment(user, offset);
    };
    const auto postings = [&](const domain::task& t,
                              const task_texts& of) -> domain::result<std::map<std::string, posting>> {
        auto document = document_of(t, of, read);
        if (!document) return document.error();
        return postings_of(domain::analyse(analyser_, *document), of.ordinal);
    };
    const auto ordinal = texts.after.ordinal;
    std::map<std::string, posting> before;
    if (row.before && texts.before) {
        auto was = postings(*row.before, *texts.before);
        if (!was) return was.error();
        before = std::move(*was);
    }
    auto after = postings(*row.after, texts.after);
    if (!after) return after.error();
    for (auto& [term, p] : *after) {
        const auto was = before.find(term);
        if (was == before.end() || was->second != p) changes[term][ordinal] = std::move(p);
        if (was != before.end()) before.erase(was);
    }
    for (const auto& [term, p] : before) changes[term][ordinal] = std::nullopt;
    return {};
}

domain::result<void> rocks_text_writer::put_terms(rocks::batch& batch, std::int32_t partition,
                                                  const domain::user_id& user, const term_changes& changes) {
    const auto of_book = keys::of_book(partition, keys::space::posting, user);
    rocks::range range;
    range.prefix = of_book;
    auto at = stored_.scan(std::move(range));
    for (const auto& [term, tasks] : changes) {
        term_editor editor(at, of_book + term);
        if (auto done = editor.apply(tasks, batch); !done) return done;
        std::string_view rest = term;
        const auto parts = take_term(rest);
        if (!parts || parts->stem == parts->surface) continue;
        const auto mapping = keys::stem(partition, user, parts->stem).append(parts->surface);
        if (editor.is_new())
            batch.put(mapping, {});
        else if (editor.is_gone())
            batch.erase(mapping);
    }
    return at.status();
}

domain::result<std::vector<std::uint32_t>> rocks_text_writer::put(rocks::batch& to, const view_batch& batch,
                                                                  const changed_rows& rows) {
    rocks_text_source source(stored_);
    text_fold fold(&source);
    if (auto folded = fold_texts(fold, batch); !folded) return folded.error();
    std::map<domain::user_id, term_changes> changes;
    std::vector<std::uint32_t> ordinals;
    ordinals.reserve(rows.tasks.size());
    for (const auto& row : rows.tasks) {
        const auto& user = row.after->user;
        const auto& texts = fold.books().at(user).tasks.at(row.after->id);
        ordinals.push_back(texts.after.ordinal);
        if (auto done = collect(row, texts, batch, changes[user]); !done) return done.error();
    }
    put_text_rows(to, batch.partition, fold);
    for (const auto& [user, terms] : changes) {
        if (auto done = put_terms(to, batch.partition, user, terms); !done) return done.error();
    }
    return ordinals;
}

void put_text_rows(rocks::batch& to, std::int32_t partition, const text_fold& fold) {
    for (const auto& [user, book] : fold.books()) {
        bool grown = false;
        for (const auto& [task, texts] : book.tasks) {
            if (texts.before && *texts.before == texts.after) continue;
            to.put(keys::of_row(partition, keys::space::text, user, task), encode_texts(texts.after));
            if (texts.before) continue;
            to.put(keys::ordinal(partition, user, texts.after.ordinal), task.value().byte_view());
            grown = true;
        }
        if (!grown) continue;
        std::string count;
        append_varint(count, book.ordinals);
        to.put(keys::of_book(partition, keys::space::book_text, user), count);
    }
}

domain::result<void> add_text_row(keys::space space, std::string_view rest, std::string_view value,
                                  text_rows& out) {
    const auto user = rocks::take_text(rest);
    if (!user) return damaged("a key of the text index cannot be read");
    switch (space) {
        case keys::space::text: {
            auto texts = decode_texts(value);
            if (!texts) return texts.error();
            out.emplace(text_row::of_task(*user, domain::task_id(keys::last_uuid(rest))),
                        encode_texts(*texts));
            return {};
        }
        case keys::space::ordinal:
            out.emplace(text_row::of_ordinal(*user, keys::last_ordinal(rest)), value);
            return {};
        case keys::space::book_text: out.emplace(text_row::of_book(*user), value); return {};
        case keys::space::stem: out.emplace(text_row::of_stem(*user, rest), value); return {};
        default: break;
    }
    const auto key = rest;
    if (!take_term(rest) || rest.size() != 4) return damaged("a key of the text index cannot be read");
    const auto term = key.substr(0, key.size() - rest.size());
    const auto first = rocks::take_u32(rest);
    auto block = decode_block(first.value_or(0), value);
    if (!block) return block.error();
    for (const auto& p : *block) {
        out.emplace(text_row::of_posting(*user, term, p.ordinal), static_cast<char>(p.fields) + p.positions);
    }
    return {};
}

}  // namespace daybook::projector
