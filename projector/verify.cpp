#include "projector/verify.hpp"

#include "domain/codec/task_json.hpp"
#include "domain/evolve.hpp"
#include "projector/event_stream.hpp"
#include "projector/posting_block.hpp"
#include "projector/text_fold.hpp"
#include "projector/varint.hpp"
#include "projector/view_fold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace daybook::projector {
namespace {

using domain::errc;
using domain::make_problem;

constexpr auto read_wait = std::chrono::milliseconds(250);
constexpr std::size_t read_records = 4'096;

/// Everything of one book. Events are kept as their part of the hash only.
struct fresh_book {
    std::optional<domain::book_state> state{};
    std::map<domain::task_id, std::shared_ptr<const domain::task>> tasks{};
    std::map<domain::project_id, domain::project> projects{};
    std::map<domain::filter_id, domain::saved_filter> filters{};
    std::vector<std::int64_t> offsets{};
    domain::book_state settings{};                   ///< as far as the events of texts were folded
    std::map<std::int64_t, std::string> comments{};  ///< by offset
};

}  // namespace

bool verify_report::equal() const { return std::ranges::all_of(rows, &verify_row::equal); }

struct fresh_fold::impl final : row_source {
    explicit impl(std::int32_t number) : stream(number, {}) {}

    domain::result<std::shared_ptr<const domain::task>> task(const domain::user_id& user,
                                                             const domain::task_id& id) override {
        const auto& tasks = books[user].tasks;
        const auto at = tasks.find(id);
        return at != tasks.end() ? at->second : nullptr;
    }
    domain::result<std::optional<domain::book_state>> book(const domain::user_id& user) override {
        return books[user].state;
    }
    domain::result<std::optional<domain::project>> project(const domain::user_id& user,
                                                           const domain::project_id& id) override {
        const auto& projects = books[user].projects;
        const auto at = projects.find(id);
        return at != projects.end() ? std::optional(at->second) : std::nullopt;
    }

    domain::result<std::optional<domain::saved_filter>> filter(const domain::user_id& user,
                                                               const domain::filter_id& id) override {
        const auto& filters = books[user].filters;
        const auto at = filters.find(id);
        return at != filters.end() ? std::optional(at->second) : std::nullopt;
    }

    domain::result<void> keep_texts(const std::vector<applied_event>& fresh) {
        for (const auto& e : fresh) {
            auto& book = books[e.event.user];
            if (e.event.type == domain::event_type::book_configured)
                book.settings = domain::evolve(book.settings, e.event);
            if (auto done = texts.apply(e.event, e.offset, book.settings.language); !done) return done;
            if (e.event.type != domain::event_type::task_commented) continue;
            auto comment = comment_of(e.value);
            if (!comment) return comment.error();
            book.comments.emplace(e.offset, std::move(*comment));
        }
        return {};
    }

    /// The rows of the full text index of a book.
    domain::result<text_rows> text_of(const domain::user_id& user, const fresh_book& b) const {
        text_rows out;
        const auto known = texts.books().find(user);
        if (known == texts.books().end()) return out;
        const auto read = [&](std::int64_t offset) -> domain::result<std::string> {
            return b.comments.at(offset);
        };
        for (const auto& [id, changed] : known->second.tasks) {
            const auto& of = changed.after;
            out.emplace(text_row::of_task(user.text(), id), encode_texts(of));
            out.emplace(text_row::of_ordinal(user.text(), of.ordinal), id.value().byte_view());
            auto document = document_of(*b.tasks.at(id), of, read);
            if (!document) return document.error();
            for (const auto& [term, p] : postings_of(domain::analyse(analyser, *document), of.ordinal)) {
                out.emplace(text_row::of_posting(user.text(), term, of.ordinal),
                            static_cast<char>(p.fields) + p.positions);
                std::string_view rest = term;
                const auto parts = take_term(rest);
                if (parts->stem == parts->surface) continue;
                out.emplace(text_row::of_stem(
                                user.text(), std::string(parts->stem).append(1, '\0').append(parts->surface)),
                            "");
            }
        }
        std::string count;
        append_varint(count, known->second.ordinals);
        out.emplace(text_row::of_book(user.text()), std::move(count));
        return out;
    }

    domain::result<void> keep(std::vector<applied_event>& fresh) {
        if (auto done = keep_texts(fresh); !done) return done;
        auto rows = fold_events(fresh, *this);
        if (!rows) return rows.error();
        for (auto& t : rows->tasks) books[t.after->user].tasks[t.after->id] = t.after;
        for (auto& b : rows->books) books[b.user].state = b;
        for (auto& p : rows->projects) books[p.user].projects[p.id] = p;
        for (auto& f : rows->filters) books[f.user].filters[f.id] = f;
        for (const auto& e : fresh) {
            books[e.event.user].offsets.push_back(e.offset);
            event_hash.add('e', e.event.user.text(), std::to_string(e.offset), e.value);
        }
        events += static_cast<std::int64_t>(fresh.size());
        fresh.clear();
        return {};
    }

