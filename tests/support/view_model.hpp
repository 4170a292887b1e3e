// What views must answer, computed the plain way: every event kept, every read a loop over all rows.
#pragma once

#include "domain/alarm_list.hpp"
#include "domain/codec/task_json.hpp"
#include "domain/filter/evaluate.hpp"
#include "domain/fold.hpp"
#include "domain/limits.hpp"
#include "domain/text/trigram.hpp"
#include "projector/history_matcher.hpp"
#include "projector/tag_counter.hpp"
#include "projector/view_fold.hpp"
#include "projector/written_texts.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace daybook::tests {

class view_model final : public projector::view_reader, private projector::row_source {
 public:
    explicit view_model(std::int32_t partitions) : positions_(static_cast<std::size_t>(partitions)) {}

    void apply(const projector::view_batch& batch) {
        const auto language = [&](const domain::user_id& user) -> domain::result<std::string> {
            return books_[user].book ? books_[user].book->language : projector::first_language();
        };
        const auto texts = [&](const domain::user_id& user,
                               const domain::task_id& id) -> domain::result<projector::written_texts*> {
            return &books_[user].texts[id];
        };
        projector::fold_written_texts(batch.events, language, texts).value();
        auto changed = projector::fold_events(batch.events, *this).value();
        for (auto& t : changed.tasks) {
            books_[t.after->user].tasks[t.after->id] = t.after;
            books_[t.after->user].words.erase(t.after->id);
        }
        for (auto& b : changed.books) {
            books_[b.user].book = b;
            books_[b.user].partition = batch.partition;
        }
        for (auto& r : changed.projects) books_[r.user].projects[r.id] = r;
        for (auto& f : changed.filters) books_[f.user].filters[f.id] = f;
        for (const auto& e : batch.events) books_[e.event.user].events.push_back({e.offset, e.value});
        positions_[static_cast<std::size_t>(batch.partition)] = batch.after;
    }

    domain::result<std::optional<projector::task_row>> get(const domain::user_id& user,
                                                           const domain::task_id& id) override {
        const auto& tasks = books_[user].tasks;
        const auto at = tasks.find(id);
        if (at == tasks.end() || at->second->status == domain::status::purged)
            return std::optional<projector::task_row>();
        return std::optional(row_of(at->second));
    }

    domain::result<projector::task_page> list(const domain::user_id& user,
                                              const domain::list_query& query) override {
        std::vector<std::optional<domain::project_id>> projects;
        for (const auto& sent : query.where.projects) projects.push_back(resolve(user, sent));
        std::vector<std::pair<std::string, std::shared_ptr<const domain::task>>> found;
        std::int64_t total = 0;
        auto& book = books_[user];
        std::unordered_set<domain::task_id> parents;
        for (const auto& [id, task] : book.tasks)
            if (task->parent && task->status < domain::status::deleted) parents.insert(*task->parent);
        for (const auto& [id, task] : book.tasks) {
            const auto& words = words_of(book, *task);
            const bool blocked = row_of(task).around.blocked;
            const bool has_subtask = parents.contains(id);
            if (!domain::filter::matches(*task, query.where, {blocked, has_subtask, words, projects}))
                continue;
            ++total;
            auto key = domain::sort_key(*task, query.order, domain::filter::rank_of(query.where, words));
            if (query.after_key && std::pair(key, id) <= std::pair(*query.after_key, *query.after_id))
                continue;
            found.emplace_back(std::move(key), task);
        }
        std::ranges::sort(found, {}, [](const auto& f) { return std::pair(f.first, f.second->id); });
        projector::task_page page;
        page.total_count = std::min(total, domain::limits::total_count_max);
        page.total_is_lower_bound = total > domain::limits::total_count_max;
        const auto first = query.page ? static_cast<std::size_t>(*query.page - 1) * query.limit : 0;
        for (auto i = first; i < found.size() && i < first + query.limit; ++i)
            page.items.push_back(row_of(found[i].second));
        if (!page.items.empty() && first + query.limit < found.size()) {
            const auto& last = found[first + query.limit - 1];
            page.next_cursor = domain::encode_cursor(query, last.first, last.second->id);
        }
        return page;
    }

    domain::result<std::vector<std::string>> explain(const domain::user_id&,
                                                     const domain::list_query&) override {
        return std::vector<std::string>{"every task, one after the other"};
    }
    domain::result<std::vector<std::vector<std::string>>> alike(const domain::user_id& user,
                                                                std::span<const std::string> words) override {
        std::set<std::string> known;
        auto& book = books_[user];
        for (const auto& [id, task] : book.tasks)
            for (const auto& token : words_of(book, *task)) known.insert(token.word.surface);
        std::vector<std::vector<std::string>> out;
        for (const auto& word : words) {
            domain::alike_words best(word);
            for (const auto& one : known) best.offer(one, domain::trigram_set(one));
            out.push_back(best.best());
        }
        return out;
    }
    domain::result<domain::text_document> document(const domain::user_id& user,
                                                   const domain::task_id& id) override {
        auto& book = books_[user];
        const auto at = book.tasks.find(id);
        if (at == book.tasks.end() || at->second->status == domain::status::purged)
            return domain::text_document{};
        return projector::document_of(*at->second, book.texts[id]);
    }

    domain::result<void> each_with_alarms(const domain::user_id& user, std::uint8_t kinds,
                                          const std::function<void(const domain::task&)>& each) override {
        for (const auto& [id, task] : books_[user].tasks)
            if ((domain::alarm_kinds(*task) & kinds) != 0) each(*task);
        return {};
    }

