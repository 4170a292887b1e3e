// Cron schedules (C1–C4): the five fields, the aliases, and the instants that they name in a zone.
#pragma once

#include "domain/errc.hpp"
#include "domain/zone.hpp"

#include <bitset>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::domain {

/// An expression that parse_cron() accepted.
struct cron_schedule {
    std::bitset<60> minutes{};
    std::bitset<24> hours{};
    std::bitset<32> month_days{};  ///< 1–31
    bool last_day = false;         ///< `L`
    std::bitset<13> months{};      ///< 1–12
    std::bitset<7> weekdays{};     ///< 0 = Sunday
    bool either_day = false;       ///< both day fields are restricted: one of them is enough (C2)
    bool real_time = false;  ///< the hour field has `*` or `/`: no gap is filled, an overlap fires twice (C3)
    std::optional<std::chrono::seconds> every{};  ///< `@every`; the fields mean nothing then
    std::string zone{};                           ///< of `CRON_TZ=`, not looked up; empty if it was not given

    [[nodiscard]] bool matches_day(std::chrono::local_days) const;
    /// A whole minute that the five fields name.
    [[nodiscard]] bool matches(local_time) const;
};

/// `[CRON_TZ=Zone] minute hour day-of-month month day-of-week`, or `@hourly @daily @weekly @monthly @yearly
/// @every 90m`. Errors: cron_invalid with `extra.part` (a field's name or `expression`), cron_six_fields with
/// the five-field spelling as hint, cron_never_matches, cron_every_too_short.
[[nodiscard]] result<cron_schedule> parse_cron(std::string_view text);

/// The zone of a schedule: `named` (empty: none) or CRON_TZ, else `otherwise`.
/// Errors: cron_zone_twice, zone_unknown with the nearest names.
[[nodiscard]] result<const zone*> cron_zone(const cron_schedule&, std::string_view named, const zone_table&,
                                            const zone& otherwise);

/// The instants of a schedule, ascending, each once (C3). Lifetime: schedule and zone must outlive it.
/// Complexity: a step looks at the days up to the next slot, at most 400 years of them.
class cron_slots {
 public:
    /// Strictly after `after`. `anchor`: where `@every` counts from (the first slot is one interval later).
    cron_slots(const cron_schedule&, const zone&, instant after, instant anchor);
    /// None: never again before the year 10000.
    [[nodiscard]] std::optional<instant> next();

 private:
    [[nodiscard]] std::optional<instant> next_every();
    [[nodiscard]] std::optional<instant> next_real_time();
    [[nodiscard]] std::optional<instant> next_fixed();
    void add_day(std::chrono::local_days);

    const cron_schedule& schedule_;
    const zone& zone_;
    instant after_;
    instant anchor_;
    std::chrono::local_days next_day_{};  ///< fixed hours: the first day that is not in pending_ yet
    std::set<instant> pending_{};
};

enum class misfire_policy : std::uint8_t { fire_once, skip, all };

struct misfire_answer {
    struct fire {
        instant slot{};
        std::int64_t missed_count = 1;  ///< slots that this fire stands for
    };
    std::vector<fire> fires{};      ///< ascending; at most limits::cron_catch_up_max, the newest
    std::optional<instant> next{};  ///< the first slot after now
};

/// C4: what is due of the slots after `last` up to `now`. `window`: older slots are dropped; one of exactly
/// that age is not.
[[nodiscard]] misfire_answer after_misfire(const cron_schedule&, const zone&, instant last, instant now,
                                           misfire_policy, std::chrono::seconds window);

}  // namespace daybook::domain
