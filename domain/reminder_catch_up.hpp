// What is due when the reactor starts after an outage (M5). Pure: the moment is an argument.
#pragma once

#include "domain/cron.hpp"
#include "domain/time.hpp"
#include "domain/zone.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace daybook::domain {

/// A fire that is scheduled and has no fired fact.
struct waiting_fire {
    std::string id{};
    instant at{};
};

/// A cron reminder. Lifetime: schedule and zone must outlive it.
struct waiting_cron {
    std::string id{};
    const cron_schedule* schedule = nullptr;
    const zone* where = nullptr;
    instant last{};                  ///< the last slot that was dealt with
    std::optional<instant> until{};  ///< the due instant; a slot at it still exists
};

struct late_fire {
    std::string id{};
    instant at{};
    std::optional<std::int64_t> missed_count{};  ///< cron only: the slots that it stands for
};

/// Both lists ordered by (at, id).
struct catch_up_plan {
    std::vector<late_fire> fire{};    ///< at most `grace` late, one for each cron reminder at its newest slot
    std::vector<late_fire> missed{};  ///< older: shown, not pushed
};

[[nodiscard]] catch_up_plan plan_catch_up(instant now, std::chrono::seconds grace,
                                          std::span<const waiting_fire>, std::span<const waiting_cron>);

}  // namespace daybook::domain
