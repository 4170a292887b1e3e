// One member of a command against its shape: the leaves of check_schema.
#pragma once

#include "domain/command_schema.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace daybook::domain {

/// Errors: field_invalid, field_too_long, limit_exceeded, reminder_invalid, recurrence_invalid, date_invalid.
[[nodiscard]] result<void> check_member(const member_rule&, const boost::json::value&);

/// A custom member: flat, finite, within ±2^63 (settled 21). Errors: field_invalid, field_too_long.
[[nodiscard]] result<void> check_extra(std::string_view name, const boost::json::value&);

/// All custom members of one command. Errors: limit_exceeded.
[[nodiscard]] result<void> check_extras_together(const boost::json::object& args);

/// Exactly one of when, at and cron. Errors: reminder_invalid.
[[nodiscard]] result<void> check_reminder_kind(const boost::json::object&, std::string_view field);

/// A tag is added or removed, not both (settled 6e). Errors: field_invalid.
[[nodiscard]] result<void> check_tag_sides(const boost::json::object& args);

}  // namespace daybook::domain
