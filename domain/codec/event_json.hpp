// Events <-> the JSON value of a record (architecture §2). Reading goes through the upcasters.
//
// Grammar of a value: one line of UTF-8 JSON, members in this order:
//   event_id event_type schema_version timestamp user_id task_id version command_id correlation_id
//   causation_id actor{type,id} source data{…} log{epoch,claim,seq,part:"i/n",hash,at}
#pragma once

#include "domain/errc.hpp"
#include "domain/event.hpp"

#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>

#include <string>
#include <string_view>

namespace daybook::domain {

/// The one line of JSON for the log, `event.log` included. decode(encode(e)) == e.
[[nodiscard]] std::string encode_event(const event&);

/// Errors: log_damaged (a member is missing or of another type, an unknown event type), format_newer (a newer
/// major of schema_version). Unknown members of `data` are kept, unknown members of the envelope are ignored.
/// Old schema versions arrive as the current one (codec/upcast.hpp).
[[nodiscard]] result<event> decode_event(const boost::json::object& value);
/// Takes `data` out of the value instead of copying it; leaves the value without meaning.
[[nodiscard]] result<event> decode_event(boost::json::object&& value);
/// From the text of a record. `data` of a value laid out as above lies in `storage`. Lifetime: the event,
/// copies aside, ends before a storage that is not counted.
[[nodiscard]] result<event> decode_event(std::string_view value, boost::json::storage_ptr storage = {});

}  // namespace daybook::domain