    event_stream stream;
    std::unique_ptr<eventlog::log_reader> reader;
    std::vector<eventlog::record> read_ahead;  ///< read but not fed: behind the last fold_to
    std::map<domain::user_id, fresh_book> books;
    text_fold texts{nullptr};
    mutable domain::text_analyser analyser;
    state_hash event_hash;
    std::int64_t records = 0;
    std::int64_t events = 0;
};

fresh_fold::fresh_fold(std::int32_t partition) : impl_(std::make_unique<impl>(partition)) {}
fresh_fold::~fresh_fold() = default;
std::int64_t fresh_fold::records() const noexcept { return impl_->records; }
std::int64_t fresh_fold::events() const noexcept { return impl_->events; }
std::int64_t fresh_fold::voids() const noexcept { return impl_->stream.voids(); }

domain::result<void> fresh_fold::fold_to(eventlog::event_log& log, std::int64_t next_offset,
                                         std::stop_token stop) {
    auto& me = *impl_;
    const auto partition = me.stream.partition();
    if (!me.reader) me.reader = log.open_reader({{partition, 0}});
    std::vector<applied_event> fresh;
    while (me.stream.read_offset() < next_offset) {
        if (stop.stop_requested()) return make_problem(errc::not_ready, "the check was stopped");
        auto records = std::exchange(me.read_ahead, {});
        if (records.empty()) {
            const auto read =
                me.reader->read(records, read_records, std::chrono::steady_clock::now() + read_wait);
            if (!read) return read;
        }
        if (records.empty()) {
            auto ends = log.end_offsets(std::chrono::steady_clock::now() + std::chrono::seconds(5));
            if (!ends) return ends.error();
            if (ends->at(static_cast<std::size_t>(partition)) < next_offset) {
                return make_problem(
                    errc::log_truncated,
                    fmt::format("partition {} ends at offset {}, a view stands at {}", partition,
                                (*ends)[static_cast<std::size_t>(partition)], next_offset));
            }
        }
        for (std::size_t i = 0; i < records.size(); ++i) {
            if (me.stream.read_offset() >= next_offset) {
                me.read_ahead.assign(
                    std::make_move_iterator(records.begin() + static_cast<std::ptrdiff_t>(i)),
                    std::make_move_iterator(records.end()));
                break;
            }
            ++me.records;
            if (auto fed = me.stream.feed(std::move(records[i]), fresh); !fed) return fed;
        }
        if (auto kept = me.keep(fresh); !kept) return kept;
    }
    return {};
}

state_hash fresh_fold::hash() const {
    state_hash out = impl_->event_hash;
    for (const auto& [user, b] : impl_->books) {
        if (b.state) out.add('b', user.text(), {}, domain::encode_book(*b.state));
        for (const auto& [id, t] : b.tasks) out.add('t', user.text(), id.text(), domain::encode_task(*t));
        for (const auto& [id, p] : b.projects)
            out.add('p', user.text(), id.text(), domain::encode_project(p));
        for (const auto& [id, f] : b.filters) out.add('f', user.text(), id.text(), domain::encode_filter(f));
    }
    return out;
}

domain::result<state_hash> fresh_fold::text_hash() const {
    state_hash out;
    for (const auto& [user, b] : impl_->books) {
        auto rows = impl_->text_of(user, b);
        if (!rows) return rows.error();
        for (const auto& [row, bytes] : *rows) out.add(text_row_kind, {}, row, bytes);
    }
    return out;
}

domain::result<std::string> fresh_fold::first_text_difference(view_reader& of) const {
    for (const auto& [user, b] : impl_->books) {
        auto expected = impl_->text_of(user, b);
        if (!expected) return expected.error();
        auto stored = of.text_index(user);
        if (!stored) return stored.error();
        if (!*stored) return std::string("the view has no full text index");
        auto state = of.book(user);
        if (!state) return state.error();
        if (*state && (*state)->events > b.state->events) continue;  // it goes on meanwhile
        const auto [log, view] = std::ranges::mismatch(*expected, **stored);
        if (log != expected->end() && (view == (*stored)->end() || log->first < view->first)) {
            return "full text: " + text_row::in_words(log->first) + " is missing in the view";
        }
        if (view != (*stored)->end() && (log == expected->end() || view->first < log->first)) {
            return "full text: " + text_row::in_words(view->first) + " stands in the view only";
        }
        if (log != expected->end()) return "full text: " + text_row::in_words(log->first) + " differs";
    }
    return std::string("full text: the view has rows of books that the log does not have");
}

