// A schedule: a cron expression and what it does at its slots (C1–C5). It is kept with its book, folded from
// the schedule events; folding reads no clock and no zone: every slot stands in an event.
#pragma once

#include "domain/errc.hpp"
#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/time.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::domain {

/// One slot that is to come (C5).
struct schedule_slot {
    slot_id id{};
    instant at{};
    bool operator==(const schedule_slot&) const = default;
};

struct schedule {
    schedule_id id{};
    std::int64_t version = 0;
    std::string name{};
    std::string cron{};
    std::string zone{};  ///< empty: CRON_TZ of the expression, or the book's
    std::string misfire{"fire_once"};
    std::int64_t catchup_window = 0;  ///< minutes
    bool paused = false;
    /// `{command: {type, args}}` or `{reminder: {text, task_id?}}`.
    boost::json::object action{};
    instant created_at{};                  ///< `@every` counts from here
    std::optional<instant> next_at{};      ///< the slot of the expression that is to come
    std::vector<schedule_slot> pending{};  ///< that one and those of a backfill, ascending
    std::optional<instant> last_slot{};    ///< the latest slot of the expression that was dealt with
    std::optional<instant> last_fired_at{};
    std::string last_outcome{};  ///< applied, no_op or rejected; empty: it has not fired
    std::int64_t fires = 0;
    bool operator==(const schedule&) const = default;
};

/// The schedule that an event is about; none for other events.
[[nodiscard]] std::optional<schedule_id> schedule_of(const event&);
/// The book's schedules after an event about one of them.
void advance(std::vector<schedule>&, const event&);
[[nodiscard]] const schedule* find_schedule(const std::vector<schedule>&, const schedule_id&);

/// Every member that people see; `with_pending` also the slots that wait, as stores keep them.
[[nodiscard]] boost::json::object schedule_json(const schedule&, bool with_pending);
/// Reads what schedule_json(…, true) wrote. Errors: log_damaged.
[[nodiscard]] result<schedule> read_schedule(const boost::json::value&);
/// `[{slot_id, at}]`, or without `at`.
[[nodiscard]] boost::json::array slots_json(const std::vector<schedule_slot>&, bool with_instant);

/// The names that a template's texts may hold: `{date}` is the slot's day, `{slot}` its wall clock with the
/// zone, both in the zone of the schedule.
[[nodiscard]] boost::json::object filled_template(const boost::json::object& args, std::string_view date,
                                                  std::string_view slot);

}  // namespace daybook::domain
