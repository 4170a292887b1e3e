// What a file of another tool says, as tasks of a book: the result of a mapping, before anything is compared
// or sent.
#pragma once

#include "domain/ids.hpp"
#include "domain/task.hpp"
#include "domain/time.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::app::import {

/// What could not be taken over as it was, and what became of it.
struct note {
    std::int64_t line = 0;  ///< of the file, from 1
    std::string reason{};
};

/// One record of the source. `members` is the object as it was read.
struct source_record {
    std::int64_t line = 0;
    std::string id{};
    boost::json::object members{};
};

/// The text of a member; empty if it is absent or no text.
[[nodiscard]] inline std::string_view member_text(const boost::json::object& o, std::string_view name) {
    const auto* v = o.if_contains(name);
    return v != nullptr && v->is_string() ? std::string_view(v->get_string()) : std::string_view();
}

struct wanted_comment {
    std::string key{};  ///< the source's id of it; with the task's id it names the comment for good
    std::string text{};
    std::optional<domain::instant> at{};
};

struct wanted_task {
    std::int64_t line = 0;
    std::string source_id{};
    domain::task_id id{};
    /// Arguments of create_task in canonical form, without references; a member without a value is not there.
    boost::json::object members{};
    domain::status status = domain::status::open;
    std::string project{};                  ///< by name; empty: none
    std::vector<std::string> parents{};     ///< source ids as the file has them; link() leaves one or none
    std::vector<std::string> depends_on{};  ///< source ids
    std::optional<domain::instant> created_at{};
    std::optional<domain::instant> updated_at{};
    std::optional<domain::instant> started_at{};
    std::optional<domain::instant> closed_at{};
    std::vector<wanted_comment> comments{};
};

struct wanted_book {
    std::string source{};  ///< daybook, beads or taskwarrior
    std::vector<std::string>
        owned{};  ///< native members that this source speaks for: one that is absent is cleared
    std::vector<wanted_task> tasks{};  ///< in the order of the file
    std::vector<note> notes{};
    std::vector<note> refused{};  ///< lines that are no record
    std::int64_t read = 0;        ///< tasks + skipped + refused
    std::int64_t skipped = 0;     ///< tombstones, earlier lines of a doubled id
};

/// UUIDv5 of `import LF source LF id`; the id itself where the source is daybook and the id is a UUID.
[[nodiscard]] domain::task_id task_id_of(const std::string& source, const std::string& source_id);
/// UUIDv5 of `import LF project LF name`.
[[nodiscard]] domain::project_id project_id_of(const std::string& name);

}  // namespace daybook::app::import
