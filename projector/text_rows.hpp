// What a full text index holds, row by row, however a store keeps it: verify compares these rows.
#pragma once

#include "domain/ids.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace daybook::projector {

/// Row -> its bytes. Rows of different kinds and books never share a name.
using text_rows = std::map<std::string, std::string>;

/// The kind under which they are hashed (state_hash::add, without a user: the row names it).
inline constexpr char text_row_kind = 'w';

/// Names of rows: kind, user, zero byte, and what the kind needs.
struct text_row {
    /// Bytes: encode_texts.
    [[nodiscard]] static std::string of_task(std::string_view user, const domain::task_id& task);
    /// Bytes: the task's id.
    [[nodiscard]] static std::string of_ordinal(std::string_view user, std::uint32_t ordinal);
    /// Bytes: how many ordinals the book has given out, as a varint.
    [[nodiscard]] static std::string of_book(std::string_view user);
    /// `mapping`: stem, zero byte, surface. Empty.
    [[nodiscard]] static std::string of_stem(std::string_view user, std::string_view mapping);
    /// Bytes: fields and positions (posting_block.hpp).
    [[nodiscard]] static std::string of_posting(std::string_view user, std::string_view term,
                                                std::uint32_t ordinal);
    /// In words, for people: "the word 'backup' of task 7".
    [[nodiscard]] static std::string in_words(std::string_view row);
};

}  // namespace daybook::projector
