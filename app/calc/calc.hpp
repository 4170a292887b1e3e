// `daybook calc`: the date arithmetic of domain/ as a filter of JSON lines, for tests and for the curious.
#pragma once

#include "domain/errc.hpp"
#include "domain/zone.hpp"

#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>

namespace daybook::app::calc {

/// `in` to `out` of one line. Errors: those of the rule, reminder or cron text; field_required and
/// field_invalid with `extra.part` where a member of `in` is missing or cannot be read.
using calculation = domain::result<boost::json::object> (*)(const boost::json::object& in,
                                                            const domain::zone_table&);

/// R1–R4, R10: `{rule, dtstart, zone, n, exdate?}` to `{instances, ended}`.
[[nodiscard]] domain::result<boost::json::object> recurrence(const boost::json::object& in,
                                                             const domain::zone_table&);
/// R5–R10: `{rule, dtstart, zone, user_zone, anchor, catch_up?, nominal, completed_at, depth, exdate?}` to
/// `{next, missed, ended}`.
[[nodiscard]] domain::result<boost::json::object> next(const boost::json::object& in,
                                                       const domain::zone_table&);
/// M1, M2, M4, M5 by `op`: instants, move, recover.
[[nodiscard]] domain::result<boost::json::object> reminder(const boost::json::object& in,
                                                           const domain::zone_table&);
/// C1–C4 by `op`: next, misfire.
[[nodiscard]] domain::result<boost::json::object> cron(const boost::json::object& in,
                                                       const domain::zone_table&);

struct named_calculation {
    std::string_view name;
    std::string_view summary;
    std::string_view example;  ///< a line to try
    calculation calculate;
};
[[nodiscard]] std::span<const named_calculation> calculations() noexcept;

/// `{"id":…,"in":{…}}` to `{"id":…,"out":{…}}`; a failure is `{"error":code,"part"?}`. Other members are
/// ignored.
[[nodiscard]] std::string answer_line(std::string_view line, calculation, const domain::zone_table&);

/// How a failure stands in an answer.
[[nodiscard]] boost::json::object error_json(const domain::problem&);

}  // namespace daybook::app::calc
