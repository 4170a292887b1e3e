// Which alarms of a task a list of reminders shows, and in which order: the same for both stores (M3, M5).
#pragma once

#include "domain/errc.hpp"
#include "domain/task.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::domain {

/// `GET /v1/reminders?state=`. A fire that was acknowledged stays under `fired`.
enum class alarm_kind : std::uint8_t { upcoming, fired, missed, snoozed };
[[nodiscard]] std::string_view to_text(alarm_kind) noexcept;
[[nodiscard]] std::optional<alarm_kind> parse_alarm_kind(std::string_view) noexcept;

[[nodiscard]] constexpr std::uint8_t bit(alarm_kind k) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(k));
}
/// One bit for each kind of alarm that the task has; none for a deleted or purged one. Stores keep them
/// beside the task, so that a list reads only tasks that have something to show.
[[nodiscard]] std::uint8_t alarm_kinds(const task&);

/// What a list says about the task of an alarm.
struct listed_alarm {
    domain::alarm alarm{};
    alarm_kind kind = alarm_kind::upcoming;
    std::optional<domain::reminder> of{};  ///< none: the reminder was taken off the task since
    task_id task{};
    std::string title{};
    std::optional<task_date> due{};
};

/// A page of one kind: what is to come by its instant, what was by its instant backwards; ties by fire id.
/// Keeps a page and one more, however many tasks it is shown. Threads: one.
class alarm_page {
 public:
    /// `cursor`: what next_cursor() of the page before gave. Errors: cursor_mismatch.
    [[nodiscard]] static result<alarm_page> make(alarm_kind, std::size_t limit,
                                                 std::optional<std::string_view> cursor);
    void add(const task&);
    /// The page, once all tasks were shown; a second call gives nothing.
    [[nodiscard]] std::vector<listed_alarm> take();
    /// None: this is the last page. Call it after take().
    [[nodiscard]] const std::optional<std::string>& next_cursor() const noexcept { return next_cursor_; }

 private:
    struct place {
        std::int64_t order = 0;  ///< the instant, negated where the list runs backwards
        fire_id id{};
        auto operator<=>(const place&) const = default;
    };
    struct kept {
        place at{};
        listed_alarm shown{};
        bool operator<(const kept& other) const { return at < other.at; }
    };
    alarm_page(alarm_kind kind, std::size_t limit) : kind_(kind), limit_(limit) {}
    [[nodiscard]] std::string cursor_of(const place&) const;

    alarm_kind kind_;
    std::size_t limit_;
    std::optional<place> after_{};
    std::set<kept> kept_{};
    std::optional<std::string> next_cursor_{};
};

}  // namespace daybook::domain
