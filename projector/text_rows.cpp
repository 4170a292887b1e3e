#include "projector/text_rows.hpp"

#include "platform/rocks/key.hpp"
#include "projector/posting_block.hpp"

#include <fmt/format.h>

namespace daybook::projector {
namespace {

constexpr char task_kind = 't';
constexpr char ordinal_kind = 'n';
constexpr char book_kind = 'b';
constexpr char stem_kind = 's';
constexpr char posting_kind = 'p';

std::string begin(char kind, std::string_view user) {
    std::string row(1, kind);
    platform::rocks::append_text(row, user);
    return row;
}

}  // namespace

std::string text_row::of_task(std::string_view user, const domain::task_id& task) {
    return begin(task_kind, user) + task.text();
}

std::string text_row::of_ordinal(std::string_view user, std::uint32_t ordinal) {
    return begin(ordinal_kind, user) + std::to_string(ordinal);
}

std::string text_row::of_book(std::string_view user) { return begin(book_kind, user); }

std::string text_row::of_stem(std::string_view user, std::string_view mapping) {
    return begin(stem_kind, user).append(mapping);
}

std::string text_row::of_posting(std::string_view user, std::string_view term, std::uint32_t ordinal) {
    return begin(posting_kind, user).append(term) + std::to_string(ordinal);
}

std::string text_row::in_words(std::string_view row) {
    if (row.empty()) return "a row without a name";
    const char kind = row.front();
    row.remove_prefix(1);
    const auto user = platform::rocks::take_text(row).value_or(std::string_view{});
    switch (kind) {
        case task_kind: return fmt::format("the text row of task {} of user {}", row, user);
        case ordinal_kind: return fmt::format("the number {} of user {}", row, user);
        case book_kind: return fmt::format("the number of texts of user {}", user);
        case stem_kind: {
            const auto stem = platform::rocks::take_text(row).value_or(std::string_view{});
            return fmt::format("the word '{}' under its stem '{}' of user {}", row, stem, user);
        }
        default: {
            const auto term = take_term(row);
            return fmt::format("the word '{}' of task number {} of user {}", term ? term->surface : "?", row,
                               user);
        }
    }
}

}  // namespace daybook::projector
