// What full text search must remember of a task beside its row: its number in the book, the language that
// each text was written in (settled 8) and where its comments stand. One fold for incremental writes, bulk
// loads and verify.
#pragma once

#include "domain/errc.hpp"
#include "domain/event.hpp"
#include "domain/task.hpp"
#include "domain/text/document.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace daybook::projector {

struct comment_place {
    std::int64_t offset = 0;  ///< of its event
    std::string language{};
    bool operator==(const comment_place&) const = default;
};

struct task_texts {
    std::uint32_t ordinal = 0;  ///< of the task in its book, from 0 in the order of their first events
    std::string title_language{};
    std::string tags_language{};
    std::string description_language{};
    std::vector<comment_place> comments{};
    bool operator==(const task_texts&) const = default;
};

[[nodiscard]] std::string encode_texts(const task_texts&);
/// Errors: view_stopped.
[[nodiscard]] domain::result<task_texts> decode_texts(std::string_view stored);

/// The ordinal alone. Errors: view_stopped.
[[nodiscard]] domain::result<std::uint32_t> ordinal_in(std::string_view stored);

/// What a store holds already. Errors: those of the store; they end the fold.
class text_source {
 public:
    virtual ~text_source() = default;
    [[nodiscard]] virtual domain::result<std::optional<task_texts>> texts(const domain::user_id&,
                                                                          const domain::task_id&) = 0;
    /// How many ordinals the book has given out.
    [[nodiscard]] virtual domain::result<std::uint32_t> ordinals(const domain::user_id&) = 0;
};

/// Threads: one.
class text_fold {
 public:
    struct changed {
        std::optional<task_texts> before{};  ///< as the source has it
        task_texts after{};
    };
    struct book {
        std::uint32_t ordinals = 0;
        std::unordered_map<domain::task_id, changed> tasks{};
    };

    /// `source` may be null: nothing is stored. Lifetime: within that of the source.
    explicit text_fold(text_source* source) : source_(source) {}
    /// Events of a book in order; those without a task change nothing. `language`: of the book behind the
    /// event.
    [[nodiscard]] domain::result<void> apply(const domain::event&, std::int64_t offset,
                                             std::string_view language);
    [[nodiscard]] const std::map<domain::user_id, book>& books() const noexcept { return books_; }
    /// Forgets everything; from now on `source` answers for it.
    void start_over(text_source* source) {
        books_.clear();
        latest_ = nullptr;
        source_ = source;
    }

 private:
    text_source* source_;
    [[nodiscard]] domain::result<book*> book_of(const domain::user_id&);

    std::map<domain::user_id, book> books_;  ///< in key order
    book* latest_ = nullptr;                 ///< of the last event: the next one is often of the same book
    domain::user_id latest_user_{};
};

/// The text of the comment in an event of the log. Errors: log_damaged.
[[nodiscard]] domain::result<std::string> comment_of(std::string_view record);

using read_comment = std::function<domain::result<std::string>(std::int64_t offset)>;

/// What is searched of a task; empty for a purged one. Errors: those of `read`.
[[nodiscard]] domain::result<domain::text_document> document_of(const domain::task&, const task_texts&,
                                                                const read_comment& read);

}  // namespace daybook::projector
