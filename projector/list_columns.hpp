// What lists filter and sort by, per book and in memory: immutable columns that readers share while the
// writer makes the next ones. 100,000 tasks are filtered and sorted without decoding one.
#pragma once

#include "domain/filter/normal_form.hpp"
#include "domain/limits.hpp"
#include "domain/sort_order.hpp"
#include "domain/task.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace daybook::projector {

inline constexpr std::int64_t no_instant = std::numeric_limits<std::int64_t>::min();

/// Every spelling of a tag in a book and its folded text. Grows only.
class tag_table {
 public:
    struct row {
        std::string spelling;
        std::string folded;
    };
    /// The number of a spelling, made if it is new.
    std::uint32_t add(const std::string& spelling);
    [[nodiscard]] const std::vector<row>& rows() const noexcept { return rows_; }
    [[nodiscard]] bool contains(const std::string& spelling) const { return numbers_.contains(spelling); }

 private:
    std::vector<row> rows_;
    std::unordered_map<std::string, std::uint32_t> numbers_;
};

/// One task as far as lists are concerned. Instants in milliseconds, no_instant where there is none.
struct list_row {
    domain::task_id id{};
    std::uint32_t ordinal = 0;  ///< in its book, as the full text index counts
    domain::project_id project{};
    std::int64_t due = no_instant;
    std::int64_t start = no_instant;
    std::int64_t created = no_instant;
    std::int64_t updated = no_instant;
    std::int64_t completed = no_instant;
    domain::task_id parent{};  ///< if has_parent
    domain::uuid series{};     ///< if has_series
    std::vector<domain::task_id> depends_on{};
    std::string title_key{};                                     ///< sort_key by title ascending
    std::string assignee{};                                      ///< folded, if has_assignee
    std::array<std::uint32_t, domain::limits::tags_max> tags{};  ///< numbers of spellings
    std::uint8_t tag_count = 0;
    std::uint8_t alarms = 0;  ///< domain::alarm_kinds
    bool has_project = false;
    bool has_parent = false;
    bool has_series = false;
    bool has_assignee = false;
    bool due_all_day = false;
    bool live_reminder = false;
    bool has_rule = false;
    bool commented = false;
    domain::status status = domain::status::open;
    domain::priority priority = domain::priority::p3;

    [[nodiscard]] std::size_t bytes() const {
        return sizeof(*this) + title_key.capacity() + assignee.capacity() +
               depends_on.capacity() * sizeof(domain::task_id);
    }
};

/// Adds the task's spellings to `tags`.
[[nodiscard]] list_row make_list_row(const domain::task&, std::uint32_t ordinal, tag_table& tags);

/// domain::sort_key of the row's task. `scratch`: any task, changed by the call.
[[nodiscard]] std::string sort_key_of(const list_row&, const domain::sort_order&, std::int64_t rank,
                                      domain::task& scratch);

/// Up to 64 rows, and what queries ask of them in words of 64 bits: bit n of a mask is row n.
struct column_chunk {
    static constexpr std::size_t rows_max = 64;
    using mask = std::uint64_t;
    using instants = std::array<std::int64_t, rows_max>;  ///< no_instant where there is none

    std::vector<list_row> rows{};

    // Made of the rows by seal().
    std::array<mask, 7> with_status{};    ///< by number
    std::array<mask, 5> with_priority{};  ///< by number
    mask due_all_day = 0;
    mask live_reminder = 0;
    mask with_rule = 0;
    mask commented = 0;
    mask in_series = 0;
    mask in_project = 0;
    mask assigned = 0;
    mask tagged = 0;
    mask children = 0;  ///< have a parent
    mask waiting = 0;   ///< depend on others
    std::array<instants, 5> times{};
    std::array<std::uint8_t, rows_max> status{};
    std::array<std::uint8_t, rows_max> priority{};
    std::array<std::uint64_t, rows_max> title_start{};            ///< start_of the title's key
    std::vector<std::pair<std::uint32_t, mask>> tags{};           ///< by numbers of spellings, ascending
    std::vector<std::pair<domain::project_id, mask>> projects{};  ///< ascending

    void seal();
    [[nodiscard]] const instants& at(domain::filter::instant_field f) const {
        return times[static_cast<std::size_t>(f)];
    }
    /// The first bytes of an ascending title key as a number.
    [[nodiscard]] static std::uint64_t start_of(std::string_view title_key) noexcept;
};

/// A task with its number in its book.
struct numbered_task {
    std::uint32_t ordinal = 0;
    std::shared_ptr<const domain::task> task{};
};

/// One state of a book's columns. Threads: any number; nothing in it changes.
struct book_columns {
    static constexpr std::size_t chunk_rows = column_chunk::rows_max;
    using chunk = column_chunk;
    /// The row with ordinal n is row n % chunk_rows of chunk n / chunk_rows. Where there is no task, a row is
    /// purged.
    std::vector<std::shared_ptr<const chunk>> chunks{};
    std::shared_ptr<const tag_table> tags{};
    std::size_t bytes = 0;  ///< about
};

/// Makes the next columns of one book from the ones before and the tasks that changed. Threads: one.
class columns_editor {
 public:
    /// Puts or replaces the row of each task.
    void put(std::span<const numbered_task> tasks);
    void put(const domain::task&, std::uint32_t ordinal);
    /// What was put so far; shares unchanged chunks with what it gave before.
    [[nodiscard]] std::shared_ptr<const book_columns> columns();
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
    struct slot {
        std::shared_ptr<book_columns::chunk> own{};          ///< set while it may be changed
        std::shared_ptr<const book_columns::chunk> given{};  ///< shared with readers
    };
    book_columns::chunk& writable(std::size_t chunk);

    std::vector<slot> chunks_;
    std::vector<std::size_t> unsealed_{};  ///< chunks with an `own`
    std::shared_ptr<tag_table> tags_ = std::make_shared<tag_table>();
    std::shared_ptr<const tag_table> given_tags_{};
    std::size_t bytes_ = 0;
};

}  // namespace daybook::projector
