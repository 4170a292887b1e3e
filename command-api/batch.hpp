// What goes into the sequencer and what comes out: commands of one book, decided in their order (B1).
#pragma once

#include "domain/book.hpp"
#include "domain/codec/task_json.hpp"
#include "domain/command.hpp"
#include "domain/decide.hpp"
#include "domain/errc.hpp"
#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/task.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace daybook::command_api {

enum class batch_mode : std::uint8_t {
    independent,  ///< each command stands alone, in order; one that fails leaves the others alone
    atomic,       ///< all or nothing, in one commit of the log
};

/// One command as it came, with everything that can be known about it without looking at state.
struct batch_item {
    domain::command command{};
    std::string hash{};  ///< over the command as sent, temp ids included (settled 3)
    std::optional<domain::problem>
        refused{};  ///< by parser or schema: leaves without looking at state (settled 4)
    std::vector<std::size_t> creators{};  ///< earlier items whose temp_id this one's args name
};

/// The commands of one request: one book, one caller.
struct command_batch {
    domain::user_id user{};
    domain::actor actor{};
    std::string source{"http"};
    std::string correlation_id{};
    std::string causation_id{};
    bool service_scope = false;
    batch_mode mode = batch_mode::independent;
    bool wants_resource =
        false;  ///< the answers carry the task, project, filter or book as it is after the command
    std::vector<batch_item> items{};
};

/// Fills hash, creators and refused of every item (settled 3, 4). Pure; runs on the caller's thread, so the
/// sequencer's is spared. `temp_ids`: whether args may name the temp_id of an earlier command.
void check_at_the_door(command_batch&, bool temp_ids);

/// The args with the temp ids of `names` (temp_id, id) in task_id, parent_id, project_id and depends_on
/// replaced.
[[nodiscard]] boost::json::object with_ids(boost::json::object args,
                                           const std::vector<std::pair<std::string, std::string>>& names);

struct task_resource {
    std::shared_ptr<const domain::task> task{};
    domain::task_surroundings around{};
};
using resource = std::variant<std::monostate, task_resource, domain::project, domain::schedule,
                              domain::saved_filter, domain::book_state>;

enum class answer_status : std::uint8_t { applied, no_op, replayed, rejected };
[[nodiscard]] std::string_view to_text(answer_status) noexcept;

struct command_answer {
    domain::command_id id{};
    answer_status status = answer_status::rejected;
    std::optional<domain::task_id> task{};
    std::optional<domain::project_id> project{};
    std::optional<domain::schedule_id> schedule{};
    std::optional<domain::filter_id> filter{};
    std::int64_t version = 0;                ///< of the subject after the command; 0 if there is no subject
    std::vector<domain::event_id> events{};  ///< of the first outcome, also in a replay
    std::optional<domain::position> position{};  ///< settled 24; none where rejected
    std::optional<domain::problem> error{};      ///< exactly where rejected
    std::vector<domain::warning> warnings{};
    command_api::resource resource{};
};

struct batch_answer {
    /// The batch as a whole failed: atomic (then extra has `index`), or nothing of it was taken (503, 504).
    std::optional<domain::problem> failed{};
    std::vector<command_answer> results{};  ///< one per item, in order; empty if failed
    std::vector<std::pair<std::string, std::string>> temp_ids{};
    std::optional<domain::position> position{};  ///< the latest of the results
};

}  // namespace daybook::command_api
