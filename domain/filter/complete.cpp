#include "domain/filter/complete.hpp"

#include "domain/filter/fields.hpp"
#include "domain/filter/lexer.hpp"
#include "domain/filter/limits.hpp"
#include "domain/fold.hpp"
#include "domain/utf8.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace daybook::domain::filter {
namespace {

using kind = candidate_kind;

constexpr auto kinds =
    std::to_array<std::string_view>({"field", "value", "comparator", "tag", "project", "word"});
static_assert(kinds.size() == static_cast<std::size_t>(kind::word) + 1);

/// What has been typed of the term at the cursor.
struct typed {
    std::string run{};       ///< from the last space, parenthesis or leading minus up to the cursor
    std::int64_t from = 1;   ///< its column
    bool in_quotes = false;  ///< the cursor stands in a quoted text
    std::string quote{};     ///< that text so far
};

constexpr bool breaks(char32_t c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '(' || c == ')' || c == 0x3000;
}

std::optional<typed> typed_before(std::string_view text, std::int64_t column) {
    typed out;
    std::int64_t at = 1;
    for (auto rest = text; at < column; ++at) {
        if (rest.empty()) return std::nullopt;
        const auto before = rest;
        const auto c = take_code_point(rest);
        if (!c) return std::nullopt;
        const auto bytes = before.substr(0, before.size() - rest.size());
        if (out.in_quotes) {
            if (*c == '\\' && at + 1 < column && !rest.empty()) {
                out.quote += rest.front();
                rest.remove_prefix(1);
                ++at;
            } else if (*c == '"') {
                out.in_quotes = false;
                out.run.clear();
                out.from = at + 1;
            } else {
                out.quote += bytes;
            }
        } else if (*c == '"') {
            out.in_quotes = true;
            out.quote.clear();
        } else if (breaks(*c) || (*c == '-' && out.run.empty())) {
            out.run.clear();
            out.from = at + 1;
        } else {
            out.run += bytes;
        }
    }
    return out;
}

class completer {
 public:
    completer(typed so_far, std::int64_t column, const known_names& names)
        : typed_(std::move(so_far)), column_(column), names_(names) {}

    std::vector<candidate> all() {
        const auto colon = typed_.run.find(':');
        if (typed_.run.starts_with('#') && !typed_.in_quotes) {
            tags(typed_.run, typed_.from);
        } else if (colon != std::string::npos) {
            if (const auto* row = find_field(std::string_view(typed_.run).substr(0, colon)))
                values(*row, colon);
        } else if (!typed_.in_quotes) {
            terms();
        }
        return std::move(out_);
    }

 private:
    void offer(kind k, std::string text, std::string_view help, std::int64_t from) {
        if (out_.size() < limits::candidates_max)
            out_.push_back({k, std::move(text), std::string(help), {from, column_}});
    }

    void offer_like(kind k, std::string_view text, std::string_view help, std::string_view start,
                    std::int64_t from) {
        if (text.starts_with(start) && text != start) offer(k, std::string(text), help, from);
    }

    void tags(std::string_view start, std::int64_t from) {
        const auto folded = fold_text(start.starts_with('#') ? start : "#" + std::string(start));
        for (const auto& tag : names_.tags)
            if (fold_text(tag).starts_with(folded)) offer(kind::tag, tag, {}, from);
    }

    void projects(std::string_view start, std::int64_t from) {
        const auto folded = fold_text(start);
        for (const auto& name : names_.projects)
            if (fold_text(name).starts_with(folded))
                offer(kind::project, can_stand_bare(name) && name != "none" ? name : quoted(name), {}, from);
    }

    void terms() {
        const auto start = fold_text(typed_.run);
        for (const auto& row : field_table())
            offer_like(kind::field, std::string(row.name) + ":", row.help, start, typed_.from);
        for (const std::string_view level : {"p1", "p2", "p3", "p4"})
            if (!start.empty()) offer_like(kind::value, level, "priority", start, typed_.from);
        for (const std::string_view word : {"AND", "OR", "NOT"})
            if (!typed_.run.empty()) offer_like(kind::word, word, {}, typed_.run, typed_.from);
    }

    void values(const field_row& row, std::size_t colon) {
        std::string_view rest = std::string_view(typed_.run).substr(colon + 1);
        const auto before = rest.size();
        static_cast<void>(take_comparator(rest));
        const bool compared = rest.size() != before;
        const auto from = typed_.from + static_cast<std::int64_t>(colon + 1 + before - rest.size());
        const std::string_view start = typed_.in_quotes ? std::string_view(typed_.quote) : rest;
        if (row.takes == value_kind::name || row.takes == value_kind::tag) {
            if (row.field == field::project) projects(start, from);
            if (row.field == field::tag && !typed_.in_quotes) tags(start, from);
        }
        if (typed_.in_quotes) return;
        for (const auto value : literals(row)) offer_like(kind::value, value, {}, start, from);
        if (row.can_be_empty) offer_like(kind::value, "none", "nothing stands there", start, from);
        if (row.takes == value_kind::sort) sort_keys(rest, from);
        if (compared || !rest.empty() || row.takes == value_kind::sort) return;
        offer(kind::comparator, "!=", "anything else, also nothing", from);
        if (!row.ordered) return;
        for (const std::string_view how : {"<", "<=", ">", ">="})
            offer(kind::comparator, std::string(how), {}, from);
    }

    static std::vector<std::string_view> literals(const field_row& row) {
        switch (row.takes) {
            case value_kind::trait: return trait_names(row.field);
            case value_kind::priority: return {"P1", "P2", "P3", "P4"};
            case value_kind::status:
                return {"open", "in_progress", "completed", "cancelled", "skipped", "deleted"};
            case value_kind::date: return {"today", "tomorrow", "yesterday", "eow", "eom", "+7d", "-7d"};
            default: return {};
        }
    }

    void sort_keys(std::string_view keys, std::int64_t from) {
        const auto comma = keys.rfind(',');
        const auto done = comma == std::string_view::npos ? 0 : comma + 1;
        for (std::size_t i = 0; i < sort_field_count; ++i)
            offer_like(kind::value, domain::to_text(static_cast<sort_field>(i)), {}, keys.substr(done),
                       from + static_cast<std::int64_t>(done));
    }

    typed typed_;
    std::int64_t column_;
    const known_names& names_;
    std::vector<candidate> out_;
};

}  // namespace

std::string_view to_text(candidate_kind k) noexcept { return kinds[static_cast<std::size_t>(k)]; }

std::vector<candidate> complete(std::string_view text, std::int64_t column, const known_names& names) {
    auto so_far = typed_before(text, column);
    if (!so_far) return {};
    return completer(std::move(*so_far), column, names).all();
}

}  // namespace daybook::domain::filter
