// What full text search needs of a task beside its row: its comments, and the language in force when each
// text was written (settled 8). Folded from the same events as the rows.
#pragma once

#include "domain/errc.hpp"
#include "domain/text/document.hpp"
#include "projector/view.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::projector {

struct written_texts {
    std::string title_language{};
    std::string tags_language{};
    std::string description_language{};
    std::vector<domain::written_text> comments{};  ///< in the order of the log
    bool operator==(const written_texts&) const = default;
};

/// The language of a book that never said one.
[[nodiscard]] const std::string& first_language();

/// Carries texts through events in their order. `book_language`: the one in force before the first of them;
/// `texts`: those of a task before them, empty for a new one. Errors: those of the two.
[[nodiscard]] domain::result<void> fold_written_texts(
    std::span<const applied_event>,
    const std::function<domain::result<std::string>(const domain::user_id&)>& book_language,
    const std::function<domain::result<written_texts*>(const domain::user_id&, const domain::task_id&)>&
        texts);

/// The text of a `task.commented` record; none for any other record.
[[nodiscard]] std::optional<std::string> comment_in(std::string_view record);

[[nodiscard]] domain::text_document document_of(const domain::task&, const written_texts&);
/// The words of the document, by this thread's own analyser; none of a purged task.
[[nodiscard]] std::vector<domain::document_token> words_of(const domain::task&, const written_texts&);

/// An analyser for this thread alone.
[[nodiscard]] domain::text_analyser& analyser_of_thread();

}  // namespace daybook::projector
