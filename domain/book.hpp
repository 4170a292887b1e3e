// A book: all tasks of one user. `book_reader` is what decide may look at; `folded_book` is the complete fold
// in memory.
#pragma once

#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/schedule.hpp"
#include "domain/task.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace daybook::domain {

/// Everything about a book that is not a task. Folded from book.configured and the envelopes of all events.
struct book_state {
    user_id user{};
    std::string zone{"UTC"};
    std::string all_day_time{"09:00"};
    std::string week_start{"monday"};
    std::string language{"simple"};
    bool tags_strict = false;
    bool series_continue = true;        ///< a series that ends by depth goes on as a new one (settled 10)
    std::int64_t version = 0;           ///< of book.configured
    std::int64_t events = 0;            ///< of any type
    bool imported_only = true;          ///< every event so far says source import (settled 7)
    std::vector<schedule> schedules{};  ///< in the order they came; few, so they stand with the book
    instant last_timestamp{};           ///< events of the book never go back behind it
    bool operator==(const book_state&) const = default;
};

struct project {
    project_id id{};
    user_id user{};
    std::string name{};
    std::int64_t version = 0;
    bool deleted = false;
    bool operator==(const project&) const = default;
};

/// A query of the language of S1 under a name (semantics §0).
struct saved_filter {
    filter_id id{};
    user_id user{};
    std::string name{};
    std::string query{};  ///< as its author wrote it: dates stay relative
    std::int64_t version = 0;
    bool deleted = false;
    bool operator==(const saved_filter&) const = default;
};

/// What the occurrences of a recurring task share (R1, R2). Its events have their subject in `data` (settled
/// 5).
struct series {
    series_id id{};
    user_id user{};
    std::int64_t version = 0;
    domain::recurrence recurrence{};         ///< the rule canonical
    std::string dtstart{};                   ///< canonical text of the date that the rule is anchored at (R2)
    std::vector<std::string> exdates{};      ///< nominal dates taken out (R9), the newest exdates_max
    std::optional<series_id> predecessor{};  ///< the series that this one goes on (R7, settled 10)
    std::string ended{};                     ///< the reason; empty while it goes on
    bool operator==(const series&) const = default;
};

/// Read access to one book's folded state, including what was decided but not yet acknowledged.
/// Threads: one. Lifetime: what find returns lives until the next change of the state behind it; the shared
/// pointer keeps it alive beyond that.
class book_reader {
 public:
    virtual ~book_reader() = default;
    [[nodiscard]] virtual const book_state& book() const = 0;
    [[nodiscard]] virtual std::shared_ptr<const task> find(const task_id&) const = 0;
    /// Ids of all tasks whose parent is this one, deleted ones included, in the order they came.
    [[nodiscard]] virtual std::vector<task_id> children(const task_id&) const = 0;
    /// Ids of all tasks that name this one in depends_on.
    [[nodiscard]] virtual std::vector<task_id> dependents(const task_id&) const = 0;
    [[nodiscard]] virtual std::optional<project> find_project(const project_id&) const = 0;
    [[nodiscard]] virtual std::optional<series> find_series(const series_id&) const = 0;
    /// Ids of all tasks whose recurrence_parent is this one, in the order they came.
    [[nodiscard]] virtual std::vector<task_id> occurrences_after(const task_id&) const = 0;
    /// Names are compared as they are (NFC); deleted projects are not found by name.
    [[nodiscard]] virtual std::optional<project_id> project_named(std::string_view name) const = 0;
    [[nodiscard]] virtual std::optional<saved_filter> find_filter(const filter_id&) const = 0;
    /// As project_named.
    [[nodiscard]] virtual std::optional<filter_id> filter_named(std::string_view name) const = 0;
    /// Of those that are not deleted.
    [[nodiscard]] virtual std::size_t filter_count() const = 0;
    /// Every task of the book in any order. Reads all of it: only for configure_book.
    virtual void for_each_task(const std::function<void(const std::shared_ptr<const task>&)>&) const = 0;
};

/// The complete fold of one book in memory: tests, verify, import checks, as-of answers.
class folded_book final : public book_reader {
 public:
    explicit folded_book(user_id);
    /// Applies the next event of the book. Precondition: the event is of this user and in order.
    void apply(const event&);
    [[nodiscard]] const book_state& book() const override { return state_; }
    [[nodiscard]] std::shared_ptr<const task> find(const task_id&) const override;
    [[nodiscard]] std::vector<task_id> children(const task_id&) const override;
    [[nodiscard]] std::vector<task_id> dependents(const task_id&) const override;
    [[nodiscard]] std::optional<project> find_project(const project_id&) const override;
    [[nodiscard]] std::optional<project_id> project_named(std::string_view) const override;
    [[nodiscard]] std::optional<series> find_series(const series_id&) const override;
    [[nodiscard]] std::vector<task_id> occurrences_after(const task_id&) const override;
    [[nodiscard]] std::optional<saved_filter> find_filter(const filter_id&) const override;
    [[nodiscard]] std::optional<filter_id> filter_named(std::string_view) const override;
    [[nodiscard]] std::size_t filter_count() const override;
    void for_each_task(const std::function<void(const std::shared_ptr<const task>&)>&) const override;
    [[nodiscard]] const std::unordered_map<task_id, std::shared_ptr<const task>>& tasks() const {
        return tasks_;
    }

 private:
    book_state state_;
    std::unordered_map<task_id, std::shared_ptr<const task>> tasks_;
    std::unordered_map<task_id, std::vector<task_id>> children_;
    std::unordered_map<task_id, std::vector<task_id>> dependents_;
    std::unordered_map<task_id, std::vector<task_id>> occurrences_;
    std::unordered_map<project_id, project> projects_;
    std::unordered_map<series_id, series> series_;
    std::unordered_map<filter_id, saved_filter> filters_;
};

}  // namespace daybook::domain
