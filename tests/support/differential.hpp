// Evaluator, RocksDB and Postgres asked the same of random books: identical ids in identical order, in one
// answer and page by page, also while tasks change between pages (S5, PG1).
#pragma once

#include "tests/support/any_query.hpp"
#include "tests/support/view_events.hpp"
#include "tests/support/view_model.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace daybook::tests {

struct differential_counts {
    std::uint64_t pairs = 0;
    std::uint64_t answered = 0;  ///< pairs whose answer has a task
    std::uint64_t pages = 0;
    std::uint64_t changes = 0;  ///< batches applied between two pages
};

/// One block: a few books, three times, that grow while they are asked. Seed and number decide everything, so
/// that a block can be replayed alone. Throws differential_found.
class differential_block {
 public:
    struct found : std::runtime_error {
        using std::runtime_error::runtime_error;
    };

    differential_block(std::uint64_t seed, std::uint64_t number, projector::view_store& rocks,
                       projector::view_store& postgres)
        : random_(seed ^ (number * 0x9e3779b97f4a7c15ULL)),
          is_large_(number % 5 == 4),
          log_(random_(), 2, is_large_ ? 1 : 1 + static_cast<int>(random_() % 4)),
          queries_(random_()),
          model_(log_.partitions()),
          stores_{side{"RocksDB", rocks}, side{"Postgres", postgres}} {
        queries_.month = "2026-05-";
        queries_.words = view_events::all_words();
        queries_.tags = {"work", "home", "Straße", "日本"};
        queries_.assignees = view_events::all_words();
        const bool bulk = number % 2 == 1;
        std::vector<projector::view_batch> first;
        for (std::size_t left = is_large_ ? 1'500 : 60 + below(300); left > 0;) {
            const auto count = std::min<std::size_t>(left, 1 + below(60));
            first.push_back(log_.next(count));
            left -= count;
        }
        for (const auto& batch : first) model_.apply(batch);
        for (auto& s : stores_) {
            if (!bulk) {
                s.on = s.store.open_current().value();
                for (const auto& batch : first) s.on->writer().apply(batch).value();
                continue;
            }
            const auto old = s.store.open_current().value();
            const auto fresh = s.store.begin_version().value();
            for (const auto& batch : first) fresh->writer().apply(batch).value();
            fresh->finish_bulk().value();
            s.store.switch_to_begun().value();
            s.on = s.store.open_current().value();
        }
    }

    /// Checks so many pairs; between some of them the books change.
    void run(std::uint64_t pairs) {
        for (std::uint64_t done = 0; done < pairs;) {
            change(1 + below(30));
            for (const auto& user : log_.users()) {
                name_projects(user);
                for (int i = 0; i < 20 && done < pairs; ++i, ++done) check(user);
            }
        }
    }

    [[nodiscard]] const differential_counts& counts() const noexcept { return counts_; }

 private:
    struct side {
        std::string name;
        projector::view_store& store;
        std::shared_ptr<projector::view> on{};
    };
    using ids = std::vector<domain::task_id>;

    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
    bool one_in(std::size_t n) { return below(n) == 0; }

    void change(std::size_t events) {
        const auto batch = log_.next(events);
        model_.apply(batch);
        for (auto& s : stores_) s.on->writer().apply(batch).value();
    }

    void name_projects(const domain::user_id& user) {
        queries_.projects = {"no such project"};
        projects_ = model_.projects(user).value();
        for (const auto& each : projects_) queries_.projects.push_back(each.name);
    }

    static ids ids_of(const projector::task_page& page) {
        ids out;
        for (const auto& row : page.items) out.push_back(row.task->id);
        return out;
    }

    static std::string text_of(const ids& of) {
        std::string out;
        for (const auto& id : of) out += ' ' + id.text();
        return out;
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw found(fmt::format("{}\n  asked: {}\n  of: {}", what, asked_, user_.text()));
    }

    projector::task_page ask(projector::view_reader& reader, const domain::list_query& query,
                             const std::string& name) const {
        auto page = reader.list(user_, query);
        if (!page) fail(fmt::format("{} fails: {}", name, page.error().detail));
        return std::move(*page);
    }

