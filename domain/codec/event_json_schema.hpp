// schema/event/*.json: the records of the log as JSON Schema (draft-07), for readers in other programs.
#pragma once

#include "domain/event.hpp"

#include <boost/json/object.hpp>

namespace daybook::domain {

/// The whole record of this type as it is written today. Members of `data` that a schema does not name are
/// allowed: a reader keeps what it does not know. Types whose rules belong to later work say only which
/// subject they have.
[[nodiscard]] boost::json::object event_json_schema(event_type);

}  // namespace daybook::domain
