// How reactions get back into the log: as commands, through whoever writes it (settled 31). In process where
// the command-api runs too, over HTTP otherwise; both are wired in app/.
#pragma once

#include "domain/errc.hpp"
#include "domain/ids.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace daybook::eventlog {

/// A command with service scope. The id is that of the reaction, always the same for the same cause, so that
/// sending it twice, from anywhere, does nothing twice.
struct reaction {
    domain::user_id user{};
    domain::command_id id{};
    std::string type{};
    boost::json::object args{};
};

enum class reaction_outcome : std::uint8_t {
    applied,
    replayed,
    no_op,
    rejected,     ///< for good: sending it again would be rejected again
    unavailable,  ///< not known, or not possible now: send it again with the same id
};

struct reaction_answer {
    reaction_outcome outcome = reaction_outcome::unavailable;
    std::optional<domain::problem> error{};  ///< where rejected or unavailable
};

/// Reactions of one book are decided in the order in which they were submitted.
/// Threads: one submits at a time; `done` comes exactly once, from any thread, also within submit().
class command_port {
 public:
    virtual ~command_port() = default;
    virtual void submit(reaction, std::function<void(reaction_answer)> done) = 0;
};

/// What the refusal of one command means for its reaction. Only what was judged on the book's state is for
/// good; who may not ask, or asks a command-api that does not know the command yet, asks again.
[[nodiscard]] inline reaction_outcome outcome_of(const domain::problem& p) noexcept {
    const auto status = domain::row_of(p.code).http_status;
    const bool judged = status == 404 || status == 409 || status == 412 || status == 422;
    return judged && p.code != domain::errc::command_unknown ? reaction_outcome::rejected
                                                             : reaction_outcome::unavailable;
}

}  // namespace daybook::eventlog