    void compare(const projector::task_page& right, const projector::task_page& left,
                 const std::string& name) const {
        if (ids_of(left) != ids_of(right))
            fail(fmt::format("{} finds{}\n  the evaluator{}", name, text_of(ids_of(left)),
                             text_of(ids_of(right))));
        if (left.total_count != right.total_count || left.total_is_lower_bound != right.total_is_lower_bound)
            fail(fmt::format("{} counts {}, the evaluator {}", name, left.total_count, right.total_count));
        if (left.next_cursor != right.next_cursor) fail(name + " ends the page with another cursor");
    }

    /// The same from all three; the evaluator's.
    projector::task_page agreed(const domain::list_query& query) {
        auto right = ask(model_, query, "the evaluator");
        for (auto& s : stores_) compare(right, ask(s.on->reader(), query, s.name), s.name);
        ++counts_.pages;
        return right;
    }

    void check(const domain::user_id& user) {
        user_ = user;
        const auto parameters = any_parameters(log_, queries_, projects_);
        asked_.clear();
        for (const auto& [name, value] : parameters) asked_ += fmt::format(" {}={}", name, value);
        // The book's language changes; words of one language find what they find in texts of another.
        auto query = try_asked(parameters, one_in(2) ? "english" : "simple");
        if (!query) fail("does not parse: " + query.error().detail);
        ++counts_.pairs;
        if (query->page) {
            agreed(*query);
            return;
        }
        auto unpaged = *query;
        unpaged.limit = unpaged_limit;
        const auto all = ids_of(agreed(unpaged));
        if (!all.empty()) ++counts_.answered;
        if (one_in(10)) {
            page_while_tasks_change(*query);
        } else if (one_in(3)) {
            query->limit = std::max(query->limit, all.size() / pages_max + 1);
            ids paged;
            for (;;) {
                const auto page = agreed(*query);
                const auto some = ids_of(page);
                paged.insert(paged.end(), some.begin(), some.end());
                if (!page.next_cursor) break;
                domain::apply_cursor(*query, *page.next_cursor).value();
            }
            if (paged != all)
                fail(fmt::format("pages of {} say{}\n  all at once{}", query->limit, text_of(paged),
                                 text_of(all)));
        }
    }

    /// A task that stays as it is and is found all the while stands on exactly one page (PG1).
    void page_while_tasks_change(domain::list_query query) {
        auto unpaged = query;
        unpaged.limit = unpaged_limit;
        std::map<domain::task_id, std::string> untouched;
        const auto keep_untouched = [&](bool is_first) {
            std::map<domain::task_id, std::string> now;
            for (const auto& row : ask(model_, unpaged, "the evaluator").items)
                now.emplace(row.task->id, domain::encode_task(*row.task));
            if (is_first)
                untouched = std::move(now);
            else
                std::erase_if(untouched, [&](const auto& t) {
                    const auto at = now.find(t.first);
                    return at == now.end() || at->second != t.second;
                });
        };
        keep_untouched(true);
        query.limit = std::max<std::size_t>(1 + below(4), untouched.size() / pages_max + 1);
        std::map<domain::task_id, int> seen;
        for (int turn = 0;; ++turn) {
            const auto page = agreed(query);
            for (const auto& row : page.items) ++seen[row.task->id];
            if (!page.next_cursor) break;
            if (turn < 4) {
                change(1 + below(10));
                ++counts_.changes;
                keep_untouched(false);
            }
            domain::apply_cursor(query, *page.next_cursor).value();
        }
        for (const auto& [id, task] : untouched)
            if (seen[id] != 1)
                fail(fmt::format("while others change, {} is listed {} times", id.text(), seen[id]));
    }

    static constexpr std::size_t unpaged_limit = 1'000'000;
    static constexpr std::size_t pages_max = 20;

    std::mt19937_64 random_;
    bool is_large_;
    view_events log_;
    query_generator queries_;
    view_model model_;
    std::array<side, 2> stores_;
    std::vector<domain::project> projects_{};
    domain::user_id user_{};
    std::string asked_{};
    differential_counts counts_{};
};

}  // namespace daybook::tests
