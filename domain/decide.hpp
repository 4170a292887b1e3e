// (state, command, context) -> events | no-op | rejection. The only place where rules about tasks are
// decided.
#pragma once

#include "domain/book.hpp"
#include "domain/command.hpp"
#include "domain/errc.hpp"
#include "domain/event.hpp"
#include "domain/zone.hpp"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace daybook::domain {

/// What the outside lends to a decision; nothing else varies.
struct decide_context {
    instant now{};  ///< append time of the events to come
    domain::actor actor{};
    std::string source{"http"};
    std::string correlation_id{};  ///< the batch, or the command itself
    std::string causation_id{};
    bool service_scope = false;
    std::function<std::array<std::uint8_t, 10>()> entropy{};  ///< for version 7 ids
    const zone_table* zones = nullptr;
};

/// Something the caller should know about a command that was accepted, such as `blocked_by` (D1).
struct warning {
    std::string code{};           ///< stable text: `blocked_by`, `limit.commit`
    std::string detail{};         ///< one sentence with the values at hand
    boost::json::object extra{};  ///< members beside code and detail, such as `blocked_by: [task ids]`
};

/// Events without `log`; the sequencer adds the proof. The subject's versions are set.
struct accepted {
    std::vector<event> events{};
    std::optional<task_id> task{};  ///< the command's own subject, also when nothing changed
    std::vector<warning> warnings{};
};
struct no_op {
    std::optional<task_id> task{};
    std::optional<filter_id> filter{};  ///< the one that says already what the command wants
};
using decision = boost::system::result<std::variant<accepted, no_op>, problem>;

/// occurred_at is not in the future (settled 7); decide and the doors ask. Errors: field_invalid.
[[nodiscard]] result<void> check_occurred_at(const command&, instant now);

/// Order of checks: 404, if_version 412, no-op, state 409, references 422 (settled 4; shapes were checked by
/// check_schema before). Pure: same arguments, same events.
[[nodiscard]] decision decide(const book_reader&, const command&, const decide_context&);

}  // namespace daybook::domain
