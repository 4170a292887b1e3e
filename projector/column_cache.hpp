// The columns of the books that are being listed, kept in step with the view and within a budget of bytes.
#pragma once

#include "domain/ids.hpp"
#include "domain/task.hpp"
#include "projector/list_columns.hpp"

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

namespace daybook::projector {

/// Threads: any, but every call is made with the view's publish lock held, except where said. So columns that
/// are found belong to the state of the store at that moment.
class column_cache {
 public:
    explicit column_cache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    enum class state : std::uint8_t {
        ready,       ///< `columns` is the book's state
        must_build,  ///< the caller builds from a snapshot taken under the same lock, then calls built() or
                     ///< gave_up()
        building,    ///< another thread builds: wait on `changed` and ask again
        too_large,   ///< does not fit the budget: scan
    };
    struct lookup {
        column_cache::state state = column_cache::state::must_build;
        std::shared_ptr<const book_columns> columns{};
    };
    [[nodiscard]] lookup find(const domain::user_id&);
    /// The same, but nothing is to be built: must_build means that there are none.
    [[nodiscard]] lookup peek(const domain::user_id&);
    /// Takes the editor over and brings it up to what was published since find() said must_build.
    void built(const domain::user_id&, std::unique_ptr<columns_editor>);
    /// The build ended without columns; `too_large` keeps later readers from trying.
    void gave_up(const domain::user_id&, bool too_large);
    /// The tasks as they are after a write to the store, in order.
    void publish(std::span<const numbered_task> changed);

    [[nodiscard]] std::size_t bytes_max() const noexcept { return bytes_max_; }  ///< no lock needed
    std::condition_variable changed;  ///< waits with the publish lock

 private:
    struct entry {
        column_cache::state state = column_cache::state::must_build;
        std::unique_ptr<columns_editor> editor{};
        std::shared_ptr<const book_columns> columns{};
        std::vector<numbered_task> pending{};         ///< published while building
        std::list<domain::user_id>::iterator used{};  ///< valid while ready
    };
    void install(const domain::user_id&, entry&);
    void trim(const domain::user_id& keep);

    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::unordered_map<domain::user_id, entry> entries_;
    std::list<domain::user_id> by_use_;  ///< ready books, the last used in front
};

}  // namespace daybook::projector
