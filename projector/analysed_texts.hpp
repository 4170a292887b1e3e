// The words of tasks analysed as they are asked for: right for any query, slow for many tasks.
#pragma once

#include "domain/filter/normal_form.hpp"
#include "projector/list_selector.hpp"
#include "projector/rocks_rows.hpp"
#include "projector/written_texts.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace daybook::projector {

/// Lifetime: within that of the query and the rows. Threads: one.
class analysed_texts final : public text_answers {
 public:
    analysed_texts(const domain::user_id&, const domain::filter::normal_form&, rocks_rows&);
    [[nodiscard]] domain::result<std::int64_t> weight(std::size_t index, const domain::task_id&) override;
    /// Empty for an unknown or purged task.
    [[nodiscard]] domain::result<domain::text_document> document(const domain::task_id&);

 private:
    [[nodiscard]] domain::result<void> know_languages();
    [[nodiscard]] domain::result<written_texts> texts(const domain::task_id&);

    const domain::user_id& user_;
    const domain::filter::normal_form& query_;
    rocks_rows& rows_;
    /// From an offset on the book had this language; the first one from the beginning. Empty until it was
    /// needed.
    std::vector<std::pair<std::int64_t, std::string>> languages_;
    std::optional<domain::task_id> of_{};  ///< whose words stand in words_
    std::vector<domain::document_token> words_;
};

}  // namespace daybook::projector
