// Time zones from TZif bytes with the POSIX footer (settled 9): the wall clock to the instant and back (R4).
#pragma once

#include "domain/errc.hpp"
#include "domain/time.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace daybook::domain {

using local_time = std::chrono::local_time<std::chrono::seconds>;

/// One zone, immutable. Threads: any.
class zone {
 public:
    /// Source: RFC 8536 version 2 or later; transitions beyond the table follow the footer.
    [[nodiscard]] static result<zone> parse(std::string name, std::span<const std::uint8_t> tzif);
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// Seconds east of UTC at an instant.
    [[nodiscard]] std::chrono::seconds offset_at(instant) const;
    /// R4: inside a gap the offset before the gap counts, inside an overlap the first pass.
    [[nodiscard]] instant to_instant(local_time) const;
    [[nodiscard]] local_time to_local(instant) const;

    /// A change of the offset, or an entry of the table that changes only the name.
    struct transition {
        std::int64_t at;      ///< seconds since the epoch
        std::int32_t offset;  ///< from then on, seconds east of UTC
    };
    /// One day of a year in the footer's rule: `Mm.w.d`, `Jn` or `n`, with its time of day in seconds.
    struct rule_day {
        char kind = 'M';
        int month = 0, week = 0, day = 0;
        std::int32_t seconds = 7200;
    };
    struct footer {
        std::int32_t standard_offset = 0;
        std::int32_t daylight_offset = 0;
        bool has_daylight = false;
        rule_day begins{}, ends{};
    };
    /// The first one after an instant, from the table or the footer; none if the offset stays for good.
    [[nodiscard]] std::optional<transition> next_transition(std::int64_t after_seconds) const;

 private:
    [[nodiscard]] std::int32_t offset_at_seconds(std::int64_t seconds) const;

    std::string name_;
    std::int32_t first_offset_ = 0;
    std::vector<transition> transitions_;
    std::optional<footer> footer_;
};

/// All zones of one release of the database. Immutable after loading (platform/tz fills it). Threads: any.
class zone_table {
 public:
    zone_table(std::string version, std::unordered_map<std::string, zone> zones);
    [[nodiscard]] const zone* find(std::string_view name) const;
    /// Up to three names like the given one, for hints.
    [[nodiscard]] std::vector<std::string> nearest(std::string_view name) const;
    [[nodiscard]] const std::string& version() const noexcept { return version_; }

 private:
    std::string version_;
    std::unordered_map<std::string, zone> zones_;
};

}  // namespace daybook::domain
