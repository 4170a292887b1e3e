#include "domain/filter/lexer.hpp"

#include "domain/filter/fields.hpp"
#include "domain/limits.hpp"
#include "domain/utf8.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace daybook::domain::filter {
namespace {

constexpr std::string_view expected_term = "term";

constexpr bool is_space(char32_t c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0xa0 || (c >= 0x2000 && c <= 0x200a) ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

constexpr bool ends_run(char32_t c) { return is_space(c) || c == '(' || c == ')' || c == '"'; }

bool is_name(std::string_view text) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !text.empty() && letter(text.front()) &&
           std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::int64_t length_of(std::string_view text) {
    return static_cast<std::int64_t>(count_code_points(text).value_or(text.size()));
}

/// The text with the column of what comes next. Precondition: well-formed UTF-8.
class source {
 public:
    explicit source(std::string_view text) : rest_(text) {}
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] std::int64_t column() const { return column_; }
    [[nodiscard]] char32_t peek() const {
        auto copy = rest_;
        return *take_code_point(copy);
    }
    char32_t take() {
        ++column_;
        return *take_code_point(rest_);
    }
    void skip_spaces() {
        while (!at_end() && is_space(peek())) take();
    }
    /// Everything up to a space, quote or parenthesis.
    std::string_view run() {
        const auto before = rest_;
        while (!at_end() && !ends_run(peek())) take();
        return before.substr(0, before.size() - rest_.size());
    }
    /// A quoted text without quotes and escapes. Precondition: the next one is a quote.
    result<std::string> phrase() {
        const span opening{column_, column_ + 1};
        take();
        std::string out;
        while (!at_end()) {
            const auto before = rest_;
            const auto c = take();
            if (c == '"') return out;
            if (c == '\\' && !at_end() && (peek() == '"' || peek() == '\\')) {
                out += static_cast<char>(take());
                continue;
            }
            out += before.substr(0, before.size() - rest_.size());
        }
        return query_problem(errc::query_syntax, "This quote is never closed", opening,
                             "Close it, or write \\\" inside quotes.", {"\""});
    }

 private:
    std::string_view rest_;
    std::int64_t column_ = 1;
};

result<void> check_characters(std::string_view text) {
    std::int64_t column = 1;
    for (auto rest = text; !rest.empty(); ++column) {
        const auto c = take_code_point(rest);
        if (!c) return query_problem(errc::query_syntax, "The query is not UTF-8", {column, column + 1});
        if (is_control(*c) && !is_space(*c))
            return query_problem(errc::query_syntax, "A control character", {column, column + 1});
        if (column > static_cast<std::int64_t>(limits::query_length_max))
            return query_problem(errc::query_too_long,
                                 fmt::format("A query has at most {} characters", limits::query_length_max),
                                 {column, column + 1}, "Narrow it, or put it into several queries.");
    }
    return {};
}

/// `name:[op]value`; the colon was found at `colon` of the run, which began at `from`.
result<token> read_comparison(source& in, std::string_view run, std::size_t colon, std::int64_t from) {
    token out{.kind = token_kind::comparison};
    out.name = std::string(run.substr(0, colon));
    auto value = run.substr(colon + 1);
    const auto behind_colon = from + static_cast<std::int64_t>(colon) + 1;
    const auto with_comparator = value.size();
    out.how = take_comparator(value);
    const auto value_from = behind_colon + static_cast<std::int64_t>(with_comparator - value.size());
    if (value.empty() && !in.at_end() && in.peek() == '"') {
        auto text = in.phrase();
        if (!text) return text.error();
        out.text = std::move(*text);
        out.quoted = true;
    } else {
        out.text = std::string(value);
    }
    out.name_at = {from, from + static_cast<std::int64_t>(colon)};
    out.value_at = {value_from, in.column()};
    out.at = {from, in.column()};
    return out;
}

result<token> read_run(source& in) {
    const auto from = in.column();
    const auto run = in.run();
    token out{.kind = token_kind::word, .text = std::string(run), .at = {from, in.column()}};
    if (run == "AND")
        out.kind = token_kind::word_and;
    else if (run == "OR")
        out.kind = token_kind::word_or;
    else if (run == "NOT")
        out.kind = token_kind::word_not;
    else if (run.front() == '#')
        out.kind = token_kind::tag;
    if (out.kind != token_kind::word) return out;
    if (const auto colon = run.find(':'); colon != std::string_view::npos && is_name(run.substr(0, colon)))
        return read_comparison(in, run, colon, from);
    const auto star = run.find('*');
    if (star == std::string_view::npos) return out;
    const auto column = from + length_of(run.substr(0, star));
    if (star + 1 != run.size() || star == 0)
        return query_problem(errc::query_syntax, "A star stands only at the end of a word",
                             {column, column + 1},
                             "Write the beginning of a word and one star, or put the text in quotes.");
    out.kind = token_kind::prefix;
    out.text.pop_back();
    return out;
}

result<token> read_token(source& in) {
    const auto from = in.column();
    const auto c = in.peek();
    const auto one = [&](token_kind kind) {
        in.take();
        return token{.kind = kind, .at = {from, in.column()}};
    };
    if (c == '(') return one(token_kind::open);
    if (c == ')') return one(token_kind::close);
    if (c == '-') {
        const auto minus = one(token_kind::minus);
        if (in.at_end() || is_space(in.peek()))
            return query_problem(errc::query_syntax, "expected term right behind -",
                                 {in.column(), in.column() + 1},
                                 "Put a dash that is meant as text in quotes.", {expected_term});
        return minus;
    }
    if (c != '"') return read_run(in);
    auto text = in.phrase();
    if (!text) return text.error();
    return token{.kind = token_kind::phrase, .text = std::move(*text), .at = {from, in.column()}};
}

}  // namespace

problem query_problem(errc code, std::string detail, span at, std::string hint,
                      std::vector<std::string_view> expected) {
    auto out = make_problem(code, std::move(detail), "q", std::move(hint));
    if (at.from > 0) out.column = at.from;
    if (!expected.empty()) {
        boost::json::array names;
        for (const auto name : expected) names.emplace_back(name);
        out.extra["expected"] = std::move(names);
    }
    return out;
}

result<std::vector<token>> read_tokens(std::string_view text) {
    if (auto checked = check_characters(text); !checked) return checked.error();
    std::vector<token> out;
    source in(text);
    for (in.skip_spaces(); !in.at_end(); in.skip_spaces()) {
        auto next = read_token(in);
        if (!next) return next.error();
        out.push_back(std::move(*next));
    }
    out.push_back(token{.kind = token_kind::end, .at = {in.column(), in.column()}});
    return out;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

bool can_stand_bare(std::string_view text) {
    if (text.empty()) return false;
    while (!text.empty()) {
        const auto c = take_code_point(text);
        if (!c || ends_run(*c)) return false;
    }
    return true;
}

}  // namespace daybook::domain::filter