domain::result<std::string> fresh_fold::first_difference(view_reader& of) const {
    for (const auto& [user, b] : impl_->books) {
        for (const auto& [id, expected] : b.tasks) {
            auto row = of.get(user, id);
            if (!row) return row.error();
            const auto name = fmt::format("task {} of user {}", id.text(), user.text());
            if (expected->status == domain::status::purged) {
                if (*row) return fmt::format("{}: the log has purged it, the view shows it", name);
                continue;
            }
            if (!*row)
                return fmt::format("{}: version {} in the log, missing in the view", name, expected->version);
            const auto& shown = *(*row)->task;
            if (shown.version > expected->version) continue;
            if (domain::encode_task(shown) == domain::encode_task(*expected)) continue;
            return fmt::format("{}: log {} view {}", name, domain::encode_task(*expected),
                               domain::encode_task(shown));
        }
        auto projects = of.projects(user);
        if (!projects) return projects.error();
        for (const auto& [id, expected] : b.projects) {
            const auto at = std::ranges::find(*projects, id, &domain::project::id);
            const bool there = at != projects->end();
            if (there ? at->version > expected.version || *at == expected : expected.deleted) continue;
            return fmt::format("project {} of user {} differs", id.text(), user.text());
        }
        auto filters = of.filters(user);
        if (!filters) return filters.error();
        for (const auto& [id, expected] : b.filters) {
            const auto at = std::ranges::find(*filters, id, &domain::saved_filter::id);
            const bool there = at != filters->end();
            if (there ? at->version > expected.version || *at == expected : expected.deleted) continue;
            return fmt::format("filter {} of user {} differs", id.text(), user.text());
        }
        auto state = of.book(user);
        if (!state) return state.error();
        if (!*state) return fmt::format("the book of user {} is missing in the view", user.text());
        if ((*state)->events <= b.state->events && **state != *b.state) {
            return fmt::format("the book of user {}: log {} view {}", user.text(),
                               domain::encode_book(*b.state), domain::encode_book(**state));
        }
        history_query query;
        std::size_t next = 0;
        const std::set<std::int64_t> expected(b.offsets.begin(), b.offsets.end());
        for (query.limit = 1'000;;) {
            auto page = of.history(user, query);
            if (!page) return page.error();
            for (const auto& e : *page) {
                ++next;
                if (!b.offsets.empty() && e.offset <= b.offsets.back() && !expected.contains(e.offset)) {
                    return fmt::format("user {}: the view has an event at offset {} that the log has not",
                                       user.text(), e.offset);
                }
                query.after_offset = e.offset;
            }
            if (page->size() < query.limit) break;
        }
        const bool purges = std::ranges::any_of(
            b.tasks, [](const auto& t) { return t.second->status == domain::status::purged; });
        if (!purges && next < b.offsets.size()) {
            return fmt::format("user {}: {} events in the log, {} in the view", user.text(), b.offsets.size(),
                               next);
        }
    }
    return fmt::format("the view has rows that the log does not have, or events with other bytes");
}

domain::result<std::vector<verify_row>> verify_partition(eventlog::event_log& log, std::int32_t partition,
                                                         const std::vector<verify_target>& targets,
                                                         verify_report& report, std::stop_token stop) {
    struct taken {
        const verify_target* target;
        view_reader::hashed_state state;
    };
    std::vector<taken> states;
    for (const auto& t : targets) {
        auto state = t.reader->hash(partition);
        if (!state) return state.error().prefixed(t.name);
        states.push_back({&t, std::move(*state)});
    }
    std::ranges::stable_sort(states, {}, [](const auto& s) { return s.state.at.next_offset; });
    fresh_fold fold(partition);
    std::vector<verify_row> rows;
    for (const auto& s : states) {
        if (auto done = fold.fold_to(log, s.state.at.next_offset, stop); !done) return done.error();
        verify_row row{s.target->name, partition,   false, s.state.at.next_offset,
                       s.state.hash,   fold.hash(), {}};
        row.equal = row.of_view == row.of_log;
        if (row.equal && s.state.text) {
            auto text = fold.text_hash();
            if (!text) return text.error();
            row.equal = *text == *s.state.text;
            if (!row.equal) {
                auto difference = fold.first_text_difference(*s.target->reader);
                if (!difference) return difference.error();
                row.first_difference = std::move(*difference);
            }
        } else if (!row.equal) {
            auto difference = fold.first_difference(*s.target->reader);
            if (!difference) return difference.error();
            row.first_difference = std::move(*difference);
        }
        report.rows.push_back(row);
        rows.push_back(std::move(row));
    }
    report.records += fold.records();
    report.events += fold.events();
    report.voids += fold.voids();
    return rows;
}

domain::result<verify_report> verify(eventlog::event_log& log, std::vector<verify_target> targets,
                                     const std::function<void(const verify_row&)>& each,
                                     std::stop_token stop) {
    verify_report report;
    for (std::int32_t p = 0; p < log.partitions(); ++p) {
        auto rows = verify_partition(log, p, targets, report, stop);
        if (!rows) return rows.error();
        if (!each) continue;
        for (const auto& row : *rows) each(row);
    }
    return report;
}

}  // namespace daybook::projector