    domain::result<std::vector<projector::history_entry>> history(
        const domain::user_id& user, const projector::history_query& query) override {
        std::vector<projector::history_entry> out;
        const projector::history_matcher matcher(query);
        const auto& book = books_[user];
        for (const auto& e : book.events) {
            std::optional<domain::task_id> task;
            if (e.offset <= query.after_offset || out.size() == query.limit ||
                !matcher.matches(e.value, task))
                continue;
            if (task && book.tasks.contains(*task) && book.tasks.at(*task)->status == domain::status::purged)
                continue;
            out.push_back(e);
        }
        return out;
    }

    domain::result<std::vector<projector::tag_count>> tags(const domain::user_id& user) override {
        projector::tag_counter counter;
        for (const auto& [id, task] : books_[user].tasks) counter.add(task->tags, task->status);
        return counter.counts();
    }
    domain::result<std::optional<domain::book_state>> book(const domain::user_id& user) override {
        return books_[user].book;
    }
    domain::result<std::vector<domain::project>> projects(const domain::user_id& user) override {
        std::vector<domain::project> out;
        for (const auto& [id, project] : books_[user].projects)
            if (!project.deleted) out.push_back(project);
        return out;
    }
    domain::result<std::vector<domain::saved_filter>> filters(const domain::user_id& user) override {
        std::vector<domain::saved_filter> out;
        for (const auto& [id, filter] : books_[user].filters)
            if (!filter.deleted) out.push_back(filter);
        return out;
    }
    domain::result<hashed_state> hash(std::int32_t partition) override {
        hashed_state out{{}, positions_[static_cast<std::size_t>(partition)]};
        for (const auto& [user, book] : books_) {
            if (!book.book || book.partition != partition) continue;
            out.hash.add('b', user.text(), {}, domain::encode_book(*book.book));
            for (const auto& [id, task] : book.tasks)
                out.hash.add('t', user.text(), id.text(), domain::encode_task(*task));
            for (const auto& [id, p] : book.projects)
                out.hash.add('p', user.text(), id.text(), domain::encode_project(p));
            for (const auto& [id, f] : book.filters)
                out.hash.add('f', user.text(), id.text(), domain::encode_filter(f));
            for (const auto& e : book.events)
                out.hash.add('e', user.text(), std::to_string(e.offset), e.value);
        }
        return out;
    }

    [[nodiscard]] std::vector<domain::task_id> task_ids(const domain::user_id& user) {
        std::vector<domain::task_id> out;
        for (const auto& [id, task] : books_[user].tasks) out.push_back(id);
        return out;
    }

 private:
    struct rows {
        std::int32_t partition = -1;
        std::optional<domain::book_state> book;
        std::map<domain::task_id, std::shared_ptr<const domain::task>> tasks;
        std::map<domain::task_id, projector::written_texts> texts;
        std::map<domain::task_id, std::vector<domain::document_token>> words;  ///< as they were needed
        std::map<domain::project_id, domain::project> projects;
        std::map<domain::filter_id, domain::saved_filter> filters;
        std::vector<projector::history_entry> events;
    };

    static const std::vector<domain::document_token>& words_of(rows& book, const domain::task& t) {
        const auto [place, is_new] = book.words.try_emplace(t.id);
        if (is_new) place->second = projector::words_of(t, book.texts[t.id]);
        return place->second;
    }

    projector::task_row row_of(const std::shared_ptr<const domain::task>& task) {
        auto& book = books_[task->user];
        projector::task_row row{task, {}};
        for (const auto& id : task->depends_on)
            if (book.tasks.contains(id) && domain::is_open(book.tasks[id]->status)) row.around.blocked = true;
        if (task->project && book.projects.contains(*task->project) && !book.projects[*task->project].deleted)
            row.around.project_name = book.projects[*task->project].name;
        return row;
    }

    std::optional<domain::project_id> resolve(const domain::user_id& user, const std::string& sent) {
        std::optional<domain::project_id> found;
        for (const auto& [id, project] : books_[user].projects) {
            if (project.deleted) continue;
            if (domain::project_id::parse(sent) == id) return id;
            if (!found && domain::fold_text(project.name) == domain::fold_text(sent)) found = id;
        }
        return found;
    }

    domain::result<std::shared_ptr<const domain::task>> task(const domain::user_id& user,
                                                             const domain::task_id& id) override {
        const auto& tasks = books_[user].tasks;
        const auto at = tasks.find(id);
        return at == tasks.end() ? std::shared_ptr<const domain::task>() : at->second;
    }
    domain::result<std::optional<domain::project>> project(const domain::user_id& user,
                                                           const domain::project_id& id) override {
        const auto& projects = books_[user].projects;
        const auto at = projects.find(id);
        return at == projects.end() ? std::optional<domain::project>() : std::optional(at->second);
    }

    domain::result<std::optional<domain::saved_filter>> filter(const domain::user_id& user,
                                                               const domain::filter_id& id) override {
        const auto& filters = books_[user].filters;
        const auto at = filters.find(id);
        return at == filters.end() ? std::optional<domain::saved_filter>() : std::optional(at->second);
    }

    std::map<domain::user_id, rows> books_;
    std::vector<eventlog::fold_checkpoint> positions_;
};

}  // namespace daybook::tests
