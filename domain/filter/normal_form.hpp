// A query bound to a moment, as stores and the evaluator read it: negation only at the tests, dates as
// instants, words as the analyser's tokens, `is:` and `has:` taken apart.
#pragma once

#include "domain/filter/ast.hpp"
#include "domain/filter/dates.hpp"
#include "domain/text/document.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace daybook::domain::filter {

enum class instant_field : std::uint8_t { due, start, created, updated, completed };

/// There is one, at or after `from` and before `until`.
struct instant_within {
    instant_field field = instant_field::due;
    std::optional<instant> from{};
    std::optional<instant> until{};
    bool operator==(const instant_within&) const = default;
};
/// Nothing stands in the field: tag, project, assignee, series, due, start or completed.
struct is_empty {
    filter::field field = field::due;
    bool operator==(const is_empty&) const = default;
};
/// The due date is a day, not a time of day.
struct due_all_day {
    bool operator==(const due_all_day&) const = default;
};
/// Bit n: the status or priority with number n.
struct status_among {
    std::uint8_t mask = 0;
    bool operator==(const status_among&) const = default;
};
struct priority_among {
    std::uint8_t mask = 0;
    bool operator==(const priority_among&) const = default;
};
/// `index` into normal_form::tags.
struct has_tag {
    std::size_t index = 0;
    bool operator==(const has_tag&) const = default;
};
/// `index` into normal_form::projects.
struct in_project {
    std::size_t index = 0;
    bool operator==(const in_project&) const = default;
};
struct assigned_to {
    std::string folded{};
    bool operator==(const assigned_to&) const = default;
};
struct of_series {
    uuid id{};
    bool operator==(const of_series&) const = default;
};
struct has_id {
    uuid id{};
    bool operator==(const has_id&) const = default;
};
/// What only some stores can say without the task: reminder, recurrence, subtask, comment, blocked,
/// recurring.
struct has_trait {
    trait which = trait::has_reminder;
    bool operator==(const has_trait&) const = default;
};
/// `index` into normal_form::texts.
struct holds_text {
    std::size_t index = 0;
    bool operator==(const holds_text&) const = default;
};

using condition = std::variant<instant_within, is_empty, due_all_day, status_among, priority_among, has_tag,
                               in_project, assigned_to, of_series, has_id, has_trait, holds_text>;

enum class clause_kind : std::uint8_t { every, any, test };

struct clause {
    clause_kind kind = clause_kind::every;  ///< no parts: every holds always, any never
    std::vector<clause> parts{};            ///< of every and any; never one of the same kind
    condition test{};
    bool negated = false;  ///< of a test; holds for empty fields then (S2a)
    bool operator==(const clause&) const = default;
};

enum class text_ending : std::uint8_t { whole, prefix, either };

/// Consecutive words of one text, by stem; a single word by its folded form or its stem (S2).
struct text_match {
    struct word {
        std::string surface{};
        std::string stem{};
        bool operator==(const word&) const = default;
    };
    std::vector<word> words{};              ///< at least one
    text_ending last = text_ending::whole;  ///< prefix: the last word only begins with its surface
    std::vector<std::string> alike{};  ///< of a single word: surfaces that count as well (fuzzy), ascending
    std::uint8_t fields = 0;           ///< bit n: text_field n
    bool positive = false;             ///< counts for the rank (S3)
    span at{};
    bool operator==(const text_match&) const = default;

    [[nodiscard]] bool covers(text_field f) const noexcept {
        return ((fields >> static_cast<unsigned>(f)) & 1U) != 0;
    }
};

/// All but deleted and purged, all but purged.
inline constexpr std::uint8_t listed_statuses = 0b1'1111;
inline constexpr std::uint8_t kept_statuses = 0b11'1111;

struct normal_form {
    clause where{clause_kind::test, {}, status_among{listed_statuses}, false};
    std::vector<std::string> tags{};      ///< folded, each once
    std::vector<std::string> projects{};  ///< id or name as written, each once; the store resolves them
    std::vector<text_match> texts{};
    bool operator==(const normal_form&) const = default;
};

/// Words of the query in the analyser's hands.
struct query_language {
    text_analyser& analyser;
    std::string language{"simple"};
};

/// Purged tasks never match, deleted ones only where a `status:` names deleted (settled 25a). Errors:
/// query.bad_value for text without a word in it.
[[nodiscard]] result<normal_form> normalise(const query&, const query_context&, const query_language&);

}  // namespace daybook::domain::filter
