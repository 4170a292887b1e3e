// The shape of a reminder (M1), without its firing. Private to domain/decide*.
#pragma once

#include "domain/decide/task_members.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string_view>

namespace daybook::domain::deciding {

/// `15 minutes`, `1 day before start`, `-PT15M`: the date that it counts from; none if it cannot be read. The
/// date is due unless the text says start.
[[nodiscard]] std::optional<date_member> base_of_relative(std::string_view text);

/// Five fields or an alias, and the zone that it names. Errors: those of parse_cron() and cron_zone(), at
/// `field`.
[[nodiscard]] result<void> check_cron(std::string_view text, std::string_view zone, const zone_table&,
                                      std::string_view field);

/// One element of args.reminders: `{when}`, `{at, zone?}` or `{cron, zone?}`.
/// Errors: reminder_invalid, cron_invalid, date_invalid, zone_unknown.
[[nodiscard]] result<reminder_wish> read_reminder(const boost::json::object&, const zone_table&,
                                                  std::string_view field);

}  // namespace daybook::domain::deciding
