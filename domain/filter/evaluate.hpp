// What a query means: whether a task is an answer, and its rank. Both stores are tested against this.
#pragma once

#include "domain/filter/normal_form.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <type_traits>
#include <variant>

namespace daybook::domain::filter {

/// The field of most weight that holds the words, as its weight; 0: none does. `words` in the order of
/// positions.
[[nodiscard]] std::int64_t weight_of(const text_match&, std::span<const document_token> words);

/// The words that hold, for highlights: indexes into `words`.
[[nodiscard]] std::vector<std::size_t> places_of(const text_match&, std::span<const document_token> words);

/// A task with everything that a query may ask about it.
class task_subject {
 public:
    struct surroundings {
        bool blocked = false;      ///< a depends_on target is open
        bool has_subtask = false;  ///< a child that is not deleted or purged
        std::span<const document_token> words{};
        std::span<const std::optional<project_id>>
            projects{};  ///< those of the query, resolved; none: unknown
    };
    task_subject(const task& t, const normal_form& query, const surroundings& around)
        : task_(t), query_(query), around_(around) {}

    [[nodiscard]] domain::status status() const { return task_.status; }
    [[nodiscard]] domain::priority priority() const { return task_.priority; }
    [[nodiscard]] std::optional<instant> at(instant_field) const;
    [[nodiscard]] bool due_is_all_day() const;
    [[nodiscard]] bool is_empty(field) const;
    [[nodiscard]] bool has_tag(std::size_t index) const;
    [[nodiscard]] bool in_project(std::size_t index) const;
    [[nodiscard]] bool assigned_to(std::string_view folded) const;
    [[nodiscard]] bool of_series(const uuid&) const;
    [[nodiscard]] const uuid& id() const { return task_.id.value(); }
    [[nodiscard]] bool has(trait) const;
    [[nodiscard]] bool holds_text(std::size_t index) const {
        return filter::weight_of(query_.texts[index], around_.words) > 0;
    }

 private:
    const task& task_;
    const normal_form& query_;
    const surroundings& around_;
};

/// A reminder that still fires: scheduled or snoozed.
[[nodiscard]] bool has_live_reminder(const task&);
/// All-day due dates are written without a time.
[[nodiscard]] bool is_all_day(const std::optional<task_date>&);

/// Subject: what task_subject has; stores may say the same of their own rows.
template <class Subject>
bool holds(const condition& t, const Subject& s) {
    return std::visit(
        [&]<class Test>(const Test& asked) -> bool {
            const auto in_mask = [](std::uint8_t mask, auto value) {
                return ((mask >> static_cast<unsigned>(value)) & 1U) != 0;
            };
            if constexpr (std::is_same_v<Test, instant_within>) {
                const auto at = s.at(asked.field);
                return at && (!asked.from || *at >= *asked.from) && (!asked.until || *at < *asked.until);
            } else if constexpr (std::is_same_v<Test, is_empty>) {
                return s.is_empty(asked.field);
            } else if constexpr (std::is_same_v<Test, due_all_day>) {
                return s.due_is_all_day();
            } else if constexpr (std::is_same_v<Test, status_among>) {
                return in_mask(asked.mask, s.status());
            } else if constexpr (std::is_same_v<Test, priority_among>) {
                return in_mask(asked.mask, s.priority());
            } else if constexpr (std::is_same_v<Test, has_tag>) {
                return s.has_tag(asked.index);
            } else if constexpr (std::is_same_v<Test, in_project>) {
                return s.in_project(asked.index);
            } else if constexpr (std::is_same_v<Test, assigned_to>) {
                return s.assigned_to(asked.folded);
            } else if constexpr (std::is_same_v<Test, of_series>) {
                return s.of_series(asked.id);
            } else if constexpr (std::is_same_v<Test, has_id>) {
                return s.id() == asked.id;
            } else if constexpr (std::is_same_v<Test, has_trait>) {
                return s.has(asked.which);
            } else {
                return s.holds_text(asked.index);
            }
        },
        t);
}

template <class Subject>
bool holds(const clause& c, const Subject& s) {
    if (c.kind == clause_kind::test) return holds(c.test, s) != c.negated;
    const auto part_holds = [&](const clause& part) { return holds(part, s); };
    return c.kind == clause_kind::every ? std::ranges::all_of(c.parts, part_holds)
                                        : std::ranges::any_of(c.parts, part_holds);
}

[[nodiscard]] bool matches(const task&, const normal_form&, const task_subject::surroundings&);

/// S3: for each positive term the weight of its best field, summed.
[[nodiscard]] std::int64_t rank_of(const normal_form&, std::span<const document_token> words);

}  // namespace daybook::domain::filter
